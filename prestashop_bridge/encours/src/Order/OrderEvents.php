<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Order;

use EncoursModule\Factory;
use EncoursModule\Money;
use EncoursModule\Sync\Outbox;
use EncoursModule\Sync\ShopTime;
use EncoursModule\Sync\Subject;

/**
 * Queues what happens to orders on terms: statuses, new totals, credit slips, deletion.
 *
 * A hook only says that something happened. What is queued is found by comparing the order with what was queued of it
 * before, so that a hook that fires twice, or never, changes nothing: the sweep compares again.
 */
final class OrderEvents
{
    /** @var array<int, array<int, true>> orders whose total may have changed in this request, by shop */
    private static $changed = [];

    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    // Hooks

    /** @param array<string, mixed> $params */
    public function orderPlaced(array $params): void
    {
        $this->factory->settledState()->takeBackPaymentOf($params['order']);
        $this->historyChanged((int) $params['order']->id_customer);
    }

    /** @param array<string, mixed> $params */
    public function statusAdded(array $params): void
    {
        $idOrder = (int) $params['order_history']->id_order;
        $order = StoredOrder::row($idOrder);
        if ($order === null) {
            return;
        }
        $this->report($idOrder, false);
        $this->later($idOrder);
        // Any order, on terms or not, counts in the history of a customer that the service knows.
        $this->historyChanged((int) $order['id_customer']);
    }

    /**
     * An order being edited is stored many times, with totals that are not final: they are compared at the end.
     *
     * @param array<string, mixed> $params
     */
    public function orderUpdated(array $params): void
    {
        $this->later((int) $params['object']->id);
    }

    /** @param array<string, mixed> $params */
    public function orderEdited(array $params): void
    {
        $this->later((int) $params['order']->id);
    }

    /** @param array<string, mixed> $params */
    public function slipAdded(array $params): void
    {
        $order = $params['order'];
        $onTerms = $this->factory->ordersOnTerms()->find((int) $order->id);
        if ($onTerms !== null && $this->isHandedOutAsVoucher()) {
            foreach (array_slice(StoredOrder::slips((int) $order->id), -1) as $slip) {
                $eventId = 'slip-' . (int) $slip['id_order_slip'];
                $this->factoryOf($onTerms)->outbox()->omit(Subject::order((string) $order->reference), $eventId, 'The customer got a voucher for it, so the order is owed in full.');
            }
        }
        $this->report((int) $order->id, false);
        $this->historyChanged((int) $order->id_customer);
    }

    /**
     * Core stores a slip before its lines, and other modules store slips without saying so by the other hook.
     *
     * @param array<string, mixed> $params
     */
    public function slipStored(array $params): void
    {
        $this->later((int) $params['object']->id_order);
    }

    /** @param array<string, mixed> $params */
    public function orderDeleted(array $params): void
    {
        $order = $params['object'];
        $onTerms = $this->factory->ordersOnTerms()->find((int) $order->id);
        if ($onTerms === null) {
            return;
        }
        $factory = $this->factoryOf($onTerms);
        $this->queue($factory, $onTerms, (string) $order->reference, [
            'event_id' => 'deleted-' . (int) $order->id,
            'kind' => 'deleted',
            'occurred_at' => ShopTime::now(($factory->clock())()),
        ]);
        $factory->delivery()->soon(Subject::order((string) $order->reference));
    }

    /** At the end of the request: totals are final then. */
    public function catchUpWithChanged(): void
    {
        $ids = isset(self::$changed[$this->factory->idShop()]) ? array_keys(self::$changed[$this->factory->idShop()]) : [];
        unset(self::$changed[$this->factory->idShop()]);
        foreach ($ids as $idOrder) {
            $this->report($idOrder, true);
        }
    }

    // Comparing

    /** After an order was attached: what happened to it before is queued too. */
    public function catchUp(int $idOrder): void
    {
        $this->report($idOrder, true);
    }

