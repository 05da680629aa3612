<?php

class Currency extends ObjectModel
{
    public static $definition = ['table' => 'currency', 'primary' => 'id_currency'];

    public static function getDefaultCurrency()
    {
        return new self((int) Configuration::get('PS_CURRENCY_DEFAULT'));
    }

    public static function getIdByIsoCode($isoCode, $idShop = 0)
    {
        return (int) Db::getInstance()->getValue("SELECT `id_currency` FROM `ps_currency` WHERE `iso_code` = '" . pSQL($isoCode) . "'");
    }
}
