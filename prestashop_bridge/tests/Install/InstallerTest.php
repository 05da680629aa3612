<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Install;

use EncoursModule\Api\Breaker;
use EncoursModule\Config\Settings;
use EncoursModule\Install\Tables;
use EncoursModule\Tests\ShopTestCase;

final class InstallerTest extends ShopTestCase
{
    public function testCreatesItsStatesOnceInEveryLanguage(): void
    {
        $module = new \Encours();
        self::assertTrue($module->install());
        self::assertTrue($module->reset());

        $states = $this->ownStates();
        self::assertSame([['1', '1', '1'], ['0', '1', '1'], ['1', '1', '1']], array_map(function ($state) { return [$state['paid'], $state['invoice'], $state['logable']]; }, $states));
        self::assertCount(3, array_unique(array_column($states, 'color')));
        $accepted = new \OrderState((int) $states[0]['id_order_state']);
        self::assertSame([1 => 'Accepted on terms', 2 => 'Accepté en paiement différé'], $accepted->name);
        self::assertFileExists(_PS_ROOT_DIR_ . '/img/os/' . $accepted->id . '.gif');
    }

    public function testRegistersEveryHookAndItsHiddenTab(): void
    {
        (new \Encours())->install();

        self::assertSame(\Encours::HOOKS, \Module::$registered);
        self::assertArrayHasKey('AdminEncours', \Tab::$stored);
    }

    public function testProfilesThatWorkWithOrdersMayViewTheModule(): void
    {
        $db = \Db::getInstance();
        $db->insert('authorization_role', [['id_authorization_role' => 1, 'slug' => 'ROLE_MOD_TAB_ADMINORDERS_UPDATE'], ['id_authorization_role' => 2, 'slug' => 'ROLE_MOD_MODULE_ENCOURS_READ']]);
        $db->insert('profile', [['id_profile' => 4], ['id_profile' => 5]]);
        $db->insert('access', ['id_profile' => 4, 'id_authorization_role' => 1]);
        (new \Encours())->install();
        (new \Encours())->install();

        self::assertSame([['id_profile' => '4', 'id_authorization_role' => '2']], $db->executeS('SELECT * FROM ps_module_access'));
    }

    public function testStartsWithAFullSetOfSettingsButNotConnected(): void
    {
        \Configuration::$values[0] = ['PS_OS_SHIPPING' => '4', 'PS_OS_DELIVERED' => '5', 'PS_OS_CANCELED' => '6'];
        (new \Encours())->install();
        $settings = new Settings(1);

        self::assertSame(['paid', [4, 5], [6], false, false], [$settings->paidMode(), $settings->startStates(), $settings->cancelStates(), $settings->isConnected(), $settings->isUsable()]);
        self::assertSame($settings->settledState(), (int) \Configuration::get(Settings::STATE_SETTLED_OWN));
        self::assertNotNull($settings->acceptedState());
    }

    public function testResettingKeepsConnectionSettingsAndQueue(): void
    {
        $module = new \Encours();
        $module->install();
        (new Settings(1))->setPaidMode(Settings::BOOKKEEPING);
        $this->queueSomething();
        \Module::$registered = [];

        self::assertTrue($module->reset());
        self::assertSame(['bookkeeping', 'enc_shop_test', 1], [(new Settings(1))->paidMode(), (new Settings(1))->key(), count($this->rows('encours_outbox'))]);
        self::assertSame(\Encours::HOOKS, \Module::$registered);
    }

    public function testUninstallingKeepsTheQueueUnlessToldOtherwise(): void
    {
        $module = new \Encours();
        $module->install();
        $this->queueSomething();

        self::assertTrue($module->uninstall());
        self::assertSame(Tables::KEPT, $this->tables());
        self::assertCount(1, $this->rows('encours_outbox'));
    }

    public function testUninstallingForGoodLeavesNothing(): void
    {
        $before = \Configuration::$values[0];
        foreach (['ENCOURS_URL', 'ENCOURS_KEY', 'ENCOURS_SHOP_CODE'] as $own) {
            unset($before[$own]);
        }
        $module = new \Encours();
        $module->install();
        Settings::keepOnUninstall(false);
        (new Breaker(1, $this->clock()))->open();

        self::assertTrue($module->uninstall());
        self::assertSame([[], [], [], []], [$this->tables(), $this->ownStates(), \Tab::$stored, \Module::$registered]);
        self::assertSame($before, \Configuration::$values[0]);
    }

    public function testAStateThatOrdersHadIsHiddenAndComesBackWithTheModule(): void
    {
        $module = new \Encours();
        $module->install();
        $used = (int) \Configuration::get(Settings::STATE_ACCEPTED_PAID);
        \Db::getInstance()->insert('order_history', ['id_order' => 1, 'id_order_state' => $used, 'date_add' => '2026-03-02 10:00:00']);
        $module->uninstall();
        self::assertSame([[(string) $used, '1']], array_map(function ($state) { return [$state['id_order_state'], $state['deleted']]; }, $this->ownStates()));

        $module->install();
        self::assertSame([$used, '0'], [(int) \Configuration::get(Settings::STATE_ACCEPTED_PAID), $this->ownStates()[0]['deleted']]);
        self::assertCount(3, $this->ownStates());
    }

    public function testEnablingLetsTheShopCallAtOnce(): void
    {
        $module = new \Encours();
        $module->install();
        (new Breaker(1, $this->clock()))->open();
        $module->disable();
        $module->enable();

        self::assertFalse((new Breaker(1, $this->clock()))->isOpen());
    }

    private function queueSomething(): void
    {
        \Db::getInstance()->insert('encours_outbox', ['id_shop' => 1, 'subject' => 'order-X', 'kind' => 'event', 'method' => 'POST', 'path' => '/v1/x', 'idempotency_key' => 'k',
            'status' => 'pending', 'date_add' => '2026-03-02 10:00:00', 'date_upd' => '2026-03-02 10:00:00']);
    }

    private function ownStates(): array
    {
        return \Db::getInstance()->executeS("SELECT * FROM `ps_order_state` WHERE `module_name` = 'encours' ORDER BY `id_order_state`");
    }

    private function tables(): array
    {
        $rows = \Db::getInstance()->executeS("SELECT `name` FROM `sqlite_master` WHERE `type` = 'table' AND `name` LIKE 'ps_encours%' ORDER BY `name`");

        return array_map(function ($row) { return substr($row['name'], 3); }, $rows);
    }
}
