<?php

class Validate
{
    public static function isLoadedObject($object)
    {
        return is_object($object) && $object->id;
    }

    public static function isEmail($email)
    {
        return (bool) filter_var($email, FILTER_VALIDATE_EMAIL);
    }

    public static function isSiret($siret)
    {
        return (bool) preg_match('/^[0-9]{14}$/', (string) $siret);
    }
}
