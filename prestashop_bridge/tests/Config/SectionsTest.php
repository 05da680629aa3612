<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Config;

use EncoursModule\Config\ConnectionSection;
use EncoursModule\Config\DisplaySection;
use EncoursModule\Config\InvalidInput;
use EncoursModule\Config\OrdersSection;
use EncoursModule\Config\Settings;
use EncoursModule\Factory;
use EncoursModule\Tests\StaffTestCase;

class SectionsTest extends StaffTestCase
{
    const ORDERS = ['paid_mode' => 'bookkeeping', 'start_states' => ['4'], 'cancel_states' => ['6', '7'], 'settled_state' => '16'];

    public function test_order_states_are_kept_here_and_told_to_the_service(): void
    {
        $notices = (new OrdersSection($this->factory('shop-patched')))->save($this->input(self::ORDERS));

        $this->assertSame(['success'], self::kinds($notices));
        $settings = new Settings(1);
        $this->assertSame([Settings::BOOKKEEPING, [4], [6, 7], 16], [$settings->paidMode(), $settings->startStates(), $settings->cancelStates(), $settings->settledState()]);
        $this->assertSame(['start_statuses' => ['4'], 'cancel_statuses' => ['6', '7']], $this->service->sent[0]['body']['settings']);
    }

    public function test_order_states_are_kept_when_the_service_is_away_and_that_is_said(): void
    {
        $notices = (new OrdersSection($this->factory('')))->save($this->input(self::ORDERS));
        $this->assertSame(['success', 'danger'], self::kinds($notices));
        $this->assertSame([4], (new Settings(1))->startStates());
    }

    /** @dataProvider impossibleStates */
    public function test_impossible_order_states_change_nothing(array $posted): void
    {
        $section = new OrdersSection($this->factory());
        try {
            $section->save($this->input($posted + self::ORDERS));
            $this->fail('They were taken.');
        } catch (InvalidInput $invalid) {
            $this->assertSame([4, 5], (new Settings(1))->startStates());
        }
        $this->assertSame(isset($posted['start_states']) ? array_map('intval', $posted['start_states']) : [4], $section->view()['start_states'], 'what was chosen is shown again');
    }

    public function impossibleStates(): array
    {
        return [
            'none starts the term' => [['start_states' => []]],
            'one that is not there' => [['start_states' => ['99']]],
            'one that cancels, too' => [['start_states' => ['4', '6']]],
            'settled state that is not there' => [['settled_state' => '99']],
            'settled state that is not paid' => [['settled_state' => '1']],
            'settled state that every new order gets' => [['settled_state' => '14']],
            'settled state that starts the term' => [['settled_state' => '4']],
            'settled state that cancels' => [['settled_state' => '5', 'cancel_states' => ['5', '6']]],
        ];
    }

    public function test_texts_and_switches_are_kept_by_language(): void
    {
        $posted = ['option_label_1' => 'On invoice', 'option_label_2' => 'Sur facture', 'terms_of_use_1' => '', 'terms_of_use_2' => 'Conditions', 'show_navigation' => '1', 'show_invoice_block' => '0', 'ask_purchase_order' => '1'];
        $this->assertSame(['success'], self::kinds((new DisplaySection($this->factory()))->save($this->input($posted))));
        $settings = new Settings(1);
        $this->assertSame(['On invoice', 'Sur facture', 'Conditions'], [$settings->optionLabel(1), $settings->optionLabel(2), $settings->termsOfUse(2)]);
        $this->assertTrue($settings->showCreditInNavigation());
        $this->assertFalse($settings->showInvoiceBlock());
        $this->assertSame([], $this->service->sent, 'the bank account did not change');
    }

    public function test_the_bank_account_is_the_services_and_copied_for_invoices(): void
    {
        $posted = ['bank_holder' => 'Moulin', 'bank_iban' => 'fr76 3000 6000 0112 3456 7890 189', 'bank_bic' => ''];
        $this->assertSame(['success'], self::kinds((new DisplaySection($this->factory('shop-patched')))->save($this->input($posted))));
        $this->assertSame(['holder' => 'Moulin', 'iban' => 'FR7630006000011234567890189', 'bic' => null], $this->service->sent[0]['body']['settings']['bank_account']);
        $this->assertSame('FR7630006000011234567890189', (new Settings(1))->bankAccount()['iban']);

        (new Settings(1))->setBankAccount(null);
        (new DisplaySection($this->factory('shop-settings-set')))->view();
        $this->assertSame('Moulin', (new Settings(1))->bankAccount()['holder'], 'read back when the page opens');
    }

