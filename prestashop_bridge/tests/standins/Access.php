<?php

class Access
{
    /** @var array<int, string[]> roles by profile */
    public static $granted = [];

    public static function isGranted($role, $idProfile)
    {
        return isset(self::$granted[(int) $idProfile]) && in_array($role, self::$granted[(int) $idProfile], true);
    }
}
