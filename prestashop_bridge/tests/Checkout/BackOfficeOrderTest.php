<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Checkout;

use EncoursModule\Checkout\Attempts;
use EncoursModule\Tests\StaffTestCase;

class BackOfficeOrderTest extends StaffTestCase
{
    /** @var \Cart */
    private $cart;

    /** @var array<int, array{0: int, 1: string}> what core was asked to create */
    private $created = [];

    protected function setUp(): void
    {
        parent::setUp();
        $this->customer(3);
        $this->address(3);
        \Db::getInstance()->insert('cart', ['id_cart' => 55, 'id_customer' => 3]);
        \Cart::$contents[55] = ['products' => [['id_product' => 1, 'id_product_attribute' => 0, 'cart_quantity' => 2]], 'total' => 120.0];
        $this->cart = new \Cart(55);
        foreach (['id_address_delivery', 'id_address_invoice', 'id_carrier', 'gift', 'recyclable', 'delivery_option'] as $field) {
            $this->cart->$field = 0;
        }
    }

    /** @return mixed */
    private function place(string ...$answers)
    {
        return $this->factory(...$answers)->backOfficeOrder()->place(55, function (int $state, string $payment) {
            $this->created[] = [$state, $payment];
            \PaymentModule::makeOrder(55, $state, 120.0, $payment);

            return true;
        });
    }

    private function refusal(string ...$answers): string
    {
        try {
            $this->place(...$answers);
        } catch (\PrestaShopException $refused) {
            return $refused->getMessage();
        }
        self::fail('It was created.');
    }

    public function test_credit_is_held_then_the_order_is_created_and_attached(): void
    {
        $_POST = ['encours_terms' => 'net_60', 'encours_purchase_order' => 'PO 1'];
        $this->assertTrue($this->place('staff-hold-overridden', 'staff-attached', 'event-status'));

        $this->assertSame(14, $this->created[0][0], 'whatever state staff chose: the one of orders on terms');
        $this->assertStringContainsString('On terms', $this->created[0][1]);
        $this->assertSame(['net_60', 'PO 1'], [$this->service->sent[0]['body']['terms'], $this->service->sent[0]['body']['purchase_order_number']]);
        $this->assertArrayNotHasKey('override', $this->service->sent[0]['body']);
        $this->assertSame('Ada%20Admin', $this->service->sent[0]['headers']['Encours-Author']);
        $this->assertSame('attached', $this->rows('encours_attempt')[0]['status']);
        $this->assertSame('REFAAAA55', $this->rows('encours_order')[0]['ref']);
        $this->assertSame([], \Db::$locks, 'the cart is free again');
    }

    public function test_a_refusal_says_all_reasons_and_creates_nothing(): void
    {
        $message = $this->refusal('staff-hold-declined', 'staff-quote-declined');
        $this->assertStringContainsString('Nothing was created', $message);
        $this->assertStringContainsString('exceeds the credit left, by: 20.00', $message);
        $this->assertSame([[], Attempts::REFUSED], [$this->created, $this->rows('encours_attempt')[0]['status']]);
        $this->assertSame([], \Db::$locks);
    }

    public function test_a_reason_overrides_is_signed_and_noted_on_the_order(): void
    {
        $_POST = ['encours_override_reason' => "Boss' <b>word</b>"];
        $this->place('staff-hold-overridden', 'staff-attached', 'event-status');

        $this->assertSame(['reason' => "Boss' <b>word</b> (Ada Admin)"], $this->service->sent[0]['body']['override']);
        $attempt = $this->rows('encours_attempt')[0];
        $this->assertSame(["Boss' <b>word</b>", '7'], [$attempt['override_reason'], (string) $attempt['id_employee']]);
        $this->assertStringContainsString("by Ada Admin: Boss' ", (string) $this->rows('orders')[0]['note']);
    }

    public function test_without_the_right_to_decide_a_reason_is_worth_nothing(): void
    {
        $this->may('READ', 'CREATE');
        $_POST = ['encours_override_reason' => 'Please'];
        $this->assertStringContainsString('may not order against', $this->refusal());
        $this->assertSame([], $this->service->sent);
    }

    public function test_without_the_service_nothing_is_created(): void
    {
        $this->assertStringContainsString('does not answer', $this->refusal(''));
        $this->assertSame([], $this->created);
        $this->assertSame(Attempts::ASKED, $this->rows('encours_attempt')[0]['status'], 'whether it was held is unknown: it is asked again');
    }

