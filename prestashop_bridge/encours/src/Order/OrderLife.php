<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Order;

use EncoursModule\Config\Settings;
use EncoursModule\Sync\ShopTime;

/**
 * What happened to an order, read from what core keeps of it, as the events that the service takes.
 *
 * The same order gives the same events whenever it is read: their ids are core's.
 */
final class OrderLife
{
    /**
     * @param array<string, mixed> $order its row
     *
     * @return array<int, array<string, string>>
     */
    public static function events(array $order, Settings $settings): array
    {
        return array_merge(self::statuses($order, $settings), self::slips($order));
    }

    /**
     * @param array<string, mixed> $order
     *
     * @return array<int, array<string, string>>
     */
    private static function statuses(array $order, Settings $settings): array
    {
        $events = [];
        $cancels = $settings->cancelStates();
        $starts = $settings->startStates();
        $before = null;
        foreach (StoredOrder::history((int) $order['id_order']) as $row) {
            $id = (int) $row['id_order_history'];
            $state = (int) $row['id_order_state'];
            $occurredAt = ShopTime::instant((string) $row['date_add'], $id);
            $events[] = ['event_id' => 'history-' . $id, 'kind' => 'status', 'occurred_at' => $occurredAt, 'status' => (string) $state];
            // A status that cancels is undone by one that starts the term; of any other the service must be told.
            if (in_array($before, $cancels, true) && !in_array($state, $cancels, true) && !in_array($state, $starts, true)) {
                $events[] = ['event_id' => 'reopened-' . $id, 'kind' => 'reopened', 'occurred_at' => $occurredAt];
            }
            $before = $state;
        }

        return $events;
    }

    /**
     * @param array<string, mixed> $order
     *
     * @return array<int, array<string, string>>
     */
    private static function slips(array $order): array
    {
        $events = [];
        $currency = new \Currency((int) $order['id_currency']);
        foreach (StoredOrder::slips((int) $order['id_order']) as $slip) {
            $events[] = [
                'event_id' => 'slip-' . (int) $slip['id_order_slip'],
                'kind' => 'credit_slip',
                'occurred_at' => ShopTime::instant((string) $slip['date_add'], (int) $slip['id_order_slip']),
                'amount' => CreditSlip::gross($slip, $order, $currency),
                'currency' => (string) $currency->iso_code,
            ];
        }

        return $events;
    }
}
