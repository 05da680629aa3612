<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Sync;

use EncoursModule\Tests\TalkingShop;

class OrderHistoryFactsTest extends TalkingShop
{
    protected function setUp(): void
    {
        parent::setUp();
        $this->customer(3);
    }

    private function fact(string $name, array $customers = [3])
    {
        return $this->factory()->orderHistoryFacts()->of($customers)[$name]['value'];
    }

    public function test_a_customer_without_orders_has_none_and_no_days(): void
    {
        $this->assertSame(0, $this->fact('completed_orders'));
        $this->assertSame('0.00', $this->fact('net_spend_total'));
        $this->assertNull($this->fact('days_since_first_order'));
        $this->assertNull($this->fact('return_rate_bp'), 'nothing was delivered that could come back');
        $this->assertSame(400, $this->fact('account_age_days'));
    }

    public function test_spend_is_net_of_tax_and_shipping(): void
    {
        $this->order(3);

        $this->assertSame('90.00', $this->fact('net_spend_12m'));
        $facts = $this->factory()->orderHistoryFacts()->of([3]);
        $this->assertSame('EUR', $facts['net_spend_12m']['currency']);
        $this->assertSame('2026-03-02T09:00:00Z', $facts['net_spend_12m']['as_of']);
    }

    public function test_a_voucher_for_free_shipping_is_not_taken_off_twice(): void
    {
        $id = $this->order(3, ['total_paid_tax_excl' => '90.000000']);
        \Db::getInstance()->insert('order_cart_rule', ['id_order' => $id, 'value_tax_excl' => 10, 'free_shipping' => 1]);

        $this->assertSame('90.00', $this->fact('net_spend_total'));
    }

    public function test_credit_slips_are_deducted(): void
    {
        $id = $this->order(3);
        \Db::getInstance()->insert('order_slip', ['id_order' => $id, 'id_customer' => 3, 'total_products_tax_excl' => '22.500000', 'total_products_tax_incl' => '27.000000', 'amount' => '27.000000', 'date_add' => '2026-02-02 10:00:00']);

        $this->assertSame('67.50', $this->fact('net_spend_total'));
        $this->assertSame(2500, $this->fact('return_rate_bp'));
    }

    public function test_an_amount_chosen_by_hand_is_deducted_net(): void
    {
        $id = $this->order(3);
        \Db::getInstance()->insert('order_slip', ['id_order' => $id, 'id_customer' => 3, 'total_products_tax_excl' => '50.000000', 'total_products_tax_incl' => '60.000000', 'amount' => '12.000000', 'order_slip_type' => 2, 'date_add' => '2026-02-02 10:00:00']);

        $this->assertSame('80.00', $this->fact('net_spend_total'));
    }

    public function test_cancelled_orders_count_nowhere(): void
    {
        $this->order(3, ['current_state' => 6, 'valid' => 0]);

        $this->assertSame(['0.00', 0, null], [$this->fact('net_spend_total'), $this->fact('completed_orders'), $this->fact('days_since_last_order')]);
    }

    public function test_an_order_that_was_placed_and_waits_for_its_money_has_a_day_but_no_spend(): void
    {
        $this->order(3, ['current_state' => 10, 'valid' => 0]);

        $this->assertSame(['0.00', 29], [$this->fact('net_spend_total'), $this->fact('days_since_first_order')]);
    }

    public function test_an_order_is_completed_when_it_is_paid_and_delivered(): void
    {
        $this->order(3, ['current_state' => 2]);
        $this->assertSame(0, $this->fact('completed_orders'), 'paid, but still here');
        $delivered = $this->order(3, ['current_state' => 5]);
        $this->assertSame(1, $this->fact('completed_orders'));
        $this->status($delivered, 2, '2026-02-05 10:00:00');
        $this->assertSame(1, $this->fact('completed_orders'), 'it had been shipped before');
        $this->order(3, ['current_state' => 2, 'id_carrier' => 0]);
        $this->assertSame(2, $this->fact('completed_orders'), 'nothing to ship');
    }

    public function test_an_order_on_terms_counts_once_it_is_settled(): void
    {
        $id = $this->orderOnTerms(3, ['current_state' => 5]);
        $this->assertSame([0, '0.00'], [$this->fact('completed_orders'), $this->fact('net_spend_12m')]);
        $this->assertSame(0, $this->fact('days_since_last_order'), 'it was ordered all the same');

        $this->factory()->ordersOnTerms()->save(['id_order' => $id, 'settled_on' => '2026-03-02']);
        $this->assertSame([1, '90.00'], [$this->fact('completed_orders'), $this->fact('net_spend_12m')]);
        $this->factory()->ordersOnTerms()->save(['id_order' => $id, 'settled_on' => null]);
        $this->assertSame(0, $this->fact('completed_orders'), 'a payment bounced');
    }

    public function test_an_order_on_terms_that_is_not_attached_yet_does_not_count_either(): void
    {
        $this->order(3, ['module' => 'encours']);

        $this->assertSame(0, $this->fact('completed_orders'));
    }

    public function test_twelve_months_end_to_the_second(): void
    {
        $this->order(3, ['date_add' => '2025-03-02 09:59:59']);
        $this->assertSame(['0.00', 0, 1], [$this->fact('net_spend_12m'), $this->fact('completed_orders_12m'), $this->fact('completed_orders')]);
        $this->order(3, ['date_add' => '2025-03-02 10:00:00']);
        $this->assertSame(['90.00', 1, 2], [$this->fact('net_spend_12m'), $this->fact('completed_orders_12m'), $this->fact('completed_orders')]);
    }

    public function test_other_currencies_count_at_the_rate_of_their_order(): void
    {
        $this->order(3, ['id_currency' => 2, 'conversion_rate' => '1.250000']);

        $this->assertSame('72.00', $this->fact('net_spend_total'));
    }

    public function test_all_accounts_of_a_company_count_together(): void
    {
        $this->customer(7, ['date_add' => '2024-12-17 10:00:00']);
        $this->order(3);
        $this->order(7);

        $this->assertSame([2, '180.00', 440], [$this->fact('completed_orders', [3, 7]), $this->fact('net_spend_total', [3, 7]), $this->fact('account_age_days', [3, 7])]);
        $this->assertSame(1, $this->fact('completed_orders'));
    }

    public function test_only_shops_that_share_customers_count(): void
    {
        $this->order(3, ['id_shop' => 2]);
        $this->assertSame(0, $this->fact('completed_orders'));
        \Shop::$sharing = [1, 2];
        $this->assertSame(1, $this->fact('completed_orders'));
        \Shop::$sharing = [1];
    }

    public function test_asks_the_database_once(): void
    {
        $facts = $this->factory()->orderHistoryFacts();
        \Db::$log = [];
        $facts->of([3]);

        $this->assertCount(1, array_filter(\Db::$log, function ($sql) { return strpos($sql, 'ps_orders') !== false; }));
    }
}
