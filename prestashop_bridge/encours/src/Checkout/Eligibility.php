<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Checkout;

use Encours;
use EncoursModule\Config\Settings;

/**
 * Whether the service is worth asking: what the shop knows itself costs no call. Who gets credit is not decided here.
 */
final class Eligibility
{
    /** @var Encours */
    private $module;

    /** @var Settings */
    private $settings;

    /** @var array<int, array<string, mixed>>|null the shop's, read once for a page */
    private $currencies;

    public function __construct(Encours $module, Settings $settings)
    {
        $this->module = $module;
        $this->settings = $settings;
    }

    public function mayAsk(\Customer $customer, \Cart $cart): bool
    {
        return (bool) $this->module->active
            && $this->settings->isUsable()
            && \Validate::isLoadedObject($customer)
            && !$customer->isGuest()
            && $customer->isLogged()
            && \Validate::isLoadedObject($cart)
            && (int) $cart->id_customer === (int) $customer->id
            && $this->takesCurrency($cart)
            && $cart->getProducts() !== [];
    }

    /** Also whether core would still show the option: country, group, currency and carrier may have changed meanwhile. */
    public function maySubmit(\Customer $customer, \Cart $cart): bool
    {
        if (!$this->mayAsk($customer, $cart) || !(int) $cart->id_address_delivery || !(int) $cart->id_address_invoice) {
            return false;
        }
        foreach ((array) \Module::getPaymentModules() as $usable) {
            if ($usable['name'] === $this->module->name) {
                return true;
            }
        }

        return false;
    }

    private function takesCurrency(\Cart $cart): bool
    {
        if ($this->currencies === null) {
            $this->currencies = $this->module->getCurrency((int) $cart->id_currency) ?: [];
        }
        $currencies = $this->currencies;
        foreach (is_array($currencies) ? $currencies : [] as $currency) {
            if ((int) $currency['id_currency'] === (int) $cart->id_currency) {
                return true;
            }
        }

        return false;
    }
}
