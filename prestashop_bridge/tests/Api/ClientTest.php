<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Api;

use EncoursModule\Api\Breaker;
use EncoursModule\Api\Client;
use EncoursModule\Api\Refused;
use EncoursModule\Api\Response;
use EncoursModule\Api\Transport;
use EncoursModule\Api\Unavailable;
use EncoursModule\Config\Settings;
use EncoursModule\Tests\ShopTestCase;

final class ClientTest extends ShopTestCase implements Transport
{
    /** @var array<int, Response|Unavailable> what the wire gives, in order */
    private $answers = [];

    /** @var array<int, array> */
    private $sent = [];

    public function send(string $method, string $url, array $headers, ?string $body, float $connectTimeout, float $timeout): Response
    {
        $this->sent[] = compact('method', 'url', 'headers', 'body', 'connectTimeout', 'timeout');
        $answer = array_shift($this->answers);
        if ($answer instanceof Unavailable) {
            throw $answer;
        }

        return $answer;
    }

    public function testSendsKeyIdempotencyKeyAndAuthor(): void
    {
        $this->answers = [new Response(200, '{"id": "x"}')];
        $answer = $this->client()->send('POST', '/v1/holds', ['reason' => 'é/ü', 'empty' => []], 'key-1', ['shop' => 'main'], 'Anna Röy');

        self::assertSame(['id' => 'x'], $answer);
        $sent = $this->sent[0];
        self::assertSame(['POST', 'https://encours.test/v1/holds?shop=main', '{"reason":"é/ü","empty":[]}'], [$sent['method'], $sent['url'], $sent['body']]);
        self::assertSame(['Bearer enc_shop_test', 'key-1', 'Anna%20R%C3%B6y', 'application/json'], [
            $sent['headers']['Authorization'], $sent['headers']['Idempotency-Key'], $sent['headers']['Encours-Author'], $sent['headers']['Content-Type'],
        ]);
        self::assertMatchesRegularExpression('~^encours-bridge/[0-9.]+ PrestaShop/8~', $sent['headers']['User-Agent']);
        self::assertMatchesRegularExpression('/^[0-9a-f]{32}$/', $sent['headers']['X-Request-Id']);
    }

    public function testAnEmptyBodyIsAnObject(): void
    {
        $this->answers = [new Response(200, '{}')];
        $this->client()->send('POST', '/v1/x', [], 'key');

        self::assertSame('{}', $this->sent[0]['body']);
    }

    public function testAListInTheQueryIsTheParameterRepeated(): void
    {
        $this->answers = [new Response(200, '{}')];
        $this->client()->get('/v1/orders', ['ref' => ['A B', 'C'], 'limit' => 2]);

        self::assertSame('https://encours.test/v1/orders?ref=A%20B&ref=C&limit=2', $this->sent[0]['url']);
    }

    public function testPagesOfTheShopWaitTwoSecondsAtMostAndOthersLonger(): void
    {
        $this->answers = [new Response(200, '{}'), new Response(200, '{}')];
        $this->client()->get('/v1/x');
        $this->client()->patient()->get('/v1/x');

        self::assertSame([[0.5, 2.0], [3.0, 10.0]], array_map(function ($sent) { return [$sent['connectTimeout'], $sent['timeout']]; }, $this->sent));
    }

    public function testARefusalKeepsItsCodeStatusAndFacts(): void
    {
        $this->answers = [new Response(409, '{"code": "company_conflict", "detail": "No.", "company_id": "c"}')];
        try {
            $this->client()->get('/v1/x');
            self::fail('It was refused.');
        } catch (Refused $refused) {
            self::assertSame(['company_conflict', 409, 'c', 'company_conflict: No.'], [$refused->problemCode(), $refused->status(), $refused->problem()['company_id'], $refused->getMessage()]);
        }
        self::assertFalse($this->breaker()->isOpen());
    }

    public function testARefusalThatIsNoProblemDocumentIsNamedByItsStatus(): void
    {
        $this->answers = [new Response(404, '<html>')];
        $this->expectExceptionMessage('http_404');
        $this->client()->get('/v1/x');
    }

    /** @testWith ["conflict"]
     *            ["callback_taken"]
     */
    public function testWhatMetAnotherRequestIsRepeatedAndSparesNobodyTheService(string $code): void
    {
        $this->answers = [new Response(409, '{"code": "' . $code . '", "detail": "Please repeat."}')];

        self::assertFalse($this->quietly($this->client())->wasNotTried());
        self::assertFalse($this->breaker()->isOpen());
    }

    /** @return array<string, array{Response|Unavailable, int|null}> */
    public function outages(): array
    {
        return [
            'no connection' => [new Unavailable('Connection refused', null, 7), null],
            'a fault of the service' => [new Response(500, '{"code": "internal_error"}'), null],
            'too busy' => [new Response(503, '', ['retry-after' => '7']), 7],
            'too many requests' => [new Response(429, '', ['retry-after' => '3']), 3],
            'a redirect' => [new Response(302, '', ['location' => 'https://elsewhere.test']), null],
            'something that is no JSON' => [new Response(200, '<html>hello'), null],
        ];
    }

    /** @dataProvider outages */
    public function testIsUnavailableAfter($answer, ?int $retryAfter): void
    {
        $this->answers = [$answer];
        try {
            $this->client()->get('/v1/x');
            self::fail('There was no answer.');
        } catch (Unavailable $unavailable) {
            self::assertSame([$retryAfter, false], [$unavailable->retryAfter(), $unavailable->wasNotTried()]);
        }
        self::assertTrue($this->breaker()->isOpen());
    }

    public function testTheBreakerSparesPagesForThirtySecondsAndNobodyElse(): void
    {
        $this->answers = [new Unavailable('x'), new Response(200, '{}'), new Response(200, '{}')];
        $this->quietly($this->client());
        $this->now += 29;
        self::assertTrue($this->quietly($this->client())->wasNotTried());
        self::assertNull($this->quietly($this->client()->patient()));
        $this->now += 1;
        self::assertNull($this->quietly($this->client()));

        self::assertCount(3, $this->sent);
    }

    public function testAClockThatWasSetBackDoesNotKeepTheBreakerOpen(): void
    {
        $this->breaker()->open();
        $this->now -= 3600;

        self::assertFalse($this->breaker()->isOpen());
    }

    public function testAPatientCallThatFailsDoesNotCloseTheShopsDoor(): void
    {
        $this->answers = [new Unavailable('x')];
        $this->quietly($this->client()->patient());

        self::assertFalse($this->breaker()->isOpen());
    }

    public function testWithoutAConnectionNothingIsTried(): void
    {
        (new Settings(1))->setKey('');

        self::assertTrue($this->quietly($this->client())->wasNotTried());
        self::assertSame([], $this->sent);
    }

    public function testWhatIsNoTextIsRefusedAndNotLost(): void
    {
        $this->expectException(Refused::class);
        $this->client()->send('POST', '/v1/x', ['name' => "\xff"], 'key');
    }

    private function quietly(Client $client): ?Unavailable
    {
        try {
            $client->get('/v1/x');
        } catch (Unavailable $unavailable) {
            return $unavailable;
        }

        return null;
    }

    private function client(): Client
    {
        return new Client(new Settings(1), $this, $this->breaker(), '0.1.0');
    }

    private function breaker(): Breaker
    {
        return new Breaker(1, $this->clock());
    }
}
