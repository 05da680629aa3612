<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Checkout;

use EncoursModule\Config\Settings;

final class PaymentReturnTest extends CheckoutTestCase
{
    public function testSaysUntilWhenAndHowToPay(): void
    {
        (new Settings(1))->setBankAccount(['holder' => 'Banc SARL', 'iban' => 'FR7630006000011234567890189', 'bic' => 'AGRIFRPP']);
        $id = $this->orderOnTerms(3, ['id_cart' => self::CART], ['due_on' => '2026-04-01', 'payment_reference' => 'RF241000001', 'terms_label' => '30 days']);

        self::assertSame('<payment_return.tpl>', $this->show($id));
        $view = $this->view();
        self::assertSame(
            [['reference' => 'REFAAAA55', 'amount' => 'EUR 120', 'terms' => '30 days', 'due_on' => '01/04/2026', 'is_estimate' => true, 'payment_reference' => 'RF24 1000 001']],
            $view['orders']
        );
        self::assertSame('FR76 3000 6000 0112 3456 7890 189', $view['bank']['iban']);
    }

    public function testNamesEachOrderOfACartThatBecameTwo(): void
    {
        $first = $this->orderOnTerms(3, ['id_cart' => self::CART], ['ref' => 'REFAAAA55-1']);
        $this->orderOnTerms(3, ['id_cart' => self::CART], ['ref' => 'REFAAAA55-2']);
        $this->show($first);

        self::assertSame(['REFAAAA55#1', 'REFAAAA55#2'], array_column($this->view()['orders'], 'reference'));
    }

    public function testSaysNothingOfAnOrderPaidOtherwise(): void
    {
        self::assertSame('', $this->show($this->order(3, ['id_cart' => self::CART])));
    }

    public function testAnOrderThatIsNotAttachedYetIsConfirmedWithoutFigures(): void
    {
        $id = $this->order(3, ['id_cart' => self::CART, 'module' => 'encours']);

        self::assertSame('<payment_return.tpl>', $this->show($id));
        self::assertSame([[], []], [$this->view()['orders'], $this->sent()]);
    }

    private function show(int $idOrder): string
    {
        return $this->factory()->paymentReturn()->show(['order' => new \Order($idOrder)]);
    }

    private function view(): array
    {
        return \Context::getContext()->smarty->getTemplateVars('encours');
    }
}
