<?php

declare(strict_types=1);

namespace EncoursModule\Tests;

use EncoursModule\Config\Settings;
use PHPUnit\Framework\TestCase;

/**
 * An empty shop before every test, with the module installed and connected, and a clock that stands still.
 */
abstract class ShopTestCase extends TestCase
{
    const NOW = 1772442000; // 2026-03-02 10:00 in Paris, the instant of the recordings

    /** @var int */
    protected $now = self::NOW;

    protected function setUp(): void
    {
        \Db::reset();
        \Configuration::$values = [];
        \Configuration::loadConfiguration();
        \Shop::$isMulti = false;
        \Shop::$contextId = 1;
        \Tab::$stored = [];
        \Tools::$sent = [];
        \Tools::$redirectedTo = null;
        \PrestaShopLogger::$messages = [];
        \Module::$registered = [];
        \Module::$paymentModules = [['name' => 'encours', 'id_module' => 77]];
        \PaymentModule::$instead = null;
        \PaymentModule::$validated = [];
        \Order::$calls = [];
        \Cart::$contents = [];
        \Context::reset();
        foreach (['PS_CURRENCY_DEFAULT' => 1, 'PS_OS_SHIPPING' => 4, 'PS_OS_DELIVERED' => 5, 'PS_OS_CANCELED' => 6] as $key => $value) {
            \Configuration::updateGlobalValue($key, $value);
        }
        // The states core ships with, so that the module's own get ids above them.
        for ($state = 1; $state <= 13; ++$state) {
            \Db::getInstance()->insert('order_state', ['id_order_state' => $state, 'module_name' => '', 'color' => '#000000']);
        }
        $settings = new Settings(1);
        $settings->setUrl('https://encours.test');
        $settings->setKey('enc_shop_test');
        $settings->setShopCode('main');
    }

    protected function clock(): callable
    {
        return function (): int { return $this->now; };
    }

    /** Rows of one of the module's tables. */
    protected function rows(string $table): array
    {
        return \Db::getInstance()->executeS('SELECT * FROM `ps_' . $table . '`');
    }
}
