<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Checkout;

use EncoursModule\Money;

/**
 * What a cart asks credit for, and a hash by which a changed cart is told (G04).
 */
final class CartSnapshot
{
    /** @var \Cart */
    private $cart;

    /** @var \Currency */
    private $currency;

    /** @var string|null */
    private $amount;

    public function __construct(\Cart $cart)
    {
        $this->cart = $cart;
        $this->currency = new \Currency((int) $cart->id_currency);
    }

    public function idCart(): int
    {
        return (int) $this->cart->id;
    }

    public function idCustomer(): int
    {
        return (int) $this->cart->id_customer;
    }

    /** Gross total with shipping, wrapping and discounts, as core computes it. */
    public function amount(): string
    {
        if ($this->amount === null) {
            $this->amount = Money::of($this->total(), $this->currency);
        }

        return $this->amount;
    }

    /** The same as core's float, for core. */
    public function total(): float
    {
        return (float) $this->cart->getOrderTotal(true, \Cart::BOTH);
    }

    public function currency(): string
    {
        return (string) $this->currency->iso_code;
    }

    public function idCurrency(): int
    {
        return (int) $this->currency->id;
    }

    public function isEmpty(): bool
    {
        return $this->cart->getProducts() === [];
    }

    public function isFree(): bool
    {
        return (float) $this->amount() <= 0.0;
    }

    /**
     * Units of the credit line's currency for one unit of the cart's; null if they are one, or the shop has no rate.
     */
    public function exchangeRateTo(string $creditCurrency): ?string
    {
        if ($creditCurrency === $this->currency()) {
            return null;
        }
        $credit = new \Currency((int) \Currency::getIdByIsoCode($creditCurrency));
        if (!\Validate::isLoadedObject($credit) || (float) $credit->conversion_rate <= 0 || (float) $this->currency->conversion_rate <= 0) {
            return null;
        }
        $rate = (float) $credit->conversion_rate / (float) $this->currency->conversion_rate;
        $text = rtrim(rtrim(number_format($rate, 10, '.', ''), '0'), '.');

        return $text === '0' ? null : $text;
    }

    /**
     * Changes with everything the buyer confirmed: products, quantities, customisations, addresses, carriers, discounts, total.
     */
    public function hash(): string
    {
        $products = array_map(function (array $product): array {
            return [
                (int) $product['id_product'],
                (int) $product['id_product_attribute'],
                (int) (isset($product['id_customization']) ? $product['id_customization'] : 0),
                (int) (isset($product['id_address_delivery']) ? $product['id_address_delivery'] : 0),
                (int) $product['cart_quantity'],
            ];
        }, $this->cart->getProducts());
        sort($products);
        $discounts = array_map(function (array $rule): int {
            return (int) $rule['id_cart_rule'];
        }, $this->cart->getCartRules());
        sort($discounts);

        return hash('sha256', (string) json_encode([
            $products,
            $discounts,
            (int) $this->cart->id_address_delivery,
            (int) $this->cart->id_address_invoice,
            (string) $this->cart->delivery_option,
            (int) $this->cart->id_carrier,
            (int) $this->cart->gift,
            (int) $this->cart->recyclable,
            $this->amount(),
            $this->currency(),
        ]));
    }
}
