<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Sync;

use EncoursModule\Sync\Outbox;
use EncoursModule\Tests\TalkingShop;

class DeliveryTest extends TalkingShop
{
    private function queue(string $eventId, string $reference = 'REFAAAA55'): void
    {
        $body = ['event_id' => $eventId, 'kind' => 'status', 'occurred_at' => '2026-03-02T09:00:00.000001Z', 'status' => '3'];
        $this->factory()->outbox()->enqueue('order-' . $reference, Outbox::EVENT, 'POST', '/v1/orders/' . $reference . '/events', $body, $eventId);
    }

    public function test_sends_in_order_and_at_once(): void
    {
        $this->queue('history-1');
        $this->queue('history-2');

        $this->assertTrue($this->factory('event-waiting', 'event-status')->delivery()->now('order-REFAAAA55'));
        $this->assertSame(['history-1', 'history-2'], array_map(function ($sent) { return $sent['body']['event_id']; }, $this->service->sent));
    }

    public function test_nothing_is_lost_while_the_service_is_away_and_the_key_stays(): void
    {
        $this->queue('history-1');
        $this->queue('history-2');
        $this->assertFalse($this->factory('')->delivery()->now('order-REFAAAA55'));
        $this->assertCount(1, $this->service->sent, 'the second is not tried when the first was not answered');

        $this->now += 10;
        $result = $this->factory('event-waiting', 'event-status')->delivery()->run(5);
        $this->assertSame(2, $result['delivered']);
        $this->assertSame($this->service->sent[0]['headers']['Idempotency-Key'], $this->service->sent[1]['headers']['Idempotency-Key']);
        $this->assertFalse($this->factory()->outbox()->hasUndelivered('order-REFAAAA55'));
    }

    public function test_a_page_tries_again_at_once_while_cron_waits(): void
    {
        $this->queue('history-1');
        $this->factory('')->delivery()->now('order-REFAAAA55');

        $this->assertSame(0, $this->factory()->delivery()->run(5)['delivered']);
        \Configuration::updateGlobalValue('ENCOURS_BREAKER_UNTIL', 0);
        $this->assertTrue($this->factory('event-waiting')->delivery()->now('order-REFAAAA55'));
    }

    public function test_cron_gives_up_early_when_nobody_answers(): void
    {
        foreach (['A', 'B', 'C', 'D', 'E'] as $reference) {
            $this->queue('history-' . $reference, $reference);
        }
        $result = $this->factory('', '', '')->delivery()->run(5);

        $this->assertTrue($result['is_service_away']);
        $this->assertCount(3, $this->service->sent);
    }

    public function test_waits_end_when_the_service_answers_again(): void
    {
        $this->queue('history-1', 'A');
        $this->factory('')->delivery()->run(5);
        $this->queue('history-2', 'B');

        $result = $this->factory('event-status', 'event-status')->delivery()->run(5);
        $this->assertSame(2, $result['delivered']);
    }

    public function test_a_refused_request_is_kept_and_the_next_one_sent(): void
    {
        $slip = ['event_id' => 'slip-1', 'kind' => 'credit_slip', 'occurred_at' => '2026-03-04T09:00:10.000003Z', 'amount' => '17.00', 'currency' => 'EUR'];
        $this->factory()->outbox()->enqueue('order-REFAAAA55', Outbox::EVENT, 'POST', '/v1/orders/REFAAAA55/events', $slip, 'slip-1');
        $this->queue('history-2');
        $result = $this->factory('event-reused', 'event-status')->delivery()->run(5);

        $this->assertSame([1, 1], [$result['refused'], $result['delivered']]);
        $this->assertStringContainsString('event_id_reused', (string) $this->factory()->outbox()->lastError('order-REFAAAA55'));
    }

    public function test_a_row_that_cannot_be_sent_keeps_no_other_waiting(): void
    {
        $this->queue('history-1', 'A');
        \Db::getInstance()->execute("UPDATE `ps_encours_outbox` SET `method` = 'PUT'");
        $this->queue('history-2', 'B');
        try {
            // The first answer is to another request, which is a fault.
            $this->factory('event-status', 'event-status')->delivery()->run(5);
            $this->fail('The fault is told all the same.');
        } catch (\LogicException $fault) {
            $this->assertSame(['pending', 'delivered'], array_column($this->rows('encours_outbox'), 'status'));
        }
    }

    public function test_a_wrong_key_loses_nothing(): void
    {
        $this->queue('history-1');
        $this->factory('event-key-refused')->delivery()->run(5);
        $rows = $this->rows('encours_outbox');

        $this->assertSame('pending', $rows[0]['status']);
        $this->assertStringContainsString('key_invalid', $rows[0]['last_error']);
    }

    public function test_keeps_what_the_answers_say_of_an_order(): void
    {
        $this->customer(3);
        $id = $this->orderOnTerms(3);
        $this->factory()->outbox()->enqueue('order-REFAAAA55', Outbox::ATTACH, 'POST', '/v1/holds/a-hold/orders', ['orders' => [['ref' => 'REFAAAA55', 'amount' => '120.00', 'placed_at' => '2026-03-02T09:00:00.000000Z']]]);
        $this->queue('history-3');
        $this->factory('attach-one')->delivery()->now('order-REFAAAA55-');
        $this->assertNull($this->kept($id)['payment_reference'], 'another subject is not sent');

        $this->factory('event-shipped')->delivery()->now('order-REFAAAA55');
        $kept = $this->kept($id);
        $this->assertMatchesRegularExpression('/^RF[0-9]{2}/', $kept['payment_reference']);
        $this->assertSame(0, $kept['due_is_estimate']);
        $this->assertSame(RecordedAnswers::order('event-shipped')['due_on'], $kept['due_on']);
    }

    public function test_sends_after_the_page_and_once_for_each_subject(): void
    {
        $this->queue('history-1');
        $delivery = $this->factory('event-waiting')->delivery();
        $delivery->soon('order-REFAAAA55');
        $delivery->soon('order-REFAAAA55');
        $this->assertSame([], $this->service->sent);
        \Configuration::updateGlobalValue('ENCOURS_SWEPT_AT', $this->now);

        $this->pageSent();
        $this->assertCount(1, $this->service->sent);
    }
}
