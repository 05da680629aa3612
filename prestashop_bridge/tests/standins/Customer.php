<?php

class Customer extends ObjectModel
{
    public static $definition = ['table' => 'customer', 'primary' => 'id_customer'];

    /** @var bool */
    public $logged = false;

    public function isLogged($withGuest = false)
    {
        return $this->logged && ($withGuest || !$this->is_guest) && $this->id;
    }

    public function isGuest()
    {
        return (bool) $this->is_guest;
    }

    public function getGroups()
    {
        return array_map('intval', array_column(Db::getInstance()->executeS('SELECT `id_group` FROM `ps_customer_group` WHERE `id_customer` = ' . (int) $this->id . ' ORDER BY `id_group`'), 'id_group'));
    }
}
