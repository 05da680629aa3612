<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Sync;

use EncoursModule\Api\Response;
use EncoursModule\Api\Transport;
use EncoursModule\Factory;
use EncoursModule\Sync\ReportedCustomers;
use EncoursModule\Sync\Sweep;
use EncoursModule\Tests\TalkingShop;

class SweepTest extends TalkingShop
{
    protected function setUp(): void
    {
        parent::setUp();
        $this->customer(3);
    }

    private function attempt(string $status, int $idCart = 55, int $secondsAgo = 601, array $fields = []): void
    {
        $date = date('Y-m-d H:i:s', $this->now - $secondsAgo);
        \Db::getInstance()->insert('encours_attempt', $fields + [
            'id_shop' => 1, 'id_cart' => $idCart, 'cart_hash' => 'x', 'status' => $status, 'idempotency_key' => 'hold-' . $idCart, 'hold_id' => $status === 'asked' ? null : 'hold-' . $idCart,
            'request' => (string) json_encode(['company' => '3', 'buyer' => '3', 'amount' => '120.00', 'currency' => 'EUR', 'cart' => (string) $idCart]),
            'amount' => '120.00', 'currency' => 'EUR', 'date_add' => $date, 'date_upd' => $date,
        ], true);
    }

    private function orderOfCart(int $idCart = 55): int
    {
        return $this->order(3, ['id_cart' => $idCart, 'module' => 'encours', 'current_state' => 14, 'date_add' => '2026-03-02 09:00:00', 'date_upd' => '2026-03-02 09:00:00']);
    }

    private function sweep(string ...$answers): array
    {
        return $this->factory(...$answers)->sweep()->run();
    }

    private function statuses(): array
    {
        return array_column($this->rows('encours_attempt'), 'status');
    }

    private function queued(): array
    {
        return array_map(function ($row) { return $row['kind'] . ' ' . $row['path']; }, $this->rows('encours_outbox'));
    }

    public function test_a_hold_without_an_order_is_given_back(): void
    {
        $this->attempt('held');
        $found = $this->sweep();

        $this->assertSame([1, ['released'], ['release /v1/holds/hold-55/release']], [$found['released'], $this->statuses(), $this->queued()]);
        $this->assertSame(1, $this->factory('hold-released')->delivery()->run(5)['delivered']);
    }

    public function test_an_order_without_attach_is_attached(): void
    {
        $this->attempt('held');
        $id = $this->orderOfCart();
        $found = $this->sweep();

        $this->assertSame([1, 0, ['attached']], [$found['attached'], $found['released'], $this->statuses()]);
        $this->assertSame(['attach /v1/holds/hold-55/orders', 'event /v1/orders/REFAAAA55/events'], $this->queued());
        $this->assertSame('hold-55', $this->kept($id)['hold_id']);
        $this->service->then('attach-one', 'event-status');
        $this->pageSent();
        $this->assertMatchesRegularExpression('/^RF/', $this->kept($id)['payment_reference']);
    }

    public function test_repeating_it_changes_nothing(): void
    {
        $this->attempt('held');
        $this->attempt('ordered', 56);
        $this->orderOfCart();
        $this->sweep();
        $queued = $this->queued();

        $this->assertSame(['attached' => 0, 'released' => 0, 'events' => 0, 'customers' => 0], $this->sweep());
        $this->assertSame($queued, $this->queued());
        \Db::getInstance()->execute('DELETE FROM `ps_encours_outbox`');
    }

    public function test_a_question_whose_answer_was_lost_is_asked_again_under_its_key(): void
    {
        $this->attempt('asked');
        $found = $this->sweep('sweep-hold-approved');

        $this->assertSame('hold-55', $this->service->sent[0]['headers']['Idempotency-Key']);
        $this->assertSame('120.00', $this->service->sent[0]['body']['amount']);
        $this->assertSame([1, ['released']], [$found['released'], $this->statuses()]);
        $this->assertStringContainsString(RecordedAnswers::body('sweep-hold-approved')['hold_id'], $this->queued()[0]);
    }

    public function test_a_question_that_was_declined_is_over(): void
    {
        $this->attempt('asked');
        $this->sweep('sweep-hold-declined');

        $this->assertSame([['refused'], []], [$this->statuses(), $this->queued()]);
    }

    public function test_while_the_service_is_away_nothing_is_decided(): void
    {
        $this->attempt('asked');
        $this->attempt('asked', 56);
        $this->attempt('held', 57);
        $this->sweep('');

        $this->assertSame(['asked', 'asked', 'held'], $this->statuses());
        $this->assertCount(1, $this->service->sent, 'one question shows it');
    }

