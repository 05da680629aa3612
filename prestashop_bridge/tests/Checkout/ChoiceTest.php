<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Checkout;

use EncoursModule\Checkout\Choice;
use EncoursModule\Checkout\Sentences;
use EncoursModule\Tests\ShopTestCase;

final class ChoiceTest extends ShopTestCase
{
    public function testReadsTheForm(): void
    {
        \Tools::$sent = ['token' => 'front-token', 'id_cart' => '55', 'cart_hash' => str_repeat('a', 64), 'terms' => 'net_60', 'purchase_order_number' => " PO\n4711 ", 'agreed' => '1'];
        $choice = Choice::sent();

        self::assertSame([true, 55, str_repeat('a', 64), 'net_60', 'PO 4711', true], [$choice->isGenuine, $choice->idCart, $choice->cartHash, $choice->terms, $choice->purchaseOrderNumber, $choice->hasAgreed]);
    }

    public function testTakesNothingThatCannotBe(): void
    {
        \Tools::$sent = ['token' => ['front-token'], 'id_cart' => 'x', 'cart_hash' => "' OR 1", 'terms' => '../net', 'purchase_order_number' => ['a'], 'agreed' => 'yes'];
        $choice = Choice::sent();

        self::assertSame([false, 0, '', null, null, false], [$choice->isGenuine, $choice->idCart, $choice->cartHash, $choice->terms, $choice->purchaseOrderNumber, $choice->hasAgreed]);
    }

    public function testCutsALongNumberToWhatTheServiceTakes(): void
    {
        \Tools::$sent = ['purchase_order_number' => str_repeat('é', 129)];

        self::assertSame(str_repeat('é', 128), Choice::sent()->purchaseOrderNumber);
    }

    public function testThePaymentOfAnOrderIsNamedAsCoreTakesIt(): void
    {
        $sentences = new Sentences(new \Encours());

        self::assertSame('On terms: {30} days', str_replace('30', '{30}', $sentences->paymentText('30 <days>', null, true)));
        self::assertSame('On terms, due 01/04/2026 (estimated)', $sentences->paymentText('30 days', '01/04/2026', true));
        self::assertSame('On terms, due 01/04/2026', $sentences->paymentText('30 days', '01/04/2026', false));
        self::assertSame('On terms', $sentences->paymentText(null, null, true));
    }
}
