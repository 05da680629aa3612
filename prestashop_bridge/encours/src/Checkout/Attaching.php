<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Checkout;

use EncoursModule\Factory;
use EncoursModule\Money;
use EncoursModule\Sync\Outbox;
use EncoursModule\Sync\ShopTime;
use EncoursModule\Sync\Subject;

/**
 * Ties the orders that a cart became to its hold: kept here, and queued for the service, in one go. Repeating it changes
 * nothing.
 */
final class Attaching
{
    /** The service takes 128 characters; room is left for the number of a part. */
    const LONGEST_REF = 100;

    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    /**
     * @param array<string, mixed> $attempt one with a hold
     *
     * @return bool whether the cart has orders; without one the hold is to be given back
     */
    public function attachCart(array $attempt): bool
    {
        $orders = self::ordersOf((int) $attempt['id_cart']);
        if ($orders === []) {
            return false;
        }
        $reference = (string) $orders[0]['reference'];
        $parts = $this->parts($orders, $attempt);
        foreach ($parts as $idOrder => $part) {
            if ($this->factory->ordersOnTerms()->find($idOrder) === null) {
                $this->factory->ordersOnTerms()->save([
                    'id_order' => $idOrder,
                    'ref' => $part['ref'],
                    'id_customer' => (int) $orders[0]['id_customer'],
                    'hold_id' => (string) $attempt['hold_id'],
                    'reported_total' => $part['amount'],
                    'due_on' => $attempt['due_on'] ?: null,
                    'due_is_estimate' => 1,
                    'terms_label' => $attempt['terms_label'],
                ]);
            }
        }
        $this->factory->outbox()->enqueue(
            Subject::order($reference),
            Outbox::ATTACH,
            'POST',
            '/v1/holds/' . rawurlencode((string) $attempt['hold_id']) . '/orders',
            ['orders' => array_values($parts)],
            'attach-' . $attempt['hold_id']
        );
        $this->factory->attempts()->attached($attempt);
        foreach ($orders as $order) {
            if ((int) $order['current_state'] === 0) {
                // The process died within core. What core left unfinished cannot be finished from outside.
                \PrestaShopLogger::addLog('Encours: order ' . $order['reference'] . ' was interrupted while it was made, and has no status. Check its products, then give it one or cancel it.', 3, null, 'Order', (int) $order['id_order'], true);
            }
        }
        // Core told of the first status, and perhaps more, before the order was known to be on terms.
        foreach (array_keys($parts) as $idOrder) {
            $this->factory->orderEvents()->catchUp($idOrder);
        }

        return true;
    }

    /**
     * The orders on terms of a cart, read from the database: core's own look-ups are cached for the page.
     *
     * @return array<int, array<string, mixed>>
     */
    public static function ordersOf(int $idCart): array
    {
        return \Db::getInstance()->executeS(
            'SELECT `id_order`, `reference`, `id_customer`, `id_currency`, `total_paid_tax_incl`, `current_state`, `date_add` FROM `' . _DB_PREFIX_ . "orders`
            WHERE `id_cart` = " . $idCart . " AND `module` = 'encours' ORDER BY `id_order`",
            true,
            false
        ) ?: [];
    }

    /**
     * The parts of the hold. They add up to it exactly: what rounding made of a cart in several parcels is on the largest,
     * and its real total follows as an edit.
     *
     * @param array<int, array<string, mixed>> $orders
     * @param array<string, mixed> $attempt
     *
     * @return array<int, array<string, string>> by id of the order
     */
    private function parts(array $orders, array $attempt): array
    {
        $isoCode = (string) $attempt['currency'];
        $minor = [];
        foreach ($orders as $order) {
            $minor[(int) $order['id_order']] = Money::minor(Money::of($order['total_paid_tax_incl'], new \Currency((int) $order['id_currency'])), $isoCode);
        }
        $held = Money::minor((string) $attempt['amount'], $isoCode);
        $largest = array_search(max($minor), $minor, true);
        if (min($minor) <= 0 || $minor[$largest] + $held - array_sum($minor) <= 0) {
            // Edited beyond recognition before it could be attached: equal shares, and the edits say the rest.
            $minor = array_fill_keys(array_keys($minor), intdiv($held, count($minor)));
        }
        $minor[$largest] += $held - array_sum($minor);
        $parts = [];
        foreach ($orders as $index => $order) {
            $parts[(int) $order['id_order']] = [
                'ref' => self::ref($order) . (count($orders) === 1 ? '' : '-' . ($index + 1)),
                'amount' => Money::ofMinor($minor[(int) $order['id_order']], $isoCode),
                'placed_at' => ShopTime::instant((string) $order['date_add']),
            ];
        }

        return $parts;
    }

    /**
     * The order's name at the service. Some shops make references of their own, with signs that the service does not
     * take, or too long.
     *
     * @param array<string, mixed> $order
     */
    private static function ref(array $order): string
    {
        $reference = (string) $order['reference'];
        $ref = (string) preg_replace('/[^A-Za-z0-9._:#@+-]/', '-', $reference);

        return $ref === $reference && ctype_alnum(substr($ref, 0, 1)) && strlen($ref) <= self::LONGEST_REF ? $ref : 'o' . $order['id_order'] . '-' . substr($ref, 0, 80);
    }
}
