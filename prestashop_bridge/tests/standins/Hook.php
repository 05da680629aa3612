<?php

class Hook
{
    /** A number for each name. */
    public static function getIdByName($name, $withAliases = true, $refreshCache = false)
    {
        return crc32(strtolower($name));
    }
}
