<?php

class OrderState extends ObjectModel
{
    public static $definition = ['table' => 'order_state', 'primary' => 'id_order_state'];

    public static function getOrderStates($idLang, $filterDeleted = true)
    {
        return array_map(function ($row) {
            return $row + ['name' => 'State ' . $row['id_order_state']];
        }, Db::getInstance()->executeS('SELECT * FROM `ps_order_state` WHERE `deleted` = 0 ORDER BY `id_order_state`'));
    }
}
