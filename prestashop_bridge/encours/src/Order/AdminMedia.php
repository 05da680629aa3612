<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Order;

/**
 * Style and script of the panels, on the pages of the back office that have one.
 */
final class AdminMedia
{
    const PAGES = ['AdminOrders', 'AdminCustomers', 'AdminModules'];

    /** @var \Module */
    private $module;

    public function __construct(\Module $module)
    {
        $this->module = $module;
    }

    /** @param array<string, mixed> $params of the hook */
    public function register(array $params): void
    {
        $controller = \Context::getContext()->controller;
        $page = isset($controller->controller_name) ? (string) $controller->controller_name : (string) \Tools::getValue('controller');
        if (!in_array($page, self::PAGES, true)) {
            return;
        }
        if ($page === 'AdminModules' && \Tools::getValue('configure') !== $this->module->name) {
            return;
        }
        $folder = $this->module->getPathUri() . 'views/';
        $version = '?v=' . $this->module->version;
        $controller->addCSS($folder . 'css/admin.css' . $version, 'all', null, false);
        $controller->addJS($folder . 'js/admin.js' . $version, false);
        if ($page === 'AdminOrders') {
            \Media::addJsDef(['encoursNewOrder' => $this->newOrder()]);
            $controller->addJS($folder . 'js/admin-new-order.js' . $version, false);
        }
    }

    /**
     * What the script of the page of a new order needs.
     *
     * @return array<string, string>
     */
    private function newOrder(): array
    {
        return [
            'module' => $this->module->name,
            'url' => \Context::getContext()->link->getAdminLink('AdminEncours', true, [], ['ajax' => 1, 'action' => 'decision']),
            'asking' => $this->module->l('Asking whether this customer may pay later…', 'adminmedia'),
            'failed' => $this->module->l('It could not be asked now whether this customer may pay later. The order is checked when it is created.', 'adminmedia'),
        ];
    }
}
