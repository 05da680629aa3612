<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Checkout;

use EncoursModule\Account\Display;
use EncoursModule\Account\TermsLabel;
use EncoursModule\Api\ApiException;
use EncoursModule\Api\Client;
use EncoursModule\Config\Input;
use EncoursModule\Config\Permissions;
use EncoursModule\Config\StaffLog;
use EncoursModule\Factory;
use EncoursModule\Sync\Subject;

/**
 * Orders that staff or other programs create pass the same check as those of buyers; who may decide can order against it
 * with a reason (S17). Nothing is created unless the credit is held.
 */
final class BackOfficeOrder
{
    /** Seconds that a second click waits for the first to finish. */
    const WAIT = 20;

    /** @var Factory */
    private $factory;

    /** @var Client */
    private $client;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
        $this->client = $factory->client()->patient();
    }

    /**
     * Holds the credit, lets core create the order in the state of orders on terms, and attaches it.
     *
     * @param callable(int, string): mixed $create core's own creation, given the order state and the name of the payment
     *
     * @return mixed what core gave
     *
     * @throws \PrestaShopException with a sentence for staff, if there is no credit; then nothing was created
     */
    public function place(int $idCart, callable $create)
    {
        if (!$this->factory->cartLock()->take($idCart, self::WAIT)) {
            $this->refuse($this->l('This cart is being ordered already.'));
        }
        try {
            return $this->alone(new \Cart($idCart), Input::ofRequest(), $create);
        } finally {
            $this->factory->cartLock()->release($idCart);
        }
    }

    /** @return mixed */
    private function alone(\Cart $cart, Input $input, callable $create)
    {
        if (Attaching::ordersOf((int) $cart->id) !== []) {
            $this->refuse($this->l('This cart was ordered already.'));
        }
        if (!$this->factory->settings()->isUsable()) {
            $this->refuse($this->l('The shop is not connected to the service, or its settings are not complete. See the module’s configuration.'));
        }
        $attempt = $this->hold(new CartSnapshot($cart), $input);
        try {
            $created = $create((int) $this->factory->settings()->acceptedState(), $this->paymentText($attempt));
        } finally {
            // Core may have failed on the way: what counts is whether an order is there.
            $orders = Attaching::ordersOf((int) $cart->id);
            if ($orders === []) {
                $this->factory->holds()->drop($attempt, $this->client, 'The order could not be created.');
            } else {
                $this->attach($this->factory->attempts()->ordered($attempt), $orders);
            }
        }

        return $created;
    }

    /** @return array<string, mixed> the attempt with its hold */
    private function hold(CartSnapshot $cart, Input $input): array
    {
        $reason = $input->text('encours_override_reason', 900);
        if ($reason !== '' && !Permissions::ofEmployee()->may(Permissions::DECIDE)) {
            $this->refuse($this->l('Your profile may not order against the decision.'));
        }
        try {
            $this->giveBackEarlier($cart->idCart());
            $attempt = $this->factory->attempts()->open($cart, $this->request($cart, $input, $reason), $reason === '' ? null : $reason, $this->idEmployee());
            $attempt = $this->ask($attempt);
        } catch (ApiException $failure) {
            $this->refuse($this->factory->backOfficeQuote()->sentenceFor($failure));
        }
        if ($attempt['status'] !== Attempts::HELD) {
            $this->refuse($this->whyNot($cart));
        }

        return $attempt;
    }

    /** @return array<string, mixed> */
    private function request(CartSnapshot $cart, Input $input, string $reason): array
    {
        $request = $this->factory->quotes()->question($cart) + ['cart' => (string) $cart->idCart(), 'cart_hash' => $cart->hash()];
        $terms = $input->text('encours_terms', 64);
        if (preg_match('/^[A-Za-z0-9][A-Za-z0-9._-]*$/D', $terms)) {
            $request['terms'] = $terms;
        }
        $number = $input->text('encours_purchase_order', 128);
        if ($number !== '') {
            $request['purchase_order_number'] = $number;
        }
        if ($reason !== '') {
            $request['override'] = ['reason' => StaffLog::signed($reason)];
        }

        return $request;
    }

    /**
     * An earlier try for the same cart, by staff or by the buyer, that came to nothing: its credit goes back first.
     *
     * @throws ApiException
     */
    private function giveBackEarlier(int $idCart): void
    {
        foreach ($this->factory->attempts()->unfinished($idCart) as $attempt) {
            $this->factory->holds()->drop($attempt, $this->client, 'The cart is ordered in the back office.');
        }
    }

    /**
     * Asks; a customer whom the service does not know yet is reported, and it is asked once more.
     *
     * @param array<string, mixed> $attempt
     *
     * @return array<string, mixed> the attempt as it is now: held or refused
     *
     * @throws ApiException
     */
    private function ask(array $attempt): array
    {
        $asked = $this->factory->holds()->ask($attempt, $this->client, $answer, StaffLog::author());
        $request = json_decode((string) $attempt['request'], true);
        if ($asked['status'] === Attempts::HELD || !$this->factory->backOfficeQuote()->reportIfUnknown($answer, (int) $request['company'])) {
            return $asked;
        }
        $again = $this->factory->attempts()->open(new CartSnapshot(new \Cart((int) $attempt['id_cart'])), $request, $attempt['override_reason'], $this->idEmployee());

        return $this->factory->holds()->ask($again, $this->client, $answer, StaffLog::author());
    }

    /** All reasons, since only staff read them. */
    private function whyNot(CartSnapshot $cart): string
    {
        $reasons = [];
        try {
            $reasons = array_column($this->factory->backOfficeQuote()->ask($cart)['reasons'], 'text');
        } catch (ApiException $failure) {
            // The refusal stands without its reasons.
        }

        return trim($this->l('Nothing was created: this order may not be placed on terms.') . ' ' . implode(' ', $reasons));
    }

    /**
     * @param array<string, mixed> $attempt
     * @param array<int, array<string, mixed>> $orders
     */
    private function attach(array $attempt, array $orders): void
    {
        try {
            $this->factory->attaching()->attachCart($attempt);
            if ($attempt['override_reason'] !== null) {
                $this->note(array_column($orders, 'id_order'), (string) $attempt['override_reason']);
            }
            $this->factory->delivery()->now(Subject::order((string) $orders[0]['reference']));
        } catch (\Throwable $fault) {
            \PrestaShopLogger::addLog('Encours: the orders of cart ' . $attempt['id_cart'] . ' wait to be attached: ' . $fault->getMessage(), 2, null, 'Cart', (int) $attempt['id_cart']);
        }
    }

    /**
     * Who ordered against the decision, and why, for everybody who opens the order in the back office.
     *
     * @param array<int|string> $idOrders
     */
    private function note(array $idOrders, string $reason): void
    {
        $note = sprintf($this->l('On terms against the decision, by %1$s: %2$s'), StaffLog::name(), $reason);
        foreach ($idOrders as $idOrder) {
            \Db::getInstance()->execute('UPDATE `' . _DB_PREFIX_ . "orders` SET `note` = TRIM(CONCAT(COALESCE(`note`, ''), ' ', '" . pSQL($note) . "')) WHERE `id_order` = " . (int) $idOrder);
            StaffLog::order((int) $idOrder, 'override', $reason);
        }
    }

    /** @param array<string, mixed> $attempt */
    private function paymentText(array $attempt): string
    {
        $label = $attempt['terms_label'] === null ? null : (new TermsLabel($this->factory->module()))->of((string) $attempt['terms_label']);
        $day = $attempt['due_on'] === null ? null : (new Display(\Context::getContext()))->day((string) $attempt['due_on']);

        return $this->factory->sentences()->paymentText($label, $day, true);
    }

    private function idEmployee(): ?int
    {
        $employee = \Context::getContext()->employee;

        return $employee === null ? null : (int) $employee->id;
    }

    /**
     * Core shows the message as HTML.
     *
     * @throws \PrestaShopException always
     */
    private function refuse(string $sentence): void
    {
        throw new \PrestaShopException(htmlspecialchars($sentence, ENT_QUOTES, 'UTF-8', false));
    }

    private function l(string $text): string
    {
        return $this->factory->module()->l($text, 'backofficeorder');
    }
}
