<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Order;

use EncoursModule\Config\Permissions;
use EncoursModule\Order\OrderActions;
use EncoursModule\Sync\Outbox;
use EncoursModule\Tests\StaffTestCase;

class OrderActionsTest extends StaffTestCase
{
    const ONCE = '0123456789abcdef0123456789abcdef';

    /** @var \Order */
    private $order;

    protected function setUp(): void
    {
        parent::setUp();
        $this->customer(3);
        $this->order = new \Order($this->orderOnTerms(3));
    }

    /**
     * @param array<string, mixed> $posted
     * @param string[] $answers
     */
    private function do_(string $action, array $posted, array $answers): array
    {
        return $this->factory(...$answers)->orderActions()->run($action, $this->order, $this->input($posted + ['do' => $action, 'once' => self::ONCE]));
    }

    public function test_marks_all_that_is_open_as_paid(): void
    {
        $notices = $this->do_('mark_paid', ['method' => 'cheque', 'received_on' => '2026-03-02', 'amount' => '1.00'], ['order-settled']);
        $this->assertSame(['success'], self::kinds($notices));
        $this->assertSame(['method' => 'cheque', 'received_on' => '2026-03-02'], $this->service->sent[0]['body'], 'no amount: all of it');
        $this->assertSame('/v1/orders/REFAAAA55/mark-paid', $this->service->sent[0]['path']);
    }

    public function test_records_a_part(): void
    {
        $notices = $this->do_('part_payment', ['amount' => '50,00', 'method' => 'cheque', 'reference' => 'CHQ 88', 'received_on' => '2026-03-03'], ['order-part-paid']);
        $this->assertStringContainsString('the rest stays open', self::texts($notices));
        $this->assertSame('50.00', $this->service->sent[0]['body']['amount']);
    }

    public function test_says_that_there_was_nothing_to_pay(): void
    {
        $this->assertSame(['info'], self::kinds($this->do_('mark_paid', [], ['order-nothing-open'])));
    }

    public function test_more_than_is_open_is_refused_with_the_services_words(): void
    {
        $notices = $this->do_('part_payment', ['amount' => '1000', 'method' => 'cheque', 'reference' => 'CHQ 88', 'received_on' => '2026-03-03'], ['order-paid-too-much']);
        $this->assertSame(['danger'], self::kinds($notices));
        $this->assertStringContainsString('amount_exceeds_open', self::texts($notices));
    }

    /** @dataProvider mistakes */
    public function test_what_is_typed_wrong_is_not_sent(string $action, array $posted): void
    {
        $answers = in_array($action, ['extend', 'promise', 'dispute'], true) ? ['order-invoiced', 'items-of-order'] : [];
        $notices = $this->do_($action, $posted, $answers);
        $this->assertSame(['danger'], self::kinds($notices));
        foreach ($this->service->sent as $sent) {
            $this->assertSame('GET', $sent['method']);
        }
        $this->assertSame([], \PrestaShopLogger::$messages, 'nothing was done, so nothing is logged');
    }

    public function mistakes(): array
    {
        return [
            ['part_payment', ['amount' => '']], ['part_payment', ['amount' => 'ten']], ['part_payment', ['amount' => '10', 'received_on' => '03/02/2026']],
            ['extend', ['due_on' => '', 'reason' => 'x']], ['extend', ['due_on' => '2026-09-30', 'reason' => ' ']],
            ['dispute', ['reason' => '']], ['promise', ['promised_on' => '']], ['promise', ['promised_on' => '2026-03-20', 'promised_amount' => '1,000']],
            ['confirm', ['event_id' => 'edit-1-1', 'reason' => '']],
        ];
    }

    public function test_more_time_needs_a_reason_is_signed_and_warns_of_the_law(): void
    {
        $notices = $this->do_('extend', ['due_on' => '2026-09-30', 'reason' => 'Agreed by phone'], ['order-invoiced', 'items-of-order', 'item-extended']);
        $this->assertSame(['success', 'warning'], self::kinds($notices));
        $this->assertStringContainsString('L441-10', self::texts($notices));
        $this->assertSame(['due_on' => '2026-09-30', 'reason' => 'Agreed by phone (Ada Admin)'], $this->service->sent[2]['body']);
    }

    public function test_disputes_and_promises_come_and_go(): void
    {
        $item = ['order-invoiced', 'items-of-order'];
        $this->assertSame(['success'], self::kinds($this->do_('dispute', ['reason' => 'One mug broken'], array_merge($item, ['item-disputed']))));
        $this->assertSame(['success'], self::kinds($this->do_('promise', ['promised_on' => '2026-03-20', 'promised_amount' => '20'], array_merge($item, ['item-promised']))));
        $this->assertSame(['on' => '2026-03-20', 'amount' => '20'], $this->service->sent[5]['body']);
        $this->assertSame(['success'], self::kinds($this->do_('end_dispute', [], array_merge($item, ['dispute-ended']))));
        $this->assertSame(['success'], self::kinds($this->do_('end_promise', [], array_merge($item, ['promise-ended']))));
    }

