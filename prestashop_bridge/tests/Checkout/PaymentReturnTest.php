<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Checkout;

use EncoursModule\Config\Settings;

final class PaymentReturnTest extends CheckoutTestCase
{
    public function testSaysUntilWhenAndHowToPay(): void
    {
        (new Settings(1))->setBankAccount(['holder' => 'Moulin', 'iban' => 'FR7630006000011234567890189', 'bic' => '']);
        $outcome = $this->submit($this->factory('hold-approved', 'attach-one', 'event-status'));

        self::assertSame('<payment_return.tpl>', $this->show($outcome->idOrder()));
        $shown = $this->shown();
        self::assertSame('FR76 3000 6000 0112 3456 7890 189', $shown['bank']['iban']);
        self::assertCount(1, $shown['orders']);
        self::assertSame(['REFAAAA55', 'EUR 120', true], [$shown['orders'][0]['reference'], $shown['orders'][0]['amount'], $shown['orders'][0]['is_estimate']]);
        self::assertMatchesRegularExpression('~^[0-9]{2}/[0-9]{2}/2026$~', $shown['orders'][0]['due_on']);
        self::assertMatchesRegularExpression('/^RF[0-9]{2} /', $shown['orders'][0]['payment_reference']);
    }

    public function testShowsAllOrdersThatTheCartBecame(): void
    {
        foreach ([1, 2] as $part) {
            $id = \PaymentModule::makeOrder(self::CART, 14, 60.0, 'On terms', 'REFAAAA55');
            $this->factory()->ordersOnTerms()->save(['id_order' => $id, 'ref' => 'REFAAAA55-' . $part, 'id_customer' => 3, 'hold_id' => 'a-hold', 'reported_total' => '60.00']);
        }
        $this->show($id);

        self::assertSame(['EUR 60', 'EUR 60'], array_column($this->shown()['orders'], 'amount'));
        self::assertSame([null, null], array_column($this->shown()['orders'], 'due_on'), 'a day that buyers may not see');
    }

    public function testAnOrderThatIsNotAttachedYetIsConfirmedAllTheSame(): void
    {
        self::assertSame('<payment_return.tpl>', $this->show(\PaymentModule::makeOrder(self::CART, 14, 120.0)));
        self::assertSame([], $this->shown()['orders']);
    }

    public function testSaysNothingOfOrdersThatArePaidOtherwise(): void
    {
        self::assertSame('', $this->show($this->order(3)));
        self::assertSame('', $this->factory()->paymentReturn()->show([]));
    }

    private function show(int $idOrder): string
    {
        return $this->factory()->paymentReturn()->show(['order' => new \Order($idOrder)]);
    }

    /** @return array<string, mixed> */
    private function shown(): array
    {
        return \Context::getContext()->smarty->assigned['encours'];
    }
}
