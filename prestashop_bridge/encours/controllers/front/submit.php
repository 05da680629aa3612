<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

if (!defined('_PS_VERSION_')) {
    exit;
}

use EncoursModule\Checkout\Choice;

/**
 * Takes the form of the payment option. What happens is in Checkout\Submission.
 */
class EncoursSubmitModuleFrontController extends ModuleFrontController
{
    public $ssl = true;

    public function postProcess()
    {
        $checkout = $this->context->link->getPageLink('order', true);
        if (!isset($_SERVER['REQUEST_METHOD']) || $_SERVER['REQUEST_METHOD'] !== 'POST') {
            Tools::redirect($checkout);
        }
        // A buyer who closes the page must not leave the order half made.
        ignore_user_abort(true);
        $factory = $this->module->factory();
        try {
            $outcome = $factory->submission()->submit($this->context->cart, $this->context->customer, Choice::sent());
        } catch (\Throwable $fault) {
            PrestaShopLogger::addLog('Encours: ' . get_class($fault) . ' at ' . basename($fault->getFile()) . ':' . $fault->getLine() . ': ' . $fault->getMessage(), 3, null, 'Encours');
            $this->errors[] = $factory->sentences()->notOrdered();
            $this->redirectWithNotifications($checkout);
        }
        if (!$outcome->isOrdered()) {
            $this->errors[] = $outcome->sentence();
            $this->redirectWithNotifications($checkout);
        }
        $order = new Order($outcome->idOrder());
        Tools::redirect($this->context->link->getPageLink('order-confirmation', true, null, [
            'id_cart' => (int) $order->id_cart,
            'id_module' => (int) $this->module->id,
            'id_order' => (int) $order->id,
            'key' => $order->secure_key,
        ]));
    }
}
