<?php

class Language extends ObjectModel
{
    public static $definition = ['table' => 'lang', 'primary' => 'id_lang'];

    public static function getLanguages($active = true, $idShop = false, $idsOnly = false)
    {
        return array_map(function ($row) { return ['id_lang' => (int) $row['id_lang'], 'name' => strtoupper($row['iso_code'])] + $row; }, Db::getInstance()->executeS('SELECT * FROM `ps_lang` ORDER BY `id_lang`'));
    }

    public static function getIsoById($idLang)
    {
        return (string) Db::getInstance()->getValue('SELECT `iso_code` FROM `ps_lang` WHERE `id_lang` = ' . (int) $idLang);
    }
}
