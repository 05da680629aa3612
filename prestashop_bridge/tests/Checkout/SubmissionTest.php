<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Checkout;

use EncoursModule\Checkout\Choice;
use EncoursModule\Checkout\Sentences;
use EncoursModule\Config\Settings;

final class SubmissionTest extends CheckoutTestCase
{
    /** The hold, then the orders attached and core's first status reported. */
    const ORDERED = ['hold-approved', 'attach-one', 'event-status'];

    public function testMakesOneOrderForWhatWasHeldAndTellsTheService(): void
    {
        $outcome = $this->submit($this->factory(...self::ORDERED), $this->choice('net_60', 'PO 4711'));

        self::assertTrue($outcome->isOrdered());
        self::assertSame(['POST /v1/holds', 'POST /v1/holds/ID/orders', 'POST /v1/orders/REFAAAA55/events'], $this->sent());
        $hold = $this->service->sent[0]['body'];
        self::assertSame(['3', '3', '120.00', 'EUR', '55', 'net_60', 'PO 4711'], [$hold['company'], $hold['buyer'], $hold['amount'], $hold['currency'], $hold['cart'], $hold['terms'], $hold['purchase_order_number']]);
        self::assertSame($hold['cart_hash'], $hold['quoted_cart_hash']);
        self::assertSame([['ref' => 'REFAAAA55', 'amount' => '120.00']], array_map(function ($part) { unset($part['placed_at']); return $part; }, $this->service->sent[1]['body']['orders']));
        self::assertSame(['attached'], $this->statuses());
    }

    public function testGivesCoreTheCartTotalTheAcceptedStateAndAPaymentThatSaysWhenItIsDue(): void
    {
        $this->submit($this->factory(...self::ORDERED));

        list($idCart, $idState, $amount, $payment, , , $idCurrency, , $secureKey) = \PaymentModule::$validated[0];
        self::assertSame([55, 14, 120.0, 'On terms, due 01/05/2026 (estimated)', 1, 'key-of-the-customer'], [$idCart, $idState, $amount, $payment, $idCurrency, $secureKey]);
        self::assertContains('Cart::orderExists_55', \Cache::$cleaned);
    }

    public function testInBookkeepersModeTheOrderIsAcceptedUnpaid(): void
    {
        (new Settings(1))->setPaidMode(Settings::BOOKKEEPING);
        $this->submit($this->factory(...self::ORDERED));

        self::assertSame(15, \PaymentModule::$validated[0][1]);
    }

    public function testKeepsTheOrderWithItsDueDateAndReference(): void
    {
        $outcome = $this->submit($this->factory(...self::ORDERED));

        $kept = $this->kept($outcome->idOrder());
        self::assertSame(['REFAAAA55', 3, '120.00', 1], [$kept['ref'], $kept['id_customer'], $kept['reported_total'], $kept['due_is_estimate']]);
        self::assertNotNull($kept['payment_reference']);
        self::assertNotNull($kept['due_on']);
    }

    public function testASecondSubmitOfTheSameCartFindsTheOrderAndAsksNobody(): void
    {
        $factory = $this->factory(...self::ORDERED);
        $first = $this->submit($factory);
        $second = $this->submit($factory);

        self::assertSame([$first->idOrder(), $first->idOrder(), 1, 3], [$first->idOrder(), $second->idOrder(), $this->countOrders(), count($this->service->sent)]);
    }

    public function testAStaleFormOfAnOrderedCartLeadsToItsConfirmation(): void
    {
        $factory = $this->factory(...self::ORDERED);
        $first = $this->submit($factory);
        \Db::getInstance()->insert('cart', ['id_cart' => 56, 'id_customer' => 3, 'id_currency' => 1]);

        $outcome = $factory->submission()->submit(new \Cart(56), \Context::getContext()->customer, $this->choice());

        self::assertSame($first->idOrder(), $outcome->idOrder());
    }

    public function testAnotherCustomersOrderIsNotShown(): void
    {
        $factory = $this->factory(...self::ORDERED);
        $this->submit($factory);
        $this->customer(4);
        $stranger = new \Customer(4);
        $stranger->logged = true;

        $outcome = $factory->submission()->submit(new \Cart(self::CART), $stranger, $this->choice());

        self::assertFalse($outcome->isOrdered());
    }

