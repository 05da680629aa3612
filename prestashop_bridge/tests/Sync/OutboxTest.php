<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Sync;

use EncoursModule\Sync\Outbox;
use EncoursModule\Tests\ShopTestCase;

class OutboxTest extends ShopTestCase
{
    /** @var Outbox */
    private $outbox;

    protected function setUp(): void
    {
        parent::setUp();
        $this->outbox = new Outbox(1, $this->clock());
    }

    private function event(string $id, string $subject = 'order-A'): int
    {
        return $this->outbox->enqueue($subject, Outbox::EVENT, 'POST', '/v1/orders/A/events', ['event_id' => $id], $id);
    }

    public function test_keeps_a_key_with_every_request_before_it_is_sent(): void
    {
        $this->event('history-1');
        $this->outbox->enqueue('order-A', 'payment', 'POST', '/v1/orders/A/mark-paid', [], null, 'a-key-of-mine');

        $keys = array_column($this->rows('encours_outbox'), 'idempotency_key');
        $this->assertMatchesRegularExpression('/^[0-9a-f]{32}$/', $keys[0]);
        $this->assertSame('a-key-of-mine', $keys[1]);
    }

    public function test_queues_an_event_once(): void
    {
        $first = $this->event('history-1');

        $this->assertSame($first, $this->event('history-1'));
        $this->outbox->delivered($this->outbox->take('order-A', false));
        $this->assertSame($first, $this->event('history-1'), 'also after it was delivered');
        $this->assertNotSame($first, $this->event('history-2'));
    }

    public function test_one_waiting_report_of_a_customer_says_it_all(): void
    {
        $first = $this->outbox->enqueue('customer-3', Outbox::COMPANY, 'PUT', '/v1/companies/3', null);
        $this->assertSame($first, $this->outbox->enqueue('customer-3', Outbox::COMPANY, 'PUT', '/v1/companies/3', null));

        $this->outbox->take('customer-3', false);
        $this->assertNotSame($first, $this->outbox->enqueue('customer-3', Outbox::COMPANY, 'PUT', '/v1/companies/3', null), 'one that is being sent may be too old');
    }

    public function test_shops_that_have_the_same_subject_do_not_wait_for_each_other(): void
    {
        $other = new Outbox(2, $this->clock());
        $other->enqueue('customer-3', Outbox::COMPANY, 'PUT', '/v1/companies/3', null);
        $this->outbox->enqueue('customer-3', Outbox::COMPANY, 'PUT', '/v1/companies/3', null);

        $this->assertSame([['customer-3'], ['customer-3']], [$this->outbox->due(10), $other->due(10)]);
        $other->take('customer-3', false);
        $this->assertSame([['customer-3'], []], [$this->outbox->due(10), $other->due(10)]);
    }

    public function test_gives_the_rows_of_a_subject_in_their_order(): void
    {
        $this->event('history-1');
        $this->event('history-2');

        $first = $this->outbox->take('order-A', false);
        $this->assertSame('history-1', $first['event_id']);
        $this->assertNull($this->outbox->take('order-A', true), 'while the first is being sent, nobody sends the second');
        $this->outbox->delivered($first);
        $this->assertSame('history-2', $this->outbox->take('order-A', false)['event_id']);
    }

    public function test_takes_over_from_a_process_that_vanished(): void
    {
        $this->event('history-1');
        $lost = $this->outbox->take('order-A', false);
        $this->now += Outbox::LEASE - 1;
        $this->assertNull($this->outbox->take('order-A', true));
        ++$this->now;

        $again = $this->outbox->take('order-A', true);
        $this->assertSame($lost['idempotency_key'], $again['idempotency_key'], 'under the same key, so that it takes effect once');
        $this->outbox->refused($lost, 'too late');
        $this->assertSame('sending', $this->rows('encours_outbox')[0]['status'], 'who lost it does not end it');
    }

