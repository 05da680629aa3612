<?php

class Group extends ObjectModel
{
    public static $definition = ['table' => 'group', 'primary' => 'id_group'];

    public function __construct($id = null, $idLang = null, $idShop = null)
    {
        parent::__construct($id, $idLang, $idShop);
        if ($this->id && $idLang) {
            $this->name = (string) Db::getInstance()->getValue('SELECT `name` FROM `ps_group_lang` WHERE `id_group` = ' . (int) $id . ' AND `id_lang` = ' . (int) $idLang);
        }
    }

    public static function getGroups($idLang, $idShop = false)
    {
        return Db::getInstance()->executeS('SELECT g.`id_group`, l.`name` FROM `ps_group` g JOIN `ps_group_lang` l ON l.`id_group` = g.`id_group` AND l.`id_lang` = ' . (int) $idLang . ' ORDER BY g.`id_group`');
    }
}
