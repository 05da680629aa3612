<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Config;

use EncoursModule\Config\InvalidInput;
use EncoursModule\Config\PolicySection;
use EncoursModule\Tests\StaffTestCase;

class PolicySectionTest extends StaffTestCase
{
    const FORM = [
        'admission' => 'requirements', 'valid_vat_number' => '1', 'vat_unknown' => 'refer', 'completed_orders' => '2', 'net_spend_12m' => '500,00',
        'group_position' => ['3' => 'allow', '5' => 'rules', '1' => 'deny'],
        'limit_kind' => 'amount', 'limit_amount' => '1 500,00', 'default_terms' => 'net_30', 'allowed_terms' => ['net_60'], 'terms_agreed' => '1',
        'unpaid_orders_allowed' => '', 'overdue_margin_days' => '10', 'minimum_order' => '', 'maximum_order' => '',
        'over_limit' => 'decline', 'refusal' => 'show', 'reminder_policy' => 'gentle',
    ];

    private function section(string ...$answers): PolicySection
    {
        return new PolicySection($this->factory(...$answers));
    }

    public function test_what_is_saved_goes_to_the_service(): void
    {
        $notices = $this->section('essentials-put', 'shop-patched', 'groups-none', 'group-set-by-staff')->save($this->input(self::FORM));

        $this->assertSame(['success'], self::kinds($notices));
        $policy = $this->service->sent[0]['body'];
        $this->assertSame(['valid_vat_number' => true, 'vat_unknown' => 'refer', 'completed_orders' => 2, 'net_spend_12m' => '500.00'], $policy['requirements']);
        $this->assertSame(10, $policy['settings']['overdue_margin_days']);
        $this->assertNull($policy['settings']['unpaid_orders_allowed']);
        $this->assertFalse($policy['settings']['hide_when_credit_insufficient']);
        $this->assertFalse($policy['replace_custom']);
        $settings = $this->service->sent[1]['body']['settings'];
        $this->assertSame(['kind' => 'amount', 'amount' => '1500.00', 'currency' => 'EUR'], $settings['default_limit']);
        $this->assertSame(['net_30', 'net_60'], $settings['allowed_terms'], 'the default term can always be chosen');
        $this->assertSame('gentle', $settings['reminder_policy']);
        $this->assertSame('/v1/groups/ps-3', $this->service->sent[3]['path']);
        $this->assertCount(4, $this->service->sent, 'visitors order nothing, and a group that means nothing is not defined');
        $this->assertTrue($this->factory()->settings()->refusalIsShown());
    }

    public function test_requirements_go_with_that_admission_alone(): void
    {
        $this->section('essentials-put', 'shop-patched', 'groups-none')->save($this->input(['admission' => 'everyone', 'group_position' => []] + self::FORM));
        $this->assertArrayNotHasKey('requirements', $this->service->sent[0]['body']);
    }

    public function test_a_group_keeps_its_limit_and_terms_and_is_sent_only_when_it_changes(): void
    {
        $this->section('essentials-put', 'shop-patched', 'groups-listed')->save($this->input(self::FORM));
        $this->assertCount(3, $this->service->sent, 'ps-3 allows already');
        $this->section('essentials-put', 'shop-patched', 'groups-listed', 'group-set-by-staff')->save($this->input(['group_position' => ['3' => 'rules']] + self::FORM));
        $put = end($this->service->sent)['body'];
        $this->assertNull($put['position']);
        $this->assertSame(['name', 'position', 'limit', 'default_terms', 'allowed_terms', 'reason'], array_keys($put));
    }

    /** @dataProvider mistakes */
    public function test_nothing_is_sent_when_one_field_cannot_be_used(array $mistake): void
    {
        $section = $this->section();
        try {
            $section->save($this->input($mistake + self::FORM));
            $this->fail('It was taken.');
        } catch (InvalidInput $invalid) {
            $this->assertNotSame('', $invalid->getMessage());
        }
        $this->assertSame([], $this->service->sent);
    }

