<?php

class Media
{
    /** @var array<string, mixed> */
    public static $defined = [];

    public static function addJsDef($definitions)
    {
        self::$defined = $definitions + self::$defined;
    }
}
