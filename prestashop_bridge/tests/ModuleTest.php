<?php

declare(strict_types=1);

namespace EncoursModule\Tests;

use EncoursModule\Checkout\CartSnapshot;
use EncoursModule\Config\Settings;

final class ModuleTest extends ShopTestCase
{
    public function testAFaultOfOursNeverBreaksAPageOfTheShop(): void
    {
        $module = new class() extends \Encours {
            public function factory(?int $idShop = null): \EncoursModule\Factory
            {
                throw new \LogicException('something is broken');
            }
        };
        self::assertSame([], $module->hookPaymentOptions([]));
        self::assertSame('', $module->hookDisplayPaymentTop([]));
        self::assertSame('', $module->hookDisplayPaymentReturn([]));
        self::assertNull($module->hookActionOrderHistoryAddAfter([]));

        self::assertCount(4, \PrestaShopLogger::$messages);
        self::assertStringContainsString('something is broken', \PrestaShopLogger::$messages[0]);
    }

    public function testKeepsOneSetOfPartsPerShop(): void
    {
        $module = new \Encours();

        self::assertSame($module->factory(1), $module->factory(1));
        self::assertSame([1, 2], [$module->factory(1)->idShop(), $module->factory(2)->idShop()]);
    }

    public function testABuyersOrderIsMadeByCoreAloneOnceItsCreditIsHeld(): void
    {
        $module = $this->moduleWithCart();
        $attempts = $module->factory()->attempts();
        $attempts->held($attempts->open(new CartSnapshot(new \Cart(55)), []), ['hold_id' => 'a-hold']);

        self::assertTrue($module->validateOrder(55, 14, 120.0, 'On terms'));
        self::assertSame([55, 14, 120.0, 'On terms'], array_slice(\PaymentModule::$validated[0], 0, 4));
    }

    public function testWhatTheWebServiceOrAnotherModuleOrdersIsNotMadeWithoutCredit(): void
    {
        \Configuration::updateGlobalValue(Settings::KEY, 'unreadable');
        $module = $this->moduleWithCart();
        try {
            $module->validateOrder(55, 14, 120.0, 'On terms');
            self::fail('It was created.');
        } catch (\PrestaShopException $refused) {
            self::assertStringContainsString('not connected', $refused->getMessage());
        }
        self::assertSame([], \PaymentModule::$validated);
    }

    private function moduleWithCart(): \Encours
    {
        \Db::getInstance()->insert('cart', ['id_cart' => 55, 'id_customer' => 3, 'id_currency' => 1]);

        return new \Encours();
    }
}
