<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Checkout;

final class CartSnapshotTest extends CheckoutTestCase
{
    public function testTheSameCartHasTheSameHashWhateverTheOrderOfItsLines(): void
    {
        \Cart::$contents[self::CART]['products'][] = ['id_product' => 7, 'id_product_attribute' => 0, 'cart_quantity' => 1];
        $before = $this->snapshot()->hash();
        \Cart::$contents[self::CART]['products'] = array_reverse(\Cart::$contents[self::CART]['products']);

        self::assertSame($before, $this->snapshot()->hash());
    }

    /** @return array<string, array{callable}> */
    public function changes(): array
    {
        $cart = function (array $row): callable {
            return function () use ($row) { \Db::getInstance()->update('cart', $row, '`id_cart` = 55'); };
        };
        $line = function (array $line): callable {
            return function () use ($line) { \Cart::$contents[self::CART]['products'][0] = $line + \Cart::$contents[self::CART]['products'][0]; };
        };

        return [
            'quantity' => [$line(['cart_quantity' => 11])],
            'combination' => [$line(['id_product_attribute' => 2])],
            'customisation' => [$line(['id_customization' => 3])],
            'address of a line' => [$line(['id_address_delivery' => 2])],
            'total' => [function () { \Cart::$contents[self::CART]['total'] = 120.01; }],
            'discount' => [function () { \Cart::$contents[self::CART]['rules'] = [['id_cart_rule' => 9]]; }],
            'delivery address' => [$cart(['id_address_delivery' => 2])],
            'invoice address' => [$cart(['id_address_invoice' => 2])],
            'delivery option' => [$cart(['delivery_option' => '{"1":"3,"}'])],
            'carrier' => [$cart(['id_carrier' => 3])],
            'currency' => [$cart(['id_currency' => 2])],
            'gift wrapping' => [$cart(['gift' => 1])],
        ];
    }

    /** @dataProvider changes */
    public function testChangesWithEvery(callable $change): void
    {
        $before = $this->snapshot()->hash();
        $change();

        self::assertNotSame($before, $this->snapshot()->hash());
        self::assertMatchesRegularExpression('/^[0-9a-f]{64}$/', $before);
    }

    public function testADifferenceBelowTheCurrencysPrecisionIsNone(): void
    {
        $before = $this->snapshot()->hash();
        \Cart::$contents[self::CART]['total'] = 120.0000001;

        self::assertSame($before, $this->snapshot()->hash());
    }

    public function testThereIsNoRateToACurrencyTheShopDoesNotHave(): void
    {
        self::assertNull($this->snapshot()->exchangeRateTo('CHF'));
        self::assertNull($this->snapshot()->exchangeRateTo('EUR'));
        self::assertSame('1.1', $this->snapshot()->exchangeRateTo('USD'));
    }
}
