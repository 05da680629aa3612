<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Account;

use EncoursModule\Factory;

/**
 * Hook displayOrderDetail: when and how to pay, on the page of an order that was placed on terms.
 */
final class OrderDetail
{
    /** @var Factory */
    private $factory;

    /** @var array<int, string> shown in this request: some themes run the hook a second time */
    private $shown = [];

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    /**
     * @param array<string, mixed> $params
     */
    public function show(array $params): string
    {
        $context = \Context::getContext();
        // Core names the order; themes that run the hook from their template do not.
        $idOrder = isset($params['order']) && $params['order'] instanceof \Order ? (int) $params['order']->id : (int) \Tools::getValue('id_order');
        if ($idOrder <= 0 || !$context->customer->isLogged()) {
            return '';
        }
        if (!isset($this->shown[$idOrder])) {
            $this->shown[$idOrder] = $this->render($context, $idOrder);
        }

        return $this->shown[$idOrder];
    }

    private function render(\Context $context, int $idOrder): string
    {
        $orders = new OwnOrders($this->factory->client(), $this->factory->idShop());
        $row = $orders->one((int) $context->customer->id, (int) $context->language->id, $idOrder);
        if ($row === null) {
            return '';
        }
        $figures = $orders->figures([$row]);
        $view = new OrderView($this->factory->module(), new Display($context), $context->link);
        $order = $view->of($row, isset($figures[$row['ref']]) ? $figures[$row['ref']] : null);
        $context->smarty->assign('encours_order', [
            'order' => $order,
            'is_shown' => $order['due'] !== '' || $order['has_figures'],
            'bank' => $order['is_finished'] ? null : (new HowToPay($this->factory->settings()))->bank(),
        ]);

        return $this->factory->module()->fetch('module:encours/views/templates/hook/order-detail.tpl');
    }
}
