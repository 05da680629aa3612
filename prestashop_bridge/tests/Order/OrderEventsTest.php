<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Order;

use EncoursModule\Sync\ReportedCustomers;
use EncoursModule\Tests\TalkingShop;

class OrderEventsTest extends TalkingShop
{
    /** @var int */
    private $id;

    protected function setUp(): void
    {
        parent::setUp();
        \Configuration::updateGlobalValue('ENCOURS_SWEPT_AT', $this->now);
        $this->customer(3);
        $this->id = $this->orderOnTerms(3);
    }

    private function statusAdded(int $idState, string $date = '2026-03-03 10:00:00'): int
    {
        $id = $this->status($this->id, $idState, $date);
        $this->factory()->orderEvents()->statusAdded(['order_history' => (object) ['id_order' => $this->id]]);

        return $id;
    }

    private function totalBecomes(string $total): void
    {
        \Db::getInstance()->execute("UPDATE `ps_orders` SET `total_paid_tax_incl` = '" . $total . "' WHERE `id_order` = " . $this->id);
        $this->factory()->orderEvents()->orderUpdated(['object' => (object) ['id' => $this->id]]);
    }

    private function slip(array $fields = []): int
    {
        \Db::getInstance()->insert('order_slip', $fields + ['id_order' => $this->id, 'id_customer' => 3, 'total_products_tax_excl' => '11.900000', 'total_products_tax_incl' => '14.280000',
            'total_shipping_tax_incl' => '2.500000', 'amount' => '14.280000', 'order_slip_type' => 2, 'date_add' => '2026-03-04 10:00:00', ]);

        return (int) \Db::getInstance()->Insert_ID();
    }

    private function slipAdded(): void
    {
        $this->factory()->orderEvents()->slipAdded(['order' => new \Order($this->id)]);
    }

    /** @return string[] */
    private function ids(): array
    {
        return array_column($this->events(), 'event_id');
    }

    public function test_a_status_is_reported_with_the_first_one(): void
    {
        $this->statusAdded(4);

        $this->assertSame(['history-1', 'history-2'], $this->ids());
        $this->assertSame(['event_id' => 'history-2', 'kind' => 'status', 'occurred_at' => '2026-03-03T09:00:00.000002Z', 'status' => '4'], $this->events()[1]);
    }

    public function test_the_same_hook_twice_reports_once(): void
    {
        $this->statusAdded(4);
        $this->factory()->orderEvents()->statusAdded(['order_history' => (object) ['id_order' => $this->id]]);

        $this->assertCount(2, $this->events());
    }

    public function test_orders_that_are_not_on_terms_are_none_of_the_services_business(): void
    {
        $other = $this->order(3, ['reference' => 'OTHER']);
        $this->factory()->orderEvents()->statusAdded(['order_history' => (object) ['id_order' => $other]]);
        $this->factory()->orderEvents()->orderUpdated(['object' => (object) ['id' => $other]]);
        $this->factory()->orderEvents()->orderDeleted(['object' => (object) ['id' => $other, 'reference' => 'OTHER']]);
        $this->pageSent();

        $this->assertSame([], $this->rows('encours_outbox'));
    }

    public function test_but_they_change_the_history_of_a_customer_whom_it_knows(): void
    {
        (new ReportedCustomers(1))->save(3, ['company_id' => 'company-1']);
        $other = $this->order(3, ['reference' => 'OTHER']);
        $this->factory()->orderEvents()->statusAdded(['order_history' => (object) ['id_order' => $other]]);

        $this->assertSame(['customer-3'], array_column($this->rows('encours_outbox'), 'subject'));
        $this->service->then('company-updated');
    }

    public function test_a_cancelled_order_that_goes_on_is_reported_as_reopened(): void
    {
        $this->statusAdded(6);
        $reopened = $this->statusAdded(3);

        $this->assertSame(['history-1', 'history-2', 'history-3', 'reopened-3'], $this->ids());
        $this->assertSame('reopened-' . $reopened, $this->events()[3]['event_id']);
        $this->assertSame($this->events()[2]['occurred_at'], $this->events()[3]['occurred_at']);
    }

    public function test_a_cancelled_order_that_is_shipped_is_reopened_by_that_status(): void
    {
        $this->statusAdded(6);
        $this->statusAdded(4);

        $this->assertSame(['history-1', 'history-2', 'history-3'], $this->ids());
    }

    public function test_a_new_total_is_reported_when_it_is_final(): void
    {
        $this->totalBecomes('150.000000');
        $this->totalBecomes('100.000000');
        $this->assertSame([], $this->events(), 'while the order is being edited its totals come and go');
        $this->service->then('event-waiting', 'event-edited');
        $this->pageSent();

        $edits = array_values(array_filter($this->events(), function ($event) { return $event['kind'] === 'edited'; }));
        $this->assertSame([['100.00', 'EUR']], array_map(function ($event) { return [$event['amount'], $event['currency']]; }, $edits));
        $this->assertSame('100.00', $this->kept($this->id)['reported_total']);
    }

    public function test_an_order_that_is_stored_with_the_same_total_says_nothing(): void
    {
        $this->totalBecomes('120.000000');
        $this->service->then('event-waiting');
        $this->pageSent();

        $this->assertSame(['history-1'], $this->ids());
    }

