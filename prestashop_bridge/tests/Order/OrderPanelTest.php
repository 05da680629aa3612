<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Order;

use EncoursModule\Config\Notice;
use EncoursModule\Sync\Outbox;
use EncoursModule\Tests\StaffTestCase;

class OrderPanelTest extends StaffTestCase
{
    /** @var int */
    private $idOrder;

    protected function setUp(): void
    {
        parent::setUp();
        $this->customer(3);
        $this->idOrder = $this->orderOnTerms(3, [], ['due_on' => '2026-04-01', 'terms_label' => '30 days', 'payment_reference' => 'RF241000001']);
    }

    public function test_the_page_comes_without_a_call_with_what_the_shop_knows(): void
    {
        $html = $this->factory()->orderPanel()->show(['id_order' => $this->idOrder]);

        $this->assertSame('<order_panel.tpl>', $html);
        $shown = $this->shown('order_panel.tpl');
        $this->assertTrue($shown['is_loading']);
        $this->assertNull($shown['live']);
        $this->assertSame(['01/04/2026', true, 'RF24 1000 001'], [$shown['known']['due_on'], $shown['known']['is_estimate'], $shown['known']['payment_reference']]);
        $this->assertSame([], $this->service->sent);
    }

    public function test_orders_paid_otherwise_and_employees_without_the_right_get_no_panel(): void
    {
        $other = $this->order(3, ['reference' => 'REFBBBB55']);
        $this->assertSame('', $this->factory()->orderPanel()->show(['id_order' => $other]));
        $this->assertSame('', $this->factory()->orderPanel()->show(['id_order' => 999]));
        $this->may('CREATE', 'UPDATE');
        $this->assertSame('', $this->factory()->orderPanel()->show(['id_order' => $this->idOrder]));
        $this->assertSame('', $this->factory()->orderPanel()->live($this->idOrder));
    }

    public function test_shows_the_order_and_why_it_was_accepted(): void
    {
        $this->factory('order-held', 'decision-approved')->orderPanel()->live($this->idOrder);
        $live = $this->shown('order_panel.tpl')['live'];

        $this->assertTrue($live['order']['is_estimate']);
        $this->assertNull($live['item']);
        $this->assertSame('EUR 120', $live['order']['open']);
        $this->assertSame([], $live['flagged']);
        $this->assertSame('approved', $live['decision']['outcome']);
        $this->assertSame('an allowance by hand', $live['decision']['decided_by']);
        $this->assertSame('150.00', $live['decision']['checks'][0]['measured']);
    }

    public function test_shows_what_is_due_disputed_and_promised(): void
    {
        $this->factory('order-invoiced', 'items-disputed', 'events-confirmed', 'decision-approved', 'reminders-planned', 'reminder-history-none')->orderPanel()->live($this->idOrder);
        $item = $this->shown('order_panel.tpl')['live']['item'];
        $this->assertSame([], $this->shown('order_panel.tpl')['live']['flagged'], 'what was accepted waits no more');

        $this->assertTrue($item['is_open']);
        $this->assertSame('EUR 50', $item['paid']);
        $this->assertSame('02/04/2026', $item['original_due_on']);
        $this->assertSame('One mug broken (Ada Admin)', $item['dispute']['reason']);
        $this->assertSame(['20/03/2026', 'EUR 20'], [$item['promise']['on'], $item['promise']['amount']]);
    }

    public function test_an_event_that_waits_for_a_person_is_shown(): void
    {
        $this->factory('order-flagged', 'events-flagged', 'decision-approved')->orderPanel()->live($this->idOrder);
        $live = $this->shown('order_panel.tpl')['live'];

        $this->assertCount(1, $live['flagged']);
        $this->assertSame(['edit-1-1', true, '200.00'], [$live['flagged'][0]['event_id'], $live['flagged'][0]['is_confirmable'], $live['flagged'][0]['amount']]);
        $this->assertSame('EUR 80', $live['order']['unsecured']);
    }

