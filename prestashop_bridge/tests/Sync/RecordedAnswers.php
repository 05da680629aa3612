<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Sync;

use EncoursModule\Tests\RecordedTransport;

/**
 * What recordings answer, to compare with what the shop kept of it.
 */
final class RecordedAnswers
{
    /** @return array<string, mixed> */
    public static function order(string $name): array
    {
        $body = RecordedTransport::recording($name)['response']['body'];

        return isset($body['order']) ? $body['order'] : $body['orders'][0];
    }

    /** @return array<string, mixed> */
    public static function body(string $name): array
    {
        return RecordedTransport::recording($name)['response']['body'];
    }
}
