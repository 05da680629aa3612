<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

/**
 * Who did what in the back office: in PrestaShop's own log, in the histories of the service, which knows the shop's key
 * but none of its employees, and under the reasons that are read on the pages.
 */
final class StaffLog
{
    public static function order(int $idOrder, string $action, string $reason): void
    {
        self::write('Order', $idOrder, $action, $reason);
    }

    public static function customer(int $idCustomer, string $action, string $reason): void
    {
        self::write('Customer', $idCustomer, $action, $reason);
    }

    /** A reason with the name of the employee who gives it. */
    public static function signed(string $reason): string
    {
        $name = self::name();

        return $name === '' ? $reason : $reason . ' (' . $name . ')';
    }

    public static function name(): string
    {
        $employee = \Context::getContext()->employee;

        return $employee === null ? '' : trim($employee->firstname . ' ' . $employee->lastname);
    }

    /** The employee as the service names him in its histories; it takes 100 characters. */
    public static function author(): ?string
    {
        return mb_substr(self::name(), 0, 100, 'UTF-8') ?: null;
    }

    /** What the forms of one panel share, so that what they send has the same idempotency key each time it is sent. */
    public static function newOnce(): string
    {
        return bin2hex(random_bytes(16));
    }

    /** The idempotency key of a form. A panel is shown anew after each success, and with it comes a new one. */
    public static function key(Input $input): string
    {
        $once = $input->text('once', 32);
        if (!preg_match('/^[0-9a-f]{32}$/', $once)) {
            $once = self::newOnce();
        }

        return 'staff-' . $once . '-' . substr(hash('sha256', $input->text('do', 32) . ' ' . $input->text('event_id', 140) . $input->text('pause_id', 36)), 0, 16);
    }

    private static function write(string $kind, int $id, string $action, string $reason): void
    {
        $employee = \Context::getContext()->employee;
        $message = 'Encours: ' . $action . ($reason === '' ? '' : ': ' . strip_tags($reason));
        \PrestaShopLogger::addLog($message, 1, null, $kind, $id, true, $employee === null ? null : (int) $employee->id);
    }
}
