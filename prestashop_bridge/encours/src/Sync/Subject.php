<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Sync;

/**
 * What a queued request is about. Requests of one subject are delivered in the order in which they were queued.
 */
final class Subject
{
    const LONGEST = 64;

    /**
     * All orders that one cart became share a reference, and the request that attaches them; so they share a subject.
     * PrestaShop 9 takes references of up to 255 characters.
     */
    public static function order(string $reference): string
    {
        $subject = 'order-' . $reference;

        return strlen($subject) <= self::LONGEST ? $subject : 'order-' . substr(hash('sha256', $reference), 0, 40);
    }

    public static function customer(int $idCustomer): string
    {
        return 'customer-' . $idCustomer;
    }

    public static function group(int $idGroup): string
    {
        return 'group-' . $idGroup;
    }

    public static function hold(string $holdId): string
    {
        return 'hold-' . $holdId;
    }
}
