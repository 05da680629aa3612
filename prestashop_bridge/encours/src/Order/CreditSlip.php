<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Order;

use EncoursModule\Money;

/**
 * What a credit slip of core gives back, with tax and shipping.
 */
final class CreditSlip
{
    const WITHOUT_VOUCHERS = 1;
    const CHOSEN_AMOUNT = 2;

    /**
     * Core keeps three kinds of slips in the same columns, unrounded (S66), and with the voucher taken off one of the two
     * totals only (PrestaShop#18319): the slip's lines tell the kinds apart.
     *
     * @param array<string, mixed> $slip a row of order_slip, and the sum of its lines as `lines_tax_incl`
     * @param array<string, mixed> $order its row of orders
     */
    public static function gross(array $slip, array $order, \Currency $currency): string
    {
        $goods = (float) $slip['total_products_tax_incl'];
        $net = (float) $slip['total_products_tax_excl'];
        $amount = (float) $slip['amount'];
        $type = (int) $slip['order_slip_type'];
        if ($type === self::WITHOUT_VOUCHERS) {
            $lines = $slip['lines_tax_incl'] === null ? max($goods, $amount) : (float) $slip['lines_tax_incl'];
            $goods = $lines - (float) $order['total_discounts_tax_incl'];
        } elseif ($type === self::CHOSEN_AMOUNT && abs($amount - $goods) > 0.01 && abs($amount - $net) > 0.01) {
            // Type 2 is also what core writes for any slip with shipping; only an amount of its own was chosen.
            $goods = $amount;
        }

        return Money::of(max(0.0, $goods) + (float) $slip['total_shipping_tax_incl'], $currency);
    }
}
