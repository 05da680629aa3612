<?php

class Shop
{
    const CONTEXT_SHOP = 1;
    const CONTEXT_GROUP = 2;
    const CONTEXT_ALL = 4;

    const SHARE_CUSTOMER = 'share_customer';

    /** @var int[] shops of the group that shares its customers */
    public static $sharing = [1];

    /** @var bool whether multishop is on */
    public static $isMulti = false;

    /** @var int */
    public static $contextId = 1;

    public $id;
    public $name = 'Stand-in shop';

    public function __construct($id = 1)
    {
        $this->id = $id;
    }

    public static function isFeatureActive()
    {
        return self::$isMulti;
    }

    public static function getContext()
    {
        return self::$isMulti && !self::$contextId ? self::CONTEXT_ALL : self::CONTEXT_SHOP;
    }

    public static function getContextShopID($nullValueWithoutMultishop = false)
    {
        return $nullValueWithoutMultishop && !self::$isMulti ? null : self::$contextId;
    }

    public static function getSharedShops($idShop, $type)
    {
        return in_array((int) $idShop, self::$sharing, true) ? self::$sharing : [(int) $idShop];
    }

    public static function getShops($active = true, $idShopGroup = null, $getAsListId = false)
    {
        return $getAsListId ? [1 => 1] : [1 => ['id_shop' => 1, 'name' => 'Stand-in shop']];
    }

    public static function getContextListShopID($share = false)
    {
        return self::$isMulti ? [1, 2] : [1];
    }
}
