<?php

class PrestaShopLogger
{
    /** @var string[] */
    public static $messages = [];

    public static function addLog($message, $severity = 1, $errorCode = null, $objectType = null, $objectId = null, $allowDuplicate = false, $idEmployee = null)
    {
        self::$messages[] = $message;

        return true;
    }
}
