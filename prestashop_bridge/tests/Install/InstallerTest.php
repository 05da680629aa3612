<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Install;

use EncoursModule\Config\Settings;
use EncoursModule\Tests\ShopTestCase;

final class InstallerTest extends ShopTestCase
{
    public function testCreatesItsStatesOnceInEveryLanguage(): void
    {
        $module = new \Encours();
        self::assertTrue($module->install());
        self::assertTrue($module->reset());

        $states = \Db::getInstance()->executeS("SELECT `id_order_state`, `paid`, `invoice`, `logable` FROM `ps_order_state` WHERE `module_name` = 'encours' ORDER BY 1");
        self::assertSame([['1', '1', '1'], ['0', '1', '1'], ['1', '1', '1']], array_map(function ($state) { return [$state['paid'], $state['invoice'], $state['logable']]; }, $states));
        $accepted = new \OrderState((int) $states[0]['id_order_state']);
        self::assertSame([1 => 'Accepted on terms', 2 => 'Accepté en paiement différé'], $accepted->name);
        self::assertFileExists(_PS_ROOT_DIR_ . '/img/os/' . $accepted->id . '.gif');
    }
}
