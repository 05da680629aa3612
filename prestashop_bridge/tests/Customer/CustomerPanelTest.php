<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Customer;

use EncoursModule\Config\Permissions;
use EncoursModule\Customer\CustomerActions;
use EncoursModule\Sync\Outbox;
use EncoursModule\Tests\StaffTestCase;

class CustomerPanelTest extends StaffTestCase
{
    const REMINDERS = ['staff-reminders-off', 'staff-reminders-none', 'reminder-policies'];
    const IN_USE = ['company-shown', 'account-in-use', 'credit-in-use', 'buyer-shown', 'company-terms', 'staff-reminders-off', 'staff-reminders-none', 'reminder-policies'];

    protected function setUp(): void
    {
        parent::setUp();
        $this->customer(3);
        $this->address(3);
    }

    /** @param array<string, mixed> $posted */
    private function do_(string $action, array $posted, string ...$answers): array
    {
        return $this->factory(...$answers)->customerActions()->run($action, new \Customer(3), $this->input($posted + ['currency' => 'EUR', 'reason' => 'Agreed']));
    }

    /** @return array<string, bool> */
    private function rights(string $answer): array
    {
        $this->factory('company-shown', 'account-in-use', 'credit-in-use', $answer, 'company-terms', ...self::REMINDERS)->customerPanel()->live(new \Customer(3));

        return $this->shown('customer_panel.tpl')['live']['rights'];
    }

    public function test_the_page_comes_without_a_call_and_with_the_shops_own_orders(): void
    {
        $this->orderOnTerms(3, [], ['due_on' => '2026-03-01', 'due_is_estimate' => 0, 'terms_label' => '30 days']);
        $this->factory()->customerPanel()->show(['id_customer' => 3]);
        $shown = $this->shown('customer_panel.tpl');

        $this->assertTrue($shown['is_loading']);
        $this->assertSame(['REFAAAA55', true], [$shown['orders'][0]['ref'], $shown['orders'][0]['is_late']]);
        $this->assertSame([], $this->service->sent);
    }

    public function test_due_today_is_not_late_nor_is_an_estimate(): void
    {
        $this->orderOnTerms(3, [], ['due_on' => date('Y-m-d'), 'due_is_estimate' => 0]);
        $this->orderOnTerms(3, ['reference' => 'REFBBBB55'], ['ref' => 'REFBBBB55', 'due_on' => '2026-01-01', 'due_is_estimate' => 1]);
        $this->factory()->customerPanel()->show(['id_customer' => 3]);
        $this->assertSame([false, false], array_column($this->shown('customer_panel.tpl')['orders'], 'is_late'));
    }

    public function test_guests_strangers_and_employees_without_the_right_get_no_panel(): void
    {
        $this->customer(8, ['is_guest' => 1]);
        $panel = $this->factory()->customerPanel();
        $this->assertSame(['', ''], [$panel->show(['id_customer' => 8]), $panel->show(['id_customer' => 99])]);
        $this->may('UPDATE');
        $this->assertSame('', $panel->show(['id_customer' => 3]));
    }

    public function test_shows_limit_exposure_by_bucket_terms_and_vat(): void
    {
        $this->factory(...self::IN_USE)->customerPanel()->live(new \Customer(3));
        $live = $this->shown('customer_panel.tpl')['live'];
        $line = $live['lines'][0];

        $this->assertSame(['EUR 5000', 'of the customer', 'amount', '5000.00'], [$line['limit'], $line['limit_source'], $line['own_kind'], $line['own_amount']]);
        $this->assertNotSame([], $line['buckets']);
        $this->assertContains(true, array_column($line['buckets'], 'is_late'));
        $this->assertTrue($line['is_overdue']);
        $this->assertSame('30 days', $live['terms']['default']);
        $this->assertContains('45 days, then end of month', $live['terms']['allowed']);
        $this->assertSame('FR40303265045', $live['company']['vat_number']);
        $this->assertNull($live['company']['override']);
    }

    public function test_says_whether_the_account_may_use_and_see_the_credit(): void
    {
        $this->assertSame(['may_use' => true, 'may_see' => true], $this->rights('buyer-shown'));
        $this->assertSame(['may_use' => true, 'may_see' => false], $this->rights('buyer-may-not-see'));
        $this->assertSame(['may_use' => false, 'may_see' => false], $this->rights('staff-buyer-without-rights'));
        $this->assertContains('/v1/companies/3/buyers/3', array_column($this->service->sent, 'path'));
    }

    public function test_an_account_that_is_no_buyer_of_the_company_has_no_rights(): void
    {
        $this->assertSame(['may_use' => false, 'may_see' => false], $this->rights('buyer-unknown'));
    }

    public function test_rights_that_nobody_knows_are_not_shown_as_any(): void
    {
        $this->factory('company-shown', 'account-in-use', 'credit-in-use', '')->customerPanel()->live(new \Customer(3));
        $this->assertNull($this->shown('customer_panel.tpl')['live']);
        $this->assertStringContainsString('does not answer', $this->shown('customer_panel.tpl')['failure']);
    }

