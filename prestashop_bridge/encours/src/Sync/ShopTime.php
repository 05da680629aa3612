<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Sync;

/**
 * Dates as core stores them, in the shop's zone and to the second, as the instants that the service takes.
 */
final class ShopTime
{
    /**
     * `$order` keeps what happened within one second in its order: core's ids grow, and they become the microseconds.
     *
     * @param string $local `Y-m-d H:i:s` in the zone that core has set
     */
    public static function instant(string $local, int $order = 0): string
    {
        $seconds = strtotime($local);
        if ($seconds === false || $seconds <= 0) {
            throw new \InvalidArgumentException('Not a date of the shop: ' . $local);
        }

        return gmdate('Y-m-d\TH:i:s', $seconds) . sprintf('.%06dZ', $order % 1000000);
    }

    public static function now(int $seconds): string
    {
        return gmdate('Y-m-d\TH:i:s\Z', $seconds);
    }
}
