<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Checkout;

use EncoursModule\Checkout\CartSnapshot;
use EncoursModule\Checkout\Choice;
use EncoursModule\Checkout\Outcome;
use EncoursModule\Config\Settings;
use EncoursModule\Factory;
use EncoursModule\Tests\TalkingShop;

/**
 * A logged-in business customer with a cart of 120 euros at the payment step.
 */
abstract class CheckoutTestCase extends TalkingShop
{
    const CART = 55;

    protected function setUp(): void
    {
        parent::setUp();
        \Cache::$cleaned = [];
        $this->customer(3);
        \Db::getInstance()->insert('cart', [
            'id_cart' => self::CART, 'id_customer' => 3, 'id_currency' => 1, 'id_address_delivery' => 1, 'id_address_invoice' => 1, 'id_carrier' => 2,
            'delivery_option' => '{"1":"2,"}', 'secure_key' => 'key-of-the-customer',
        ]);
        $this->fill(120.0, 10);
        (new Settings(1))->setAskPurchaseOrderNumber(true);
        $context = \Context::getContext();
        $context->cart = new \Cart(self::CART);
        $context->customer = new \Customer(3);
        $context->customer->logged = true;
        $context->customer->secure_key = 'key-of-the-customer';
    }

    protected function fill(float $total, int $quantity): void
    {
        \Cart::$contents[self::CART] = [
            'total' => $total,
            'products' => $quantity === 0 ? [] : [['id_product' => 6, 'id_product_attribute' => 0, 'id_customization' => 0, 'id_address_delivery' => 1, 'cart_quantity' => $quantity]],
            'rules' => [],
        ];
    }

    protected function snapshot(): CartSnapshot
    {
        return new CartSnapshot(new \Cart(self::CART));
    }

    /** What the form sends when nothing happened since it was shown. */
    protected function choice(?string $terms = 'net_60', ?string $number = null, bool $hasAgreed = false): Choice
    {
        return new Choice(true, self::CART, $this->snapshot()->hash(), $terms, $number, $hasAgreed);
    }

    protected function submit(Factory $factory, ?Choice $choice = null): Outcome
    {
        return $factory->submission()->submit(new \Cart(self::CART), \Context::getContext()->customer, $choice ?: $this->choice());
    }

    /** @return array<int, string> method and path of what was sent, ids left out */
    protected function sent(): array
    {
        return array_map(function (array $request): string {
            return $request['method'] . ' ' . preg_replace('/[0-9a-f]{8}-[0-9a-f-]{27}/', 'ID', $request['path']);
        }, $this->service->sent);
    }

    /** @return string[] */
    protected function statuses(): array
    {
        return array_column(\Db::getInstance()->executeS('SELECT `status` FROM `ps_encours_attempt` ORDER BY `id_attempt`'), 'status');
    }

    protected function countOrders(): int
    {
        return (int) \Db::getInstance()->getValue('SELECT COUNT(*) FROM `ps_orders`');
    }
}