    public function test_a_total_of_a_fraction_of_a_cent_more_is_the_same(): void
    {
        $this->totalBecomes('120.004000');
        $this->service->then('event-waiting');
        $this->pageSent();
        $this->assertSame(['history-1'], $this->ids());

        $this->totalBecomes('120.005000');
        $this->service->then('event-edited');
        $this->pageSent();
        $this->assertSame('120.01', $this->events()[1]['amount']);
    }

    public function test_two_edits_are_two_events_in_their_order(): void
    {
        $this->totalBecomes('100.000000');
        $this->service->then('event-waiting', 'event-edited');
        $this->pageSent();
        $this->totalBecomes('90.000000');
        $this->service->then('event-edited');
        $this->pageSent();

        list(, $first, $second) = $this->events();
        $this->assertNotSame($first['event_id'], $second['event_id']);
        $this->assertLessThan(0, strcmp($first['occurred_at'], $second['occurred_at']));
    }

    public function test_a_credit_slip_is_reported_with_its_shipping(): void
    {
        $this->slip();
        $this->slipAdded();

        $this->assertSame(['event_id' => 'slip-1', 'kind' => 'credit_slip', 'occurred_at' => '2026-03-04T09:00:00.000001Z', 'amount' => '16.78', 'currency' => 'EUR'], $this->events()[1]);
    }

    public function test_a_slip_that_no_hook_named_is_found_at_the_end(): void
    {
        $this->slip();
        $this->factory()->orderEvents()->slipStored(['object' => (object) ['id_order' => $this->id]]);
        $this->assertSame([], $this->events());
        $this->service->then('event-waiting', 'event-slip');
        $this->pageSent();

        $this->assertSame(['history-1', 'slip-1'], $this->ids());
    }

    public function test_a_slip_whose_value_is_given_as_a_voucher_leaves_the_debt(): void
    {
        $this->slip();
        \Tools::$sent = ['cancel_product' => ['voucher' => '1', 'credit_slip' => '1']];
        $this->slipAdded();
        \Tools::$sent = [];
        $this->factory()->orderEvents()->catchUp($this->id);

        $this->assertSame(['history-1'], $this->ids(), 'nor does a later comparison report it');
        $this->slip();
        $this->slipAdded();
        $this->assertSame(['history-1', 'slip-2'], $this->ids());
    }

    public function test_a_deleted_order_is_reported_once_and_stays_known_here(): void
    {
        $hook = ['object' => (object) ['id' => $this->id, 'reference' => 'REFAAAA55']];
        $this->factory()->orderEvents()->orderDeleted($hook);
        $this->factory()->orderEvents()->orderDeleted($hook);

        $this->assertSame(['event_id' => 'deleted-' . $this->id, 'kind' => 'deleted', 'occurred_at' => '2026-03-02T09:00:00Z'], $this->events()[0]);
        $this->assertCount(1, $this->events());
        $this->assertNotNull($this->kept($this->id));
    }

    public function test_staff_who_set_the_settled_state_say_that_it_is_paid(): void
    {
        $this->statusAdded(16);

        $paid = array_values(array_filter($this->rows('encours_outbox'), function ($row) { return $row['kind'] === 'payment'; }));
        $this->assertSame(['/v1/orders/REFAAAA55/mark-paid', 'paid-2'], [$paid[0]['path'], $paid[0]['event_id']]);
        $this->assertCount(1, $paid);
        $this->factory()->orderEvents()->catchUp($this->id);
        $this->assertCount(3, $this->rows('encours_outbox'));
    }

    public function test_the_settled_state_that_the_service_caused_is_not_told_back_as_a_payment(): void
    {
        $this->factory()->ordersOnTerms()->save(['id_order' => $this->id, 'settled_on' => '2026-03-03']);
        $this->statusAdded(16);

        $this->assertSame(['event', 'event'], array_column($this->rows('encours_outbox'), 'kind'));
    }

    public function test_orders_of_one_cart_share_a_subject_and_have_their_own_names(): void
    {
        $second = $this->orderOnTerms(3, ['reference' => 'REFAAAA55'], ['ref' => 'REFAAAA55-2']);
        $this->statusAdded(4);
        $this->factory()->orderEvents()->catchUp($second);

        $this->assertSame(['order-REFAAAA55'], array_values(array_unique(array_column($this->rows('encours_outbox'), 'subject'))));
        $this->assertSame(['/v1/orders/REFAAAA55/events', '/v1/orders/REFAAAA55-2/events'], array_values(array_unique(array_column($this->rows('encours_outbox'), 'path'))));
    }

    public function test_nothing_is_asked_of_the_service_while_the_page_is_made(): void
    {
        $this->statusAdded(4);

        $this->assertSame([], $this->service->sent);
        $this->service->then('event-waiting', 'event-shipped');
        $this->pageSent();
        $this->assertCount(2, $this->service->sent);
        $this->assertSame(0, $this->kept($this->id)['due_is_estimate']);
    }

    protected function tearDown(): void
    {
        // What a test queued and did not send stays in its own database.
        \Db::getInstance()->execute('DELETE FROM `ps_encours_outbox`');
        \Db::getInstance()->execute('DELETE FROM `ps_encours_order`');
        parent::tearDown();
    }
}