    public function testWhileAnotherProcessHasTheCartNothingHappens(): void
    {
        $factory = $this->factory();
        $factory->cartLock()->take(self::CART, 0);

        $outcome = $this->submit($factory);

        self::assertSame($this->sentences()->beingOrdered(), $outcome->sentence());
        self::assertSame([[], 0], [$this->sent(), $this->countOrders()]);
    }

    public function testTheCartIsFreeAgainAfterwards(): void
    {
        $this->submit($this->factory(...self::ORDERED));

        self::assertSame([], \Db::$locks);
    }

    public function testADeclinedOrderIsOneSentenceAndLeavesNothing(): void
    {
        $outcome = $this->submit($this->factory('hold-declined'));

        self::assertSame($this->sentences()->notAvailable(), $outcome->sentence());
        self::assertSame([['refused'], 0, []], [$this->statuses(), $this->countOrders(), $this->rows('encours_outbox')]);
    }

    public function testAfterADeclineTheNextTryAsksUnderAnotherKey(): void
    {
        $factory = $this->factory('hold-declined', ...self::ORDERED);
        $this->submit($factory);
        $outcome = $this->submit($factory);

        self::assertTrue($outcome->isOrdered());
        self::assertNotSame($this->service->sent[0]['headers']['Idempotency-Key'], $this->service->sent[1]['headers']['Idempotency-Key']);
    }

    public function testWithoutAnAnswerNothingIsOrderedAndTheNextClickAsksTheSameUnderTheSameKey(): void
    {
        $factory = $this->factory('');
        $outcome = $this->submit($factory);
        self::assertSame([$this->sentences()->noAnswer(), ['asked'], 0], [$outcome->sentence(), $this->statuses(), $this->countOrders()]);

        $this->now += 31; // the breaker has closed
        $again = $this->submit($this->factory(...self::ORDERED));

        self::assertTrue($again->isOrdered());
        self::assertSame(['attached'], $this->statuses());
        self::assertSame($this->service->sent[0]['headers']['Idempotency-Key'], $this->service->sent[1]['headers']['Idempotency-Key']);
        self::assertSame($this->service->sent[0]['body'], $this->service->sent[1]['body']);
    }

    public function testWhileTheBreakerIsOpenNotEvenAConnectionIsTried(): void
    {
        $factory = $this->factory('');
        $this->submit($factory);
        $this->submit($factory);

        self::assertCount(1, $this->service->sent);
    }

    public function testACartThatChangedSinceTheFormWasShownIsNotOrdered(): void
    {
        $choice = $this->choice();
        $this->fill(132.0, 11);

        $outcome = $this->submit($this->factory(), $choice);

        self::assertSame([$this->sentences()->cartChanged(), []], [$outcome->sentence(), $this->sent()]);
    }

    public function testTheServiceMayFindTheCartChanged(): void
    {
        $outcome = $this->submit($this->factory('hold-cart-changed'));

        self::assertSame([$this->sentences()->cartChanged(), ['refused']], [$outcome->sentence(), $this->statuses()]);
    }

    public function testTermsThatAreNotOfferedAnyMoreAreChosenAgain(): void
    {
        self::assertSame($this->sentences()->termsGone(), $this->submit($this->factory('hold-terms-not-offered'))->sentence());
        self::assertSame($this->sentences()->chooseTerms(), $this->submit($this->factory('hold-terms-not-offered'), $this->choice(null))->sentence());
    }

    public function testACartChangedAfterItsHoldGivesTheCreditBackBeforeItAsksAnew(): void
    {
        $factory = $this->factory('hold-approved');
        $this->crashAfterHold($factory);
        $this->fill(132.0, 11);

        $outcome = $this->submit($this->factory('hold-released', ...self::ORDERED));

        self::assertTrue($outcome->isOrdered());
        self::assertSame(['POST /v1/holds', 'POST /v1/holds/ID/release', 'POST /v1/holds', 'POST /v1/holds/ID/orders'], array_slice($this->sent(), 0, 4));
        self::assertSame(['released', 'attached'], $this->statuses());
    }

