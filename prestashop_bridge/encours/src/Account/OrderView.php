<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Account;

/**
 * One order on terms as its buyer sees it: when to pay, how much, and whether that is late.
 */
final class OrderView
{
    /** The module, or what translates like it. @var object */
    private $module;

    /** @var Display */
    private $display;

    /** @var \Link */
    private $link;

    /**
     * @param object $module
     */
    public function __construct($module, Display $display, \Link $link)
    {
        $this->module = $module;
        $this->display = $display;
        $this->link = $link;
    }

    /**
     * @param array<string, mixed> $row of OwnOrders
     * @param array<string, mixed>|null $figures what the service says of it, if it does
     *
     * @return array<string, mixed>
     */
    public function of(array $row, ?array $figures): array
    {
        $order = $figures !== null ? $figures : [
            'status' => $row['settled_on'] ? 'settled' : null,
            'due_on' => $row['due_on'],
            'due_is_estimate' => (bool) $row['due_is_estimate'],
            'payment_reference' => $row['payment_reference'],
            'terms_label' => $row['terms_label'],
            'currency' => $row['currency'],
        ];
        $isFinished = in_array($order['status'], ['settled', 'cancelled', 'written_off'], true);
        $isOverdue = !$isFinished && !empty($order['is_overdue']);
        // Without an answer an estimate may be one that the shop hides from buyers.
        $showsDue = isset($order['show_due_date']) ? $order['show_due_date'] : !$order['due_is_estimate'];

        return [
            'id_order' => (int) $row['id_order'],
            'reference' => $row['reference'],
            'url' => $this->link->getPageLink('order-detail', null, null, ['id_order' => (int) $row['id_order']]),
            'placed' => $this->display->day(substr((string) $row['date_add'], 0, 10)),
            'placed_on' => substr((string) $row['date_add'], 0, 10),
            'state_name' => $row['state_name'],
            'state_color' => $row['state_color'],
            'terms' => (new TermsLabel($this->module))->of((string) $order['terms_label']),
            'due' => $showsDue ? $this->display->day($order['due_on']) : '',
            'due_on' => $showsDue ? $order['due_on'] : '',
            'due_is_estimate' => (bool) $order['due_is_estimate'],
            'is_overdue' => $isOverdue,
            'is_finished' => $isFinished,
            'has_figures' => $figures !== null,
            'total' => $this->display->amount(isset($order['owed_amount']) ? $order['owed_amount'] : null, (string) $order['currency']),
            'paid' => $this->display->amount(isset($order['paid_amount']) ? $order['paid_amount'] : null, (string) $order['currency']),
            'open' => $this->display->amount(isset($order['open_amount']) ? $order['open_amount'] : null, (string) $order['currency']),
            'has_open' => Display::isPositive(isset($order['open_amount']) ? $order['open_amount'] : null),
            'status' => $this->status($order, $isOverdue),
            'status_text' => $this->statusText($order, $isOverdue),
            'payment_reference' => Display::grouped((string) $order['payment_reference']),
        ];
    }

    /**
     * @param array<string, mixed> $order
     */
    private function status(array $order, bool $isOverdue): string
    {
        if ($isOverdue) {
            return 'overdue';
        }
        if (in_array($order['status'], ['settled', 'cancelled', 'written_off'], true)) {
            return $order['status'];
        }
        if (Display::isPositive(isset($order['paid_amount']) ? $order['paid_amount'] : null)) {
            return 'partly_paid';
        }

        return $order['status'] === null ? 'unknown' : 'open';
    }

    /**
     * @param array<string, mixed> $order
     */
    private function statusText(array $order, bool $isOverdue): string
    {
        switch ($this->status($order, $isOverdue)) {
            case 'overdue':
                $days = isset($order['days_past_due']) ? (int) $order['days_past_due'] : 0;

                return $days === 1 ? $this->module->l('Overdue since yesterday', 'orderview') : sprintf($this->module->l('Overdue by %d days', 'orderview'), $days);
            case 'settled':
                return $this->module->l('Paid', 'orderview');
            case 'cancelled':
                return $this->module->l('Cancelled', 'orderview');
            case 'written_off':
                return $this->module->l('Closed', 'orderview');
            case 'partly_paid':
                return $this->module->l('Partly paid', 'orderview');
            case 'open':
                return $this->module->l('To be paid', 'orderview');
            default:
                return '';
        }
    }
}
