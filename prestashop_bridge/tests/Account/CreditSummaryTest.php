<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Account;

use EncoursModule\Account\CreditSummary;

final class CreditSummaryTest extends AccountTestCase
{
    public function testSaysWhatIsLeftAndOwed(): void
    {
        $summary = $this->factory->creditSummary()->of(3);

        self::assertTrue($summary['may_see'] && $summary['has_credit'] && $summary['owes']);
        self::assertSame(
            ['EUR', 'active', false, '5000.00', '360.80', '4639.20', '140.00'],
            array_map(function ($name) use ($summary) { return $summary['lines'][0][$name]; }, ['currency', 'status', 'is_unlimited', 'credit_limit', 'used', 'available_credit', 'overdue'])
        );
    }

    public function testIsAskedOnceAMinute(): void
    {
        $this->factory->creditSummary()->of(3);
        $this->factory->creditSummary()->of(3);
        $this->now += CreditSummary::FRESH - 1;
        $this->anotherPage();
        $this->factory->creditSummary()->of(3);
        self::assertCount(2, $this->service->asked, 'the buyer and the credit, once');

        ++$this->now;
        $this->anotherPage();
        $this->factory->creditSummary()->of(3);
        self::assertCount(4, $this->service->asked);
    }

    public function testIsNothingForWhoMayNotSeeIt(): void
    {
        $this->service->answer('buyer-shown', 'buyer-may-not-see');

        self::assertSame(CreditSummary::NOTHING, $this->factory->creditSummary()->of(3));
        self::assertSame(['/v1/companies/3/buyers/3'], $this->service->asked, 'the figures are not even fetched');
    }

    public function testIsNothingForWhomTheServiceDoesNotKnow(): void
    {
        $this->service->answer('buyer-shown', 'buyer-unknown');

        self::assertSame(CreditSummary::NOTHING, $this->factory->creditSummary()->of(3));
    }

    public function testShowsTheLimitBeforeTheFirstOrder(): void
    {
        $this->service->answer('credit-in-use', 'credit-without-line');
        $this->service->change('credit-without-line', function (array $credit) {
            $credit['lines'][0]['limit'] = ['kind' => 'amount', 'amount' => '2000.00', 'source' => 'shop', 'source_ref' => null];
            $credit['lines'][0]['available_credit'] = '2000.00';

            return $credit;
        });

        $summary = $this->factory->creditSummary()->of(3);
        self::assertTrue(CreditSummary::isVisible($summary));
        self::assertFalse($summary['owes']);
        self::assertSame('2000.00', $summary['lines'][0]['available_credit']);
    }

    /**
     * @dataProvider limits
     *
     * @param array<string, mixed> $line
     */
    public function testIsVisibleToWhoHasCreditOrOwes(bool $isVisible, array $line): void
    {
        $this->service->change('credit-in-use', function (array $credit) use ($line) {
            $credit['lines'][0] = array_replace_recursive($credit['lines'][0], $line);

            return $credit;
        });

        self::assertSame($isVisible, CreditSummary::isVisible($this->factory->creditSummary()->of(3)));
    }

    public function limits(): array
    {
        $owesNothing = ['exposure' => ['total' => '0.00']];

        return [
            'no limit' => [false, ['limit' => ['kind' => 'none', 'amount' => null]] + $owesNothing],
            'a limit of zero' => [false, ['limit' => ['kind' => 'amount', 'amount' => '0.00']] + $owesNothing],
            'a limit of a cent' => [true, ['limit' => ['kind' => 'amount', 'amount' => '0.01']] + $owesNothing],
            'unlimited' => [true, ['limit' => ['kind' => 'unlimited', 'amount' => null], 'available_credit' => null] + $owesNothing],
            'no limit any more, but something to pay' => [true, ['limit' => ['kind' => 'none', 'amount' => null]]],
            'no limit any more, but money of theirs on account' => [true, ['limit' => ['kind' => 'none', 'amount' => null], 'exposure' => ['total' => '-5.00']]],
            'closed' => [false, ['status' => 'closed'] + $owesNothing],
            'frozen' => [true, ['status' => 'frozen'] + $owesNothing],
        ];
    }

    public function testIsUnknownWhileTheServiceIsDownAndTriesAgainOnTheNextPage(): void
    {
        $this->service->isDown = true;
        self::assertNull($this->factory->creditSummary()->of(3));
        self::assertNull($this->factory->creditSummary()->of(3));
        self::assertCount(1, $this->service->asked, 'no second try on one page');
        self::assertSame([], $this->rows('encours_customer'), 'nothing is kept of no answer');

        $this->service->isDown = false;
        $this->anotherPage();
        self::assertNotNull($this->factory->creditSummary()->of(3));
    }

    public function testIsUnknownWhenTheKeyIsRefused(): void
    {
        $this->service->answer('buyer-shown', 'company-key-refused');

        self::assertNull($this->factory->creditSummary()->of(3));
        self::assertSame([], $this->rows('encours_customer'));
    }

    public function testRemembersForADayWithoutAsking(): void
    {
        $this->factory->creditSummary()->of(3);
        $this->service->asked = [];
        $this->now += CreditSummary::SHOWN - 1;
        self::assertSame('4639.20', $this->factory->creditSummary()->remembered(3)['lines'][0]['available_credit']);

        ++$this->now;
        self::assertNull($this->factory->creditSummary()->remembered(3));
        self::assertSame([], $this->service->asked);
    }

    public function testForgetsWhatHasChangedAndKeepsWhatElseIsKnownOfTheCustomer(): void
    {
        \Db::getInstance()->insert('encours_customer', ['id_customer' => 3, 'id_shop' => 1, 'reported_hash' => 'abc', 'date_upd' => '2026-03-01 10:00:00']);
        $this->factory->creditSummary()->of(3);
        $this->factory->creditSummary()->forget(3);

        self::assertNull($this->factory->creditSummary()->remembered(3));
        self::assertSame('abc', $this->rows('encours_customer')[0]['reported_hash']);
        $this->factory->creditSummary()->of(3);
        self::assertCount(4, $this->service->asked);
    }

    public function testIsKeptForEachCustomerAndShop(): void
    {
        $this->factory->creditSummary()->of(3);
        $elsewhere = new CreditSummary($this->factory->client(), 2, $this->clock());

        self::assertNull($elsewhere->remembered(3));
        self::assertNull($this->factory->creditSummary()->remembered(4));
        self::assertNull($this->factory->creditSummary()->of(0));
    }

    public function testKeepsTextsWithQuotesAsTheyAre(): void
    {
        $this->service->change('credit-in-use', function (array $credit) {
            $credit['lines'][0]['status'] = "o'clock \"x\" \\ é";

            return $credit;
        });
        $this->factory->creditSummary()->of(3);
        $this->anotherPage();

        self::assertSame("o'clock \"x\" \\ é", $this->factory->creditSummary()->of(3)['lines'][0]['status']);
        self::assertCount(2, $this->service->asked);
    }

    public function testTakesTheLineOfTheCurrencyOrTheFirst(): void
    {
        $summary = ['lines' => [['currency' => 'EUR'], ['currency' => 'USD']]];

        self::assertSame('USD', CreditSummary::lineIn($summary, 'USD')['currency']);
        self::assertSame('EUR', CreditSummary::lineIn($summary, 'JPY')['currency']);
        self::assertNull(CreditSummary::lineIn(['lines' => []], 'EUR'));
    }
}
