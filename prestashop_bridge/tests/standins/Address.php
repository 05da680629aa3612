<?php

class Address extends ObjectModel
{
    public static $definition = ['table' => 'address', 'primary' => 'id_address'];

    public static function getFirstCustomerAddressId($idCustomer, $active = true)
    {
        return (int) Db::getInstance()->getValue('SELECT `id_address` FROM `ps_address` WHERE `id_customer` = ' . (int) $idCustomer . ' AND `deleted` = 0');
    }
}