    public function test_a_checkout_is_left_alone_for_ten_minutes(): void
    {
        $this->attempt('held', 55, Sweep::LEAVE_ALONE);
        $this->assertSame(0, $this->sweep()['released']);
        ++$this->now;
        $this->assertSame(1, $this->sweep()['released']);
    }

    public function test_a_cart_that_is_being_submitted_is_left_alone(): void
    {
        $this->attempt('held');
        $this->factory()->cartLock()->take(55, 0);

        $this->assertSame([0, ['held']], [$this->sweep()['released'], $this->statuses()]);
        $this->factory()->cartLock()->release(55);
        $this->assertSame(1, $this->sweep()['released']);
        $this->assertSame([], \Db::$locks, 'and the sweep leaves no lock behind');
    }

    public function test_a_checkout_that_went_on_while_others_were_resolved_is_left_alone(): void
    {
        $this->attempt('asked');
        $this->attempt('held', 56);
        $this->orderOfCart(56);
        $this->service->then('sweep-hold-declined');
        $whileAsking = function () {
            // The buyer of the second cart came back: his old hold was given back, and another became the order.
            \Db::getInstance()->execute("UPDATE `ps_encours_attempt` SET `status` = 'released', `date_upd` = '2026-03-02 10:00:00' WHERE `id_cart` = 56");
        };
        $sweep = Factory::of(new \Encours(), 1)->with(new class($this->service, $whileAsking) implements Transport {
            private $service;
            private $first;

            public function __construct(Transport $service, callable $first)
            {
                $this->service = $service;
                $this->first = $first;
            }

            public function send(string $method, string $url, array $headers, ?string $body, float $connectTimeout, float $timeout): Response
            {
                ($this->first)();

                return $this->service->send($method, $url, $headers, $body, $connectTimeout, $timeout);
            }
        }, $this->clock())->sweep();
        $found = $sweep->run();

        $this->assertSame([0, 0, ['refused', 'released'], []], [$found['attached'], $found['released'], $this->statuses(), $this->queued()]);
    }

    public function test_an_order_that_vanished_before_it_was_attached_gives_its_credit_back(): void
    {
        $this->attempt('ordered');
        $this->sweep();

        $this->assertSame([['refused'], ['release /v1/holds/hold-55/release']], [$this->statuses(), $this->queued()]);
    }

    public function test_what_no_hook_told_of_is_found(): void
    {
        $id = $this->orderOnTerms(3);
        $this->factory()->orderEvents()->catchUp($id);
        $this->status($id, 4, '2026-03-02 09:30:00');
        \Db::getInstance()->execute("UPDATE `ps_orders` SET `total_paid_tax_incl` = '99.900000', `date_upd` = '2026-03-02 09:30:00'");
        $found = $this->sweep();

        $this->assertSame(2, $found['events']);
        $this->assertSame(['status', 'status', 'edited'], array_column($this->events(), 'kind'));
        \Db::getInstance()->execute('DELETE FROM `ps_encours_outbox`');
    }

    private function changed(int $id, string $date): void
    {
        \Db::getInstance()->execute("UPDATE `ps_orders` SET `date_upd` = '" . $date . "' WHERE `id_order` = " . $id);
    }

    public function test_after_a_new_installation_all_that_was_kept_is_read(): void
    {
        $this->changed($this->orderOnTerms(3), '2019-02-27 09:59:59');

        $this->assertSame(1, $this->sweep()['events']);
        \Db::getInstance()->execute('DELETE FROM `ps_encours_outbox`');
    }

    public function test_a_pause_of_any_length_is_made_up_for(): void
    {
        $id = $this->orderOnTerms(3);
        $this->assertSame(1, $this->sweep()['events']);
        $this->changed($id, '2026-03-02 09:54:59');
        \Db::getInstance()->execute('DELETE FROM `ps_encours_outbox`');
        $this->now += 30 * 86400;
        $this->assertSame(0, $this->sweep()['events'], 'it was read before');

        $this->changed($id, '2026-04-01 11:00:00');
        $this->now += 300 * 86400;
        $this->assertSame(1, $this->sweep()['events']);
        \Db::getInstance()->execute('DELETE FROM `ps_encours_outbox`');
    }