    public function testACrashBetweenHoldAndOrderIsTakenUpWithTheSameHold(): void
    {
        $factory = $this->factory('hold-approved');
        $this->crashAfterHold($factory);

        $outcome = $this->submit($this->factory('attach-one', 'event-status'));

        self::assertTrue($outcome->isOrdered());
        self::assertSame(['POST /v1/holds', 'POST /v1/holds/ID/orders', 'POST /v1/orders/REFAAAA55/events'], $this->sent());
        self::assertSame(['attached'], $this->statuses());
    }

    public function testAHoldThatTheSweepMayBeGivingBackIsNotOrderedOn(): void
    {
        $factory = $this->factory('hold-approved');
        $this->crashAfterHold($factory);
        $this->now += 541;

        $outcome = $this->submit($this->factory('hold-released', ...self::ORDERED));

        self::assertTrue($outcome->isOrdered());
        self::assertSame(['released', 'attached'], $this->statuses());
    }

    public function testACrashBetweenOrderAndAttachIsRepairedByTheNextClick(): void
    {
        $factory = $this->factory('hold-approved');
        $this->crashAfterHold($factory);
        \PaymentModule::makeOrder(self::CART, 14, 120.0, 'On terms', 'REFAAAA55');

        $outcome = $this->submit($this->factory('attach-one', 'event-status'));

        self::assertTrue($outcome->isOrdered());
        self::assertSame([1, ['attached']], [$this->countOrders(), $this->statuses()]);
        self::assertSame('POST /v1/holds/ID/orders', $this->sent()[1]);
    }

    public function testWhenTheServiceGoesAwayAfterTheOrderTheQueueKeepsTheAttach(): void
    {
        $outcome = $this->submit($this->factory('hold-approved', ''));

        self::assertTrue($outcome->isOrdered());
        self::assertSame(['attached'], $this->statuses());
        $queued = $this->rows('encours_outbox');
        self::assertSame([['attach', 'pending'], ['event', 'pending']], array_map(function ($row) { return [$row['kind'], $row['status']]; }, $queued));
    }

    public function testWhenCoreCannotMakeTheOrderTheCreditIsGivenBack(): void
    {
        \PaymentModule::$instead = function () { throw new \PrestaShopException('The order address country is not active.'); };

        $outcome = $this->submit($this->factory('hold-approved', 'hold-released'));

        self::assertSame([$this->sentences()->notOrdered(), ['released'], 0], [$outcome->sentence(), $this->statuses(), $this->countOrders()]);
        self::assertSame('POST /v1/holds/ID/release', $this->sent()[1]);
    }

    public function testAFaultAfterTheOrderWasMadeStillConfirmsIt(): void
    {
        \PaymentModule::$instead = function (array $arguments) {
            \PaymentModule::makeOrder($arguments[0], $arguments[1], $arguments[2], $arguments[3], 'REFAAAA55');
            throw new \PrestaShopException('The mail server is down.');
        };

        $outcome = $this->submit($this->factory(...self::ORDERED));

        self::assertTrue($outcome->isOrdered());
        self::assertSame(['attached'], $this->statuses());
    }

    public function testACartThatBecameTwoOrdersSharesOneHold(): void
    {
        \PaymentModule::$instead = function (array $arguments) {
            \PaymentModule::makeOrder($arguments[0], $arguments[1], 90.0, $arguments[3], 'REFAAAA55');
            \PaymentModule::makeOrder($arguments[0], $arguments[1], 29.99, $arguments[3], 'REFAAAA55');
        };

        $this->submit($this->factory('hold-approved', 'attach-two', 'event-status', 'event-edited', 'event-status'));

        // Rounding left one cent: it is on the larger order, whose real total follows as an edit.
        $parts = $this->service->sent[1]['body']['orders'];
        self::assertSame([['REFAAAA55-1', '90.01'], ['REFAAAA55-2', '29.99']], array_map(function ($part) { return [$part['ref'], $part['amount']]; }, $parts));
        $edits = array_filter($this->events(), function ($event) { return $event['kind'] === 'edited'; });
        self::assertSame(['90.00'], array_column($edits, 'amount'));
    }