    public function test_tells_that_several_accounts_share_the_company(): void
    {
        $this->factory('staff-company-shared', 'account-in-use', 'credit-in-use', 'staff-buyer-without-rights', 'company-terms', ...self::REMINDERS)->customerPanel()->live(new \Customer(3));
        $this->assertSame(2, $this->shown('customer_panel.tpl')['live']['company']['accounts']);
    }

    public function test_an_account_is_allowed_by_its_name_and_in_the_name_of_who_did_it(): void
    {
        $customer = new \Customer(3);
        $notices = $this->do_('allow_buyer', ['reason' => ''], 'staff-buyer-allowed');

        $this->assertSame(['success'], self::kinds($notices));
        $sent = $this->service->sent[0];
        $this->assertSame(['PUT', '/v1/companies/3/buyers/3', 'Ada%20Admin'], [$sent['method'], $sent['path'], $sent['headers']['Encours-Author']]);
        $this->assertSame(['name' => $customer->firstname . ' ' . $customer->lastname, 'may_use_credit' => true, 'may_see_credit' => true], $sent['body']);
        $this->assertCount(1, \PrestaShopLogger::$messages);
    }

    public function test_what_was_refused_of_an_account_is_reported_again_once_it_is_allowed(): void
    {
        $this->factory()->outbox()->enqueue('customer-3', Outbox::COMPANY, 'PUT', '/v1/companies/3', null);
        $this->factory('company-conflict')->delivery()->now('customer-3');
        $this->assertSame(['success'], self::kinds($this->do_('allow_buyer', ['reason' => ''], 'staff-buyer-allowed', 'company-conflict')), 'it is allowed all the same');
        $this->assertStringContainsString('company_conflict', (string) $this->factory()->outbox()->lastError('customer-3'));

        $this->do_('allow_buyer', ['reason' => ''], 'staff-buyer-allowed', 'company-created', 'company-with-invoice-email');
        $this->assertNull($this->factory()->outbox()->lastError('customer-3'));
    }

    public function test_an_account_is_barred_in_the_name_of_who_did_it(): void
    {
        $this->assertSame(['success'], self::kinds($this->do_('bar_buyer', ['reason' => ''], 'staff-buyer-barred')));
        $sent = $this->service->sent[0];
        $this->assertSame(['DELETE', '/v1/companies/3/buyers/3', 'Ada%20Admin', null], [$sent['method'], $sent['path'], $sent['headers']['Encours-Author'], $sent['body']]);
    }

    public function test_the_same_click_sent_twice_is_one_and_the_other_button_another(): void
    {
        $once = ['once' => str_repeat('a', 32), 'reason' => ''];
        $this->do_('allow_buyer', $once + ['do' => 'allow_buyer'], 'staff-buyer-allowed');
        $first = $this->service->sent[0]['headers']['Idempotency-Key'];
        $this->do_('allow_buyer', $once + ['do' => 'allow_buyer'], 'staff-buyer-allowed');
        $this->assertSame($first, end($this->service->sent)['headers']['Idempotency-Key']);
        $this->do_('bar_buyer', $once + ['do' => 'bar_buyer'], 'staff-buyer-barred');
        $this->assertNotSame($first, end($this->service->sent)['headers']['Idempotency-Key']);
    }

    public function test_an_account_is_not_said_to_be_allowed_while_the_service_is_away(): void
    {
        foreach (['allow_buyer', 'bar_buyer'] as $action) {
            $notices = $this->do_($action, ['reason' => ''], '');
            $this->assertSame(['danger'], self::kinds($notices));
            $this->assertStringContainsString('not known whether this was done', self::texts($notices));
        }
    }

    public function test_a_denial_by_hand_is_shown_with_reason_and_end(): void
    {
        $this->factory('staff-company-denied', 'account-in-use', 'staff-credit', 'buyer-shown', 'company-terms', ...self::REMINDERS)->customerPanel()->live(new \Customer(3));
        $override = $this->shown('customer_panel.tpl')['live']['company']['override'];
        $this->assertSame(['deny', 'Owes elsewhere (Ada Admin)', '30/06/2026'], [$override['position'], $override['reason'], $override['until']]);
    }

    public function test_a_customer_the_service_does_not_know_can_be_reported(): void
    {
        $this->factory('staff-company-unknown')->customerPanel()->live(new \Customer(3));
        $this->assertTrue($this->shown('customer_panel.tpl')['is_unknown']);
        $this->assertNull($this->shown('customer_panel.tpl')['failure']);

        $notices = $this->do_('report', [], 'company-created', 'company-with-invoice-email');
        $this->assertSame(['success'], self::kinds($notices));
        $this->assertSame(['PUT', '/v1/companies/3'], [$this->service->sent[1]['method'], $this->service->sent[1]['path']]);
    }

    public function test_a_report_that_was_refused_is_shown_with_its_reason(): void
    {
        $this->factory()->outbox()->enqueue('customer-3', Outbox::COMPANY, 'PUT', '/v1/companies/3', null);
        $this->factory('company-conflict')->delivery()->now('customer-3');
        $this->factory()->customerPanel()->show(['id_customer' => 3]);
        $this->assertStringContainsString('company_conflict', (string) $this->shown('customer_panel.tpl')['sync_error']);
    }