    public function test_waits_longer_after_each_failure_and_only_by_cron(): void
    {
        $this->event('history-1');
        $waits = [];
        for ($i = 0; $i < 8; ++$i) {
            $this->outbox->postpone($this->outbox->take('order-A', true), 'Connection refused', null);
            $waits[] = (int) $this->rows('encours_outbox')[0]['next_attempt_at'] - $this->now;
        }

        $this->assertSame([10, 60, 300, 900, 1800, 3600, 3600, 3600], $waits);
        $this->assertNull($this->outbox->take('order-A', false));
        $this->assertSame([], $this->outbox->due(10));
        $this->now += 3600;
        $this->assertSame(['order-A'], $this->outbox->due(10));
        $this->assertSame('Connection refused', $this->outbox->lastError('order-A'));
    }

    public function test_waits_as_long_as_the_service_asks(): void
    {
        $this->event('history-1');
        $this->outbox->postpone($this->outbox->take('order-A', false), 'The service answered 429.', 120);

        $this->assertSame($this->now + 120, (int) $this->rows('encours_outbox')[0]['next_attempt_at']);
    }

    public function test_a_later_row_does_not_overtake_one_that_waits(): void
    {
        $this->event('history-1');
        $this->outbox->postpone($this->outbox->take('order-A', false), 'Connection refused', null);
        $this->event('history-2');
        $this->event('history-9', 'order-B');

        $this->assertSame(['order-B'], $this->outbox->due(10));
        $this->assertNull($this->outbox->take('order-A', false));
    }

    public function test_a_refused_row_stops_nothing_and_stays_to_be_seen(): void
    {
        $this->event('history-1');
        $this->event('history-2');
        $this->outbox->refused($this->outbox->take('order-A', false), 'request_invalid');

        $this->assertSame('history-2', $this->outbox->take('order-A', false)['event_id']);
        $this->assertTrue($this->outbox->hasUndelivered('order-A'));
        $this->assertSame(['pending' => 1, 'refused' => 1], array_slice($this->outbox->counts(), 0, 2));
    }

    public function test_a_retry_tries_refused_rows_again(): void
    {
        $this->event('history-1');
        $this->outbox->refused($this->outbox->take('order-A', false), 'key_invalid');
        $this->outbox->retry('order-A');

        $this->outbox->delivered($this->outbox->take('order-A', false));
        $this->assertFalse($this->outbox->hasUndelivered('order-A'));
        $this->assertNull($this->outbox->lastError('order-A'));
    }

    public function test_a_report_that_is_accepted_ends_those_that_were_refused(): void
    {
        $this->outbox->enqueue('customer-3', Outbox::COMPANY, 'PUT', '/v1/companies/3', null);
        $this->outbox->refused($this->outbox->take('customer-3', false), 'company_conflict');
        $this->outbox->enqueue('customer-3', Outbox::COMPANY, 'PUT', '/v1/companies/3', null);
        $this->outbox->delivered($this->outbox->take('customer-3', false));

        $this->assertFalse($this->outbox->hasUndelivered('customer-3'));
    }

    public function test_what_is_left_out_on_purpose_is_never_queued(): void
    {
        $this->outbox->omit('order-A', 'slip-1', 'a voucher was given');
        $this->event('slip-1');

        $this->assertSame([], $this->outbox->pendingOf('order-A'));
    }

    public function test_forgets_what_was_delivered_long_ago_but_no_event(): void
    {
        $this->event('history-1');
        $this->outbox->enqueue('customer-3', Outbox::COMPANY, 'PUT', '/v1/companies/3', null);
        $this->outbox->delivered($this->outbox->take('order-A', false));
        $this->outbox->delivered($this->outbox->take('customer-3', false));
        $this->now += Outbox::KEPT_DAYS * 86400;
        $this->outbox->forgetDelivered();
        $this->assertCount(2, $this->rows('encours_outbox'), 'kept to the last day');

        $this->now += Outbox::LEASE + 1;
        $this->outbox->forgetDelivered();
        $this->assertSame(['event'], array_column($this->rows('encours_outbox'), 'kind'));
    }

    public function test_shops_do_not_see_each_others_rows(): void
    {
        $this->event('history-1');
        $other = new Outbox(2, $this->clock());

        $this->assertSame([], $other->due(10));
        $this->assertSame(0, $other->counts()['pending']);
        $this->assertNull($other->take('order-A', true));
    }
}
