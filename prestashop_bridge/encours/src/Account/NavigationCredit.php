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
 * Hooks displayNav2 and displayNavFullWidth: what is left to order on terms, on wide screens in the bar at the top, on
 * phones in a line of its own, because themes hide the bar there. No page waits for the service.
 */
final class NavigationCredit
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
        return $this->render('wide');
    }

    /**
     * @param array<string, mixed> $params
     */
    public function showOnPhones(array $params): string
    {
        return $this->render('phone');
    }

    private function render(string $place): string
    {
        $context = \Context::getContext();
        $settings = $this->factory->settings();
        if (!$settings->isConnected() || !$settings->showCreditInNavigation() || !$context->customer->isLogged()) {
            return '';
        }
        $summary = $this->factory->creditSummary()->remembered((int) $context->customer->id);
        if ($summary === null || !$summary['may_see'] || !$summary['has_credit']) {
            return '';
        }
        $line = CreditSummary::lineIn($summary, (string) $context->currency->iso_code);
        // Who can order nothing now, or without a limit, has no figure to plan with.
        if ($line === null || $line['status'] !== 'active' || $line['available_credit'] === null) {
            return '';
        }
        $context->smarty->assign('encours_navigation', [
            'place' => $place,
            'available' => (new Display($context))->amount($line['available_credit'], $line['currency']),
            'url' => $context->link->getModuleLink('encours', 'credit'),
        ]);

        return $this->factory->module()->fetch('module:encours/views/templates/hook/navigation-credit.tpl');
    }
}
