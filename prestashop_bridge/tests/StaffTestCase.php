<?php

declare(strict_types=1);

namespace EncoursModule\Tests;

use EncoursModule\Config\Input;
use EncoursModule\Config\Notice;

/**
 * Ada Admin works in the back office of a connected shop; what she may do is set by `may`.
 */
abstract class StaffTestCase extends TalkingShop
{
    protected function setUp(): void
    {
        parent::setUp();
        \Smarty::$fetched = [];
        \Media::$defined = [];
        $_POST = [];
        \Context::getContext()->employee = (object) ['id' => 7, 'id_profile' => 4, 'firstname' => 'Ada', 'lastname' => 'Admin'];
        $this->may('READ', 'CREATE', 'UPDATE');
        foreach ([1 => 'Visitor', 2 => 'Guest', 3 => 'Customer', 5 => 'Wholesale'] as $id => $name) {
            \Db::getInstance()->insert('group', ['id_group' => $id]);
            \Db::getInstance()->insert('group_lang', ['id_group' => $id, 'id_lang' => 1, 'name' => $name]);
            \Db::getInstance()->insert('group_shop', ['id_group' => $id, 'id_shop' => 1]);
        }
    }

    protected function tearDown(): void
    {
        $_POST = [];
        parent::tearDown();
    }

    protected function may(string ...$rights): void
    {
        \Access::$granted = [4 => array_map(function (string $right) { return 'ROLE_MOD_TAB_ADMINENCOURS_' . $right; }, $rights)];
    }

    /** @param array<string, mixed> $posted */
    protected function input(array $posted): Input
    {
        return new Input($posted);
    }

    /**
     * What the template that was rendered last was given.
     *
     * @return array<string, mixed>
     */
    protected function shown(string $template): array
    {
        foreach (array_reverse(\Smarty::$fetched) as $fetched) {
            if ($fetched[0] === $template) {
                return $fetched[1];
            }
        }
        self::fail($template . ' was not rendered.');
    }

    /**
     * @param Notice[] $notices
     *
     * @return string[]
     */
    protected static function kinds(array $notices): array
    {
        return array_map(function (Notice $notice) { return $notice->kind; }, $notices);
    }

    /**
     * @param Notice[] $notices
     */
    protected static function texts(array $notices): string
    {
        return implode(' ', array_map(function (Notice $notice) { return $notice->text; }, $notices));
    }
}
