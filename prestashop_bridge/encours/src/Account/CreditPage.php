<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Account;

use EncoursModule\Api\ApiException;
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
            'lines' => $summary === null ? [] : $this->lines($summary['lines'], $idCustomer, $display),
            'terms' => $summary === null ? [] : $this->terms($idCustomer),
            'unpaid' => $shown,
            'unpaid_has_more' => count($unpaid) > self::UNPAID_SHOWN,
            'bank' => $remembered === null ? null : (new HowToPay($this->factory->settings()))->bank(),
            'orders_url' => $context->link->getModuleLink('encours', 'orders'),
        ];
    }

    /**
     * @param array<int, array<string, mixed>> $lines of the summary
     *
     * @return array<int, array<string, mixed>>
     */
    private function lines(array $lines, int $idCustomer, Display $display): array
    {
        $accounts = [];
        try {
            $accounts = $this->factory->client()->get('/v1/companies/' . $idCustomer . '/account')['lines'];
        } catch (ApiException $noAnswer) {
            // The totals are known; what they consist of is left out.
        }
        $accounts = array_column($accounts, null, 'credit_line_id');

        return array_map(function (array $line) use ($accounts, $display) {
            return $this->line($line, isset($accounts[$line['id']]) ? $accounts[$line['id']] : null, $display);
        }, $lines);
    }

    /**
     * @param array<string, mixed> $line of the summary
     * @param array<string, mixed>|null $account the same line with what it consists of; null: nothing is open on it, or no answer
     *
     * @return array<string, mixed>
     */
    private function line(array $line, ?array $account, Display $display): array
    {
        $currency = (string) $line['currency'];
        $amount = function (?string $amount) use ($display, $currency) { return $display->amount($amount, $currency); };
        $hasOverdue = Display::isPositive($line['overdue']);

        return [
            'currency' => $currency,
            'is_frozen' => $line['status'] === 'frozen',
            'is_closed' => $line['status'] === 'closed',
            'is_unlimited' => $line['is_unlimited'],
            'limit' => $amount($line['credit_limit'] === null ? '0' : $line['credit_limit']),
            'used' => $amount($line['used']),
            'available' => $amount($line['available_credit']),
            'used_percent' => $line['credit_limit'] === null ? 0 : Display::percent($line['used'], $line['credit_limit']),
            'has_overdue' => $hasOverdue,
            'overdue' => $amount($line['overdue']),
            'due_soon' => $account === null ? null : $amount($account['due_soon']['amount']),
            'next_due' => $hasOverdue || $line['oldest_due_on'] === null ? '' : $display->day($line['oldest_due_on']),
            'has_over_limit' => Display::isPositive($line['over_limit_amount']),
            'over_limit' => $amount($line['over_limit_amount']),
            'buckets' => $account === null ? [] : $this->buckets($account, $amount),
        ];
    }

    /**
     * The parts that add up to what is used; only those with something in them.
     *
     * @param array<string, mixed> $account
     *
     * @return array<int, array{label: string, amount: string, count: int|null}>
     */
    private function buckets(array $account, callable $amount): array
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
            if (!isset($account['buckets'][$name]) || !Display::isSomething($account['buckets'][$name]['amount'])) {
                continue;
            }
            $takesOff = $name === 'on_account' || $name === 'credit_notes';
            $buckets[] = [
                'label' => $label,
                'amount' => $amount(($takesOff ? '-' : '') . $account['buckets'][$name]['amount']),
                'count' => (int) $account['buckets'][$name]['count'],
            ];
        }
        if (Display::isSomething($account['elsewhere'])) {
            $buckets[] = ['label' => $module->l('In our other shops', 'creditpage'), 'amount' => $amount($account['elsewhere']), 'count' => null];
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
        } catch (ApiException $noAnswer) {
            return [];
        }
        $names = new TermsLabel($this->factory->module());
        $terms = [];
        foreach ($answer['allowed'] as $code) {
            $terms[] = ['label' => $names->of((string) $answer['labels'][$code]), 'is_default' => $code === $answer['default']];
        }

        return $terms;
    }
}
