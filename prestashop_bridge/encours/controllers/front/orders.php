<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * "My orders on terms" in the customer's account.
 */
class EncoursOrdersModuleFrontController extends ModuleFrontController
{
    /** @var Encours */
    public $module;

    public $auth = true;

    public $ssl = true;

    public function init()
    {
        // After signing in the customer comes back here.
        $this->authRedirection = urlencode($this->context->link->getModuleLink('encours', 'orders'));
        parent::init();
    }

    public function initContent()
    {
        parent::initContent();
        $page = (int) Tools::getValue('page', 1);
        $this->context->smarty->assign(
            'terms_orders',
            $this->module->factory()->ordersPage()->view((int) $this->context->customer->id, (int) $this->context->language->id, $page)
        );
        $this->setTemplate('module:encours/views/templates/front/orders.tpl');
    }

    public function getTemplateVarPage()
    {
        $page = parent::getTemplateVarPage();
        $page['meta']['title'] = $this->module->l('My orders on terms', 'orders');
        $page['meta']['robots'] = 'noindex';
        $page['body_classes']['page-customer-account'] = true;

        return $page;
    }

    public function getBreadcrumbLinks()
    {
        $breadcrumb = parent::getBreadcrumbLinks();
        $breadcrumb['links'][] = $this->addMyAccountToBreadcrumb();
        $breadcrumb['links'][] = [
            'title' => $this->module->l('My orders on terms', 'orders'),
            'url' => $this->context->link->getModuleLink('encours', 'orders'),
        ];

        return $breadcrumb;
    }
}
