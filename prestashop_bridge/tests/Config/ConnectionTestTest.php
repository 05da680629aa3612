<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Config;

use EncoursModule\Api\Response;
use EncoursModule\Config\ConnectionFindings;
use EncoursModule\Config\ConnectionTest;
use PHPUnit\Framework\TestCase;

class ConnectionTestTest extends TestCase
{
    const NOW = 1772442000;

    private function run_(ScriptedService $service, string $url = 'https://encours.test', int $now = self::NOW): array
    {
        return (new ConnectionTest($service, function () use ($now) { return $now; }))->run($url, 'enc_shop_key');
    }

    private function codes(array $result): array
    {
        return array_column($result['findings'], 'code');
    }

    public function test_a_good_connection_names_the_shop(): void
    {
        $service = new ScriptedService(self::NOW);
        $result = $this->run_($service);

        $this->assertTrue($result['ok']);
        $this->assertSame(['connected'], $this->codes($result));
        $this->assertSame('main', $result['shop']['code']);
        $this->assertArrayNotHasKey('Authorization', $service->asked[0]['headers'], 'the key is not sent before the address proved to be the service');
        $this->assertSame('Bearer enc_shop_key', $service->asked[1]['headers']['Authorization']);
    }

    /** @dataProvider lines */
    public function test_says_what_is_wrong_with_the_line(int $error, string $code): void
    {
        $service = new ScriptedService(self::NOW);
        $service->answers['/healthz'] = $error;
        $result = $this->run_($service);

        $this->assertFalse($result['ok']);
        $this->assertSame([$code], $this->codes($result));
        $this->assertCount(1, $service->asked);
    }

    public function lines(): array
    {
        return [[6, 'name_unknown'], [7, 'connection_refused'], [28, 'timeout'], [35, 'tls'], [51, 'tls'], [60, 'tls'], [77, 'tls'], [56, 'unreachable'], [0, 'unreachable']];
    }

    public function test_something_else_at_the_address_is_not_the_service(): void
    {
        foreach ([[404, '<html>', 'not_the_service'], [200, '<html>', 'not_the_service'], [301, '', 'redirected']] as list($status, $body, $code)) {
            $service = new ScriptedService(self::NOW);
            $service->answers['/healthz'] = new Response($status, $body);
            $this->assertSame([$code], $this->codes($this->run_($service)));
        }
    }

    public function test_a_wrong_key_and_one_that_ended_are_told_apart(): void
    {
        $this->assertSame(['key_invalid'], $this->codes($this->run_(new ScriptedService(self::NOW, 'key-shown', 'shops-key-refused'))));
        $service = new ScriptedService(self::NOW);
        $service->answers['/v1/shops'] = ScriptedService::recorded('shops-key-refused', ['code' => 'key_expired']);
        $this->assertSame(['key_expired'], $this->codes($this->run_($service)));
    }

    public function test_missing_scopes_are_named(): void
    {
        $service = new ScriptedService(self::NOW);
        $service->answers['/v1/key'] = ScriptedService::recorded('key-shown', ['scopes' => array_diff(ConnectionTest::SCOPES, ['credit:override', 'webhooks:write'])]);
        $result = $this->run_($service);

        $this->assertFalse($result['ok']);
        $this->assertSame('credit:override, webhooks:write', $result['findings'][0]['facts'][0]);
        $service->answers['/v1/key'] = ScriptedService::recorded('key-shown', ['scopes' => ['checkout']]);
        $service->answers['/v1/shops'] = new Response(403, '{"code":"scope_missing"}');
        $this->assertSame(['scopes_missing'], $this->codes($this->run_($service)));
    }

    public function test_an_integrators_key_is_not_for_a_shop(): void
    {
        $service = new ScriptedService(self::NOW);
        $service->answers['/v1/key'] = ScriptedService::recorded('key-shown', ['shop' => null]);
        $this->assertSame(['integrators_key'], $this->codes($this->run_($service)));
    }

    public function test_a_service_that_says_nothing_of_keys_is_good_if_it_shows_one_shop(): void
    {
        $service = new ScriptedService(self::NOW);
        $service->answers['/v1/key'] = new Response(404, '{"code":"not_found"}');
        $this->assertTrue($this->run_($service)['ok']);
    }

    public function test_the_clock_may_be_a_minute_off_and_no_more(): void
    {
        $this->assertSame(['connected'], $this->codes($this->run_(new ScriptedService(self::NOW), 'https://encours.test', self::NOW + 60)));
        $ahead = $this->run_(new ScriptedService(self::NOW), 'https://encours.test', self::NOW + 61);
        $this->assertSame(['clock_ahead', 'connected'], $this->codes($ahead));
        $this->assertTrue($ahead['ok'], 'it works, and somebody should look at it');
        $this->assertSame(['61'], $ahead['findings'][0]['facts']);
        $this->assertSame(['clock_behind', 'connected'], $this->codes($this->run_(new ScriptedService(self::NOW), 'https://encours.test', self::NOW - 61)));
    }

    public function test_a_key_that_ends_soon_is_announced(): void
    {
        $service = new ScriptedService(self::NOW);
        $service->answers['/v1/key'] = ScriptedService::recorded('key-shown', ['expires_at' => gmdate('c', self::NOW + 14 * 86400)]);
        $this->assertSame(['key_ends', 'connected'], $this->codes($this->run_($service)));
        $service->answers['/v1/key'] = ScriptedService::recorded('key-shown', ['expires_at' => gmdate('c', self::NOW + 15 * 86400)]);
        $this->assertSame(['connected'], $this->codes($this->run_($service)));
    }

    /** @dataProvider addresses */
    public function test_keys_go_to_encrypted_or_own_addresses_only(string $url, ?string $complaint): void
    {
        $this->assertSame($complaint, ConnectionTest::complaintAboutAddress($url));
        if ($complaint !== null) {
            $service = new ScriptedService(self::NOW);
            $this->assertSame([$complaint], $this->codes($this->run_($service, $url)));
            $this->assertSame([], $service->asked);
        }
    }

    public function addresses(): array
    {
        return [
            ['https://encours.example.com', null], ['https://example.com:8443/encours', null], ['http://127.0.0.1:8600', null], ['http://localhost', null],
            ['http://encours:8600', null], ['http://10.1.2.3', null], ['http://[::1]:8600', null],
            ['http://encours.example.com', 'address_unencrypted'], ['http://8.8.8.8', 'address_unencrypted'],
            ['ftp://example.com', 'address_malformed'], ['encours.example.com', 'address_malformed'], ['https://', 'address_malformed'],
            ['https://me:secret@example.com', 'address_malformed'], ['https://example.com?x=1', 'address_malformed'], ['https://example.com#x', 'address_malformed'],
            ['javascript:alert(1)', 'address_malformed'],
        ];
    }

    public function test_every_finding_has_a_sentence_of_its_own(): void
    {
        $findings = new ConnectionFindings(new \Encours());
        $sentences = [];
        foreach (
            ['connected', 'address_malformed', 'address_unencrypted', 'name_unknown', 'connection_refused', 'timeout', 'unreachable', 'tls', 'redirected',
            'not_the_service', 'key_invalid', 'key_expired', 'key_ends', 'scopes_missing', 'integrators_key', 'clock_ahead', 'clock_behind', 'refused', ] as $code
        ) {
            $sentences[] = $findings->sentence(['code' => $code, 'facts' => ['a', 'b']]);
        }
        $this->assertSame($sentences, array_unique($sentences));
    }
}
