<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Account;

use EncoursModule\Account\Display;
use EncoursModule\Account\HowToPay;
use EncoursModule\Account\TermsLabel;
use EncoursModule\Config\Settings;

final class DisplayTest extends AccountTestCase
{
    public function testGroupsAnIbanAndAPaymentReferenceInFours(): void
    {
        self::assertSame('FR76 3000 6000 0112 3456 7890 189', Display::grouped('FR7630006000011234567890189'));
        self::assertSame('RF24 1000 001', Display::grouped('RF24 1000001'));
        self::assertSame('', Display::grouped(''));
    }

    public function testLetsTheShopWriteAmountsAndDays(): void
    {
        $display = new Display(\Context::getContext());

        self::assertSame('EUR 1234.5', $display->amount('1234.50', 'EUR'));
        self::assertSame('31/03/2026', $display->day('2026-03-31'));
        self::assertSame(['–', '–', '–'], [$display->amount(null, 'EUR'), $display->day(null), $display->day('0000-00-00')]);
    }

    public function testShowsTheDayThatAnInstantHasInTheShop(): void
    {
        $display = new Display(\Context::getContext());

        self::assertSame(['31/03/2026', '01/04/2026'], [$display->dayOf('2026-03-31T21:59:59Z'), $display->dayOf('2026-03-31T22:00:00.000001Z')]);
        self::assertSame(['30/06/2026', '–'], [$display->dayOf('2026-06-30T23:59:59+02:00'), $display->dayOf(null)]);
    }

    public function testShowsAnAmountOfACurrencyTheShopDoesNotHave(): void
    {
        $context = new class() extends \Context {
            public function getCurrentLocale()
            {
                return new class() {
                    public function formatPrice($number, $currency)
                    {
                        throw new \RuntimeException('Price specification not found for ' . $currency);
                    }
                };
            }
        };

        self::assertSame('12.345 TND', (new Display($context))->amount('12.345', 'TND'));
    }

    public function testTellsNothingFromSomethingWhateverTheDecimals(): void
    {
        foreach (['0', '0.00', '0.000', '-0.00', '', null] as $nothing) {
            self::assertFalse(Display::isPositive($nothing));
            self::assertFalse(Display::isSomething($nothing));
        }
        self::assertTrue(Display::isPositive('0.001'));
        self::assertFalse(Display::isPositive('-0.01'));
        self::assertTrue(Display::isSomething('-0.01'));
        self::assertTrue(Display::isPositive('10'));
    }

    public function testMeasuresTheUsedShareWithinItsBar(): void
    {
        self::assertSame([0, 40, 100, 100, 0, 0], [
            Display::percent('0.00', '6000.00'), Display::percent('2408.24', '6000.00'), Display::percent('6000.00', '6000.00'),
            Display::percent('7000.00', '6000.00'), Display::percent('-5.00', '6000.00'), Display::percent('5.00', '0.00'),
        ]);
    }

    public function testTranslatesReadyMadeTermsAndLeavesOthersAsWritten(): void
    {
        $french = new class() {
            public function l($text, $place)
            {
                return $text === '30 days' && $place === 'termslabel' ? '30 jours' : $text;
            }
        };

        self::assertSame('30 jours', (new TermsLabel($french))->of('30 days'));
        self::assertSame('Agreed with <Paule>', (new TermsLabel($french))->of('Agreed with <Paule>'));
    }

    public function testPrintsNoAccountWhereNoneIsSet(): void
    {
        $settings = new Settings(1);
        self::assertSame(['holder' => 'Dupont & Fils', 'iban' => 'FR76 3000 6000 0112 3456 7890 189', 'bic' => 'AGRIFRPP'], (new HowToPay($settings))->bank());

        $settings->setBankAccount(null);
        self::assertNull((new HowToPay($settings))->bank());
    }
}
