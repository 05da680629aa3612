<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule;

use Encours;

/**
 * Builds the parts of the module for one shop, each once and only when somebody asks for it.
 */
final class Factory
{
    /** @var Encours */
    private $module;

    /** @var int */
    private $idShop;

    /** @var array<string, object> */
    private $made = [];

    /** @var callable */
    private $clock = 'time';

    private function __construct(Encours $module, int $idShop)
    {
        $this->module = $module;
        $this->idShop = $idShop;
    }

    public static function of(Encours $module, ?int $idShop = null): self
    {
        return new self($module, $idShop ?: (int) \Context::getContext()->shop->id);
    }

    /** The same with another way to the service and another clock, for tests. */
    public function with(Api\Transport $transport, callable $clock): self
    {
        $factory = new self($this->module, $this->idShop);
        $factory->made['transport'] = $transport;
        $factory->clock = $clock;

        return $factory;
    }

    public function module(): Encours
    {
        return $this->module;
    }

    public function idShop(): int
    {
        return $this->idShop;
    }

    /** Seconds since 1970, as a function so that tests can stop it. */
    public function clock(): callable
    {
        return $this->clock;
    }

    // Api

    public function transport(): Api\Transport
    {
        return $this->once(__FUNCTION__, function () { return new Api\CurlTransport(); });
    }

    public function breaker(): Api\Breaker
    {
        return $this->once(__FUNCTION__, function () { return new Api\Breaker($this->idShop, $this->clock()); });
    }

    /** For pages of the shop: it answers within two seconds or not at all. */
    public function client(): Api\Client
    {
        return $this->once(__FUNCTION__, function () {
            return new Api\Client($this->settings(), $this->transport(), $this->breaker(), Encours::VERSION);
        });
    }

    // Config

    public function settings(): Config\Settings
    {
        return $this->once(__FUNCTION__, function () { return new Config\Settings($this->idShop); });
    }

    public function configurationPage(): Config\ConfigurationPage
    {
        return $this->once(__FUNCTION__, function () { return new Config\ConfigurationPage($this); });
    }

    public function connectionTest(): Config\ConnectionTest
    {
        return $this->once(__FUNCTION__, function () { return new Config\ConnectionTest($this->transport(), $this->clock()); });
    }

    public function healthCheck(): Config\HealthCheck
    {
        return $this->once(__FUNCTION__, function () { return new Config\HealthCheck($this); });
    }

    public function essentials(): Config\Essentials
    {
        return $this->once(__FUNCTION__, function () { return new Config\Essentials($this->settings(), $this->client()->patient()); });
    }

    public function callbackSubscription(): Config\CallbackSubscription
    {
        return $this->once(__FUNCTION__, function () {
            // In the shop's own language: whoever looks at it must see the same address.
            $idLang = (int) \Configuration::get('PS_LANG_DEFAULT', null, null, $this->idShop);
            $url = \Context::getContext()->link->getModuleLink($this->module->name, 'callback', [], true, $idLang ?: null, $this->idShop);

            return new Config\CallbackSubscription($this->settings(), $this->client()->patient(), $url);
        });
    }

    // Checkout

    public function frontMedia(): Checkout\FrontMedia
    {
        return $this->once(__FUNCTION__, function () { return new Checkout\FrontMedia($this->module, $this->settings()); });
    }

    public function eligibility(): Checkout\Eligibility
    {
        return $this->once(__FUNCTION__, function () { return new Checkout\Eligibility($this->module, $this->settings()); });
    }

    public function sentences(): Checkout\Sentences
    {
        return $this->once(__FUNCTION__, function () { return new Checkout\Sentences($this->module); });
    }

    public function paymentOptions(): Checkout\PaymentOptions
    {
        return $this->once(__FUNCTION__, function () { return new Checkout\PaymentOptions($this); });
    }

    public function quotes(): Checkout\Quotes
    {
        return $this->once(__FUNCTION__, function () { return new Checkout\Quotes($this->client(), $this->idShop, $this->clock()); });
    }

    public function cartLock(): Checkout\CartLock
    {
        return $this->once(__FUNCTION__, function () { return new Checkout\CartLock(); });
    }

    public function attempts(): Checkout\Attempts
    {
        return $this->once(__FUNCTION__, function () { return new Checkout\Attempts($this->idShop, $this->clock()); });
    }

    public function holds(): Checkout\Holds
    {
        return $this->once(__FUNCTION__, function () { return new Checkout\Holds($this); });
    }

    public function attaching(): Checkout\Attaching
    {
        return $this->once(__FUNCTION__, function () { return new Checkout\Attaching($this); });
    }

    public function submission(): Checkout\Submission
    {
        return $this->once(__FUNCTION__, function () { return new Checkout\Submission($this); });
    }

    public function paymentReturn(): Checkout\PaymentReturn
    {
        return $this->once(__FUNCTION__, function () { return new Checkout\PaymentReturn($this); });
    }

    public function backOfficeQuote(): Checkout\BackOfficeQuote
    {
        return $this->once(__FUNCTION__, function () { return new Checkout\BackOfficeQuote($this); });
    }

