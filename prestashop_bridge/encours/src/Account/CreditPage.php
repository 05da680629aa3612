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
 * What the page "My credit" shows.
 */
final class CreditPage
{
    /** Unpaid orders named on the page; the others are behind a link. */
    const UNPAID_SHOWN = 10;

    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    /**
     * @return array<string, mixed> `state`: shown, unavailable (the service does not answer), none (no credit, or not for this buyer's eyes)
     */
    public function view(int $idCustomer, int $idLang): array
    {
        $summary = $this->factory->creditSummary()->of($idCustomer);
        $remembered = $summary !== null ? $summary : $this->factory->creditSummary()->remembered($idCustomer);
        if ($remembered !== null && !CreditSummary::isVisible($remembered)) {
            return ['state' => 'none'];
        }
        $context = \Context::getContext();
        $display = new Display($context);
        $orders = new OwnOrders($this->factory->client(), $this->factory->idShop());
        $unpaid = $remembered === null ? [] : $orders->unpaid($idCustomer, $idLang, self::UNPAID_SHOWN + 1);
        $figures = $orders->figures($unpaid);
        $view = new OrderView($this->factory->module(), $display, $context->link);
        $shown = [];
        foreach (array_slice($unpaid, 0, self::UNPAID_SHOWN) as $row) {
            $order = $view->of($row, isset($figures[$row['ref']]) ? $figures[$row['ref']] : null);
            if (!$order['is_finished'] && ($order['has_open'] || !$order['has_figures'])) {
                $shown[] = $order;
            }
        }

        return [
            'state' => $summary === null ? 'unavailable' : 'shown',
            'lines' => $summary === null ? [] : array_map(function (array $line) use ($display) { return $this->line($line, $display); }, $summary['lines']),
            'terms' => $summary === null ? [] : $this->terms($idCustomer),
            'unpaid' => $shown,
            'unpaid_has_more' => count($unpaid) > self::UNPAID_SHOWN,
            'bank' => (new HowToPay($this->factory->settings()))->bank(),
            'orders_url' => $context->link->getModuleLink('encours', 'orders'),
        ];
    }

    /**
     * @param array<string, mixed> $line
     *
     * @return array<string, mixed>
     */
    private function line(array $line, Display $display): array
    {
        $currency = (string) $line['currency'];
        $amount = function (?string $amount) use ($display, $currency) { return $display->amount($amount, $currency); };
        $soon = $line['due_soon'];
        $overdue = $line['overdue'];

        return [
            'currency' => $currency,
            'is_frozen' => $line['status'] === 'frozen',
            'is_closed' => $line['status'] === 'closed',
            'is_unlimited' => $line['is_unlimited'],
            'limit' => $amount($line['credit_limit'] === null ? '0' : $line['credit_limit']),
            'used' => $amount($line['used']),
            'available' => $amount($line['available_credit']),
            'used_percent' => $line['credit_limit'] === null ? 0 : Display::percent($line['used'], $line['credit_limit']),
            'has_overdue' => $overdue !== null && Display::isPositive($overdue['amount']),
            'overdue' => $amount($overdue === null ? null : $overdue['amount']),
            'has_due_soon' => $soon !== null && Display::isPositive($soon['amount']),
            'due_soon' => $amount($soon === null ? null : $soon['amount']),
            'due_soon_until' => $display->day($line['due_soon_until']),
            'next_due' => $line['next_due_on'] === null ? '' : $display->day($line['next_due_on']),
            'has_over_limit' => Display::isPositive($line['over_limit_amount']),
            'over_limit' => $amount($line['over_limit_amount']),
            'buckets' => $this->buckets($line, $amount),
        ];
    }

    /**
     * The parts that add up to what is used; only those with something in them.
     *
     * @param array<string, mixed> $line
     *
     * @return array<int, array{label: string, amount: string, count: int|null}>
     */
    private function buckets(array $line, callable $amount): array
    {
        $module = $this->factory->module();
        $labels = [
            'held' => $module->l('Ordered, not delivered yet', 'creditpage'),
            'uninvoiced' => $module->l('Delivered, not invoiced yet', 'creditpage'),
            'not_due' => $module->l('Invoiced, not due yet', 'creditpage'),
            'overdue_0_30' => $module->l('Overdue by up to 30 days', 'creditpage'),
            'overdue_31_60' => $module->l('Overdue by 31 to 60 days', 'creditpage'),
            'overdue_61_90' => $module->l('Overdue by 61 to 90 days', 'creditpage'),
            'overdue_90' => $module->l('Overdue by more than 90 days', 'creditpage'),
            'on_account' => $module->l('Paid, not assigned to an invoice yet', 'creditpage'),
            'credit_notes' => $module->l('Credit notes in your favour', 'creditpage'),
        ];
        $buckets = [];
        foreach ($labels as $name => $label) {
            if (!isset($line['buckets'][$name]) || !Display::isSomething($line['buckets'][$name]['amount'])) {
                continue;
            }
            $takesOff = $name === 'on_account' || $name === 'credit_notes';
            $buckets[] = [
                'label' => $label,
                'amount' => $amount(($takesOff ? '-' : '') . $line['buckets'][$name]['amount']),
                'count' => (int) $line['buckets'][$name]['count'],
            ];
        }
        if (Display::isSomething($line['elsewhere'])) {
            $buckets[] = ['label' => $module->l('In our other shops', 'creditpage'), 'amount' => $amount($line['elsewhere']), 'count' => null];
        }

        return $buckets;
    }

    /**
     * @return array<int, array{label: string, is_default: bool}> none if the service does not say
     */
    private function terms(int $idCustomer): array
    {
        try {
            $answer = $this->factory->client()->get('/v1/companies/' . $idCustomer . '/terms');
        } catch (\EncoursModule\Api\ApiException $noAnswer) {
            return [];
        }
        $names = new TermsLabel($this->factory->module());
        $terms = [];
        foreach (isset($answer['items']) ? $answer['items'] : [] as $item) {
            $terms[] = ['label' => $names->of((string) $item['label']), 'is_default' => $item['code'] === $answer['default']];
        }

        return $terms;
    }
}
