<?php
/**
 * PHPUnit as Debian installs it, run by whatever PHP this is.
 */

// Until bootstrap.php makes PHP strict: newer PHP finds PHPUnit itself old-fashioned.
error_reporting(E_ALL & ~E_DEPRECATED);
ini_set('display_errors', 'stderr');
define('PHPUNIT_COMPOSER_INSTALL', 'PHPUnit/Autoload.php');
require PHPUNIT_COMPOSER_INSTALL;
$_SERVER['argv'] = array_merge(['phpunit', '--configuration', __DIR__ . '/phpunit.xml'], array_slice($_SERVER['argv'], 1));
PHPUnit\TextUI\Command::main();