    public function backOfficeOrder(): Checkout\BackOfficeOrder
    {
        return $this->once(__FUNCTION__, function () { return new Checkout\BackOfficeOrder($this); });
    }

    // Sync

    public function outbox(): Sync\Outbox
    {
        return $this->once(__FUNCTION__, function () { return new Sync\Outbox($this->idShop, $this->clock()); });
    }

    public function delivery(): Sync\Delivery
    {
        return $this->once(__FUNCTION__, function () { return new Sync\Delivery($this); });
    }

    public function companyReport(): Sync\CompanyReport
    {
        return $this->once(__FUNCTION__, function () { return new Sync\CompanyReport($this->orderHistoryFacts(), $this->idShop); });
    }

    public function orderHistoryFacts(): Sync\OrderHistoryFacts
    {
        return $this->once(__FUNCTION__, function () { return new Sync\OrderHistoryFacts($this->idShop, $this->clock()); });
    }

    public function companySender(): Sync\CompanySender
    {
        return $this->once(__FUNCTION__, function () { return new Sync\CompanySender($this->companyReport(), $this->settings()); });
    }

    public function groupReport(): Sync\GroupReport
    {
        return $this->once(__FUNCTION__, function () { return new Sync\GroupReport($this->idShop); });
    }

    public function firstSync(): Sync\FirstSync
    {
        return $this->once(__FUNCTION__, function () { return new Sync\FirstSync($this); });
    }

    public function sweep(): Sync\Sweep
    {
        return $this->once(__FUNCTION__, function () { return new Sync\Sweep($this); });
    }

    // Order

    public function ordersOnTerms(): Order\OrdersOnTerms
    {
        return $this->once(__FUNCTION__, function () { return new Order\OrdersOnTerms($this->idShop); });
    }

    public function orderEvents(): Order\OrderEvents
    {
        return $this->once(__FUNCTION__, function () { return new Order\OrderEvents($this); });
    }

    public function callback(): Order\Callback
    {
        return $this->once(__FUNCTION__, function () { return new Order\Callback($this); });
    }

    public function settledState(): Order\SettledState
    {
        return $this->once(__FUNCTION__, function () { return new Order\SettledState($this->settings(), $this->ordersOnTerms()); });
    }

    public function orderPanel(): Order\OrderPanel
    {
        return $this->once(__FUNCTION__, function () { return new Order\OrderPanel($this); });
    }

    /** Asked in the back office, after the page has come: it may take its time. */
    public function liveOrder(): Order\LiveOrder
    {
        return $this->once(__FUNCTION__, function () {
            return new Order\LiveOrder($this->client()->patient(), $this->module, new Account\Display(\Context::getContext()));
        });
    }

    public function orderActions(): Order\OrderActions
    {
        return $this->once(__FUNCTION__, function () { return new Order\OrderActions($this); });
    }

    public function orderGrid(): Order\OrderGrid
    {
        return $this->once(__FUNCTION__, function () { return new Order\OrderGrid($this); });
    }

    public function adminMedia(): Order\AdminMedia
    {
        return $this->once(__FUNCTION__, function () { return new Order\AdminMedia($this->module); });
    }

    // Customer

    public function customerHooks(): Customer\CustomerHooks
    {
        return $this->once(__FUNCTION__, function () { return new Customer\CustomerHooks($this); });
    }

    public function customerPanel(): Customer\CustomerPanel
    {
        return $this->once(__FUNCTION__, function () { return new Customer\CustomerPanel($this); });
    }

    public function liveCompany(): Customer\LiveCompany
    {
        return $this->once(__FUNCTION__, function () {
            return new Customer\LiveCompany($this->client()->patient(), $this->module, new Account\Display(\Context::getContext()));
        });
    }

    public function customerActions(): Customer\CustomerActions
    {
        return $this->once(__FUNCTION__, function () { return new Customer\CustomerActions($this); });
    }

    // Account

    public function creditSummary(): Account\CreditSummary
    {
        return $this->once(__FUNCTION__, function () { return new Account\CreditSummary($this->client(), $this->idShop, $this->clock()); });
    }

    public function accountLinks(): Account\AccountLinks
    {
        return $this->once(__FUNCTION__, function () { return new Account\AccountLinks($this); });
    }

    public function navigationCredit(): Account\NavigationCredit
    {
        return $this->once(__FUNCTION__, function () { return new Account\NavigationCredit($this); });
    }

    public function orderDetail(): Account\OrderDetail
    {
        return $this->once(__FUNCTION__, function () { return new Account\OrderDetail($this); });
    }

    public function invoiceBlock(): Account\InvoiceBlock
    {
        return $this->once(__FUNCTION__, function () { return new Account\InvoiceBlock($this); });
    }

    public function creditPage(): Account\CreditPage
    {
        return $this->once(__FUNCTION__, function () { return new Account\CreditPage($this); });
    }

    public function ordersPage(): Account\OrdersPage
    {
        return $this->once(__FUNCTION__, function () { return new Account\OrdersPage($this); });
    }

    private function once(string $name, callable $make)
    {
        if (!isset($this->made[$name])) {
            $this->made[$name] = $make();
        }

        return $this->made[$name];
    }
}
