<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Checkout;

final class AttemptsTest extends CheckoutTestCase
{
    public function testIsWrittenDownBeforeAnythingIsAsked(): void
    {
        $attempt = $this->factory()->attempts()->open($this->snapshot(), ['company' => '3', 'purchase_order_number' => "O'Neill <4711> é"]);

        self::assertSame(['asked', '120.00', 'EUR', "O'Neill <4711> é"], [$attempt['status'], $attempt['amount'], $attempt['currency'], $attempt['purchase_order_number']]);
        self::assertSame(['company' => '3', 'purchase_order_number' => "O'Neill <4711> é"], json_decode($attempt['request'], true));
    }

    public function testTwoAttemptsHaveTwoKeys(): void
    {
        $attempts = $this->factory()->attempts();

        self::assertNotSame($attempts->open($this->snapshot(), [])['idempotency_key'], $attempts->open($this->snapshot(), [])['idempotency_key']);
    }

    public function testWhatBecameAnOrderIsNotReleased(): void
    {
        $attempts = $this->factory()->attempts();
        $one = $attempts->held($attempts->open($this->snapshot(), []), ['hold_id' => 'first']);
        $other = $attempts->attached($attempts->held($attempts->open($this->snapshot(), []), ['hold_id' => 'second']));
        $attempts->markReleased('first');
        $attempts->markReleased('second');

        self::assertSame(['released', 'attached'], $this->statuses());
        self::assertSame($other['id_attempt'], $attempts->latest(self::CART)['id_attempt']);
        self::assertSame('first', $one['hold_id']);
    }

    public function testIsStuckOnlyAfterTheTimeGiven(): void
    {
        $attempts = $this->factory()->attempts();
        $attempts->open($this->snapshot(), []);
        $this->now += 600;
        self::assertSame([], $attempts->stuck(600, 10));
        $this->now += 1;

        self::assertCount(1, $attempts->stuck(600, 10));
    }

    public function testAnAnswerWithoutAHoldIsARefusal(): void
    {
        $attempts = $this->factory()->attempts();

        self::assertSame('refused', $attempts->held($attempts->open($this->snapshot(), []), ['hold_id' => null, 'outcome' => 'referred'])['status']);
        self::assertSame([], $attempts->unfinished(self::CART));
    }

    public function testADayThatBuyersMayNotSeeIsNotKept(): void
    {
        $attempts = $this->factory()->attempts();
        $answer = ['hold_id' => 'a-hold', 'show_due_date' => false, 'terms' => ['label' => '30 days', 'due_on' => '2026-04-01']];

        self::assertNull($attempts->held($attempts->open($this->snapshot(), []), $answer)['due_on']);
    }
}