    public function mistakes(): array
    {
        return [
            [['completed_orders' => '-1']], [['completed_orders' => '1.5']], [['net_spend_12m' => 'much']], [['limit_amount' => '1,500']], [['limit_amount' => '']],
            [['overdue_margin_days' => 'x']], [['minimum_order' => '1,000']], [['default_terms' => '']],
            [['valid_vat_number' => '0', 'completed_orders' => '', 'net_spend_12m' => '']],
        ];
    }

    public function test_a_mistake_does_not_lose_the_other_fields(): void
    {
        $section = $this->section();
        try {
            $section->save($this->input(['limit_amount' => '1,500', 'completed_orders' => '7'] + self::FORM));
        } catch (InvalidInput $invalid) {
        }
        $this->service->then('terms-listed', 'essentials-shown', 'shop-settings-set', 'groups-listed');
        $form = $section->view()['essentials'];

        $this->assertSame('1,500', $form['limit']['amount']);
        $this->assertSame('7', $form['requirements']['completed_orders']);
        $this->assertSame('allow', $form['groups'][0]['position']);
    }

    public function test_rules_of_the_merchants_own_are_not_replaced_unasked(): void
    {
        $notices = $this->section('essentials-custom-kept')->save($this->input(self::FORM));
        $this->assertSame(['warning'], self::kinds($notices));
        $this->assertStringContainsString('Replace the rules of our own', self::texts($notices));
        $this->section('essentials-put', 'shop-patched', 'groups-none', 'group-set-by-staff')->save($this->input(['replace_custom' => '1'] + self::FORM));
        $this->assertTrue($this->service->sent[1]['body']['replace_custom']);
    }

    public function test_says_what_was_saved_when_the_service_went_away_in_between(): void
    {
        foreach ([[['']], [['essentials-put', '']], [['essentials-put', 'shop-patched', 'groups-none', '']]] as $saved => list($answers)) {
            $notices = $this->section(...$answers)->save($this->input(self::FORM));
            $this->assertSame(['danger', 'warning'], self::kinds($notices));
            $this->assertStringContainsString(['Nothing was saved', 'requirements and blocks were saved', 'All but the groups'][$saved], $notices[1]->text);
        }
        $this->assertFalse($this->factory()->settings()->refusalIsShown(), 'what the shop keeps follows only when all was saved');
    }

    public function test_reads_back_what_the_service_holds(): void
    {
        $view = $this->section('terms-listed', 'essentials-shown', 'shop-settings-set', 'groups-listed')->view();
        $form = $view['essentials'];

        $this->assertSame('requirements', $form['admission']);
        $this->assertSame(2, $form['requirements']['completed_orders']);
        $this->assertSame('500.00', $form['requirements']['net_spend_12m']);
        $this->assertSame('1500.00', $form['limit']['amount']);
        $this->assertSame([['id' => 3, 'name' => 'Customer', 'position' => 'allow'], ['id' => 5, 'name' => 'Wholesale', 'position' => 'rules']], $form['groups']);
        $this->assertSame('net_7', $form['terms'][0]['code'], 'plain and short terms come first');
        $allowed = array_column(array_filter($form['terms'], function ($term) { return $term['is_allowed']; }), 'code');
        $this->assertSame(['net_30', 'net_60'], $allowed);
        $this->assertNull($form['own_reminder_policy']);
    }

    public function test_custom_rules_are_shown_as_such(): void
    {
        $form = $this->section('terms-listed', 'essentials-custom', 'shop-settings-set', 'groups-none')->view()['essentials'];
        $this->assertTrue($form['is_custom']);
        $this->assertSame('', $form['admission']);
    }

    public function test_without_the_service_there_is_nothing_to_save(): void
    {
        $view = $this->section('')->view();
        $this->assertNull($view['essentials']);
        $this->assertStringContainsString('does not answer', $view['failure']);
        $this->factory()->settings()->setShopCode('');
        $this->assertNull($this->section()->view()['essentials']);
    }
}
