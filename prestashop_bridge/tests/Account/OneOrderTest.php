<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Account;

use EncoursModule\Config\Settings;

/**
 * The page of an order, and its PDF invoice.
 */
final class OneOrderTest extends AccountTestCase
{
    public function testShowsWhenAndHowToPay(): void
    {
        self::assertSame('<order-detail.tpl>', $this->factory->orderDetail()->show(['order' => new \Order(18)]));

        $given = $this->given('encours_order');
        self::assertTrue($given['is_shown']);
        self::assertSame(
            ['19/02/2026', false, 'EUR 100', 'EUR 140', 'overdue', 'RF94 1000 002'],
            [$given['order']['due'], $given['order']['due_is_estimate'], $given['order']['paid'], $given['order']['open'], $given['order']['status'], $given['order']['payment_reference']]
        );
        self::assertSame('AGRIFRPP', $given['bank']['bic']);
    }

    public function testFindsTheOrderWhereTheThemeDoesNotNameIt(): void
    {
        \Tools::$sent = ['id_order' => '18'];
        self::assertSame('<order-detail.tpl>', $this->factory->orderDetail()->show([]));
        $this->factory->orderDetail()->show(['order' => new \Order(18)]);

        self::assertCount(1, $this->service->asked, 'a theme that runs the hook twice asks once');
    }

    public function testShowsNothingOfSomebodyElsesOrder(): void
    {
        self::assertSame('', $this->factory->orderDetail()->show(['order' => new \Order(77)]));
        \Tools::$sent = ['id_order' => '77'];
        self::assertSame('', $this->factory->orderDetail()->show([]));
        \Context::getContext()->customer = new \Customer();
        self::assertSame('', $this->factory->orderDetail()->show(['order' => new \Order(18)]));

        self::assertSame([], $this->service->asked);
    }

    public function testShowsNothingOfAnOrderThatIsNotOnTerms(): void
    {
        \Db::getInstance()->insert('orders', ['id_order' => 300, 'reference' => 'BYCARDXXX', 'id_customer' => 3, 'id_currency' => 1, 'date_add' => '2026-01-01 10:00:00']);

        self::assertSame('', $this->factory->orderDetail()->show(['order' => new \Order(300)]));
        self::assertSame('', $this->factory->orderDetail()->show([]));
        self::assertSame([], $this->service->asked);
    }

    public function testShowsWhatTheShopKnowsWhileTheServiceIsDown(): void
    {
        $this->service->isDown = true;
        $this->factory->orderDetail()->show(['order' => new \Order(18)]);
        $given = $this->given('encours_order');

        self::assertTrue($given['is_shown']);
        self::assertFalse($given['order']['has_figures']);
        self::assertSame(['20/02/2026', 'RF24 1000 001'], [$given['order']['due'], $given['order']['payment_reference']]);
    }

    public function testAsksForNoMoneyOfAPaidOrder(): void
    {
        $this->service->change('orders-of-a-buyer', function (array $page) {
            $page['items'][1] = ['status' => 'settled', 'open_amount' => '0.00', 'is_overdue' => false] + $page['items'][1];

            return $page;
        });
        $this->factory->orderDetail()->show(['order' => new \Order(18)]);

        self::assertNull($this->given('encours_order')['bank']);
        self::assertTrue($this->given('encours_order')['order']['is_finished']);
    }

    public function testPrintsUntilWhenToPayToWhichAccountAndWithWhichReference(): void
    {
        self::assertSame('<invoice-block.tpl>', $this->factory->invoiceBlock()->show(['object' => new \OrderInvoice(18)]));

        $block = \Smarty::$fetched[0][1]['encours_invoice'];
        self::assertSame(['19/02/2026', false, 'RF94 1000 002', false], [$block['due'], $block['due_is_estimate'], $block['payment_reference'], $block['is_paid']]);
        self::assertSame(['Dupont & Fils', 'FR76 3000 6000 0112 3456 7890 189', 'AGRIFRPP'], array_values($block['bank']));
        self::assertNull($this->given('encours_invoice'), 'nothing of it is left in the page');
    }

    public function testPrintsWhatTheShopKnowsWhileTheServiceIsDown(): void
    {
        $this->service->isDown = true;
        $this->factory->invoiceBlock()->show(['object' => new \OrderInvoice(18)]);
        $this->factory->invoiceBlock()->show(['object' => new \OrderInvoice(9)]);
        $this->factory->invoiceBlock()->show(['object' => new \OrderInvoice(6)]);
        $blocks = array_map(function ($fetched) { return $fetched[1]['encours_invoice']; }, \Smarty::$fetched);

        self::assertSame(['20/02/2026', '', '01/11/2025'], array_column($blocks, 'due'), 'an estimate may be one that the shop hides');
        self::assertSame([false, false, true], array_column($blocks, 'is_paid'));
        self::assertSame('RF24 1000 001', $blocks[0]['payment_reference']);
    }

    public function testPrintsNothingOnOtherInvoicesOrWhenSwitchedOff(): void
    {
        self::assertSame('', $this->factory->invoiceBlock()->show(['object' => new \OrderInvoice(12345)]));
        self::assertSame('', $this->factory->invoiceBlock()->show([]));
        \Db::getInstance()->insert('orders', ['id_order' => 300, 'reference' => 'BYCARDXXX', 'id_customer' => 3, 'id_currency' => 1, 'id_shop' => 1]);
        self::assertSame('', $this->factory->invoiceBlock()->show(['object' => new \OrderInvoice(300)]));
        (new Settings(1))->setShowInvoiceBlock(false);
        self::assertSame('', $this->factory->invoiceBlock()->show(['object' => new \OrderInvoice(18)]));

        self::assertSame([], \Smarty::$fetched);
        self::assertSame([], $this->service->asked);
    }

    public function testObeysTheSwitchOfTheShopTheOrderIsOf(): void
    {
        \Shop::$isMulti = true;
        $this->order(400, 3, 'OTHERSHOP', '2026-02-01', [], 2);
        (new Settings(2))->setShowInvoiceBlock(false);
        self::assertSame('', $this->factory->invoiceBlock()->show(['object' => new \OrderInvoice(400)]));

        (new Settings(2))->setShowInvoiceBlock(true);
        self::assertSame('<invoice-block.tpl>', $this->factory->invoiceBlock()->show(['object' => new \OrderInvoice(400)]));
        self::assertSame([], $this->service->asked, 'another shop is not asked for with the key of this one');
    }
}
