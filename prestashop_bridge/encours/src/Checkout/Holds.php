<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Checkout;

use EncoursModule\Api\Client;
use EncoursModule\Api\Refused;
use EncoursModule\Factory;
use EncoursModule\Sync\Subject;

/**
 * Asks for the credit of an attempt, and gives back what came to nothing.
 */
final class Holds
{
    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    /**
     * Asks, or asks again what may have been answered already: the key of the attempt makes it one question.
     *
     * @param array<string, mixed> $attempt
     * @param array<string, mixed>|null $answer what the service said
     * @param string|null $author the employee who asks
     *
     * @return array<string, mixed> the attempt as it is now: held or refused
     *
     * @throws \EncoursModule\Api\ApiException
     */
    public function ask(array $attempt, Client $client, ?array &$answer = null, ?string $author = null): array
    {
        try {
            $answer = $client->send('POST', '/v1/holds', json_decode((string) $attempt['request'], true), (string) $attempt['idempotency_key'], [], $author);
        } catch (Refused $refused) {
            // A key that is refused says nothing of the question, which may have been answered before.
            if ($refused->status() !== 401 && $refused->status() !== 403) {
                $this->factory->attempts()->refused($attempt);
            }
            throw $refused;
        }

        return $this->factory->attempts()->held($attempt, $answer);
    }

    /** Queues it; the service frees the credit once it is delivered. */
    public function giveBack(string $holdId, string $reason): void
    {
        $this->factory->outbox()->enqueue(Subject::hold($holdId), 'release', 'POST', '/v1/holds/' . rawurlencode($holdId) . '/release', ['reason' => $reason], 'release-' . $holdId);
        $this->factory->attempts()->markReleased($holdId);
    }

    /**
     * What is still held, or may be, from earlier tries for a cart goes back: something else is asked now.
     *
     * @param array<string, mixed> $attempt an unfinished one
     *
     * @throws \EncoursModule\Api\Unavailable while it is not known whether there is a hold
     */
    public function drop(array $attempt, Client $client, string $reason): void
    {
        try {
            $attempt = $attempt['status'] === Attempts::ASKED ? $this->ask($attempt, $client) : $attempt;
        } catch (Refused $nothingHeld) {
            return;
        }
        if ($attempt['status'] !== Attempts::REFUSED) {
            $this->giveBack((string) $attempt['hold_id'], $reason);
            $this->factory->delivery()->now(Subject::hold((string) $attempt['hold_id']));
        }
    }
}
