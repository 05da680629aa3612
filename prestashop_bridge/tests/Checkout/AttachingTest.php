<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Checkout;

use EncoursModule\Sync\Subject;

final class AttachingTest extends CheckoutTestCase
{
    public function testWithoutAnOrderThereIsNothingToAttach(): void
    {
        $attempt = $this->held('120.00');

        self::assertFalse($this->factory()->attaching()->attachCart($attempt));
        self::assertSame([['held'], []], [$this->statuses(), $this->rows('encours_outbox')]);
    }

    public function testAnOrderPaidOtherwiseIsNotOurs(): void
    {
        $this->order(3, ['id_cart' => self::CART, 'module' => 'ps_wirepayment']);

        self::assertFalse($this->factory()->attaching()->attachCart($this->held('120.00')));
    }

    public function testRepeatingItQueuesNothingTwice(): void
    {
        \PaymentModule::makeOrder(self::CART, 14, 120.0);
        $attempt = $this->held('120.00');
        $this->factory()->attaching()->attachCart($attempt);
        $before = $this->rows('encours_outbox');
        $this->factory()->attaching()->attachCart($attempt);

        self::assertSame($before, $this->rows('encours_outbox'));
        self::assertSame(['attach', 'event'], array_column($before, 'kind'));
    }

    public function testAnOrderThatCoreLeftHalfMadeIsAttachedAndPointedOut(): void
    {
        \PaymentModule::makeOrder(self::CART, 0, 120.0, 'x', 'HALFMADE1');

        self::assertTrue($this->factory()->attaching()->attachCart($this->held('120.00')));
        self::assertCount(1, \PrestaShopLogger::$messages);
        self::assertStringContainsString('HALFMADE1 was interrupted', \PrestaShopLogger::$messages[0]);
    }

    /** @testWith [58]
     *            [59]
     *            [100]
     *            [101]
     *            [255]
     */
    public function testAReferenceOfAnyLengthIsAttached(int $length): void
    {
        $reference = str_repeat('R', $length);
        $id = \PaymentModule::makeOrder(self::CART, 14, 120.0, 'x', $reference);
        $this->factory()->attaching()->attachCart($this->held('120.00'));

        $queued = $this->rows('encours_outbox');
        self::assertLessThanOrEqual(64, strlen($queued[0]['subject']));
        self::assertSame([Subject::order($reference)], array_values(array_unique(array_column($queued, 'subject'))));
        self::assertSame($length <= 100 ? $reference : 'o' . $id . '-' . str_repeat('R', 80), $this->parts()[0][0]);
    }

    public function testLongReferencesThatBeginAlikeAreTwoSubjects(): void
    {
        self::assertNotSame(Subject::order(str_repeat('R', 80) . '1'), Subject::order(str_repeat('R', 80) . '2'));
    }

    public function testPartsAddUpToTheHoldWhateverRoundingDid(): void
    {
        \PaymentModule::makeOrder(self::CART, 14, 33.34, 'x', 'THREEWAYS');
        \PaymentModule::makeOrder(self::CART, 14, 33.34, 'x', 'THREEWAYS');
        \PaymentModule::makeOrder(self::CART, 14, 33.34, 'x', 'THREEWAYS');
        $this->factory()->attaching()->attachCart($this->held('100.00'));

        self::assertSame([['THREEWAYS-1', '33.32'], ['THREEWAYS-2', '33.34'], ['THREEWAYS-3', '33.34']], $this->parts());
    }

    public function testOrdersEditedBeyondRecognitionStillAddUp(): void
    {
        \PaymentModule::makeOrder(self::CART, 14, 500.0, 'x', 'EDITEDONE');
        \PaymentModule::makeOrder(self::CART, 14, 500.0, 'x', 'EDITEDONE');
        $this->factory()->attaching()->attachCart($this->held('120.01'));

        self::assertSame([['EDITEDONE-1', '60.01'], ['EDITEDONE-2', '60.00']], $this->parts());
    }

    public function testAReferenceTheServiceDoesNotTakeIsWrittenOtherwise(): void
    {
        $id = \PaymentModule::makeOrder(self::CART, 14, 120.0, 'x', '2026/0001');
        $this->factory()->attaching()->attachCart($this->held('120.00'));

        self::assertSame([["o$id-2026-0001", '120.00']], $this->parts());
        self::assertSame("o$id-2026-0001", $this->kept($id)['ref']);
    }

    private function held(string $amount): array
    {
        $this->fill((float) $amount, 10);
        $attempts = $this->factory()->attempts();

        return $attempts->held($attempts->open($this->snapshot(), ['company' => '3']), ['hold_id' => 'a-hold', 'terms' => ['label' => '30 days', 'due_on' => '2026-04-01']]);
    }

    private function parts(): array
    {
        $body = json_decode($this->rows('encours_outbox')[0]['body'], true);

        return array_map(function ($part) { return [$part['ref'], $part['amount']]; }, $body['orders']);
    }
}
