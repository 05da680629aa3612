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
 * Hook displayCustomerAccount: the links to the credit and to the orders on terms, for who has credit and may see it.
 */
final class AccountLinks
{
    /** @var Factory */
    private $factory;

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
        if (!$this->factory->settings()->isConnected() || !$context->customer->isLogged()) {
            return '';
        }
        $summaries = $this->factory->creditSummary();
        $summary = $summaries->of((int) $context->customer->id);
        // Without an answer the links stay as they were today, so that the pages can say that the service is away.
        $summary = $summary !== null ? $summary : $summaries->remembered((int) $context->customer->id);
        if ($summary === null || !CreditSummary::isVisible($summary)) {
            return '';
        }
        $page = isset($context->controller->page_name) ? (string) $context->controller->page_name : '';
        $context->smarty->assign('encours_links', [
            'credit' => ['url' => $context->link->getModuleLink('encours', 'credit'), 'is_current' => $page === 'module-encours-credit'],
            'orders' => ['url' => $context->link->getModuleLink('encours', 'orders'), 'is_current' => $page === 'module-encours-orders'],
        ]);

        return $this->factory->module()->fetch('module:encours/views/templates/hook/account-links.tpl');
    }
}
