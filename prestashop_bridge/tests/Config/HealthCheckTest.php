<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Config;

use EncoursModule\Config\CallbackSubscription;
use EncoursModule\Config\HealthFindings;
use EncoursModule\Config\HealthSection;
use EncoursModule\Config\Settings;
use EncoursModule\Factory;
use EncoursModule\Sync\Outbox;
use EncoursModule\Tests\StaffTestCase;

class HealthCheckTest extends StaffTestCase
{
    /** @var ScriptedService */
    private $scripted;

    protected function setUp(): void
    {
        parent::setUp();
        $db = \Db::getInstance();
        foreach ([1 => 'EUR', 2 => 'USD'] as $id => $iso) {
            $db->insert('currency_shop', ['id_currency' => $id, 'id_shop' => 1]);
            $db->insert('module_currency', ['id_module' => 77, 'id_shop' => 1, 'id_currency' => $id]);
        }
        $db->insert('country_shop', ['id_country' => 8, 'id_shop' => 1]);
        $db->insert('country_lang', ['id_country' => 8, 'id_lang' => 1, 'name' => 'France']);
        $db->insert('module_country', ['id_module' => 77, 'id_shop' => 1, 'id_country' => 8]);
        $db->insert('module_group', [['id_module' => 77, 'id_shop' => 1, 'id_group' => 3], ['id_module' => 77, 'id_shop' => 1, 'id_group' => 5]]);
        $db->insert('carrier', ['id_carrier' => 9, 'id_reference' => 2, 'name' => 'Van']);
        $db->insert('carrier_shop', ['id_carrier' => 9, 'id_shop' => 1]);
        $db->insert('module_carrier', ['id_module' => 77, 'id_shop' => 1, 'id_reference' => 2]);
        foreach (\Encours::HOOKS as $hook) {
            $db->insert('hook_module', ['id_module' => 77, 'id_shop' => 1, 'id_hook' => \Hook::getIdByName($hook)]);
        }
        $db->insert('profile', [['id_profile' => 1], ['id_profile' => 4]]);
        $db->insert('profile_lang', [['id_profile' => 1, 'id_lang' => 1, 'name' => 'SuperAdmin'], ['id_profile' => 4, 'id_lang' => 1, 'name' => 'Salesman']]);
        $db->insert('authorization_role', [['id_authorization_role' => 1, 'slug' => 'ROLE_MOD_TAB_ADMINORDERS_UPDATE'], ['id_authorization_role' => 2, 'slug' => 'ROLE_MOD_MODULE_ENCOURS_READ']]);
        $db->insert('access', ['id_profile' => 1, 'id_authorization_role' => 1]);
        $db->insert('module_access', ['id_profile' => 1, 'id_authorization_role' => 2]);
        (new Settings(1))->setCallbackSecret('whsec_c2VjcmV0');
        \Configuration::updateGlobalValue('ENCOURS_CRON_LAST_RUN', (string) ($this->now - 300));
        $this->scripted = new ScriptedService($this->now);
        $listed = ScriptedService::recorded('webhooks-listed');
        $this->scripted->answers += ['/v1/webhooks' => $listed, '/v1/shops/main/settings' => ScriptedService::recorded('shop-settings-set')];
    }

    private function made(): Factory
    {
        return Factory::of(new \Encours(), 1)->with($this->scripted, $this->clock());
    }

    /** @return array<string, string> level by code */
    private function levels(): array
    {
        return array_column($this->made()->healthCheck()->run(), 'level', 'code');
    }

    public function test_a_healthy_shop_is_good_throughout(): void
    {
        $this->assertSame(['good'], array_values(array_unique($this->levels())));
    }

    public function test_without_a_connection_the_shop_itself_is_checked_all_the_same(): void
    {
        (new Settings(1))->setKey('');
        $levels = $this->levels();
        $this->assertSame('bad', $levels['not_connected']);
        $this->assertSame('good', $levels['hooks']);
        $this->assertSame([], $this->scripted->asked);
    }

    public function test_a_service_that_is_away_is_named_with_its_cause(): void
    {
        $this->scripted->answers['/healthz'] = 7;
        $levels = $this->levels();
        $this->assertSame('bad', $levels['connection:connection_refused']);
        $this->assertArrayNotHasKey('callback', $levels);
    }

    public function test_what_is_not_offered_is_named_and_repaired(): void
    {
        \Db::getInstance()->execute('DELETE FROM ps_module_currency WHERE id_currency = 2');
        \Db::getInstance()->execute('DELETE FROM ps_module_carrier');
        $levels = $this->levels();
        $this->assertSame('warning', $levels['restrictions_missing:currency'], 'one of two may be left out on purpose');
        $this->assertSame('bad', $levels['restrictions_missing:carrier'], 'without any carrier nobody sees it');
        $this->assertSame('good', $levels['restrictions:country']);

        $this->assertTrue($this->made()->healthCheck()->repair('restrictions'));
        $this->assertSame('good', $this->levels()['restrictions:currency']);
        $this->assertTrue($this->made()->healthCheck()->repair('restrictions'), 'again, without harm');
    }