    public function test_stays_readable_while_the_service_is_away(): void
    {
        $this->orderOnTerms(3);
        $this->factory('')->customerPanel()->live(new \Customer(3));
        $shown = $this->shown('customer_panel.tpl');
        $this->assertNull($shown['live']);
        $this->assertStringContainsString('does not answer', $shown['failure']);
        $this->assertCount(1, $shown['orders']);
    }

    public function test_a_limit_changes_alone_what_else_was_agreed_stays(): void
    {
        $notices = $this->do_('limit', ['kind' => 'amount', 'amount' => '7 500'], 'staff-credit', 'staff-limit');
        $this->assertSame(['success'], self::kinds($notices));
        $this->assertEquals([
            'kind' => 'amount', 'amount' => '7500', 'currency' => 'EUR', 'reason' => 'Agreed (Ada Admin)',
            'tolerance_amount' => '10.00', 'tolerance_bp' => 100, 'allow_exceed' => true,
        ], $this->service->sent[1]['body']);
    }

    public function test_unlimited_none_and_inherited_limits_carry_no_amount(): void
    {
        foreach (['unlimited', 'none', 'inherit'] as $kind) {
            $this->do_('limit', ['kind' => $kind, 'amount' => '7500'], 'credit-without-line', 'staff-limit');
            $this->assertArrayNotHasKey('amount', end($this->service->sent)['body']);
            $this->assertSame($kind, end($this->service->sent)['body']['kind']);
        }
    }

    public function test_a_temporary_limit_holds_until_the_end_of_its_last_day_in_the_shop(): void
    {
        $this->do_('temporary_limit', ['amount' => '9000', 'until' => '2026-06-30'], 'staff-temporary');
        $this->assertSame('2026-06-30T23:59:59+02:00', $this->service->sent[0]['body']['until']);
        $this->do_('end_temporary_limit', [], 'staff-temporary-ended');
        $this->assertStringContainsString('currency=EUR', $this->service->sent[1]['path']);
    }

    public function test_freezes_and_unfreezes_with_a_signed_reason(): void
    {
        $this->assertSame(['success'], self::kinds($this->do_('freeze', ['reason' => 'Cheque bounced'], 'staff-frozen')));
        $this->assertSame(['Cheque bounced (Ada Admin)', 'Ada%20Admin'], [$this->service->sent[0]['body']['reason'], $this->service->sent[0]['headers']['Encours-Author']]);
        $this->assertSame(['success'], self::kinds($this->do_('unfreeze', [], 'staff-unfrozen')));
        $again = $this->do_('freeze', [], 'staff-frozen-already');
        $this->assertStringContainsString('credit_line_status_unchanged', self::texts($again));
    }

    public function test_denies_and_lets_rules_decide_again(): void
    {
        $this->do_('override', ['position' => 'deny', 'until' => '2026-06-30', 'reason' => 'Owes elsewhere'], 'staff-denied');
        $this->assertSame(['position' => 'deny', 'reason' => 'Owes elsewhere (Ada Admin)', 'until' => '2026-06-30T23:59:59+02:00'], $this->service->sent[0]['body']);
        $this->do_('override', ['position' => 'allow', 'until' => ''], 'staff-denied');
        $this->assertNull($this->service->sent[1]['body']['until']);
        $this->assertSame(['success'], self::kinds($this->do_('end_override', ['reason' => 'Paid'], 'staff-denial-lifted')));
    }

    /** @dataProvider mistakes */
    public function test_what_is_typed_wrong_is_not_sent(string $action, array $posted): void
    {
        $this->assertSame(['danger'], self::kinds($this->do_($action, $posted)));
        $this->assertSame([], $this->service->sent);
        $this->assertSame([], \PrestaShopLogger::$messages);
    }

    public function mistakes(): array
    {
        return [
            ['limit', ['kind' => '']], ['limit', ['kind' => 'whatever']], ['limit', ['kind' => 'amount', 'amount' => '']], ['limit', ['kind' => 'amount', 'amount' => '5,000']],
            ['limit', ['kind' => 'none', 'reason' => '']], ['limit', ['kind' => 'none', 'currency' => 'euro']],
            ['temporary_limit', ['amount' => '5000', 'until' => '']], ['temporary_limit', ['amount' => '', 'until' => '2026-06-30']], ['temporary_limit', ['amount' => '1', 'until' => '30.6.2026']],
            ['freeze', ['reason' => ' ']], ['override', ['position' => '']], ['override', ['position' => 'deny', 'reason' => '']], ['end_override', ['reason' => '']],
        ];
    }

    public function test_all_credit_decisions_need_the_right_to_decide(): void
    {
        foreach (CustomerActions::RIGHTS as $action => $right) {
            $this->assertSame(in_array($action, ['vat_check', 'report'], true) ? Permissions::RECORD : Permissions::DECIDE, $right, $action);
        }
    }
}
