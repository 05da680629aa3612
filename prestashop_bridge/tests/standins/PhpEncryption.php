<?php

/** Reversible and no secret at all: tests only need that what is stored is not what was given. */
class PhpEncryption
{
    public function __construct($key)
    {
    }

    public function encrypt($plaintext)
    {
        return 'enc.' . strrev(base64_encode($plaintext));
    }

    public function decrypt($cipherText)
    {
        return strncmp($cipherText, 'enc.', 4) === 0 ? base64_decode(strrev(substr($cipherText, 4)), true) : false;
    }
}
