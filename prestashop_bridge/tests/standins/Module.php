<?php

#[AllowDynamicProperties]
abstract class Module
{
    public $id = 77;
    public $name;
    public $active = true;
    public $context;

    /** @var array<int, array<string, mixed>> what core finds usable for the cart */
    public static $paymentModules = [['name' => 'encours', 'id_module' => 77]];

    /** @var string[] hooks registered, in order */
    public static $registered = [];

    public function __construct()
    {
        $this->context = Context::getContext();
    }

    public function install()
    {
        return true;
    }

    public function uninstall()
    {
        self::$registered = [];

        return true;
    }

    public function enable($forceAll = false)
    {
        return $this->active = true;
    }

    public function disable($forceAll = false)
    {
        $this->active = false;

        return true;
    }

    public function registerHook($names, $shops = null)
    {
        self::$registered = array_values(array_unique(array_merge(self::$registered, (array) $names)));

        return true;
    }

    public function isRegisteredInHook($name)
    {
        return in_array($name, self::$registered, true);
    }

    public function l($text, $specific = false, $locale = null)
    {
        return $text;
    }

    public function getPathUri()
    {
        return '/modules/' . $this->name . '/';
    }

    public function getLocalPath()
    {
        return dirname(__DIR__, 2) . '/' . $this->name . '/';
    }

    public function fetch($template, $cacheId = null, $compileId = null)
    {
        return '<' . basename($template) . '>';
    }

    public function display($file, $template, $cacheId = null, $compileId = null)
    {
        return '<' . basename($template) . '>';
    }

    public function getCurrency($idCurrency = null)
    {
        return [['id_currency' => 1], ['id_currency' => 2], ['id_currency' => 3]];
    }

    public function isEnabledForShopContext()
    {
        return (bool) $this->active;
    }

    public static function getPaymentModules()
    {
        return self::$paymentModules;
    }

    public static function isEnabled($name)
    {
        return true;
    }

    public static function getInstanceByName($name)
    {
        return new Encours();
    }
}
