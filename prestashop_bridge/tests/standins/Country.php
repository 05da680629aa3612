<?php

class Country extends ObjectModel
{
    public static $definition = ['table' => 'country', 'primary' => 'id_country'];

    public static function getIsoById($idCountry)
    {
        return (string) Db::getInstance()->getValue('SELECT `iso_code` FROM `ps_country` WHERE `id_country` = ' . (int) $idCountry);
    }
}
