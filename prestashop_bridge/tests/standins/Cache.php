<?php

class Cache
{
    /** @var string[] keys that were cleaned */
    public static $cleaned = [];

    public static function clean($key)
    {
        self::$cleaned[] = $key;
    }
}
