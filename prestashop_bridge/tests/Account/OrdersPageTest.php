<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Account;

use EncoursModule\Account\OrdersPage;

final class OrdersPageTest extends AccountTestCase
{
    public function testShowsEachOrderWithDueDatePaidPartRestAndState(): void
    {
        $view = $this->page();
        $orders = $view['orders'];

        self::assertTrue($view['figures_known']);
        self::assertSame(['TESTREFAA', 'TESTREFJJ', 'CFRFFWPRZ'], array_column($orders, 'reference'), 'the newest first');
        self::assertSame(['open', 'overdue', 'settled'], array_column($orders, 'status'));
        self::assertSame([true, false, false], array_column($orders, 'due_is_estimate'));
        self::assertSame(['EUR 0', 'EUR 100', 'EUR 36.96'], array_column($orders, 'paid'));
        self::assertSame(['EUR 124.8', 'EUR 140', 'EUR 0'], array_column($orders, 'open'));
        self::assertSame('Overdue by 11 days', $orders[1]['status_text']);
        self::assertSame('Shipped', $orders[1]['state_name']);
        self::assertSame('https://shop.test/order-detail?id_order=18', $orders[1]['url']);
        self::assertSame('RF94 1000 002', $orders[1]['payment_reference']);
    }

    public function testShowsNobodyElsesOrders(): void
    {
        self::assertNotContains('NOBODYSBU', array_column($this->page()['orders'], 'reference'));

        $this->signIn(4);
        $this->service->answer('orders-of-a-buyer', 'orders-of-none');
        $this->anotherPage();
        $orders = $this->factory->ordersPage()->view(4, 1, 1)['orders'];
        self::assertSame(['NOBODYSBU'], array_column($orders, 'reference'));
    }

    public function testShowsAnOrderToWhoeverOwnsItInTheShopWhateverIsKeptOfIt(): void
    {
        // An order moved to another customer in the shop is that customer's from then on.
        \Db::getInstance()->execute('UPDATE `ps_orders` SET `id_customer` = 4 WHERE `id_order` = 18');

        self::assertSame(['TESTREFAA', 'CFRFFWPRZ'], array_column($this->page()['orders'], 'reference'));
    }

    public function testShowsNoOrdersOfAnotherShop(): void
    {
        $this->order(200, 3, 'OTHERSHOP', '2026-02-01', [], 2);

        self::assertNotContains('OTHERSHOP', array_column($this->page()['orders'], 'reference'));
    }

    public function testTakesNoFiguresOfOrdersItDidNotAskFor(): void
    {
        $this->service->change('orders-of-a-buyer', function (array $page) {
            $page['items'][1]['ref'] = 'SOMEBODYS';

            return $page;
        });
        $orders = $this->page()['orders'];

        self::assertSame(['TESTREFAA', 'TESTREFJJ', 'CFRFFWPRZ'], array_column($orders, 'reference'));
        self::assertFalse($orders[1]['has_figures']);
    }

    public function testSaysWhatTheShopKnowsWhileTheServiceIsDown(): void
    {
        $this->page();
        $this->service->isDown = true;
        $view = $this->page();

        self::assertSame(['shown', false], [$view['state'], $view['figures_known']]);
        self::assertSame(['unknown', 'unknown', 'settled'], array_column($view['orders'], 'status'));
        self::assertSame(['–', '–', '–'], array_column($view['orders'], 'open'));
        self::assertSame(['', '20/02/2026', '01/11/2025'], array_column($view['orders'], 'due'), 'an estimate may be one that the shop hides');
    }

    public function testHidesAnEstimateThatTheShopHides(): void
    {
        $this->service->change('orders-of-a-buyer', function (array $page) {
            foreach ($page['items'] as $i => $order) {
                $page['items'][$i]['show_due_date'] = !$order['due_is_estimate'];
            }

            return $page;
        });

        self::assertSame([true, false, false], array_map(function ($order) { return $order['due'] === ''; }, $this->page()['orders']));
    }

    /**
     * @dataProvider pages
     */
    public function testGoesThroughManyOrdersAPageAtATime(int $orders, int $wanted, int $page, int $shown, ?int $previous, ?int $next): void
    {
        for ($i = 4; $i <= $orders; ++$i) {
            $this->order(1000 + $i, 3, sprintf('PAGE%05d', $i), '2025-09-01');
        }
        $view = $this->page($wanted);
        $url = function (?int $number) {
            return $number === null ? null : 'https://shop.test/module/encours/orders' . ($number > 1 ? '?page=' . $number : '');
        };
        $current = array_values(array_filter($view['pagination']['numbers'], function ($number) { return $number['is_current']; }));

        self::assertCount($shown, $view['orders']);
        self::assertSame([$page], array_column($current, 'number'));
        self::assertSame([$url($previous), $url($next)], [$view['pagination']['previous'], $view['pagination']['next']]);
    }

    public function pages(): array
    {
        return [
            'a full page' => [OrdersPage::PER_PAGE, 1, 1, OrdersPage::PER_PAGE, null, null],
            'one more' => [OrdersPage::PER_PAGE + 1, 1, 1, OrdersPage::PER_PAGE, null, 2],
            'the last' => [OrdersPage::PER_PAGE + 1, 2, 2, 1, 1, null],
            'beyond the last' => [OrdersPage::PER_PAGE + 1, 99, 2, 1, 1, null],
            'before the first' => [OrdersPage::PER_PAGE + 1, -3, 1, OrdersPage::PER_PAGE, null, 2],
        ];
    }

    public function testLeavesOutPagesInTheMiddleOfMany(): void
    {
        for ($i = 4; $i <= OrdersPage::PER_PAGE * 9; ++$i) {
            $this->order(1000 + $i, 3, sprintf('PAGE%05d', $i), '2025-09-01');
        }
        $numbers = $this->page(5)['pagination']['numbers'];

        self::assertSame([1, 3, 4, 5, 6, 7, 9], array_column($numbers, 'number'));
        self::assertSame([3, 9], array_column(array_filter($numbers, function ($number) { return $number['follows_gap']; }), 'number'));
    }

    public function testAsksOnceForAllOrdersOfThePage(): void
    {
        $this->page();

        self::assertSame(['/v1/orders?limit=200&ref=TESTREFAA&ref=TESTREFJJ&ref=CFRFFWPRZ'], array_values(preg_grep('~/orders~', $this->service->asked)));
    }

    public function testAsksForNothingWithoutOrders(): void
    {
        \Db::getInstance()->execute('DELETE FROM `ps_encours_order`');
        $view = $this->page();

        self::assertSame([[], 0, true], [$view['orders'], $view['total'], $view['figures_known']]);
        self::assertSame([], preg_grep('~/orders~', $this->service->asked));
    }

    public function testIsNotForWhoHasNoCreditOrMayNotSeeIt(): void
    {
        $this->service->answer('buyer-shown', 'buyer-may-not-see');

        self::assertSame(['state' => 'none'], $this->page());
    }

    /** @return array<string, mixed> */
    private function page(int $number = 1): array
    {
        $this->anotherPage();

        return $this->factory->ordersPage()->view(3, 1, $number);
    }
}
