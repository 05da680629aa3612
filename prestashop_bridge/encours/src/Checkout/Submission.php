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
use EncoursModule\Api\Refused;
use EncoursModule\Api\Unavailable;
use EncoursModule\Factory;
use EncoursModule\Sync\Subject;

/**
 * What happens when a buyer orders on terms, top to bottom. Each step may be repeated after a crash at any point: one
 * order comes of a cart, or none, and credit that is held without an order is given back (Sync\Sweep).
 */
final class Submission
{
    /** Seconds that a second click waits for the first to finish. */
    const WAIT = 20;

    /** Seconds after which a hold is not ordered on any more: the sweep may be giving it back. */
    const HOLD_IS_FRESH = 540;

    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    public function submit(\Cart $cart, \Customer $customer, Choice $choice): Outcome
    {
        if (!$choice->isGenuine) {
            return Outcome::refused($this->sentences()->formExpired());
        }
        if (!$choice->idCart || !$this->factory->cartLock()->take($choice->idCart, self::WAIT)) {
            return Outcome::refused($this->sentences()->beingOrdered());
        }
        try {
            return $this->alone($cart, $customer, $choice);
        } finally {
            $this->factory->cartLock()->release($choice->idCart);
        }
    }

    /** With the cart to itself: a double click, a second tab or the back button comes here after the first is done. */
    private function alone(\Cart $cart, \Customer $customer, Choice $choice): Outcome
    {
        $ordered = $this->orderedBefore($choice->idCart, $customer);
        if ($ordered !== null) {
            return $ordered;
        }
        if ((int) $cart->id !== $choice->idCart) {
            return Outcome::refused($this->sentences()->cartChanged());
        }
        if ($this->hasOtherOrder($choice->idCart) || !$this->factory->eligibility()->maySubmit($customer, $cart)) {
            return Outcome::refused($this->sentences()->notAvailable());
        }
        if (!$choice->hasAgreed && $this->factory->settings()->termsOfUse((int) \Context::getContext()->language->id) !== '') {
            return Outcome::refused($this->sentences()->agreeFirst());
        }
        $snapshot = new CartSnapshot($cart);
        if ($snapshot->isFree()) {
            return Outcome::refused($this->sentences()->notAvailable());
        }
        if (!hash_equals($snapshot->hash(), $choice->cartHash)) {
            return Outcome::refused($this->sentences()->cartChanged());
        }
        $attempt = $this->hold($snapshot, $choice);

        return $attempt instanceof Outcome ? $attempt : $this->order($snapshot, $customer, $attempt);
    }

    /** The cart became an order already: it is confirmed, and attached if a crash came between. */
    private function orderedBefore(int $idCart, \Customer $customer): ?Outcome
    {
        $orders = Attaching::ordersOf($idCart);
        if ($orders === [] || (int) $orders[0]['id_customer'] !== (int) $customer->id) {
            return null;
        }
        foreach ($this->factory->attempts()->unfinished($idCart) as $attempt) {
            if ($attempt['hold_id'] !== null) {
                $this->attach($attempt, $orders);
                break;
            }
        }

        return Outcome::ordered((int) end($orders)['id_order']);
    }

    /** Paid in another way in another tab. */
    private function hasOtherOrder(int $idCart): bool
    {
        return (bool) \Db::getInstance()->getValue('SELECT 1 FROM `' . _DB_PREFIX_ . 'orders` WHERE `id_cart` = ' . $idCart, false);
    }

    /**
     * Reserves the credit: the service decides again, under its lock.
     *
     * @return array<string, mixed>|Outcome the attempt with its hold, or why there is none
     */
    private function hold(CartSnapshot $cart, Choice $choice)
    {
        $request = $this->request($cart, $choice);
        try {
            $attempt = $this->resumed($cart, $request) ?: $this->factory->attempts()->open($cart, $request);
            if ($attempt['status'] === Attempts::ASKED) {
                $attempt = $this->factory->holds()->ask($attempt, $this->factory->client());
                $this->factory->quotes()->forget($cart->idCart());
            }
        } catch (Unavailable $unavailable) {
            // Whether it was held is unknown: the attempt stays, for the next click or the sweep to ask again.
            $this->log('No hold for cart ' . $cart->idCart(), $unavailable);

            return Outcome::refused($this->sentences()->noAnswer());
        } catch (Refused $refused) {
            $this->log('The hold for cart ' . $cart->idCart() . ' was refused', $refused);

            return Outcome::refused($this->sentenceFor($refused, $choice));
        }

        return $attempt['status'] === Attempts::HELD ? $attempt : Outcome::refused($this->sentences()->notAvailable());
    }