    public function test_another_shops_rows_do_not_count(): void
    {
        \Db::getInstance()->execute('UPDATE ps_module_carrier SET id_shop = 2');
        $this->assertSame('bad', $this->levels()['restrictions_missing:carrier']);
    }

    public function test_a_missing_hook_is_named_and_registered(): void
    {
        \Db::getInstance()->execute('DELETE FROM ps_hook_module WHERE id_hook = ' . \Hook::getIdByName('paymentOptions'));
        $this->assertSame('bad', $this->levels()['hooks_missing']);
        $this->made()->healthCheck()->repair('hooks');
        $this->assertContains('paymentOptions', \Module::$registered);
    }

    public function test_profiles_whose_hooks_core_skips_are_named_and_let_in(): void
    {
        \Db::getInstance()->insert('access', ['id_profile' => 4, 'id_authorization_role' => 1]);
        $finding = array_column($this->made()->healthCheck()->run(), null, 'code')['profiles_missing'];
        $this->assertSame(['Salesman'], $finding['facts']);
        $this->made()->healthCheck()->repair('profiles');
        $this->assertSame('good', $this->levels()['profiles']);
    }

    public function test_order_states_must_be_there_and_mean_what_they_should(): void
    {
        \Db::getInstance()->execute('UPDATE ps_order_state SET invoice = 0 WHERE id_order_state = 14');
        $this->assertSame('warning', $this->levels()['states_changed']);
        \Db::getInstance()->execute('UPDATE ps_order_state SET deleted = 1 WHERE id_order_state = 14');
        $this->assertSame('bad', $this->levels()['states_missing']);
        \Configuration::updateGlobalValue(Settings::PAID_MODE, 'whatever');
        $this->assertSame('bad', $this->levels()['paid_mode_unknown']);
    }

    public function test_in_bookkeeping_the_accepted_state_must_not_be_paid(): void
    {
        (new Settings(1))->setPaidMode(Settings::BOOKKEEPING);
        \Db::getInstance()->execute('UPDATE ps_order_state SET invoice = 1 WHERE id_order_state = 15');
        $this->assertSame('good', $this->levels()['states']);
        \Db::getInstance()->execute('UPDATE ps_order_state SET paid = 1 WHERE id_order_state = 15');
        $this->assertSame('warning', $this->levels()['states_changed']);
    }

    /** @dataProvider subscriptions */
    public function test_a_callback_that_does_not_arrive_is_named(array $changes, string $code, string $level): void
    {
        $listed = json_decode(ScriptedService::recorded('webhooks-listed')->body, true)['items'];
        $this->scripted->answers['/v1/webhooks'] = ScriptedService::recorded('webhooks-listed', ['items' => $changes === [] ? [] : [$changes + $listed[0]]]);
        $this->assertSame($level, $this->levels()[$code]);
    }

    public function test_staff_read_since_when_the_shop_is_not_reached_as_a_day_and_time(): void
    {
        $listed = json_decode(ScriptedService::recorded('webhooks-listed')->body, true)['items'];
        $this->scripted->answers['/v1/webhooks'] = ScriptedService::recorded('webhooks-listed', ['items' => [['failing_since_at' => '2026-03-01T12:34:56.789012Z'] + $listed[0]]]);
        foreach ($this->made()->healthCheck()->run() as $finding) {
            if ($finding['code'] === 'callback_failing') {
                $this->assertSame([date('Y-m-d H:i', gmmktime(12, 34, 56, 3, 1, 2026))], $finding['facts']);

                return;
            }
        }
        $this->fail('The finding is missing');
    }

    public function subscriptions(): array
    {
        return [
            'none' => [[], 'callback_missing', 'bad'],
            'elsewhere' => [['url' => 'https://old.test/callback'], 'callback_elsewhere', 'bad'],
            'given up' => [['disabled_at' => '2026-03-01T00:00:00Z', 'disabled_reason' => 'failing'], 'callback_disabled', 'bad'],
            'failing' => [['failing_since_at' => '2026-03-01T00:00:00Z'], 'callback_failing', 'warning'],
            'of another shop' => [['shop' => 'other'], 'callback_missing', 'bad'],
        ];
    }

    public function test_the_address_is_the_same_in_whatever_language_staff_look_at_it(): void
    {
        $expected = $this->made()->callbackSubscription()->url();
        \Context::getContext()->language->id = 2;
        $this->assertSame($expected, $this->made()->callbackSubscription()->url());
        $this->assertSame('good', $this->levels()['callback']);
    }

    public function test_a_lost_secret_makes_the_callback_useless(): void
    {
        (new Settings(1))->setCallbackSecret('');
        $this->assertSame('bad', $this->levels()['callback_missing']);
    }

    public function test_order_states_that_the_service_does_not_go_by_are_named_and_told(): void
    {
        (new Settings(1))->setStartStates([4]);
        $this->assertSame('bad', $this->levels()['statuses_differ']);
        $this->factory('shop-patched')->healthCheck()->repair('statuses');
        $this->assertSame(['4'], $this->service->sent[0]['body']['settings']['start_statuses']);
    }