    public function test_what_was_written_while_it_was_read_is_read_again(): void
    {
        $id = $this->orderOnTerms(3);
        $this->sweep();
        \Db::getInstance()->execute('DELETE FROM `ps_encours_outbox`');
        $this->changed($id, '2026-03-02 09:55:00');
        $this->now += 600;

        $this->assertSame(1, $this->sweep()['events']);
        \Db::getInstance()->execute('DELETE FROM `ps_encours_outbox`');
    }

    public function test_more_orders_than_one_sweep_reads_are_read_by_the_next(): void
    {
        for ($i = 0; $i <= Sweep::ORDERS; ++$i) {
            $id = $this->orderOnTerms(3, ['reference' => 'R' . $i], ['ref' => 'R' . $i]);
            $this->changed($id, date('Y-m-d H:i:s', $this->now - 2 * 86400 + $i * 400));
        }
        $this->assertSame(Sweep::ORDERS, $this->sweep()['events']);
        $this->assertSame(1, $this->sweep()['events']);
        \Db::getInstance()->execute('DELETE FROM `ps_encours_outbox`');
    }

    public function test_more_orders_than_one_sweep_reads_may_change_within_minutes(): void
    {
        for ($i = 0; $i <= Sweep::ORDERS; ++$i) {
            $this->changed($this->orderOnTerms(3, ['reference' => 'R' . $i], ['ref' => 'R' . $i]), date('Y-m-d H:i:s', $this->now - 86400 + $i));
        }
        $this->assertSame(Sweep::ORDERS, $this->sweep()['events']);
        $this->assertSame(1, $this->sweep()['events']);
        \Db::getInstance()->execute('DELETE FROM `ps_encours_outbox`');
    }

    public function test_more_orders_than_one_sweep_reads_may_change_within_a_second(): void
    {
        for ($i = 0; $i <= Sweep::ORDERS; ++$i) {
            $this->changed($this->orderOnTerms(3, ['reference' => 'R' . $i], ['ref' => 'R' . $i]), '2026-02-27 03:00:00');
        }
        $this->assertSame(Sweep::ORDERS + 1, $this->sweep()['events'] + $this->sweep()['events']);
        \Db::getInstance()->execute('DELETE FROM `ps_encours_outbox`');
    }

    public function test_quotes_that_nobody_looks_at_any_more_are_forgotten(): void
    {
        foreach ([55 => 86400, 56 => 86401] as $idCart => $age) {
            \Db::getInstance()->insert('encours_quote', ['id_cart' => $idCart, 'id_shop' => 1, 'question' => 'q', 'answer' => '{}', 'expires_at' => $this->now - $age]);
        }
        $this->sweep();

        $this->assertSame(['55'], array_map('strval', array_column($this->rows('encours_quote'), 'id_cart')));
    }

    public function test_a_slip_is_found_though_it_does_not_touch_its_order(): void
    {
        $id = $this->orderOnTerms(3);
        $this->factory()->orderEvents()->catchUp($id);
        $this->changed($id, '2026-01-01 00:00:00');
        \Db::getInstance()->insert('order_slip', ['id_order' => $id, 'id_customer' => 3, 'total_products_tax_excl' => '10', 'total_products_tax_incl' => '12', 'amount' => '12', 'date_add' => '2026-03-02 09:00:00']);

        $this->assertSame(1, $this->sweep()['events']);
        \Db::getInstance()->execute('DELETE FROM `ps_encours_outbox`');
    }

    public function test_figures_that_are_a_week_old_are_computed_anew(): void
    {
        $known = new ReportedCustomers(1);
        $known->save(3, ['company_id' => 'c', 'reported_hash' => 'h', 'reported_at' => '2026-02-23 10:00:00']);
        $this->assertSame(0, $this->sweep()['customers']);
        ++$this->now;
        $this->assertSame(1, $this->sweep()['customers']);
        $this->assertSame(['company /v1/companies/3'], $this->queued());
    }

    public function test_one_case_that_fails_does_not_stop_the_others(): void
    {
        $this->attempt('asked');
        $this->attempt('held', 56);
        // The recording is of another request, so asking fails with a fault.
        $found = $this->sweep('company-created');

        $this->assertSame([1, ['asked', 'released']], [$found['released'], $this->statuses()]);
        $this->assertStringContainsString('sweep', implode(' ', \PrestaShopLogger::$messages));
    }

    public function test_other_shops_are_not_swept(): void
    {
        $this->attempt('held', 55, 601, ['id_shop' => 2]);

        $this->assertSame(0, $this->sweep()['released']);
    }
}
