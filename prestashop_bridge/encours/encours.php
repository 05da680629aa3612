<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

if (!defined('_PS_VERSION_')) {
    exit;
}

require_once __DIR__ . '/autoload.php';

use EncoursModule\Factory;
use EncoursModule\Install\Installer;

/**
 * Registers and delegates. What happens at a hook is in the class that its line names.
 */
class Encours extends PaymentModule
{
    const VERSION = '0.1.0';

    /**
     * Every hook this module uses; installing, resetting and the health check read this list.
     */
    const HOOKS = [
        'paymentOptions',
        'displayPaymentTop',
        'displayPaymentReturn',
        'actionFrontControllerSetMedia',
        'displayCustomerAccount',
        'displayNav2',
        'displayNavFullWidth',
        'displayOrderDetail',
        'displayPDFInvoice',
        'actionValidateOrder',
        'actionOrderStatusUpdate',
        'actionOrderHistoryAddAfter',
        'actionObjectOrderUpdateAfter',
        'actionObjectOrderDeleteAfter',
        'actionOrderSlipAdd',
        'actionObjectOrderSlipAddAfter',
        'actionOrderEdited',
        'actionObjectCustomerAddAfter',
        'actionObjectCustomerUpdateAfter',
        'actionObjectCustomerDeleteAfter',
        'actionObjectAddressAddAfter',
        'actionObjectAddressUpdateAfter',
        'actionObjectAddressDeleteAfter',
        'actionCustomerAddGroups',
        'actionObjectGroupAddAfter',
        'actionObjectGroupUpdateAfter',
        'actionObjectGroupDeleteAfter',
        'actionDeleteGDPRCustomer',
        'actionExportGDPRData',
        'displayAdminOrderTop',
        'displayAdminOrderMain',
        'displayAdminCustomers',
        'actionOrderGridDefinitionModifier',
        'actionOrderGridQueryBuilderModifier',
        'actionAdminControllerSetMedia',
    ];

    /** @var Factory|null */
    private $factory;

    public function __construct()
    {
        $this->name = 'encours';
        $this->tab = 'payments_gateways';
        $this->version = self::VERSION;
        $this->author = 'Encours contributors';
        $this->need_instance = 0;
        $this->bootstrap = true;
        $this->currencies = true;
        $this->currencies_mode = 'checkbox';
        $this->ps_versions_compliancy = ['min' => '1.7.8.0', 'max' => '9.99.99'];
        $this->controllers = ['submit', 'credit', 'orders', 'callback', 'cron'];
        parent::__construct();
        $this->displayName = $this->l('Encours: pay later for businesses');
        $this->description = $this->l('Lets business customers order now and pay the invoice later, within a credit limit.');
        $this->confirmUninstall = $this->l('Uninstall? What is not delivered yet is kept for a later installation, unless you chose on the configuration page to delete it.');
    }

    public function install()
    {
        return parent::install() && $this->registerHook(self::HOOKS) && (new Installer($this))->install();
    }

    public function uninstall()
    {
        return (new Installer($this))->uninstall() && parent::uninstall();
    }

    /** Repairs what an administrator may have lost; connection, settings and queue stay. */
    public function reset()
    {
        return $this->registerHook(self::HOOKS) && (new Installer($this))->reset();
    }

    public function enable($force_all = false)
    {
        return parent::enable($force_all) && (new Installer($this))->enable();
    }

    public function disable($force_all = false)
    {
        return (new Installer($this))->disable() && parent::disable($force_all);
    }

    public function getContent()
    {
        return $this->factory()->configurationPage()->show();
    }

    /** The parts of this module for one shop: the one of this page unless another is named. */
    public function factory(?int $idShop = null): Factory
    {
        $idShop = $idShop ?: (int) $this->context->shop->id;
        if ($this->factory === null || $this->factory->idShop() !== $idShop) {
            $this->factory = Factory::of($this, $idShop);
        }

        return $this->factory;
    }

    /**
     * A buyer's order comes here once its credit is held. What comes without, from the back office, the web service or
     * another module, passes the same check first (BackOfficeOrder).
     */
    public function validateOrder(
        $id_cart,
        $id_order_state,
        $amount_paid,
        $payment_method = 'Unknown',
        $message = null,
        $extra_vars = [],
        $currency_special = null,
        $dont_touch_amount = false,
        $secure_key = false,
        $shop = null,
        $order_reference = null
    ) {
        $create = function ($state, $method) use ($id_cart, $amount_paid, $message, $extra_vars, $currency_special, $dont_touch_amount, $secure_key, $shop, $order_reference) {
            return parent::validateOrder($id_cart, $state, $amount_paid, $method, $message, $extra_vars, $currency_special, $dont_touch_amount, $secure_key, $shop, $order_reference);
        };
        $factory = $this->factory((int) (new Cart((int) $id_cart))->id_shop);
        if (!defined('_PS_ADMIN_DIR_') && $factory->attempts()->isHeld((int) $id_cart)) {
            return $create($id_order_state, $payment_method);
        }

        return $factory->backOfficeOrder()->place((int) $id_cart, $create);
    }

    // What a shop's visitors see.

    public function hookPaymentOptions($params)
    {
        return $this->quietly(function () use ($params) { return $this->factory()->paymentOptions()->offer($params); }, []);
    }

