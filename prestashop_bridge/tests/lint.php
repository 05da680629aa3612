<?php
/**
 * Compiles every PHP file of the module in one process, whatever PHP runs this: `php -l` would take one for each file.
 */

error_reporting(E_ALL);
ini_set('display_errors', '1');
$root = dirname(__DIR__) . '/encours';
$files = new RegexIterator(new RecursiveIteratorIterator(new RecursiveDirectoryIterator($root)), '/\.php$/');
$current = '';
set_error_handler(function ($number, $message, $file, $line) use (&$current) {
    fwrite(STDOUT, "PHP " . PHP_VERSION . " complains of $current, line $line: $message\n");
    exit(1);
});
register_shutdown_function(function () use (&$current) {
    if ($current !== '') {
        fwrite(STDOUT, 'PHP ' . PHP_VERSION . " cannot compile $current\n");
    }
});
$count = 0;
foreach ($files as $file) {
    $current = substr($file, strlen($root) + 1);
    $code = preg_replace('/^<\?php/', '', file_get_contents($file), 1, $opened);
    if ($opened !== 1) {
        trigger_error('it does not begin with <?php');
    }
    // `return` before the first statement: the file is compiled as a whole, and nothing of it runs.
    $head = '~^(?:\s|/\*.*?\*/|//[^\n]*\n|declare\(strict_types=1\);|namespace [\w\\\\]+;)*~s';
    try {
        eval(preg_replace($head, '$0return; ', $code, 1));
    } catch (ParseError $error) {
        trigger_error($error->getMessage() . ' (line ' . $error->getLine() . ')');
    }
    ++$count;
}
$current = '';
if ($count === 0) {
    fwrite(STDOUT, "There is nothing to compile in $root\n");
    exit(1);
}
fwrite(STDOUT, 'PHP ' . PHP_VERSION . ": $count files compile\n");
