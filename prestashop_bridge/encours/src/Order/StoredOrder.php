<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Order;

/**
 * An order as core stores it now: objects that hooks pass around may be older than their rows.
 */
final class StoredOrder
{
    /**
     * @return array<string, mixed>|null
     */
    public static function row(int $idOrder): ?array
    {
        $row = \Db::getInstance()->getRow('SELECT * FROM `' . _DB_PREFIX_ . 'orders` WHERE `id_order` = ' . $idOrder, false);

        return is_array($row) ? $row : null;
    }

    /**
     * @return array<int, array<string, mixed>> its statuses, the first first
     */
    public static function history(int $idOrder): array
    {
        return \Db::getInstance()->executeS('SELECT `id_order_history`, `id_order_state`, `date_add` FROM `' . _DB_PREFIX_ . 'order_history`'
            . ' WHERE `id_order` = ' . $idOrder . ' ORDER BY `id_order_history`', true, false) ?: [];
    }

    /**
     * @return array<int, array<string, mixed>> its credit slips, each with the sum of its lines
     */
    public static function slips(int $idOrder): array
    {
        return \Db::getInstance()->executeS('SELECT `s`.*, (SELECT SUM(`d`.`total_price_tax_incl`) FROM `' . _DB_PREFIX_ . 'order_slip_detail` `d`'
            . ' WHERE `d`.`id_order_slip` = `s`.`id_order_slip`) AS `lines_tax_incl` FROM `' . _DB_PREFIX_ . 'order_slip` `s`'
            . ' WHERE `s`.`id_order` = ' . $idOrder . ' ORDER BY `s`.`id_order_slip`', true, false) ?: [];
    }
}
