<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Order;

use EncoursModule\Config\Settings;
use EncoursModule\Money;

/**
 * Lets an order in the shop follow what the service says of its money, without a payment too many.
 */
final class SettledState
{
    /** @var Settings */
    private $settings;

    /** @var OrdersOnTerms */
    private $orders;

    public function __construct(Settings $settings, OrdersOnTerms $orders)
    {
        $this->settings = $settings;
        $this->orders = $orders;
    }

    /**
     * Nothing is left to pay. Safe to repeat: money is booked only as far as it is missing, and a state is set once.
     */
    public function settle(\Order $order, string $settledOn): void
    {
        $this->orders->save(['id_order' => (int) $order->id, 'settled_on' => $settledOn]);
        if ($this->settings->paidMode() === Settings::BOOKKEEPING) {
            // Before the state: core books what is missing as soon as a paid state is set (S64).
            $this->bookWhatIsMissing($order, $settledOn);
        }
        $this->moveOn($order, true);
    }

    /**
     * Something is to be paid again. A payment that core has booked stays: core knows no negative one.
     */
    public function unsettle(\Order $order, string $openAmount, string $currency): void
    {
        $this->orders->save(['id_order' => (int) $order->id, 'settled_on' => null]);
        $this->note($order, sprintf($this->l('%1$s %2$s is to be paid again: a payment was taken back.'), $openAmount, $currency));
        if ((int) $order->current_state === $this->settings->settledState()) {
            $this->change($order, $this->stateBefore((int) $order->id));
        }
    }

    /** An event the service kept, but could not apply as it is. */
    public function flag(\Order $order, string $eventId, string $reason): void
    {
        $this->note($order, sprintf($this->l('Encours wants somebody to look at this order: %1$s (%2$s).'), str_replace('_', ' ', $reason), $eventId));
    }

    /**
     * Settled orders go on to the settled state only when that leaves their goods where they are: core takes goods off the
     * stock, or puts them back, whenever an order goes from a state that is shipped to one that is not, or the other way
     * round. An order that was paid before it was shipped follows once it is.
     */
    public function moveOn(\Order $order, bool $isNew = false): void
    {
        $idSettled = $this->settings->settledState();
        $row = $this->orders->find((int) $order->id);
        if ($idSettled === null || $row === null || $row['settled_on'] === null || (int) $order->current_state === $idSettled) {
            return;
        }
        if (in_array((int) $order->current_state, $this->settings->cancelStates(), true)) {
            return;
        }
        $isShipped = (bool) (new \OrderState((int) $order->current_state))->shipped;
        $becomesShipped = (bool) (new \OrderState($idSettled))->shipped;
        if ($isShipped === $becomesShipped || (int) $order->id_carrier === 0) {
            $this->change($order, $idSettled);
        } elseif ($isNew) {
            $this->note($order, $this->l('Everything is paid. The order keeps its status until its goods have left.'));
        }
    }

    /**
     * In the bookkeeper's mode an order on terms is paid when the service says so, not when it is shipped: core would book
     * a payment as soon as a state says "paid", as Shipped and Delivered do. The state itself is not changed, only what
     * core is about to do with it.
     *
     * @param array<string, mixed> $params of hook actionOrderStatusUpdate
     */
    public function keepUnpaid(array $params): void
    {
        $state = $params['newOrderStatus'];
        if ($this->settings->paidMode() !== Settings::BOOKKEEPING || !$state->paid || (int) $state->id === $this->settings->settledState()) {
            return;
        }
        $row = $this->orders->find((int) $params['id_order']);
        if ($row !== null && $row['settled_on'] === null) {
            $state->paid = false;
        }
    }

    /**
     * In the bookkeeper's mode nothing is paid when an order is placed, yet core books the whole amount for every valid
     * order before it sets the state. Called by hook actionValidateOrder, which comes between.
     */
    public function takeBackPaymentOf(\Order $order): void
    {
        if ($order->module !== 'encours' || $this->settings->paidMode() !== Settings::BOOKKEEPING) {
            return;
        }
        foreach (\OrderPayment::getByOrderReference($order->reference) as $payment) {
            $payment->delete();
        }
        if ((float) $order->total_paid_real !== 0.0) {
            $order->total_paid_real = 0;
            $order->update();
        }
    }

    private function bookWhatIsMissing(\Order $order, string $settledOn): void
    {
        $currency = new \Currency((int) $order->id_currency);
        $invoices = $order->hasInvoice() ? $order->getInvoicesCollection() : [];
        $missing = [];
        foreach ($invoices as $invoice) {
            $missing[] = [(float) $invoice->getRestPaid(), $invoice];
        }
        if ($missing === []) {
            $missing[] = [(float) $order->total_paid_tax_incl - (float) $order->total_paid_real, null];
        }
        // What was credited was not paid in money, yet settles the invoice; core would book it as money.
        $credited = $this->credited($order, $currency);
        foreach ($missing as list($rest, $invoice)) {
            $byCredit = min($credited, max(0.0, $rest));
            $credited -= $byCredit;
            $this->book($order, $rest - $byCredit, $this->l('Payment on terms'), $settledOn, $invoice, $currency);
            $this->book($order, $byCredit, $this->l('Credit slip'), $settledOn, $invoice, $currency);
        }
    }

    /** @param \OrderInvoice|null $invoice */
    private function book(\Order $order, float $amount, string $method, string $day, $invoice, \Currency $currency): void
    {
        $amount = (float) Money::of($amount, $currency);
        if ($amount > 0 && !$order->addOrderPayment($amount, $method, null, null, $day, $invoice)) {
            throw new \RuntimeException('The payment of order ' . (int) $order->id . ' cannot be booked.');
        }
    }

    private function credited(\Order $order, \Currency $currency): float
    {
        $credited = 0.0;
        foreach (StoredOrder::slips((int) $order->id) as $slip) {
            $credited += (float) CreditSlip::gross($slip, ['total_discounts_tax_incl' => $order->total_discounts_tax_incl], $currency);
        }

        return $credited;
    }

    private function change(\Order $order, int $idState): void
    {
        $order->setCurrentState($idState);
        if ((int) (new \Order((int) $order->id))->current_state !== $idState) {
            throw new \RuntimeException('Order ' . (int) $order->id . ' cannot be given state ' . $idState . '.');
        }
    }

    /** The state it was settled in; the state of acceptance if that is not known. */
    private function stateBefore(int $idOrder): int
    {
        $skipped = array_merge([(int) $this->settings->settledState()], $this->settings->cancelStates());
        $state = (int) \Db::getInstance()->getValue('SELECT `id_order_state` FROM `' . _DB_PREFIX_ . 'order_history` WHERE `id_order` = ' . $idOrder
            . ' AND `id_order_state` NOT IN (' . implode(', ', array_map('intval', $skipped)) . ') ORDER BY `id_order_history` DESC', false);

        return $state ?: (int) $this->settings->acceptedState();
    }

    /** In the note that staff see on the order, not the customer. */
    private function note(\Order $order, string $text): void
    {
        $line = date('Y-m-d') . ' ' . $text;
        if (!property_exists($order, 'note') || strpos((string) $order->note, $line) !== false) {
            return;
        }
        $order->note = trim($order->note . "\n" . $line);
        $order->update();
    }

    private function l(string $text): string
    {
        return \Module::getInstanceByName('encours')->l($text, 'settledstate');
    }
}
