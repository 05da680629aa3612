<?php
/**
 * What every test needs: the constants of a shop, stand-ins for its classes, and the module.
 */

declare(strict_types=1);

error_reporting(E_ALL);
// Every complaint of PHP fails the test it comes in. PHPUnit leaves a handler alone that is there before its own. What
// newer PHP finds old in PHPUnit itself is not ours.
set_error_handler(function (int $level, string $message, string $file, int $line): bool {
    if ((error_reporting() & $level) === 0 || (($level & (E_DEPRECATED | E_USER_DEPRECATED)) !== 0 && strpos($file, '/usr/share/php/') === 0)) {
        return true;
    }
    throw new ErrorException($message, 0, $level, $file, $line);
});
date_default_timezone_set('Europe/Paris');
define('_PS_VERSION_', '8.2.0');
define('_DB_NAME_', 'shop');
define('_DB_PREFIX_', 'ps_');
define('_MYSQL_ENGINE_', 'InnoDB');
define('_NEW_COOKIE_KEY_', 'def0000-stand-in');
define('_COOKIE_KEY_', 'cookie-key-of-the-tests');
define('_PS_ROOT_DIR_', sys_get_temp_dir() . '/encours-tests-' . getmypid());
define('_PS_MODULE_DIR_', dirname(__DIR__) . '/');
define('_PS_MODE_DEV_', false);
define('_PS_USE_SQL_SLAVE_', 0);

if (!is_dir(_PS_ROOT_DIR_ . '/img/os')) {
    mkdir(_PS_ROOT_DIR_ . '/img/os', 0700, true);
}
register_shutdown_function(function () {
    foreach (glob(_PS_ROOT_DIR_ . '/img/os/*') as $file) {
        unlink($file);
    }
    foreach (['/img/os', '/img', ''] as $folder) {
        @rmdir(_PS_ROOT_DIR_ . $folder);
    }
});

spl_autoload_register(function ($class) {
    // EncoursModule\Tests\Checkout\X is tests/Checkout/X.php; a class of the shop is tests/standins/<its last name>.php.
    $prefix = 'EncoursModule\\Tests\\';
    $name = strncmp($class, $prefix, strlen($prefix)) === 0
        ? str_replace('\\', '/', substr($class, strlen($prefix)))
        : 'standins/' . substr('\\' . $class, strrpos('\\' . $class, '\\') + 1);
    if (strncmp($class, 'EncoursModule\\', 14) === 0 && strpos($name, 'standins/') === 0) {
        return;
    }
    if (is_file(__DIR__ . '/' . $name . '.php')) {
        require_once __DIR__ . '/' . $name . '.php';
    }
});
require_once __DIR__ . '/standins/functions.php';
require_once dirname(__DIR__) . '/encours/encours.php';