    public function test_what_was_held_before_is_given_back_first(): void
    {
        $this->refusal('');
        $this->place('staff-hold-overridden', 'hold-released', 'staff-hold-overridden', 'staff-attached', 'event-status');
        $this->assertSame($this->service->sent[0]['headers']['Idempotency-Key'], $this->service->sent[1]['headers']['Idempotency-Key'], 'the lost question is one question');
        $this->assertStringEndsWith('/release', $this->service->sent[2]['path']);
        $this->assertNotSame($this->service->sent[0]['headers']['Idempotency-Key'], $this->service->sent[3]['headers']['Idempotency-Key']);
        $this->assertCount(1, $this->created);
    }

    public function test_the_credit_goes_back_when_core_creates_nothing(): void
    {
        try {
            $this->factory('staff-hold-overridden', 'hold-released')->backOfficeOrder()->place(55, function () { throw new \PrestaShopException('Out of stock'); });
            $this->fail('It was created.');
        } catch (\PrestaShopException $fault) {
            $this->assertSame('Out of stock', $fault->getMessage());
        }
        $this->assertStringEndsWith('/release', $this->service->sent[1]['path']);
        $this->assertSame(Attempts::RELEASED, $this->rows('encours_attempt')[0]['status']);
    }

    public function test_an_order_that_core_made_before_it_failed_is_attached(): void
    {
        try {
            $this->factory('staff-hold-overridden', 'staff-attached', 'event-status')->backOfficeOrder()->place(55, function (int $state, string $payment) {
                \PaymentModule::makeOrder(55, $state, 120.0, $payment);
                throw new \PrestaShopException('Mail server gone');
            });
            $this->fail('The fault was lost.');
        } catch (\PrestaShopException $fault) {
            $this->assertSame('attached', $this->rows('encours_attempt')[0]['status']);
        }
    }

    public function test_a_lost_attach_waits_in_the_queue_and_the_order_stands(): void
    {
        $this->assertTrue($this->place('staff-hold-overridden', ''));
        $this->assertTrue($this->factory()->outbox()->hasUndelivered('order-REFAAAA55'));
    }

    public function test_a_cart_is_ordered_once(): void
    {
        $this->place('staff-hold-overridden', 'staff-attached', 'event-status');
        $this->assertStringContainsString('ordered already', $this->refusal());
        $this->factory()->cartLock()->take(55, 0);
        $this->assertStringContainsString('being ordered', $this->refusal());
    }

    public function test_a_customer_created_a_moment_ago_is_reported_and_asked_about_again(): void
    {
        $this->factory('staff-quote-unknown', 'company-created', 'company-with-invoice-email', 'staff-quote-approved')->backOfficeQuote()->preview($this->cart);
        $shown = $this->shown('new_order.tpl');
        $this->assertSame('approved', $shown['decision']['outcome']);
        $this->assertSame('/v1/companies/3', $this->service->sent[1]['path']);
    }

    public function test_the_preview_shows_terms_and_the_credit_left(): void
    {
        $this->factory('staff-quote-approved')->backOfficeQuote()->preview($this->cart);
        $shown = $this->shown('new_order.tpl');
        $this->assertSame('EUR 100', $shown['available']);
        $this->assertCount(3, $shown['terms']);
        $this->assertSame('30 days', $shown['terms'][0]['label']);
        $this->assertTrue($this->service->sent[0]['body']['explain']);
    }

    public function test_the_preview_of_an_empty_cart_asks_nothing(): void
    {
        \Cart::$contents[55]['products'] = [];
        $this->assertSame('', $this->factory()->backOfficeQuote()->preview($this->cart));
        $this->assertSame([], $this->service->sent);
    }

    public function test_the_preview_says_when_the_service_is_away(): void
    {
        $this->factory('')->backOfficeQuote()->preview($this->cart);
        $this->assertStringContainsString('does not answer', $this->shown('new_order.tpl')['failure']);
    }

    public function test_reasons_reach_the_page_escaped_because_core_shows_them_raw(): void
    {
        $this->customer(9, ['is_guest' => 1]);
        \Configuration::updateGlobalValue('ENCOURS_PAID_MODE', 'unknown');
        $this->assertStringNotContainsString('<', $this->refusal());
    }
}
