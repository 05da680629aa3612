<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Order;

use EncoursModule\Order\OrdersOnTerms;
use EncoursModule\Tests\TalkingShop;

class OrdersOnTermsTest extends TalkingShop
{
    /** @var OrdersOnTerms */
    private $orders;

    protected function setUp(): void
    {
        parent::setUp();
        $this->orders = new OrdersOnTerms(1);
        $this->orders->save(['id_order' => 11, 'ref' => 'A', 'id_customer' => 3, 'reported_total' => '10.00', 'hold_id' => 'h']);
    }

    public function test_finds_by_id_and_by_reference_of_its_shop(): void
    {
        $this->assertSame('A', $this->orders->find(11)['ref']);
        $this->assertSame(11, $this->orders->findByRef('A')['id_order']);
        $this->assertNull((new OrdersOnTerms(2))->findByRef('A'));
        $this->assertSame(1, (new OrdersOnTerms(2))->find(11)['id_shop'], 'an order is one of the whole installation');
        $this->assertNull($this->orders->find(12));
    }

    public function test_saving_changes_only_what_is_given(): void
    {
        $this->orders->save(['id_order' => 11, 'due_on' => '2026-04-01']);
        $this->orders->save(['id_order' => 11, 'settled_on' => '2026-03-30']);
        $this->orders->save(['id_order' => 11, 'settled_on' => null]);

        $row = $this->orders->find(11);
        $this->assertSame(['A', '10.00', '2026-04-01', null, 'h'], [$row['ref'], $row['reported_total'], $row['due_on'], $row['settled_on'], $row['hold_id']]);
        $this->assertCount(1, $this->rows('encours_order'));
    }

    public function test_refuses_what_it_does_not_keep(): void
    {
        $this->expectException(\InvalidArgumentException::class);
        $this->orders->save(['id_order' => 11, 'balance' => '1.00']);
    }

    public function test_texts_are_kept_as_they_are(): void
    {
        $this->orders->save(['id_order' => 11, 'terms_label' => "30 jours <fin de mois> d'échéance \"net\""]);

        $this->assertSame("30 jours <fin de mois> d'échéance \"net\"", $this->orders->find(11)['terms_label']);
    }

    public function test_a_customers_orders_come_newest_first_and_by_the_page(): void
    {
        foreach ([12, 13] as $id) {
            $this->orders->save(['id_order' => $id, 'ref' => 'R' . $id, 'id_customer' => 3, 'reported_total' => '10.00']);
        }
        $this->orders->save(['id_order' => 14, 'ref' => 'R14', 'id_customer' => 4, 'reported_total' => '10.00']);

        $this->assertSame([13, 12, 11], array_column($this->orders->byCustomer(3), 'id_order'));
        $this->assertSame([11], array_column($this->orders->byCustomer(3, 2, 2), 'id_order'));
        $this->assertSame(3, $this->orders->countOfCustomer(3));
    }

    public function test_follows_what_the_service_says_and_forgets_nothing_it_does_not_say(): void
    {
        $this->orders->follow(['ref' => 'A', 'due_on' => '2026-04-01', 'due_is_estimate' => true, 'payment_reference' => 'RF241000001', 'terms_label' => '30 days', 'unheard_of' => 1]);
        $this->orders->follow(['ref' => 'A', 'due_on' => '2026-04-03', 'due_is_estimate' => false, 'terms_label' => null]);
        $this->orders->follow(['ref' => 'UNKNOWN', 'due_on' => '2026-04-03']);

        $row = $this->orders->find(11);
        $this->assertSame(['2026-04-03', 0, 'RF241000001', '30 days'], [$row['due_on'], $row['due_is_estimate'], $row['payment_reference'], $row['terms_label']]);
    }
}
