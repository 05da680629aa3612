<?php

/** Functions of core that the module calls. */
if (!function_exists('pSQL')) {
    function pSQL($string, $htmlOK = false)
    {
        return str_replace("'", "''", (string) $string);
    }

    function bqSQL($string)
    {
        return str_replace('`', '\`', (string) pSQL($string));
    }
}
