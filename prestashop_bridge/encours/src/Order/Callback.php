<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Order;

use EncoursModule\Factory;
use EncoursModule\Sync\Lock;
use EncoursModule\Sync\ReportedCustomers;
use EncoursModule\Sync\Sql;

/**
 * What the service tells the shop: a due date is fixed, an order is settled or open again, a hold has ended.
 *
 * Messages are signed (Standard Webhooks), come at least once, and in order for each order; the answer says whether one
 * was worked in.
 */
final class Callback
{
    /** Seconds that the clocks of both sides may differ. */
    const TOLERANCE = 300;

    /** Bytes; no message of the service is nearly as long. */
    const LONGEST = 262144;

    /** Days for which the ids of messages are kept: the service tries for less than four. */
    const KEPT_DAYS = 90;

    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    /**
     * @param array<string, mixed> $server as PHP gives it
     *
     * @return array{0: int, 1: string} status and text of the answer
     */
    public function receive(string $body, array $server): array
    {
        $id = isset($server['HTTP_WEBHOOK_ID']) ? (string) $server['HTTP_WEBHOOK_ID'] : '';
        $timestamp = isset($server['HTTP_WEBHOOK_TIMESTAMP']) ? (string) $server['HTTP_WEBHOOK_TIMESTAMP'] : '';
        $signatures = isset($server['HTTP_WEBHOOK_SIGNATURE']) ? (string) $server['HTTP_WEBHOOK_SIGNATURE'] : '';
        $secret = $this->factory->settings()->callbackSecret();
        if ($secret === null) {
            return [503, 'No secret is set up here.'];
        }
        if (strlen($body) > self::LONGEST) {
            return [413, 'This is longer than any message of Encours.'];
        }
        if (!ctype_digit($timestamp) || abs(($this->factory->clock())() - (int) $timestamp) > self::TOLERANCE) {
            return [400, 'The timestamp is too far from the clock here: ' . gmdate('Y-m-d\TH:i:s\Z', ($this->factory->clock())()) . '.'];
        }
        if ($id === '' || strlen($id) > 64 || !$this->isGenuine($secret, $id, $timestamp, $signatures, $body)) {
            return [401, 'The signature does not fit.'];
        }
        $message = json_decode($body, true);
        if (!is_array($message) || !isset($message['type'], $message['data']) || !is_string($message['type']) || !is_array($message['data'])) {
            return [400, 'This is no message of Encours.'];
        }

        return $this->once($id, $message);
    }

    /** Forgets ids of messages that cannot come again. */
    public function forgetOld(): void
    {
        \Db::getInstance()->execute('DELETE FROM `' . _DB_PREFIX_ . 'encours_callback` WHERE `id_shop` = ' . $this->factory->idShop()
            . ' AND `received_at` < ' . Sql::value(date('Y-m-d H:i:s', ($this->factory->clock())() - self::KEPT_DAYS * 86400)) . ' LIMIT 5000');
    }

    private function isGenuine(string $secret, string $id, string $timestamp, string $signatures, string $body): bool
    {
        $key = base64_decode((string) preg_replace('/^whsec_/', '', $secret), true);
        if ($key === false || $key === '') {
            return false;
        }
        $expected = 'v1,' . base64_encode(hash_hmac('sha256', $id . '.' . $timestamp . '.' . $body, $key, true));
        foreach (explode(' ', $signatures) as $signature) {
            if (hash_equals($expected, $signature)) {
                return true;
            }
        }

        return false;
    }

    /**
     * @param array<string, mixed> $message
     *
     * @return array{0: int, 1: string}
     */
    private function once(string $id, array $message): array
    {
        // The same message can arrive twice at the same time; a subject's messages come one after the other anyway.
        $lock = 'callback-' . $this->factory->idShop() . '-' . $this->subjectOf($message);
        if (!Lock::take($lock, 10)) {
            return [503, 'Another message about the same is being worked in.'];
        }
        try {
            // What concerns two shops of this installation comes to each of them, with the same id.
            if (\Db::getInstance()->getValue('SELECT 1 FROM `' . _DB_PREFIX_ . 'encours_callback` WHERE `webhook_id` = ' . Sql::value($id) . ' AND `id_shop` = ' . $this->factory->idShop(), false)) {
                return [200, 'Known already.'];
            }
            $this->workIn($message);
            \Db::getInstance()->execute(Sql::insert('encours_callback', [
                'webhook_id' => $id,
                'id_shop' => $this->factory->idShop(),
                'type' => substr((string) $message['type'], 0, 64),
                'sequence' => isset($message['sequence']) ? (int) $message['sequence'] : 0,
                'received_at' => date('Y-m-d H:i:s', ($this->factory->clock())()),
            ]));

            return [200, 'Thank you.'];
        } finally {
            Lock::release($lock);
        }
    }

    /** @param array<string, mixed> $message */
    private function workIn(array $message): void
    {
        $data = $message['data'];
        if (strncmp($message['type'], 'order.', 6) === 0) {
            $this->workInOrder($message, $data);
        } elseif ($message['type'] === 'hold.expired') {
            $this->factory->attempts()->markReleased((string) $data['hold_id']);
        } elseif ($message['type'] === 'company.credit_changed') {
            foreach ((new ReportedCustomers($this->factory->idShop()))->ofCompany((string) $data['company_id']) as $idCustomer) {
                $this->factory->creditSummary()->forget($idCustomer);
            }
        }
    }

    /**
     * @param array<string, mixed> $message
     * @param array<string, mixed> $data
     */
    private function workInOrder(array $message, array $data): void
    {
        $orders = $this->factory->ordersOnTerms();
        $known = isset($data['order']) ? $orders->findByRef((string) $data['order']) : null;
        $sequence = isset($message['sequence']) ? (int) $message['sequence'] : 0;
        if ($known === null || ($sequence > 0 && $sequence <= $known['last_sequence'])) {
            // Not an order of this shop any more, or an old message that was sent again.
            return;
        }
        $order = new \Order($known['id_order']);
        if (\Validate::isLoadedObject($order)) {
            $this->apply($message['type'], $data, $order);
        }
        $orders->save(['id_order' => $known['id_order'], 'last_sequence' => $sequence]);
        // What is settled counts in the company's history now, and its credit is another.
        $this->factory->creditSummary()->forget($known['id_customer']);
        $this->factory->customerHooks()->historyChanged($known['id_customer']);
    }

    /** @param array<string, mixed> $data */
    private function apply(string $type, array $data, \Order $order): void
    {
        switch ($type) {
            case 'order.due_date_fixed':
                $this->factory->ordersOnTerms()->save(['id_order' => (int) $order->id, 'due_on' => (string) $data['due_on'], 'due_is_estimate' => 0]);
                break;
            case 'order.settled':
                $this->factory->settledState()->settle($order, isset($data['settled_on']) ? (string) $data['settled_on'] : date('Y-m-d'));
                break;
            case 'order.unsettled':
                $this->factory->settledState()->unsettle($order, (string) $data['open_amount'], (string) $data['currency']);
                break;
            case 'order.flagged':
                $this->factory->settledState()->flag($order, (string) $data['event_id'], (string) $data['reason']);
                break;
        }
    }

    /** @param array<string, mixed> $message */
    private function subjectOf(array $message): string
    {
        foreach (['order', 'hold_id', 'company_id'] as $name) {
            if (isset($message['data'][$name]) && is_string($message['data'][$name])) {
                return $name . $message['data'][$name];
            }
        }

        return (string) $message['type'];
    }
}
