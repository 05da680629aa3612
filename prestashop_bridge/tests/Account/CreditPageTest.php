<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Account;

use EncoursModule\Account\CreditPage;

final class CreditPageTest extends AccountTestCase
{
    public function testShowsLimitUsedLeftOverdueAndDueSoon(): void
    {
        $view = $this->page();

        self::assertSame('shown', $view['state']);
        $line = $view['lines'][0];
        self::assertSame(
            ['EUR 5000', 'EUR 360.8', 'EUR 4639.2', 7, true, 'EUR 140', 'EUR 96', ''],
            [$line['limit'], $line['used'], $line['available'], $line['used_percent'], $line['has_overdue'], $line['overdue'], $line['due_soon'], $line['next_due']]
        );
        self::assertSame([['label' => '30 days', 'is_default' => true], ['label' => '45 days, then end of month', 'is_default' => false]], $view['terms']);
    }

    public function testThePartsAddUpToWhatIsUsed(): void
    {
        $parts = $this->page()['lines'][0]['buckets'];

        self::assertSame([['EUR 124.8', 1], ['EUR 96', 1], ['EUR 140', 1]], array_map(function ($part) { return [$part['amount'], $part['count']]; }, $parts));
        self::assertSame(360.80, round(124.80 + 96.00 + 140.00, 2));
    }

    public function testWhatReducesTheAmountUsedIsShownWithAMinus(): void
    {
        $this->service->change('account-in-use', function (array $account) {
            $account['lines'][0]['buckets']['on_account'] = ['amount' => '50.00', 'count' => 1] + $account['lines'][0]['buckets']['on_account'];
            $account['lines'][0]['elsewhere'] = '12.00';

            return $account;
        });
        $parts = $this->page()['lines'][0]['buckets'];

        self::assertSame(['Paid, not assigned to an invoice yet', 'EUR -50'], [$parts[3]['label'], $parts[3]['amount']]);
        self::assertSame(['In our other shops', 'EUR 12', null], array_values($parts[4]));
    }

    public function testNamesTheNextPaymentOnlyWhenNothingIsOverdue(): void
    {
        $this->service->change('credit-in-use', function (array $credit) {
            $credit['lines'][0] = ['overdue' => '0.00', 'oldest_due_on' => '2026-03-30'] + $credit['lines'][0];

            return $credit;
        });

        self::assertSame('30/03/2026', $this->page()['lines'][0]['next_due']);
    }

    public function testSaysHowToPayEachUnpaidOrderTheFirstDueFirst(): void
    {
        $view = $this->page();

        self::assertSame('FR76 3000 6000 0112 3456 7890 189', $view['bank']['iban']);
        self::assertSame(['TESTREFJJ', 'TESTREFAA'], array_column($view['unpaid'], 'reference'), 'what is paid is not asked for');
        self::assertSame(['EUR 140', true, 'RF94 1000 002'], [$view['unpaid'][0]['open'], $view['unpaid'][0]['is_overdue'], $view['unpaid'][0]['payment_reference']]);
        self::assertFalse($view['unpaid'][1]['is_overdue']);
    }

    public function testAnOrderThatWasPaidSinceTheShopHeardOfItIsNotAskedFor(): void
    {
        $this->service->change('orders-of-a-buyer', function (array $page) {
            foreach ($page['items'] as $i => $order) {
                $page['items'][$i] = ['status' => 'settled', 'open_amount' => '0.00'] + $order;
            }

            return $page;
        });

        self::assertSame([], $this->page()['unpaid']);
    }

    public function testHasAPlaceForTenUnpaidOrdersAndALinkForTheOthers(): void
    {
        for ($i = 1; $i <= CreditPage::UNPAID_SHOWN; ++$i) {
            $this->order(100 + $i, 3, 'MANYORD' . chr(64 + $i), '2026-02-' . (10 + $i), ['due_on' => '2026-03-' . (10 + $i)]);
        }
        $view = $this->page();

        self::assertCount(CreditPage::UNPAID_SHOWN, $view['unpaid']);
        self::assertTrue($view['unpaid_has_more']);
        self::assertSame('https://shop.test/module/encours/orders', $view['orders_url']);
    }

    public function testSaysPolitelyThatTheFiguresCannotBeShownAndStillHowToPay(): void
    {
        $this->page();
        $this->now += 3600;
        $this->service->isDown = true;
        $view = $this->page();

        self::assertSame('unavailable', $view['state']);
        self::assertSame([], $view['lines']);
        self::assertSame(['TESTREFJJ', 'TESTREFAA'], array_column($view['unpaid'], 'reference'));
        self::assertSame(['–', 'RF24 1000 001'], [$view['unpaid'][0]['open'], $view['unpaid'][0]['payment_reference']], 'what the shop knows itself');
        self::assertNotNull($view['bank']);
    }

    public function testShowsNoOrdersToWhoIsNotKnownToBeAllowedDuringAnOutage(): void
    {
        $this->service->isDown = true;
        $view = $this->page();

        self::assertSame(['unavailable', [], null], [$view['state'], $view['unpaid'], $view['bank']]);
    }

    public function testShowsTotalsWhenOnlyTheirPartsAreMissing(): void
    {
        $this->service->answer('account-in-use', '');
        $line = $this->page()['lines'][0];

        self::assertSame(['EUR 360.8', null, []], [$line['used'], $line['due_soon'], $line['buckets']]);
    }

    public function testIsNotForWhoHasNoCreditOrMayNotSeeIt(): void
    {
        $this->service->answer('buyer-shown', 'buyer-may-not-see');
        self::assertSame(['state' => 'none'], $this->page());

        $this->factory->creditSummary()->forget(3);
        $this->service->answer('buyer-shown', 'buyer-unknown');
        self::assertSame(['state' => 'none'], $this->page());
    }

    public function testTellsAFrozenLineAndOneAboveItsLimit(): void
    {
        $this->service->change('credit-in-use', function (array $credit) {
            $credit['lines'][0] = ['status' => 'frozen', 'over_limit_amount' => '8.24'] + $credit['lines'][0];

            return $credit;
        });
        $line = $this->page()['lines'][0];

        self::assertTrue($line['is_frozen'] && $line['has_over_limit']);
        self::assertSame('EUR 8.24', $line['over_limit']);
    }

    /** @return array<string, mixed> */
    private function page(): array
    {
        $this->anotherPage();

        return $this->factory->creditPage()->view(3, 1);
    }
}
