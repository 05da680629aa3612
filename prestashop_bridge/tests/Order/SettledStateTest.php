<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Order;

use EncoursModule\Config\Settings;
use EncoursModule\Order\SettledState;
use EncoursModule\Tests\TalkingShop;

class SettledStateTest extends TalkingShop
{
    protected function setUp(): void
    {
        parent::setUp();
        $this->customer(3);
        \Order::$invoices = [];
    }

    private function settled(): SettledState
    {
        return $this->factory()->settledState();
    }

    private function calls(string $what): array
    {
        return array_values(array_filter(\Order::$calls, function ($call) use ($what) { return $call[0] === $what; }));
    }

    private function stateOf(int $id): int
    {
        return (int) (new \Order($id))->current_state;
    }

    private function bookkeeping(): void
    {
        (new Settings(1))->setPaidMode(Settings::BOOKKEEPING);
    }

    public function test_a_shipped_order_goes_to_the_settled_state_without_a_payment(): void
    {
        $id = $this->orderOnTerms(3, ['current_state' => 4]);
        $this->settled()->settle(new \Order($id), '2026-03-30');
        $this->settled()->settle(new \Order($id), '2026-03-30');

        $this->assertSame([16, '2026-03-30'], [$this->stateOf($id), $this->kept($id)['settled_on']]);
        $this->assertSame([['setCurrentState', $id, 16]], \Order::$calls, 'once, and core booked the payment when it was accepted');
    }

    public function test_an_order_that_is_not_shipped_waits_with_its_status_until_it_is(): void
    {
        $id = $this->orderOnTerms(3);
        $this->settled()->settle(new \Order($id), '2026-03-30');
        $this->assertSame([14, '2026-03-30'], [$this->stateOf($id), $this->kept($id)['settled_on']]);
        $this->assertStringContainsString('keeps its status', (new \Order($id))->note);

        $this->status($id, 4);
        $this->settled()->moveOn(new \Order($id));
        $this->assertSame(16, $this->stateOf($id));
    }

    public function test_an_order_without_goods_to_ship_does_not_wait(): void
    {
        $id = $this->orderOnTerms(3, ['id_carrier' => 0]);
        $this->settled()->settle(new \Order($id), '2026-03-30');

        $this->assertSame(16, $this->stateOf($id));
    }

    public function test_a_settled_state_of_the_merchants_own_that_is_not_shipped_suits_orders_that_are_not(): void
    {
        (new Settings(1))->setSettledState(2);
        $here = $this->orderOnTerms(3);
        $gone = $this->orderOnTerms(3, ['current_state' => 4], ['ref' => 'OTHER']);
        $this->settled()->settle(new \Order($here), '2026-03-30');
        $this->settled()->settle(new \Order($gone), '2026-03-30');

        $this->assertSame([2, 4], [$this->stateOf($here), $this->stateOf($gone)], 'goods that have left are not put back');
    }

    public function test_a_cancelled_order_stays_cancelled(): void
    {
        $id = $this->orderOnTerms(3, ['current_state' => 6]);
        $this->settled()->settle(new \Order($id), '2026-03-30');

        $this->assertSame(6, $this->stateOf($id));
    }

    public function test_the_bookkeepers_mode_books_the_money_before_the_state(): void
    {
        $this->bookkeeping();
        $id = $this->orderOnTerms(3, ['current_state' => 4, 'total_paid_real' => '0.000000']);
        $this->settled()->settle(new \Order($id), '2026-03-30');

        $this->assertSame(['addOrderPayment', 'setCurrentState'], array_column(\Order::$calls, 0));
        $this->assertSame(120.0, (float) $this->calls('addOrderPayment')[0][2]);
    }

    public function test_the_bookkeepers_mode_books_only_what_is_missing_and_once(): void
    {
        $this->bookkeeping();
        $id = $this->orderOnTerms(3, ['current_state' => 4, 'total_paid_real' => '50.000000']);
        $this->settled()->settle(new \Order($id), '2026-03-30');
        $this->settled()->settle(new \Order($id), '2026-03-30');

        $this->assertSame([70.0], array_map('floatval', array_column($this->calls('addOrderPayment'), 2)));
        $this->assertSame(120.0, (float) (new \Order($id))->total_paid_real);
    }

    public function test_what_was_credited_is_not_booked_as_money(): void
    {
        $this->bookkeeping();
        $id = $this->orderOnTerms(3, ['current_state' => 4, 'total_paid_real' => '0.000000']);
        \Db::getInstance()->insert('order_slip', ['id_order' => $id, 'id_customer' => 3, 'total_products_tax_excl' => '25', 'total_products_tax_incl' => '30', 'amount' => '30', 'date_add' => '2026-03-04 10:00:00']);
        $this->settled()->settle(new \Order($id), '2026-03-30');

        $booked = array_map(function ($call) { return [(float) $call[2], $call[3]]; }, $this->calls('addOrderPayment'));
        $this->assertSame([[90.0, 'Payment on terms'], [30.0, 'Credit slip']], $booked);
    }

