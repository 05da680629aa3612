<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Account;

use EncoursModule\Api\Response;
use EncoursModule\Api\Transport;
use EncoursModule\Api\Unavailable;
use EncoursModule\Tests\RecordedTransport;

/**
 * The service as an account page meets it: each question is answered by its recording, whatever the order of the
 * questions. A test may put another recording in its place, or change what is recorded.
 */
final class AccountService implements Transport
{
    const ROUTES = [
        '~^/v1/companies/\w+/buyers/\w+$~' => 'buyer-shown',
        '~^/v1/companies/\w+/credit$~' => 'credit-in-use',
        '~^/v1/companies/\w+/account$~' => 'account-in-use',
        '~^/v1/companies/\w+/terms$~' => 'company-terms',
        '~^/v1/orders\?~' => 'orders-of-a-buyer',
        '~^/v1/orders/\w+$~' => 'order-in-use',
    ];

    /** @var string[] paths asked for, in order */
    public $asked = [];

    /** @var bool */
    public $isDown = false;

    /** @var array<string, string> recording by the one it takes the place of */
    private $instead = [];

    /** @var array<string, callable> */
    private $changes = [];

    public function answer(string $usual, string $instead): void
    {
        $this->instead[$usual] = $instead;
    }

    /** @param callable(array): array $change */
    public function change(string $recording, callable $change): void
    {
        $this->changes[$recording] = $change;
    }

    public function send(string $method, string $url, array $headers, ?string $body, float $connectTimeout, float $timeout): Response
    {
        $path = substr($url, strlen('https://encours.test'));
        $this->asked[] = $path;
        if ($this->isDown) {
            throw new Unavailable('Connection refused', null, 7);
        }
        foreach (self::ROUTES as $route => $usual) {
            if ($method === 'GET' && preg_match($route, $path)) {
                $name = isset($this->instead[$usual]) ? $this->instead[$usual] : $usual;
                if ($name === '') {
                    throw new Unavailable('No answer in time', null, 28);
                }
                $recorded = RecordedTransport::recording($name)['response'];
                $answer = isset($this->changes[$name]) ? ($this->changes[$name])($recorded['body']) : $recorded['body'];

                return new Response($recorded['status'], (string) json_encode($answer));
            }
        }
        throw new \LogicException('A page of the account does not ask for ' . $method . ' ' . $path);
    }
}
