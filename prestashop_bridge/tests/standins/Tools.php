<?php

class Tools
{
    /** @var array<string, mixed> what a form sent */
    public static $sent = [];

    /** @var string|null */
    public static $redirectedTo;

    public static function getValue($key, $default = false)
    {
        return isset(self::$sent[$key]) ? self::$sent[$key] : $default;
    }

    public static function isSubmit($name)
    {
        return isset(self::$sent[$name]);
    }

    public static function getToken($page = true, $context = null)
    {
        return 'front-token';
    }

    public static function getAdminTokenLite($tab, $context = null)
    {
        return 'admin-token';
    }

    public static function redirect($url, $baseUri = '', $link = null, $headers = null)
    {
        self::$redirectedTo = $url;
    }

    public static function redirectAdmin($url)
    {
        self::$redirectedTo = $url;
    }

    /** Half up, away from zero, as core does by default. */
    public static function ps_round($value, $precision = 0, $roundMode = null)
    {
        return round((float) $value, (int) $precision);
    }

    public static function passwdGen($length = 8, $flag = 'ALPHANUMERIC')
    {
        return substr(bin2hex(random_bytes($length)), 0, $length);
    }

    public static function displayDate($date, $full = false, $separator = null)
    {
        return date('d/m/Y', strtotime($date));
    }

    public static function displayPrice($price, $currency = null)
    {
        return number_format((float) $price, 2, '.', ' ') . ' EUR';
    }

    public static function strlen($text)
    {
        return mb_strlen($text);
    }

    public static function substr($text, $start, $length = false)
    {
        return $length === false ? mb_substr($text, $start) : mb_substr($text, $start, $length);
    }

    public static function safeOutput($string, $html = false)
    {
        return htmlspecialchars($string, ENT_QUOTES, 'UTF-8');
    }

    public static function getShopDomainSsl($http = false, $entities = false)
    {
        return ($http ? 'https://' : '') . 'shop.test';
    }
}
