<?php

class OrderPayment extends ObjectModel
{
    public static $definition = ['table' => 'order_payment', 'primary' => 'id_order_payment'];

    public static function getByOrderReference($reference)
    {
        $rows = Db::getInstance()->executeS("SELECT `id_order_payment` FROM `ps_order_payment` WHERE `order_reference` = '" . pSQL($reference) . "'");

        return array_map(function ($row) { return new self($row['id_order_payment']); }, $rows);
    }
}
