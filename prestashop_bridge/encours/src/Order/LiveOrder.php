<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Order;

use EncoursModule\Account\Display;
use EncoursModule\Account\TermsLabel;
use EncoursModule\Api\Client;
use EncoursModule\Api\Refused;
use EncoursModule\Reminder\OrderReminders;

/**
 * What the service knows of one order now, laid out for the order page of the back office.
 */
final class LiveOrder
{
    /** What a person may accept with a reason; other flags only want somebody to look. */
    const CONFIRMABLE = ['over_limit', 'line_not_active'];

    /** @var Client */
    private $client;

    /** @var \Module */
    private $module;

    /** @var Display */
    private $display;

    public function __construct(Client $client, \Module $module, Display $display)
    {
        $this->client = $client;
        $this->module = $module;
        $this->display = $display;
    }

    /**
     * The order as the service answers it, and what the template shows of it.
     *
     * @return array{answer: array<string, mixed>, view: array<string, mixed>}
     *
     * @throws \EncoursModule\Api\ApiException
     */
    public function read(string $ref): array
    {
        $order = $this->client->get('/v1/orders/' . rawurlencode($ref));
        $item = $this->itemOf($order);

        return ['answer' => $order, 'view' => [
            'order' => $this->orderView($order),
            'item' => $item === null ? null : $this->itemView($item),
            'flagged' => $order['flags'] ? $this->flagged($ref) : [],
            'flags' => array_map([$this, 'flag'], $order['flags']),
            'decision' => $this->decision((string) $order['hold_id']),
            'reminders' => $item === null ? null : (new OrderReminders($this->client, $this->module, $this->display))->read($ref),
        ]];
    }

    /**
     * The open item that the order became when its term started.
     *
     * @param array<string, mixed> $order
     *
     * @return array<string, mixed>|null
     *
     * @throws \EncoursModule\Api\ApiException
     */
    public function itemOf(array $order): ?array
    {
        if ($order['base_on'] === null) {
            return null;
        }
        foreach ($this->client->get('/v1/open-items', ['document' => (string) $order['ref'], 'limit' => 50])['items'] as $item) {
            if ($item['order_id'] === $order['id']) {
                return $item;
            }
        }

        return null;
    }

    /**
     * @param array<string, mixed> $order
     *
     * @return array<string, mixed>
     */
    private function orderView(array $order): array
    {
        $currency = (string) $order['currency'];

        return [
            'status' => (string) $order['status'],
            'status_text' => $this->status((string) $order['status']),
            'terms' => (new TermsLabel($this->module))->of((string) ($order['terms_label'] ?: $order['terms'])),
            'due_on' => $this->display->day($order['due_on']),
            'is_estimate' => (bool) $order['due_is_estimate'],
            'base_on' => $this->display->day($order['base_on']),
            'amount' => $this->display->amount($order['amount'], $currency),
            'owed' => $this->display->amount($order['owed_amount'], $currency),
            'is_changed' => $order['amount'] !== $order['owed_amount'],
            'open' => $this->display->amount($order['open_amount'], $currency),
            'open_amount' => (string) $order['open_amount'],
            'is_open' => Display::isPositive($order['open_amount']),
            'paid' => isset($order['paid_amount']) ? $this->display->amount($order['paid_amount'], $currency) : null,
            'unsecured' => Display::isSomething($order['unsecured_amount']) ? $this->display->amount($order['unsecured_amount'], $currency) : null,
            'currency' => $currency,
            'payment_reference' => Display::grouped((string) $order['payment_reference']),
            'purchase_order_number' => (string) $order['purchase_order_number'],
        ];
    }

    /**
     * @param array<string, mixed> $item
     *
     * @return array<string, mixed>
     */
    private function itemView(array $item): array
    {
        $currency = (string) $item['currency'];

        return [
            'is_open' => Display::isPositive($item['open_amount']),
            'is_overdue' => (bool) $item['is_overdue'],
            'days_past_due' => (int) $item['days_past_due'],
            'due_on' => (string) $item['due_on'],
            'original_due_on' => $item['original_due_on'] !== $item['due_on'] ? $this->display->day($item['original_due_on']) : null,
            'paid' => $this->display->amount($item['allocated_amount'], $currency),
            'written_off' => Display::isSomething($item['written_off_amount']) ? $this->display->amount($item['written_off_amount'], $currency) : null,
            'settled_on' => $item['settled_on'] === null ? null : $this->display->day($item['settled_on']),
            'dispute' => $item['dispute'] === null ? null : ['reason' => (string) $item['dispute']['reason'], 'since' => $this->display->dayOf($item['dispute']['disputed_at'])],
            'promise' => $item['promise'] === null ? null : ['on' => $this->display->day($item['promise']['promised_on']), 'amount' => $this->display->amount($item['promise']['amount'], $currency)],
        ];
    }

    /** @return array<int, array<string, mixed>> */
    private function flagged(string $ref): array
    {
        $flagged = [];
        foreach ($this->client->get('/v1/orders/' . rawurlencode($ref) . '/events')['items'] as $event) {
            if ($event['outcome'] === 'flagged') {
                $flagged[] = [
                    'event_id' => (string) $event['event_id'],
                    'occurred_on' => $this->display->dayOf($event['occurred_at']),
                    'amount' => $event['amount'],
                    'reason' => $this->flag((string) $event['reason']),
                    'is_confirmable' => in_array($event['reason'], self::CONFIRMABLE, true),
                ];
            }
        }

        return $flagged;
    }

    /** @return array<string, mixed>|null null if the order was taken over without a decision */
    private function decision(string $holdId): ?array
    {
        try {
            $decision = $this->client->get('/v1/decisions/' . rawurlencode($holdId));
        } catch (Refused $unknown) {
            return null;
        }

        return (new DecisionTrace($this->module))->of($decision['trace'], $decision['reasons']) + [
            'decided_on' => $this->display->dayOf($decision['decided_at']),
            'author' => (string) $decision['author'],
            'policy_version' => (int) $decision['policy_version'],
        ];
    }

    private function status(string $status): string
    {
        $texts = [
            'held' => $this->l('Accepted, the term has not started'),
            'uninvoiced' => $this->l('Delivered, waiting for the document of its period'),
            'invoiced' => $this->l('To be paid'),
            'cancelled' => $this->l('Cancelled'),
            'settled' => $this->l('Settled'),
            'written_off' => $this->l('Written off'),
        ];

        return isset($texts[$status]) ? $texts[$status] : $status;
    }

    private function flag(string $flag): string
    {
        $texts = [
            'over_limit' => $this->l('The order became larger than the credit left.'),
            'line_not_active' => $this->l('The order became larger while the credit is frozen or closed.'),
            'slip_exceeds_rest' => $this->l('A credit slip is larger than what was owed; the surplus is credit of the customer.'),
            'not_cancelled' => $this->l('The order was reopened without having been cancelled.'),
            'order_deleted' => $this->l('Something was reported of the order after it was deleted.'),
            'amount_below_credited' => $this->l('The order became smaller than what was already credited.'),
        ];

        return isset($texts[$flag]) ? $texts[$flag] : $flag;
    }

    private function l(string $text): string
    {
        return $this->module->l($text, 'liveorder');
    }
}