    public function hookDisplayPaymentTop($params)
    {
        return $this->quietly(function () use ($params) { return $this->factory()->paymentOptions()->explain($params); }, '');
    }

    public function hookDisplayPaymentReturn($params)
    {
        return $this->quietly(function () use ($params) { return $this->factory()->paymentReturn()->show($params); }, '');
    }

    public function hookActionFrontControllerSetMedia($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->delivery()->idle(); $this->factory()->frontMedia()->register($params); });
    }

    public function hookDisplayCustomerAccount($params)
    {
        return $this->quietly(function () use ($params) { return $this->factory()->accountLinks()->show($params); }, '');
    }

    public function hookDisplayNav2($params)
    {
        return $this->quietly(function () use ($params) { return $this->factory()->navigationCredit()->show($params); }, '');
    }

    public function hookDisplayNavFullWidth($params)
    {
        return $this->quietly(function () use ($params) { return $this->factory()->navigationCredit()->showOnPhones($params); }, '');
    }

    public function hookDisplayOrderDetail($params)
    {
        return $this->quietly(function () use ($params) { return $this->factory()->orderDetail()->show($params); }, '');
    }

    public function hookDisplayPDFInvoice($params)
    {
        return $this->quietly(function () use ($params) { return $this->factory()->invoiceBlock()->show($params); }, '');
    }

    // What happens to orders.

    public function hookActionValidateOrder($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->orderEvents()->orderPlaced($params); });
    }

    public function hookActionOrderStatusUpdate($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->settledState()->keepUnpaid($params); });
    }

    public function hookActionOrderHistoryAddAfter($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->orderEvents()->statusAdded($params); });
    }

    public function hookActionObjectOrderUpdateAfter($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->orderEvents()->orderUpdated($params); });
    }

    public function hookActionObjectOrderDeleteAfter($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->orderEvents()->orderDeleted($params); });
    }

    public function hookActionOrderSlipAdd($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->orderEvents()->slipAdded($params); });
    }

    public function hookActionObjectOrderSlipAddAfter($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->orderEvents()->slipStored($params); });
    }

    public function hookActionOrderEdited($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->orderEvents()->orderEdited($params); });
    }

    // What happens to customers, addresses and groups.

    public function hookActionObjectCustomerAddAfter($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->customerHooks()->customerChanged($params); });
    }

    public function hookActionObjectCustomerUpdateAfter($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->customerHooks()->customerChanged($params); });
    }

    public function hookActionObjectCustomerDeleteAfter($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->customerHooks()->customerDeleted($params); });
    }

    public function hookActionObjectAddressAddAfter($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->customerHooks()->addressChanged($params); });
    }

    public function hookActionObjectAddressUpdateAfter($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->customerHooks()->addressChanged($params); });
    }

    public function hookActionObjectAddressDeleteAfter($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->customerHooks()->addressChanged($params); });
    }

    public function hookActionCustomerAddGroups($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->customerHooks()->groupsJoined($params); });
    }

    public function hookActionObjectGroupAddAfter($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->customerHooks()->groupChanged($params); });
    }

    public function hookActionObjectGroupUpdateAfter($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->customerHooks()->groupChanged($params); });
    }

    public function hookActionObjectGroupDeleteAfter($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->customerHooks()->groupDeleted($params); });
    }

    public function hookActionDeleteGDPRCustomer($customer)
    {
        return $this->quietly(function () use ($customer) { return $this->factory()->customerHooks()->forget($customer); }, json_encode(false));
    }

    public function hookActionExportGDPRData($customer)
    {
        return $this->quietly(function () use ($customer) { return $this->factory()->customerHooks()->export($customer); }, json_encode(false));
    }

    // What staff see in the back office.

    public function hookDisplayAdminOrderTop($params)
    {
        return $this->quietly(function () use ($params) { return $this->factory()->orderPanel()->showWarning($params); }, '');
    }

    public function hookDisplayAdminOrderMain($params)
    {
        return $this->quietly(function () use ($params) { return $this->factory()->orderPanel()->show($params); }, '');
    }

    public function hookDisplayAdminCustomers($params)
    {
        return $this->quietly(function () use ($params) { return $this->factory()->customerPanel()->show($params); }, '');
    }

    public function hookActionOrderGridDefinitionModifier($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->orderGrid()->addColumn($params); });
    }

    public function hookActionOrderGridQueryBuilderModifier($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->orderGrid()->addQuery($params); });
    }

    public function hookActionAdminControllerSetMedia($params)
    {
        $this->quietly(function () use ($params) { $this->factory()->delivery()->idle(); $this->factory()->adminMedia()->register($params); });
    }

    /**
     * A fault of ours is written to the shop's log and never breaks a page of the shop.
     *
     * @param mixed $otherwise what the hook gives instead
     *
     * @return mixed
     */
    private function quietly(callable $do, $otherwise = null)
    {
        try {
            return $do();
        } catch (\Throwable $fault) {
            PrestaShopLogger::addLog('Encours: ' . get_class($fault) . ' at ' . basename($fault->getFile()) . ':' . $fault->getLine() . ': ' . $fault->getMessage(), 3, null, 'Encours');

            return $otherwise;
        }
    }
}