    public function test_an_order_taken_over_without_a_decision_has_no_trace(): void
    {
        $this->factory('order-held', 'decision-unknown')->orderPanel()->live($this->idOrder);
        $this->assertNull($this->shown('order_panel.tpl')['live']['decision']);
    }

    public function test_keeps_the_due_date_it_was_told(): void
    {
        $this->factory('order-invoiced', 'items-of-order', 'events-confirmed', 'decision-approved', 'reminders-planned', 'reminder-history-none')->orderPanel()->live($this->idOrder);
        $kept = $this->kept($this->idOrder);
        $this->assertSame(['2026-04-02', 0], [$kept['due_on'], $kept['due_is_estimate']]);
    }

    public function test_stays_readable_while_the_service_is_away(): void
    {
        $html = $this->factory('')->orderPanel()->live($this->idOrder, [new Notice(Notice::SUCCESS, 'Done')]);
        $shown = $this->shown('order_panel.tpl');

        $this->assertNotSame('', $html);
        $this->assertNull($shown['live']);
        $this->assertStringContainsString('does not answer', $shown['failure']);
        $this->assertSame('01/04/2026', $shown['known']['due_on']);
        $this->assertSame([['kind' => 'success', 'text' => 'Done']], $shown['notices']);
    }

    public function test_an_order_that_the_service_lost_is_said_to_be_unknown(): void
    {
        $this->factory('order-unknown')->orderPanel()->live($this->idOrder);
        $this->assertStringContainsString('order_not_found', $this->shown('order_panel.tpl')['failure']);
    }

    public function test_red_from_the_first_failure_until_it_is_delivered(): void
    {
        $panel = $this->factory()->orderPanel();
        $this->assertSame('', $panel->showWarning(['id_order' => $this->idOrder]));
        $body = ['event_id' => 'history-1', 'kind' => 'status', 'occurred_at' => '2026-03-02T09:00:00.000001Z', 'status' => '3'];
        $this->factory()->outbox()->enqueue('order-REFAAAA55', Outbox::EVENT, 'POST', '/v1/orders/REFAAAA55/events', $body, 'history-1');
        $panel->show(['id_order' => $this->idOrder]);
        $this->assertSame([false, true], [$this->shown('order_panel.tpl')['sync']['is_failing'], $this->shown('order_panel.tpl')['sync']['is_waiting']]);

        $this->factory('')->delivery()->now('order-REFAAAA55');
        $this->assertSame('<order_warning.tpl>', $panel->showWarning(['id_order' => $this->idOrder]));
        $panel->show(['id_order' => $this->idOrder]);
        $sync = $this->shown('order_panel.tpl')['sync'];
        $this->assertTrue($sync['is_failing']);
        $this->assertStringContainsString('Connection refused', $sync['rows'][0]['error']);

        \Configuration::updateGlobalValue('ENCOURS_BREAKER_UNTIL', 0);
        $this->factory('event-waiting')->delivery()->now('order-REFAAAA55');
        $this->assertSame('', $panel->showWarning(['id_order' => $this->idOrder]));
    }

    public function test_an_order_of_ours_that_is_not_attached_yet_says_so(): void
    {
        $id = $this->order(3, ['reference' => 'REFCCCC55', 'module' => 'encours']);
        $this->factory()->orderPanel()->live($id);
        $shown = $this->shown('order_panel.tpl');
        $this->assertNull($shown['known']);
        $this->assertSame([], $this->service->sent);
    }

    public function test_forms_are_for_those_who_may(): void
    {
        $this->may('READ', 'CREATE');
        $this->factory()->orderPanel()->show(['id_order' => $this->idOrder]);
        $this->assertSame([true, false], [$this->shown('order_panel.tpl')['may_record'], $this->shown('order_panel.tpl')['may_decide']]);
    }
}
