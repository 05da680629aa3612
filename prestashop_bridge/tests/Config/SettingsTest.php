<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Config;

use EncoursModule\Config\Settings;
use EncoursModule\Tests\ShopTestCase;

final class SettingsTest extends ShopTestCase
{
    public function testASecretIsStoredEncrypted(): void
    {
        self::assertSame('enc_shop_test', (new Settings(1))->key());
        self::assertStringNotContainsString('enc_shop_test', json_encode(\Configuration::$values));
    }

    public function testASecretOfAllShopsIsNotASecondShops(): void
    {
        \Shop::$isMulti = true;

        self::assertSame('enc_shop_test', (new Settings(1))->key());
        self::assertNull((new Settings(2))->key());
        self::assertFalse((new Settings(2))->isConnected());
    }

    public function testEachShopHasItsOwnKey(): void
    {
        \Shop::$isMulti = true;
        (new Settings(2))->setUrl('https://other.test/');
        (new Settings(2))->setKey('enc_shop_second');

        self::assertSame(['enc_shop_second', 'https://other.test'], [(new Settings(2))->key(), (new Settings(2))->url()]);
        self::assertSame(['enc_shop_test', 'https://encours.test'], [(new Settings(1))->key(), (new Settings(1))->url()]);
    }

    /** @return array<int, array{string}> */
    public function unreadable(): array
    {
        return [[''], ['enc_shop_plain'], ['1:nonsense'], ['2:' . (new \PhpEncryption(''))->encrypt('x')], [':']];
    }

    /** @dataProvider unreadable */
    public function testASecretThatCannotBeReadIsNone(string $stored): void
    {
        \Configuration::updateGlobalValue(Settings::KEY, $stored);

        self::assertNull((new Settings(1))->key());
    }

    /** @return array<int, array{string, string|null}> */
    public function urls(): array
    {
        return [
            ['https://pay.example', 'https://pay.example'], ['https://pay.example/encours/', 'https://pay.example/encours'], ['http://127.0.0.1:8700', 'http://127.0.0.1:8700'],
            ['pay.example', null], ['ftp://pay.example', null], ['https://user:secret@pay.example', null], ["https://pay.example\n", 'https://pay.example'],
            ['https://pay.example?x=1', null], ['javascript:alert(1)', null], ['', null],
        ];
    }

    /** @dataProvider urls */
    public function testAnAddressIsTakenOnlyIfItIsOne(string $given, ?string $expected): void
    {
        (new Settings(1))->setUrl($given);

        self::assertSame($expected, (new Settings(1))->url());
    }

    public function testTheAcceptedStateFollowsTheMode(): void
    {
        \Configuration::updateGlobalValue(Settings::STATE_ACCEPTED_PAID, 14);
        \Configuration::updateGlobalValue(Settings::STATE_ACCEPTED_UNPAID, 15);
        $settings = new Settings(1);
        $settings->setPaidMode(Settings::PAID);
        self::assertSame([14, true], [$settings->acceptedState(), $settings->isUsable()]);
        $settings->setPaidMode(Settings::BOOKKEEPING);
        self::assertSame([15, [14, 15]], [$settings->acceptedState(), $settings->acceptedStates()]);
    }

    public function testAnUnknownModeWithholdsTheOptionAndIsNeverStored(): void
    {
        \Configuration::updateGlobalValue(Settings::STATE_ACCEPTED_PAID, 14);
        \Configuration::updateGlobalValue(Settings::PAID_MODE, 'maybe');
        self::assertSame([null, false], [(new Settings(1))->paidMode(), (new Settings(1))->isUsable()]);

        $this->expectException(\InvalidArgumentException::class);
        (new Settings(1))->setPaidMode('maybe');
    }

    public function testListsOfStatesAreNumbersOnly(): void
    {
        \Configuration::updateGlobalValue(Settings::START_STATES, '4,,x,5');

        self::assertSame([4, 5], (new Settings(1))->startStates());
    }

    public function testATextIsReadAtOnceThoughItWasStoredForTheFirstTime(): void
    {
        (new Settings(1))->setTermsOfUse([1 => 'Pay in time.', 2 => 'Payez.']);
        (new Settings(1))->setOptionLabel([1 => 'Later', 2 => 'Plus tard']);

        self::assertSame(['Pay in time.', 'Plus tard'], [(new Settings(1))->termsOfUse(1), (new Settings(1))->optionLabel(2)]);
    }
}
