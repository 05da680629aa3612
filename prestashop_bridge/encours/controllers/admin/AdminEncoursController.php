<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

if (!defined('_PS_VERSION_')) {
    exit;
}

use EncoursModule\Api\ApiException;
use EncoursModule\Config\Input;
use EncoursModule\Config\Notice;
use EncoursModule\Config\Permissions;
use EncoursModule\Customer\CustomerActions;
use EncoursModule\Customer\CustomerPanel;
use EncoursModule\Factory;
use EncoursModule\Order\OrderActions;

/**
 * What the module's panels in the back office ask for. Core has checked the token; the right to do what is asked is
 * checked here, once for all.
 *
 * @property Encours $module
 */
class AdminEncoursController extends ModuleAdminController
{
    public function __construct()
    {
        $this->bootstrap = true;
        parent::__construct();
    }

    /** Nobody comes here by the menu; who does anyway finds the configuration. */
    public function initContent()
    {
        Tools::redirectAdmin($this->context->link->getAdminLink('AdminModules', true, [], ['configure' => $this->module->name]));
    }

    /** The panel of an order: as it stands now, or after something was done. */
    public function ajaxProcessOrder()
    {
        $order = new Order((int) Tools::getValue('id_order'));
        if (!Validate::isLoadedObject($order) || !$this->seesShop((int) $order->id_shop)) {
            $this->answer(404, ['notices' => [$this->notice($this->module->l('There is no such order.', 'AdminEncoursController'))]]);
        }
        $factory = Factory::of($this->module, (int) $order->id_shop);
        $notices = $this->act(OrderActions::RIGHTS, function (string $action) use ($factory, $order) {
            return $factory->orderActions()->run($action, $order, Input::ofRequest());
        });
        $this->answer(200, $this->panelOrNotices($notices, function (array $notices) use ($factory, $order) {
            return $factory->orderPanel()->live((int) $order->id, $notices);
        }));
    }

    /** The panel of a customer, in the same way. */
    public function ajaxProcessCustomer()
    {
        $customer = new Customer((int) Tools::getValue('id_customer'));
        $idShop = CustomerPanel::shopOf($customer);
        if (!Validate::isLoadedObject($customer) || !$this->seesShop($idShop)) {
            $this->answer(404, ['notices' => [$this->notice($this->module->l('There is no such customer.', 'AdminEncoursController'))]]);
        }
        $factory = Factory::of($this->module, $idShop);
        $notices = $this->act(CustomerActions::RIGHTS, function (string $action) use ($factory, $customer) {
            return $factory->customerActions()->run($action, $customer, Input::ofRequest());
        });
        $this->answer(200, $this->panelOrNotices($notices, function (array $notices) use ($factory, $customer) {
            return $factory->customerPanel()->live($customer, $notices);
        }));
    }

    /** Whether the cart on the page of a new order may be ordered on terms. */
    public function ajaxProcessDecision()
    {
        $this->allow(Permissions::LOOK);
        $cart = new Cart((int) Tools::getValue('id_cart'));
        if (!Validate::isLoadedObject($cart) || !$this->seesShop((int) $cart->id_shop)) {
            $this->answer(404, ['html' => '']);
        }
        $this->answer(200, ['html' => Factory::of($this->module, (int) $cart->id_shop)->backOfficeQuote()->preview($cart)]);
    }

    /** One batch of the first synchronisation. */
    public function ajaxProcessFirstSync()
    {
        $this->allow(Permissions::DECIDE);
        $this->mustBePost();
        if (Shop::isFeatureActive() && Shop::getContext() !== Shop::CONTEXT_SHOP) {
            $this->answer(409, ['notices' => [$this->notice($this->module->l('Choose one shop first.', 'AdminEncoursController'))]]);
        }
        try {
            $this->answer(200, Factory::of($this->module)->firstSync()->step((bool) Tools::getValue('restart')));
        } catch (ApiException $failure) {
            $this->answer(503, ['notices' => [Notice::ofFailure($failure, $this->module->l('The service does not answer now.', 'AdminEncoursController'))->toArray()]]);
        }
    }

    /**
     * Does what was posted, if the employee may.
     *
     * @param array<string, string> $rights by action
     *
     * @return Notice[] none if nothing was asked for but to look
     */
    private function act(array $rights, callable $do)
    {
        $this->allow(Permissions::LOOK);
        $action = (string) Tools::getValue('do');
        if ($action === '') {
            return [];
        }
        $this->mustBePost();
        if (!isset($rights[$action])) {
            $this->answer(400, ['notices' => [$this->notice($this->module->l('There is no such action.', 'AdminEncoursController'))]]);
        }
        $this->allow($rights[$action]);

        return $do($action);
    }

    /**
     * After an error the forms stay as they were filled in, with the key under which they were sent.
     *
     * @param Notice[] $notices
     *
     * @return array<string, mixed>
     */
    private function panelOrNotices(array $notices, callable $panel)
    {
        foreach ($notices as $notice) {
            if ($notice->kind === Notice::ERROR && Tools::getValue('do') !== 'retry') {
                return ['notices' => array_map(function (Notice $one) { return $one->toArray(); }, $notices)];
            }
        }

        return ['html' => $panel($notices)];
    }

    private function allow(string $what)
    {
        if (!Permissions::ofEmployee()->may($what)) {
            $this->answer(403, ['notices' => [$this->notice($this->module->l('Your profile may not do this. An administrator can change that under Advanced parameters, Team, Permissions, line Encours.', 'AdminEncoursController'))]]);
        }
    }

    private function mustBePost()
    {
        if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
            $this->answer(405, ['notices' => [$this->notice($this->module->l('This must be sent as a form.', 'AdminEncoursController'))]]);
        }
    }

    private function seesShop(int $idShop)
    {
        return !Shop::isFeatureActive() || $this->context->employee->isSuperAdmin() || in_array($idShop, array_map('intval', $this->context->employee->getAssociatedShops()), true);
    }

    private function notice(string $text)
    {
        return (new Notice(Notice::ERROR, $text))->toArray();
    }

    private function answer(int $status, array $body)
    {
        http_response_code($status);
        header('Content-Type: application/json; charset=utf-8');
        header('Cache-Control: no-store');
        echo json_encode($body, JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE);
        exit;
    }
}
