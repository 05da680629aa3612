<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Checkout;

/**
 * One submission per cart at a time, in all processes (S60). The database gives it back by itself if the process dies.
 */
final class CartLock
{
    /** Whether the cart is this process's own now. */
    public function take(int $idCart, int $seconds): bool
    {
        return (int) \Db::getInstance()->getValue("SELECT GET_LOCK('" . pSQL($this->name($idCart)) . "', " . $seconds . ')', false) === 1;
    }

    public function release(int $idCart): void
    {
        \Db::getInstance()->getValue("SELECT RELEASE_LOCK('" . pSQL($this->name($idCart)) . "')", false);
    }

    /** Names are shared by the whole database server, so the name carries which shop's cart it is. */
    private function name(int $idCart): string
    {
        return 'encours-' . substr(sha1((defined('_DB_NAME_') ? _DB_NAME_ : '') . _DB_PREFIX_), 0, 16) . '-' . $idCart;
    }
}
