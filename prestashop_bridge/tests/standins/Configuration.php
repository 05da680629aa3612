<?php

/** Settings by shop, with the inheritance of core: a shop's own value, else the one of all shops. */
class Configuration
{
    /** @var array<int, array<string, mixed>> by shop; 0 is all shops */
    public static $values = [];

    /** @var array<string, bool> the keys core knows to have languages, as of the last loading */
    private static $languageKeys = [];

    public static function loadConfiguration()
    {
        self::$languageKeys = [];
        foreach (self::$values as $values) {
            self::$languageKeys += array_filter($values, 'is_array');
        }
    }

    public static function get($key, $idLang = null, $idShopGroup = null, $idShop = null, $default = false)
    {
        $idShop = $idShop === null || !Shop::$isMulti ? (Shop::$isMulti ? (int) Shop::$contextId : 0) : (int) $idShop;
        foreach ([$idShop, 0] as $scope) {
            if (isset(self::$values[$scope][$key])) {
                $value = self::$values[$scope][$key];
                if (!is_array($value)) {
                    return $value;
                }

                return isset(self::$languageKeys[$key], $value[(int) $idLang]) ? $value[(int) $idLang] : $default;
            }
        }

        return $default;
    }

    public static function updateValue($key, $values, $html = false, $idShopGroup = null, $idShop = null)
    {
        $idShop = $idShop === null || !Shop::$isMulti ? (Shop::$isMulti ? (int) Shop::$contextId : 0) : (int) $idShop;
        self::$values[$idShop][$key] = is_array($values) ? $values + (isset(self::$values[$idShop][$key]) ? (array) self::$values[$idShop][$key] : []) : (string) $values;

        return true;
    }

    public static function getGlobalValue($key, $idLang = null)
    {
        return isset(self::$values[0][$key]) ? self::$values[0][$key] : false;
    }

    public static function updateGlobalValue($key, $values, $html = false)
    {
        self::$values[0][$key] = is_array($values) ? $values : (string) $values;

        return true;
    }

    public static function hasKey($key, $idLang = null, $idShopGroup = null, $idShop = null)
    {
        return isset(self::$values[(int) $idShop][$key]);
    }

    public static function deleteByName($key)
    {
        foreach (array_keys(self::$values) as $scope) {
            unset(self::$values[$scope][$key]);
        }

        return true;
    }
}