    /**
     * @return array<string, mixed> body of the request for a hold
     */
    private function request(CartSnapshot $cart, Choice $choice): array
    {
        $request = $this->factory->quotes()->question($cart) + [
            'cart' => (string) $cart->idCart(),
            'cart_hash' => $cart->hash(),
            'quoted_cart_hash' => $choice->cartHash,
        ];
        if ($choice->terms !== null) {
            $request['terms'] = $choice->terms;
        }
        if ($choice->purchaseOrderNumber !== null && $this->factory->settings()->askPurchaseOrderNumber()) {
            $request['purchase_order_number'] = $choice->purchaseOrderNumber;
        }

        return $request;
    }

    /**
     * The attempt that asked the same before. What asked otherwise gives its credit back first: the cart has changed.
     *
     * @param array<string, mixed> $request
     *
     * @return array<string, mixed>|null
     *
     * @throws ApiException
     */
    private function resumed(CartSnapshot $cart, array $request): ?array
    {
        $resumed = null;
        foreach ($this->factory->attempts()->unfinished($cart->idCart()) as $attempt) {
            $isSame = json_decode((string) $attempt['request'], true) == $request;
            $isFresh = $attempt['status'] === Attempts::ASKED || strtotime((string) $attempt['date_upd']) > ($this->factory->clock())() - self::HOLD_IS_FRESH;
            if ($resumed === null && $isSame && $isFresh) {
                $resumed = $attempt;
                continue;
            }
            $this->factory->holds()->drop($attempt, $this->factory->client(), 'The cart was changed before it was ordered.');
        }

        return $resumed;
    }

    /**
     * @param array<string, mixed> $attempt
     */
    private function order(CartSnapshot $cart, \Customer $customer, array $attempt): Outcome
    {
        $module = $this->factory->module();
        try {
            // Core asks its page cache whether the cart has an order; what it found before the lock is old.
            \Cache::clean('Cart::orderExists_' . $cart->idCart());
            $module->validateOrder(
                $cart->idCart(),
                (int) $this->factory->settings()->acceptedState(),
                $cart->total(),
                $this->paymentText($attempt),
                null,
                [],
                $cart->idCurrency(),
                false,
                $customer->secure_key
            );
        } catch (\Throwable $fault) {
            \PrestaShopLogger::addLog('Encours: cart ' . $cart->idCart() . ' could not be ordered: ' . $fault->getMessage(), 3, null, 'Cart', $cart->idCart());
        }
        $orders = Attaching::ordersOf($cart->idCart());
        if ($orders === []) {
            $this->factory->holds()->drop($attempt, $this->factory->client(), 'The order could not be created.');

            return Outcome::refused($this->sentences()->notOrdered());
        }
        $this->attach($this->factory->attempts()->ordered($attempt), $orders);

        return Outcome::ordered((int) end($orders)['id_order']);
    }

    /**
     * The order stands, whatever comes now: what is queued is delivered at once or by the sweep.
     *
     * @param array<string, mixed> $attempt
     * @param array<int, array<string, mixed>> $orders
     */
    private function attach(array $attempt, array $orders): void
    {
        try {
            $this->factory->attaching()->attachCart($attempt);
            $this->factory->creditSummary()->forget((int) $orders[0]['id_customer']);
            $this->factory->delivery()->now(Subject::order((string) $orders[0]['reference']));
        } catch (\Throwable $fault) {
            \PrestaShopLogger::addLog('Encours: the orders of cart ' . $attempt['id_cart'] . ' wait to be attached: ' . $fault->getMessage(), 2, null, 'Cart', (int) $attempt['id_cart']);
        }
    }

    /**
     * @param array<string, mixed> $attempt
     */
    private function paymentText(array $attempt): string
    {
        $label = $attempt['terms_label'] === null ? null : (new TermsLabel($this->factory->module()))->of((string) $attempt['terms_label']);
        $day = $attempt['due_on'] === null ? null : (new Display(\Context::getContext()))->day((string) $attempt['due_on']);

        return $this->sentences()->paymentText($label, $day, true);
    }

    private function sentenceFor(Refused $refused, Choice $choice): string
    {
        switch ($refused->problemCode()) {
            case 'cart_changed':
                return $this->sentences()->cartChanged();
            case 'terms_not_offered':
                return $choice->terms === null ? $this->sentences()->chooseTerms() : $this->sentences()->termsGone();
            default:
                return $this->sentences()->notAvailable();
        }
    }

    private function log(string $what, ApiException $why): void
    {
        \PrestaShopLogger::addLog('Encours: ' . $what . ': ' . $why->getMessage(), 2, null, 'Encours');
    }

    private function sentences(): Sentences
    {
        return $this->factory->sentences();
    }
}