    /** @return array<string, array{callable}> */
    public function noCheckout(): array
    {
        return [
            'a guest' => [function () { \Context::getContext()->customer->is_guest = 1; }],
            'nobody logged in' => [function () { \Context::getContext()->customer->logged = false; }],
            'an empty cart' => [function ($test) { $test->fill(0.0, 0); }],
            'nothing to pay' => [function ($test) { $test->fill(0.0, 1); }],
            'no address' => [function () { \Db::getInstance()->update('cart', ['id_address_invoice' => 0], '`id_cart` = 55'); }],
            'not offered in this currency' => [function () {
                \Db::getInstance()->insert('currency', ['id_currency' => 9, 'iso_code' => 'CHF', 'precision' => 2, 'conversion_rate' => 1]);
                \Db::getInstance()->update('cart', ['id_currency' => 9], '`id_cart` = 55');
            }],
            'not offered for this carrier, country or group' => [function () { \Module::$paymentModules = [['name' => 'ps_wirepayment']]; }],
            'ordered with another payment' => [function ($test) { $test->order(3, ['id_cart' => 55]); }],
            'a broken setting' => [function () { \Configuration::updateGlobalValue(Settings::PAID_MODE, 'perhaps'); }],
            'no state to accept in' => [function () { \Configuration::updateGlobalValue(Settings::STATE_ACCEPTED_PAID, '0'); }],
            'not connected' => [function () { \Configuration::updateGlobalValue(Settings::KEY, 'unreadable'); }],
        ];
    }

    /** @dataProvider noCheckout */
    public function testIsRefusedWithoutAskingFor(callable $make): void
    {
        \Closure::fromCallable($make)->bindTo($this, self::class)($this);

        $outcome = $this->submit($this->factory());

        self::assertSame([$this->sentences()->notAvailable(), []], [$outcome->sentence(), $this->sent()]);
    }

    public function testAFormThatIsNotOursIsRefused(): void
    {
        $outcome = $this->submit($this->factory(), new Choice(false, self::CART, $this->snapshot()->hash(), 'net_60', null, false));

        self::assertSame([$this->sentences()->formExpired(), []], [$outcome->sentence(), $this->sent()]);
    }

    public function testTermsOfUseMustBeAgreedTo(): void
    {
        (new Settings(1))->setTermsOfUse([1 => 'You pay when it is due.']);

        self::assertSame($this->sentences()->agreeFirst(), $this->submit($this->factory())->sentence());
        self::assertTrue($this->submit($this->factory(...self::ORDERED), $this->choice('net_60', null, true))->isOrdered());
    }

    public function testAPurchaseOrderNumberIsOnlySentWhereItIsAskedFor(): void
    {
        (new Settings(1))->setAskPurchaseOrderNumber(false);
        $this->submit($this->factory(...self::ORDERED), $this->choice('net_60', 'PO 4711'));

        self::assertArrayNotHasKey('purchase_order_number', $this->service->sent[0]['body']);
    }

    public function testTheCreditShownElsewhereIsReadAnew(): void
    {
        \Db::getInstance()->insert('encours_customer', ['id_customer' => 3, 'id_shop' => 1, 'credit' => '{}', 'credit_at' => $this->now, 'date_upd' => '2026-03-02 10:00:00']);
        $this->submit($this->factory(...self::ORDERED));

        self::assertSame('0', $this->rows('encours_customer')[0]['credit_at']);
    }

    /** As if the process had been killed after the hold was written down. */
    private function crashAfterHold(\EncoursModule\Factory $factory): void
    {
        $attempt = $factory->attempts()->open($this->snapshot(), $factory->quotes()->question($this->snapshot()) + [
            'cart' => '55', 'cart_hash' => $this->snapshot()->hash(), 'quoted_cart_hash' => $this->snapshot()->hash(), 'terms' => 'net_60',
        ]);
        $answer = $factory->client()->send('POST', '/v1/holds', json_decode($attempt['request'], true), $attempt['idempotency_key']);
        $factory->attempts()->held($attempt, $answer);
    }

    private function sentences(): Sentences
    {
        return new Sentences(new \Encours());
    }
}