    public function test_the_queue_is_a_warning_while_it_waits_and_bad_once_refused(): void
    {
        $this->made()->outbox()->enqueue('order-A', Outbox::EVENT, 'POST', '/v1/orders/A/events', ['event_id' => 'history-1'], 'history-1');
        $this->assertSame('warning', $this->levels()['queue_waiting']);
        \Db::getInstance()->execute("UPDATE ps_encours_outbox SET status = 'refused'");
        $this->assertSame('bad', $this->levels()['queue_waiting']);
    }

    public function test_cron_is_late_after_two_hours_and_not_a_second_before(): void
    {
        \Configuration::updateGlobalValue('ENCOURS_CRON_LAST_RUN', (string) ($this->now - 7200));
        $this->assertSame('good', $this->levels()['cron']);
        \Configuration::updateGlobalValue('ENCOURS_CRON_LAST_RUN', (string) ($this->now - 7201));
        $this->assertSame('warning', $this->levels()['cron_late']);
        \Configuration::updateGlobalValue('ENCOURS_CRON_LAST_RUN', '');
        $this->assertSame('warning', $this->levels()['cron_never']);
    }

    public function test_an_unknown_repair_does_nothing(): void
    {
        $this->assertFalse($this->made()->healthCheck()->repair('world'));
    }

    public function test_every_finding_has_a_sentence(): void
    {
        $sentences = new HealthFindings(new \Encours());
        foreach ($this->made()->healthCheck()->run() as $finding) {
            $this->assertNotSame('', $sentences->sentence($finding));
        }
        $text = $sentences->sentence(['code' => 'restrictions_missing:group', 'level' => 'warning', 'facts' => ['Wholesale'], 'repair' => 'restrictions']);
        $this->assertStringContainsString('every customer group of this shop; missing: Wholesale', $text);
    }

    public function test_what_waits_is_retried_one_by_one_or_all(): void
    {
        $body = ['event_id' => 'history-1', 'kind' => 'status', 'occurred_at' => '2026-03-02T09:00:00.000001Z', 'status' => '3'];
        foreach (['A', 'B'] as $reference) {
            $this->factory()->outbox()->enqueue('order-' . $reference, Outbox::EVENT, 'POST', '/v1/orders/' . $reference . '/events', $body, 'history-' . $reference);
        }
        $one = (new HealthSection($this->factory('event-waiting')))->save($this->input(['retry' => 'order-A']));
        $this->assertSame(['success'], self::kinds($one));
        $this->assertSame(1, $this->factory()->outbox()->counts()['pending']);
        $all = (new HealthSection($this->factory('')))->save($this->input(['retry' => 'all']));
        $this->assertSame(['warning'], self::kinds($all));
        \Configuration::updateGlobalValue('ENCOURS_BREAKER_UNTIL', 0);
        $again = (new HealthSection($this->factory('event-waiting')))->save($this->input(['retry' => 'all']));
        $this->assertSame(['success'], self::kinds($again));
    }

    public function test_the_cron_address_carries_a_secret_that_is_made_once(): void
    {
        $first = (new HealthSection($this->made()))->view()['cron_url'];
        $this->assertMatchesRegularExpression('~/cron\?token=[0-9a-f]{48}$~', $first);
        $this->assertSame($first, (new HealthSection($this->made()))->view()['cron_url']);
    }

    public function test_a_new_callback_brings_its_secret(): void
    {
        (new Settings(1))->setCallbackSecret('');
        $this->subscription('callback-put')->renew();
        $this->assertSame('whsec_c2VjcmV0LW9mLXRoZS10ZXN0cw==', (new Settings(1))->callbackSecret());
        $this->assertContains('order.settled', $this->service->sent[0]['body']['event_types']);
        $this->assertNotContains('*', $this->service->sent[0]['body']['event_types']);
    }

    public function test_a_known_callback_keeps_the_secret_and_a_lost_one_is_replaced(): void
    {
        $this->subscription('callback-put-again')->renew();
        $this->assertSame('whsec_c2VjcmV0', (new Settings(1))->callbackSecret());
        (new Settings(1))->setCallbackSecret('');
        $this->subscription('callback-put-again', 'callback-secret')->renew();
        $this->assertSame('whsec_c2VjcmV0LW9mLXRoZS10ZXN0cw==', (new Settings(1))->callbackSecret());
    }

    public function test_a_callback_that_was_given_up_is_switched_on_again(): void
    {
        $this->subscription('callback-put-disabled')->renew();
        $this->assertNull(json_decode(ScriptedService::recorded('callback-put-disabled')->body, true)['disabled_at']);
        $this->assertTrue($this->service->isExhausted(), 'setting the address is enough');
    }

    private function subscription(string ...$answers): CallbackSubscription
    {
        return new CallbackSubscription(new Settings(1), $this->factory(...$answers)->client(), 'https://shop.test/module/encours/callback');
    }
}
