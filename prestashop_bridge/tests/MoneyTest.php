<?php

declare(strict_types=1);

namespace EncoursModule\Tests;

use EncoursModule\Money;

final class MoneyTest extends ShopTestCase
{
    /** @return array<int, array{float, int, string}> */
    public function amounts(): array
    {
        return [
            [36.96, 1, '36.96'], [0.1 + 0.2, 1, '0.30'], [1.005, 1, '1.01'], [22.944, 1, '22.94'], [1234567.0, 1, '1234567.00'], [-0.001, 1, '0.00'], [-5.5, 1, '-5.50'],
            [1234.5, 3, '1235'], [0.4, 3, '0'],
        ];
    }

    /** @dataProvider amounts */
    public function testBecomesADecimalStringOfItsCurrency(float $amount, int $idCurrency, string $expected): void
    {
        self::assertSame($expected, Money::of($amount, new \Currency($idCurrency)));
    }

    public function testNeverHasMoreDecimalsThanTheCurrencyWhateverTheShopSays(): void
    {
        \Db::getInstance()->execute('UPDATE `ps_currency` SET `precision` = 6 WHERE `id_currency` = 1');

        self::assertSame('10.01', Money::of(10.005001, new \Currency(1)));
    }

    public function testHasNoDecimalsWhereTheShopRoundsToWholeUnits(): void
    {
        \Db::getInstance()->execute('UPDATE `ps_currency` SET `precision` = 0 WHERE `id_currency` = 1');

        self::assertSame('11.00', Money::of(10.5, new \Currency(1)));
    }

    public function testMinorUnitsAreExactBothWays(): void
    {
        foreach ([['0.05', 'EUR', 5], ['-0.05', 'EUR', -5], ['12', 'EUR', 1200], ['12.5', 'EUR', 1250], ['1235', 'JPY', 1235], ['1.234', 'KWD', 1234]] as list($text, $currency, $minor)) {
            self::assertSame($minor, Money::minor($text, $currency));
        }
        self::assertSame(['0.05', '-0.05', '1235', '1.234'], [Money::ofMinor(5, 'EUR'), Money::ofMinor(-5, 'EUR'), Money::ofMinor(1235, 'JPY'), Money::ofMinor(1234, 'KWD')]);
    }

    /** @return array<int, array{string, string}> */
    public function noAmounts(): array
    {
        return [['', 'EUR'], ['1,5', 'EUR'], ['1.234', 'EUR'], ['1e3', 'EUR'], ["1.00\n", 'EUR'], ['.5', 'EUR'], ['1235.5', 'JPY']];
    }

    /** @dataProvider noAmounts */
    public function testWhatIsNoAmountIsRefused(string $text, string $currency): void
    {
        $this->expectException(\InvalidArgumentException::class);
        Money::minor($text, $currency);
    }
}
