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
 * "My credit" in the customer's account.
 */
class EncoursCreditModuleFrontController extends ModuleFrontController
{
    /** @var Encours */
    public $module;

    public $auth = true;

    public $ssl = true;

    public function init()
    {
        // After signing in the customer comes back here.
        $this->authRedirection = urlencode($this->context->link->getModuleLink('encours', 'credit'));
        parent::init();
    }

    public function initContent()
    {
        parent::initContent();
        $this->context->smarty->assign(
            'credit',
            $this->module->factory()->creditPage()->view((int) $this->context->customer->id, (int) $this->context->language->id)
        );
        $this->setTemplate('module:encours/views/templates/front/credit.tpl');
    }

    public function getTemplateVarPage()
    {
        $page = parent::getTemplateVarPage();
        $page['meta']['title'] = $this->module->l('My credit', 'credit');
        $page['meta']['robots'] = 'noindex';
        $page['body_classes']['page-customer-account'] = true;

        return $page;
    }

    public function getBreadcrumbLinks()
    {
        $breadcrumb = parent::getBreadcrumbLinks();
        $breadcrumb['links'][] = $this->addMyAccountToBreadcrumb();
        $breadcrumb['links'][] = [
            'title' => $this->module->l('My credit', 'credit'),
            'url' => $this->context->link->getModuleLink('encours', 'credit'),
        ];

        return $breadcrumb;
    }
}
