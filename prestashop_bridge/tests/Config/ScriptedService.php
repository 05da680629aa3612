<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Config;

use EncoursModule\Api\Response;
use EncoursModule\Api\Transport;
use EncoursModule\Api\Unavailable;
use EncoursModule\Tests\RecordedTransport;

/**
 * Answers by path, so that a test can say what goes wrong on the way: an error of curl, a redirect, a clock.
 */
final class ScriptedService implements Transport
{
    /** @var array<string, Response|int> answer, or number of curl's error, by path */
    public $answers;

    /** @var array<int, array{url: string, headers: array<string, string>}> */
    public $asked = [];

    public function __construct(int $now, string $key = 'key-shown', string $shops = 'shops-listed')
    {
        $this->answers = [
            '/healthz' => new Response(200, '{"status":"up","version":"0.1.0"}', ['date' => gmdate('D, d M Y H:i:s', $now) . ' GMT']),
            '/v1/shops' => self::recorded($shops),
            '/v1/key' => self::recorded($key),
        ];
    }

    /** @param array<string, mixed> $changes members of the body that are otherwise */
    public static function recorded(string $name, array $changes = []): Response
    {
        $response = RecordedTransport::recording($name)['response'];

        return new Response($response['status'], (string) json_encode($changes + $response['body']));
    }

    public function send(string $method, string $url, array $headers, ?string $body, float $connectTimeout, float $timeout): Response
    {
        $this->asked[] = ['url' => $url, 'headers' => $headers];
        $answer = $this->answers[parse_url($url, PHP_URL_PATH)];
        if (is_int($answer)) {
            throw new Unavailable('curl says so', null, $answer);
        }

        return $answer;
    }
}