    public function test_a_refused_iban_is_explained_shown_again_and_not_kept(): void
    {
        $_POST = ['bank_holder' => 'Moulin', 'bank_iban' => 'FR7630006000011234567890188', 'bank_bic' => ''];
        $section = new DisplaySection($this->factory('shop-iban-refused', 'shop-settings-shown'));
        $notices = $section->save($this->input($_POST));

        $this->assertSame(['success', 'danger', 'warning'], self::kinds($notices));
        $this->assertStringContainsString('This IBAN is not valid', self::texts($notices));
        $this->assertNull((new Settings(1))->bankAccount());
        $this->assertSame('FR7630006000011234567890188', $section->view()['account']['iban']);
    }

    public function test_half_a_bank_account_is_none(): void
    {
        $this->expectException(InvalidInput::class);
        (new DisplaySection($this->factory()))->save($this->input(['bank_holder' => 'Moulin', 'bank_iban' => '', 'bank_bic' => '']));
    }

    private function connection(ScriptedService $service): ConnectionSection
    {
        return new ConnectionSection(Factory::of(new \Encours(), 1)->with($service, $this->clock()));
    }

    public function test_testing_stores_nothing(): void
    {
        $service = new ScriptedService($this->now);
        $notices = $this->connection($service)->save($this->input(['encours_save' => 'test', 'url' => 'https://other.test/', 'key' => 'enc_shop_another_one']));
        $this->assertSame(['success'], self::kinds($notices));
        $this->assertSame('https://encours.test', (new Settings(1))->url());
        $this->assertSame('enc_shop_test', (new Settings(1))->key());
    }

    public function test_saving_connects_and_introduces_the_shop(): void
    {
        $service = new ScriptedService($this->now);
        $service->answers += [
            '/v1/callback' => ScriptedService::recorded('callback-put'),
            '/v1/shops/main' => ScriptedService::recorded('shop-patched'),
        ];
        $notices = $this->connection($service)->save($this->input(['encours_save' => 'save', 'url' => 'https://other.test/', 'key' => 'enc_shop_another_one', 'keep_on_uninstall' => '0']));

        $this->assertSame(['success', 'success'], self::kinds($notices));
        $settings = new Settings(1);
        $this->assertSame(['https://other.test', 'enc_shop_another_one', 'main'], [$settings->url(), $settings->key(), $settings->shopCode()]);
        $this->assertNotNull($settings->callbackSecret());
        $this->assertFalse(Settings::isKeptOnUninstall());
    }

    public function test_saving_is_always_possible_and_says_when_it_does_not_work(): void
    {
        $service = new ScriptedService($this->now);
        $service->answers['/healthz'] = 7;
        $notices = $this->connection($service)->save($this->input(['encours_save' => 'save', 'url' => 'https://other.test', 'key' => 'enc_shop_another_one']));
        $this->assertSame(['danger', 'warning'], self::kinds($notices));
        $this->assertSame('https://other.test', (new Settings(1))->url());
    }

    public function test_an_empty_key_keeps_the_stored_one_for_its_own_address_only(): void
    {
        $service = new ScriptedService($this->now);
        $service->answers += ['/v1/callback' => ScriptedService::recorded('callback-put'), '/v1/shops/main' => ScriptedService::recorded('shop-patched')];
        $this->connection($service)->save($this->input(['encours_save' => 'save', 'url' => 'https://encours.test', 'key' => '']));
        $this->assertSame('enc_shop_test', (new Settings(1))->key());
        $this->assertSame('Bearer enc_shop_test', $service->asked[1]['headers']['Authorization']);

        $service = new ScriptedService($this->now);
        try {
            $this->connection($service)->save($this->input(['encours_save' => 'test', 'url' => 'https://thief.test', 'key' => '']));
            $this->fail('The key was sent elsewhere.');
        } catch (InvalidInput $invalid) {
            $this->assertSame([], $service->asked);
        }
    }

    public function test_the_key_is_nowhere_on_the_page(): void
    {
        $this->assertStringNotContainsString('enc_shop_test', (string) json_encode($this->connection(new ScriptedService($this->now))->view()));
    }

    public function test_a_key_has_no_spaces(): void
    {
        $this->expectException(InvalidInput::class);
        $this->connection(new ScriptedService($this->now))->save($this->input(['url' => 'https://encours.test', 'key' => 'enc_shop with spaces']));
    }

    public function test_a_second_shop_does_not_take_the_first_ones_connection_for_its_own(): void
    {
        \Shop::$isMulti = true;
        \Configuration::updateGlobalValue(Settings::SHOP_CODE, 'main');
        \Configuration::updateGlobalValue(Settings::URL, 'https://encours.test');
        \Configuration::updateGlobalValue(Settings::KEY, \Configuration::getGlobalValue(Settings::KEY));
        $second = new Settings(2);
        $this->assertFalse($second->isConnected());
        $this->assertNull($second->shopCode());
    }
}
