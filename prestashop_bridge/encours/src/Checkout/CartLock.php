<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Checkout;

use EncoursModule\Sync\Lock;

/**
 * One submission per cart at a time, in all processes (S60).
 */
final class CartLock
{
    /** Whether the cart is this process's own now. */
    public function take(int $idCart, int $seconds): bool
    {
        return Lock::take('cart-' . $idCart, $seconds);
    }

    public function release(int $idCart): void
    {
        Lock::release('cart-' . $idCart);
    }
}
