<?php

#[AllowDynamicProperties]
class Context
{
    /** @var Context|null */
    private static $instance;

    public $shop;
    public $language;
    public $currency;
    public $customer;
    public $cart;
    public $cookie;
    public $link;
    public $smarty;
    public $employee;
    public $controller;

    public static function getContext()
    {
        if (self::$instance === null) {
            self::reset();
        }

        return self::$instance;
    }

    public static function reset()
    {
        self::$instance = new self();
        self::$instance->shop = new Shop(1);
        self::$instance->language = (object) ['id' => 1, 'iso_code' => 'en', 'locale' => 'en-US'];
        self::$instance->currency = (object) ['id' => 1, 'iso_code' => 'EUR', 'precision' => 2];
        self::$instance->customer = new Customer();
        self::$instance->cart = new Cart();
        self::$instance->cookie = new stdClass();
        self::$instance->link = new Link();
        self::$instance->smarty = new Smarty();
        self::$instance->employee = (object) ['id' => 0];

        return self::$instance;
    }

    public function getComputingPrecision()
    {
        return (int) $this->currency->precision;
    }

    public function getCurrentLocale()
    {
        return new class() {
            public function formatPrice($number, $currency)
            {
                return $currency . ' ' . $number;
            }
        };
    }

    public function getTranslator()
    {
        return new class() {
            public function trans($id, array $parameters = [], $domain = null, $locale = null)
            {
                return strtr($id, $parameters);
            }
        };
    }
}
