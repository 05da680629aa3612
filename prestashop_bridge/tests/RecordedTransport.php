<?php

declare(strict_types=1);

namespace EncoursModule\Tests;

use EncoursModule\Api\Response;
use EncoursModule\Api\Transport;
use EncoursModule\Api\Unavailable;

/**
 * Answers from the recordings in tests/recorded, which the service's own tests replay against the real service: what is
 * answered here is what the service answers. A request that was not recorded fails the test, with the nearest one named.
 */
final class RecordedTransport implements Transport
{
    /** @var array<int, array{method: string, path: string, headers: array<string, string>, body: ?array}> */
    public $sent = [];

    /** @var string[] names of recordings to answer with next, in order */
    private $script;

    public function __construct(string ...$names)
    {
        $this->script = $names;
    }

    /** @return array{request: array, response: array} */
    public static function recording(string $name): array
    {
        $file = __DIR__ . '/recorded/' . $name . '.json';
        if (!is_file($file)) {
            throw new \LogicException('No recording ' . $name . '; see tests/recorded/README.md.');
        }

        return json_decode((string) file_get_contents($file), true);
    }

    /** The answer with this name comes next; an empty name is no answer at all. */
    public function then(string ...$names): self
    {
        $this->script = array_merge($this->script, $names);

        return $this;
    }

    public function send(string $method, string $url, array $headers, ?string $body, float $connectTimeout, float $timeout): Response
    {
        $parts = parse_url($url);
        $path = $parts['path'] . (isset($parts['query']) ? '?' . $parts['query'] : '');
        $this->sent[] = ['method' => $method, 'path' => $path, 'headers' => $headers, 'body' => $body === null ? null : json_decode($body, true)];
        if ($this->script === []) {
            throw new \LogicException('Nothing more was expected to be sent, but: ' . $method . ' ' . $path);
        }
        $name = array_shift($this->script);
        if ($name === '') {
            throw new Unavailable('Connection refused', null, 7);
        }
        $recording = self::recording($name);
        $this->compare($name, $recording['request'], $method, $path, $body);

        return new Response($recording['response']['status'], $recording['response']['body'] === null ? '' : (string) json_encode($recording['response']['body']));
    }

    public function isExhausted(): bool
    {
        return $this->script === [];
    }

    /**
     * Only the shape must be the recorded one (method, path but for ids, members of the body); values are the test's own.
     */
    private function compare(string $name, array $request, string $method, string $path, ?string $body): void
    {
        $pattern = '~^' . preg_replace('~\\\\\{[a-z_]+\\\\\}~', '[^/?]+', preg_quote($request['path'], '~')) . '$~D';
        if ($request['method'] !== $method || !preg_match($pattern, $path)) {
            throw new \LogicException("Recording $name is of {$request['method']} {$request['path']}, not of $method $path.");
        }
        $sent = $body === null ? [] : array_keys((array) json_decode($body, true));
        $recorded = $request['body'] === null ? [] : array_keys($request['body']);
        if (array_diff($sent, $recorded) !== []) {
            throw new \LogicException("Recording $name has no " . implode(', ', array_diff($sent, $recorded)) . " in its request to $path.");
        }
    }
}