    public function test_an_order_whose_term_has_not_started_has_nothing_to_extend(): void
    {
        $notices = $this->do_('extend', ['due_on' => '2026-09-30', 'reason' => 'x'], ['order-held']);
        $this->assertStringContainsString('has not started', self::texts($notices));
    }

    public function test_a_flagged_event_is_accepted_with_a_signed_reason(): void
    {
        $this->do_('confirm', ['event_id' => 'edit-1-1', 'reason' => 'Known customer'], ['event-confirmed']);
        $this->assertSame('/v1/orders/REFAAAA55/events/edit-1-1/confirm', $this->service->sent[0]['path']);
        $this->assertSame(['reason' => 'Known customer (Ada Admin)'], $this->service->sent[0]['body']);
    }

    public function test_the_service_is_told_who_did_it(): void
    {
        $this->do_('mark_paid', [], ['order-settled']);
        $this->assertSame('Ada%20Admin', $this->service->sent[0]['headers']['Encours-Author']);

        \Context::getContext()->employee->lastname = str_repeat('É', 120);
        $this->do_('mark_paid', [], ['order-settled']);
        $this->assertSame('Ada ' . str_repeat('É', 96), rawurldecode($this->service->sent[1]['headers']['Encours-Author']));
    }

    public function test_the_same_form_sent_twice_has_one_key_and_another_form_another(): void
    {
        $this->do_('mark_paid', [], ['']);
        $this->do_('mark_paid', [], ['order-settled']);
        $this->do_('part_payment', ['amount' => '50'], ['order-part-paid']);
        $keys = array_map(function (array $sent) { return $sent['headers']['Idempotency-Key']; }, $this->service->sent);
        $this->assertSame($keys[0], $keys[1]);
        $this->assertNotSame($keys[1], $keys[2]);
        $this->do_('mark_paid', ['once' => "' or 1=1"], ['order-settled']);
        $this->assertRegExpKey(end($this->service->sent)['headers']['Idempotency-Key']);
    }

    private function assertRegExpKey(string $key): void
    {
        $this->assertSame(1, preg_match('/^staff-[0-9a-f]{32}-[0-9a-f]{16}$/', $key));
    }

    public function test_a_lost_answer_is_said_to_be_unknown(): void
    {
        $notices = $this->do_('mark_paid', [], ['']);
        $this->assertSame(['danger'], self::kinds($notices));
        $this->assertStringContainsString('not known whether', self::texts($notices));
    }

    public function test_who_did_it_is_in_the_shops_log(): void
    {
        $this->do_('mark_paid', [], ['order-settled']);
        $this->assertStringContainsString('mark_paid', json_encode(\PrestaShopLogger::$messages));
    }

    public function test_retrying_delivers_at_once_even_what_was_refused(): void
    {
        $body = ['event_id' => 'history-1', 'kind' => 'status', 'occurred_at' => '2026-03-02T09:00:00.000001Z', 'status' => '3'];
        $this->factory()->outbox()->enqueue('order-REFAAAA55', Outbox::EVENT, 'POST', '/v1/orders/REFAAAA55/events', $body, 'history-1');
        $this->assertSame(['danger'], self::kinds($this->do_('retry', [], [''])));
        \Configuration::updateGlobalValue('ENCOURS_BREAKER_UNTIL', 0);
        \Db::getInstance()->execute("UPDATE ps_encours_outbox SET status = 'refused'");
        $this->assertSame(['success'], self::kinds($this->do_('retry', [], ['event-waiting'])));
    }

    public function test_an_order_that_is_not_attached_yet_can_only_be_retried(): void
    {
        \Db::getInstance()->execute('DELETE FROM ps_encours_order');
        $this->assertSame(['danger'], self::kinds($this->do_('mark_paid', [], [])));
        $this->assertSame([], $this->service->sent);
    }

    public function test_recording_and_deciding_are_different_rights(): void
    {
        $this->assertSame(Permissions::RECORD, OrderActions::RIGHTS['mark_paid']);
        foreach (['extend', 'confirm'] as $action) {
            $this->assertSame(Permissions::DECIDE, OrderActions::RIGHTS[$action]);
        }
        $this->may('READ', 'CREATE');
        $this->assertTrue(Permissions::ofEmployee()->may(Permissions::RECORD));
        $this->assertFalse(Permissions::ofEmployee()->may(Permissions::DECIDE));
        \Context::getContext()->employee = null;
        $this->assertFalse(Permissions::ofEmployee()->may(Permissions::LOOK), 'nobody is signed in');
    }
}