    public function test_each_invoice_gets_its_own_payment(): void
    {
        $this->bookkeeping();
        $id = $this->orderOnTerms(3, ['current_state' => 4, 'total_paid_real' => '0.000000']);
        $invoice = function (float $rest) {
            return new class($rest) {
                private $rest;

                public function __construct(float $rest)
                {
                    $this->rest = $rest;
                }

                public function getRestPaid()
                {
                    return $this->rest;
                }
            };
        };
        \Order::$invoices[$id] = [$invoice(100.0), $invoice(0), $invoice(20.0)];
        $this->settled()->settle(new \Order($id), '2026-03-30');

        $this->assertSame([100.0, 20.0], array_map('floatval', array_column($this->calls('addOrderPayment'), 2)));
    }

    /** @dataProvider modes */
    public function test_a_payment_taken_back_returns_the_order_to_where_it_was(string $mode): void
    {
        (new Settings(1))->setPaidMode($mode);
        $id = $this->orderOnTerms(3, ['current_state' => 14, 'total_paid_real' => '120.000000']);
        $this->status($id, 5);
        $this->settled()->settle(new \Order($id), '2026-03-30');
        \Order::$calls = [];
        $this->settled()->unsettle(new \Order($id), '26.96', 'EUR');

        $this->assertSame([5, null], [$this->stateOf($id), $this->kept($id)['settled_on']]);
        $this->assertStringContainsString('26.96 EUR is to be paid again', (new \Order($id))->note);
        $this->settled()->settle(new \Order($id), '2026-04-02');
        $this->assertSame([16, []], [$this->stateOf($id), $this->calls('addOrderPayment')], 'paid again: never a second payment');
    }

    public function modes(): array
    {
        return [[Settings::PAID], [Settings::BOOKKEEPING]];
    }

    public function test_a_payment_taken_back_moves_no_order_that_staff_moved_on(): void
    {
        $id = $this->orderOnTerms(3, ['current_state' => 16]);
        $this->status($id, 7);
        $this->settled()->unsettle(new \Order($id), '26.96', 'EUR');

        $this->assertSame(7, $this->stateOf($id));
    }

    private function placed(array $fields = []): \Order
    {
        $id = $this->order(3, $fields + ['module' => 'encours', 'current_state' => 15]);
        \Db::getInstance()->insert('order_payment', ['order_reference' => 'REFAAAA55', 'id_currency' => 1, 'amount' => '120.00', 'payment_method' => 'On terms', 'date_add' => '2026-03-02 10:00:00']);

        return new \Order($id);
    }

    public function test_in_the_bookkeepers_mode_placing_an_order_pays_nothing(): void
    {
        $this->bookkeeping();
        $order = $this->placed();
        $this->settled()->takeBackPaymentOf($order);

        $this->assertSame([[], 0.0], [$this->rows('order_payment'), (float) (new \Order((int) $order->id))->total_paid_real]);
        $this->assertSame(0.0, (float) $order->total_paid_real, 'core goes on with this object');
    }

    public function test_other_payments_are_left_alone_when_an_order_is_placed(): void
    {
        $this->settled()->takeBackPaymentOf($this->placed());
        $this->assertCount(1, $this->rows('order_payment'), 'in the paid mode it is wanted');

        $this->bookkeeping();
        $this->settled()->takeBackPaymentOf($this->placed(['module' => 'ps_wirepayment']));
        $this->assertCount(2, $this->rows('order_payment'), 'and what was paid in another way was paid');
    }

    public function test_in_the_bookkeepers_mode_shipping_pays_nothing(): void
    {
        $this->bookkeeping();
        $id = $this->orderOnTerms(3);
        $state = function (int $idState) { return new \OrderState($idState); };
        $shipped = $state(4);
        $this->settled()->keepUnpaid(['newOrderStatus' => $shipped, 'id_order' => $id]);
        $this->assertFalse((bool) $shipped->paid);
        $this->assertTrue((bool) $state(4)->paid, 'the state itself is not changed');

        $settled = $state(16);
        $this->settled()->keepUnpaid(['newOrderStatus' => $settled, 'id_order' => $id]);
        $this->assertTrue((bool) $settled->paid);
        $this->factory()->ordersOnTerms()->save(['id_order' => $id, 'settled_on' => '2026-03-30']);
        $later = $state(5);
        $this->settled()->keepUnpaid(['newOrderStatus' => $later, 'id_order' => $id]);
        $this->assertTrue((bool) $later->paid);
    }

    public function test_orders_of_others_and_the_paid_mode_are_left_to_core(): void
    {
        $id = $this->orderOnTerms(3);
        $state = new \OrderState(4);
        $this->settled()->keepUnpaid(['newOrderStatus' => $state, 'id_order' => $id]);
        $this->assertTrue((bool) $state->paid);

        $this->bookkeeping();
        $this->settled()->keepUnpaid(['newOrderStatus' => $state, 'id_order' => $this->order(3)]);
        $this->assertTrue((bool) $state->paid);
    }

    public function test_a_flag_is_noted_once_for_staff(): void
    {
        $id = $this->orderOnTerms(3);
        $this->settled()->flag(new \Order($id), 'slip-1', 'slip_exceeds_rest');
        $this->settled()->flag(new \Order($id), 'slip-1', 'slip_exceeds_rest');

        $this->assertSame(1, substr_count((new \Order($id))->note, 'slip exceeds rest (slip-1)'));
    }
}