    /**
     * Queues everything of an order that was not queued before.
     *
     * @param bool $withTotal whether the order is as it will be: its total is final, and a settled one may go on
     *
     * @return int how many events were queued
     */
    public function report(int $idOrder, bool $withTotal): int
    {
        $onTerms = $this->factory->ordersOnTerms()->find($idOrder);
        $order = $onTerms === null ? null : StoredOrder::row($idOrder);
        if ($onTerms === null || $order === null) {
            return 0;
        }
        $factory = $this->factoryOf($onTerms);
        $subject = Subject::order((string) $order['reference']);
        $known = $factory->outbox()->eventIdsOf($subject);
        $queued = 0;
        foreach (OrderLife::events($order, $factory->settings()) as $event) {
            if (!isset($known[$event['event_id']])) {
                $this->queue($factory, $onTerms, (string) $order['reference'], $event);
                ++$queued;
            }
        }
        $queued += $this->markedAsPaid($factory, $onTerms, $order, $known) ? 1 : 0;
        $queued += $withTotal && $this->totalChanged($factory, $onTerms, $order) ? 1 : 0;
        if ($queued > 0) {
            $factory->delivery()->soon($subject);
        }
        if ($withTotal && $onTerms['settled_on'] !== null) {
            $factory->settledState()->moveOn(new \Order($idOrder));
        }

        return $queued;
    }

    /**
     * Staff who give an order the settled state by hand say that its money is here.
     *
     * @param array<string, mixed> $onTerms
     * @param array<string, mixed> $order
     * @param array<string, true> $known
     */
    private function markedAsPaid(Factory $factory, array $onTerms, array $order, array $known): bool
    {
        $history = StoredOrder::history((int) $onTerms['id_order']);
        $latest = end($history);
        $isMarked = $latest !== false && (int) $latest['id_order_state'] === $factory->settings()->settledState()
            && $onTerms['settled_on'] === null && !isset($known['history-' . (int) $latest['id_order_history']]);
        if (!$isMarked || isset($known['paid-' . (int) $latest['id_order_history']])) {
            return false;
        }
        $factory->outbox()->enqueue(
            Subject::order((string) $order['reference']),
            'payment',
            'POST',
            '/v1/orders/' . rawurlencode((string) $onTerms['ref']) . '/mark-paid',
            ['reference' => (string) $onTerms['ref']],
            'paid-' . (int) $latest['id_order_history']
        );

        return true;
    }

    /**
     * @param array<string, mixed> $onTerms
     * @param array<string, mixed> $order
     */
    private function totalChanged(Factory $factory, array $onTerms, array $order): bool
    {
        $currency = new \Currency((int) $order['id_currency']);
        $total = Money::of($order['total_paid_tax_incl'], $currency);
        if ($total === (string) $onTerms['reported_total']) {
            return false;
        }
        // To the microsecond, and part of the name: two edits within one second stay two, in their order.
        list($fraction, $second) = explode(' ', microtime());
        $micro = (int) ((float) $fraction * 1000000);
        $this->queue($factory, $onTerms, (string) $order['reference'], [
            'event_id' => sprintf('edit-%d-%d%06d', $onTerms['id_order'], $second, $micro),
            'kind' => 'edited',
            'occurred_at' => gmdate('Y-m-d\TH:i:s', (int) $second) . sprintf('.%06dZ', $micro),
            'amount' => $total,
            'currency' => (string) $currency->iso_code,
        ]);
        $factory->ordersOnTerms()->save(['id_order' => $onTerms['id_order'], 'reported_total' => $total]);

        return true;
    }

    /**
     * @param array<string, mixed> $onTerms
     * @param array<string, string> $event
     */
    private function queue(Factory $factory, array $onTerms, string $reference, array $event): void
    {
        $path = '/v1/orders/' . rawurlencode((string) $onTerms['ref']) . '/events';
        $factory->outbox()->enqueue(Subject::order($reference), Outbox::EVENT, 'POST', $path, $event, $event['event_id']);
    }

    private function later(int $idOrder): void
    {
        $onTerms = $this->factory->ordersOnTerms()->find($idOrder);
        if ($onTerms === null) {
            return;
        }
        self::$changed[(int) $onTerms['id_shop']][$idOrder] = true;
        $this->factoryOf($onTerms)->delivery()->atTheEnd();
    }

    private function historyChanged(int $idCustomer): void
    {
        $this->factory->customerHooks()->historyChanged($idCustomer);
    }

    /** Whether the form that made this slip also asked for a voucher: then the buyer has its value already. */
    private function isHandedOutAsVoucher(): bool
    {
        $form = \Tools::getValue('cancel_product');

        return is_array($form) && !empty($form['voucher']);
    }

    /** @param array<string, mixed> $onTerms */
    private function factoryOf(array $onTerms): Factory
    {
        return (int) $onTerms['id_shop'] === $this->factory->idShop() ? $this->factory : Factory::of($this->factory->module(), (int) $onTerms['id_shop']);
    }
}
