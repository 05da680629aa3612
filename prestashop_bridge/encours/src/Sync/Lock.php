<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Sync;

/**
 * What one process does at a time. The database gives a lock back by itself if its process dies.
 */
final class Lock
{
    /** Whether it is this process's own now, after so many seconds of waiting at most. */
    public static function take(string $what, int $seconds): bool
    {
        return (int) \Db::getInstance()->getValue('SELECT GET_LOCK(' . Sql::value(self::name($what)) . ', ' . $seconds . ')', false) === 1;
    }

    public static function release(string $what): void
    {
        \Db::getInstance()->getValue('SELECT RELEASE_LOCK(' . Sql::value(self::name($what)) . ')', false);
    }

    /** Names are shared by the whole database server and have 64 characters at most. */
    private static function name(string $what): string
    {
        return 'encours-' . substr(hash('sha256', _DB_NAME_ . '|' . _DB_PREFIX_ . '|' . $what), 0, 40);
    }
}
