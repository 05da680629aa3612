<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Order;

/**
 * Lays out the trace of a decision for staff: every rule with what was measured and required, its source and its day.
 * Never for buyers.
 */
final class DecisionTrace
{
    const OPERATORS = ['eq' => '=', 'ne' => '≠', 'gt' => '>', 'gte' => '≥', 'lt' => '<', 'lte' => '≤'];

    /** @var \Module */
    private $module;

    public function __construct(\Module $module)
    {
        $this->module = $module;
    }

    /**
     * @param array<string, mixed> $trace as the service keeps it
     * @param array<int, array<string, mixed>> $reasons each with its `text`
     *
     * @return array<string, mixed>
     */
    public function of(array $trace, array $reasons): array
    {
        return [
            'outcome' => isset($trace['outcome']) ? (string) $trace['outcome'] : '',
            'outcome_text' => $this->word(isset($trace['outcome']) ? (string) $trace['outcome'] : ''),
            'decided_by' => $this->step(isset($trace['decided_by']) ? (string) $trace['decided_by'] : ''),
            'reasons' => array_map([$this, 'withGroupNames'], array_column($reasons, 'text')),
            'rules' => array_map([$this, 'rule'], self::listOf($trace, 'rules')),
            'checks' => $this->checks($trace),
            'override' => $this->override($trace),
        ];
    }

    /**
     * @param array<string, mixed> $rule
     *
     * @return array<string, string>
     */
    private function rule(array $rule): array
    {
        $fact = (string) $rule['fact'];
        $operator = (string) $rule['op'];
        $counts = isset($rule['counts_as']) ? (string) $rule['counts_as'] : (string) $rule['answer'];

        return [
            'name' => $this->fact($fact),
            'code' => isset($rule['code']) ? (string) $rule['code'] : '',
            'measured' => isset($rule['measured']) ? $this->value($rule['measured']) : $this->l('not known'),
            'required' => trim($this->operator($operator) . ' ' . $this->value($rule['required'])),
            'answer' => $counts,
            'answer_text' => $this->word($counts),
            'source' => isset($rule['source']) ? (string) $rule['source'] : '',
            'as_of' => isset($rule['as_of']) ? (string) \Tools::displayDate((string) $rule['as_of']) : '',
        ];
    }

    /**
     * Limits and blocks, in the same columns as the rules.
     *
     * @param array<string, mixed> $trace
     *
     * @return array<int, array<string, string>>
     */
    private function checks(array $trace): array
    {
        $steps = isset($trace['steps']) && is_array($trace['steps']) ? $trace['steps'] : [];
        $blocks = isset($trace['blocks']) && is_array($trace['blocks']) ? $trace['blocks'] : [];
        $checks = [];
        foreach (['unpaid_orders' => 'unpaid_block', 'overdue_days' => 'overdue_block'] as $name => $step) {
            if (isset($blocks[$name])) {
                $measured = isset($blocks[$name]['measured']) ? $this->value($blocks[$name]['measured']) : $this->l('not known');
                $checks[] = $this->check($this->fact($name), $measured, '≤ ' . $blocks[$name]['allowed'], $steps, $step);
            }
        }
        $amount = isset($trace['amount']) ? $trace['amount'] . ' ' . $trace['currency'] : '';
        foreach (['minimum_order' => '≥ ', 'maximum_order' => '≤ '] as $name => $sign) {
            if (isset($blocks[$name])) {
                $checks[] = $this->check($this->fact('order_amount'), $amount, $sign . $blocks[$name], $steps, 'order_amount');
            }
        }
        if (isset($trace['credit']) && is_array($trace['credit'])) {
            $credit = $trace['credit'];
            $available = $credit['available'] === null ? $this->l('unlimited') : (string) $credit['available'];
            $from = $this->limitSource((string) $credit['limit_from']) . (isset($credit['limit_ref']) ? ' ' . $this->withGroupNames((string) $credit['limit_ref']) : '');
            $check = $this->check($this->l('Credit left'), $available, '≥ ' . $amount, $steps, 'credit');
            $check['source'] = sprintf($this->l('limit %1$s (%2$s), used %3$s'), (string) $credit['limit'], $from, (string) $credit['exposure']);
            $checks[] = $check;
        }

        return $checks;
    }

    /**
     * @param array<string, string[]> $steps
     *
     * @return array<string, string>
     */
    private function check(string $name, string $measured, string $required, array $steps, string $step): array
    {
        $answer = 'pass';
        foreach (['decline' => 'fail', 'refer' => 'unknown'] as $said => $means) {
            if (isset($steps[$said]) && in_array($step, $steps[$said], true)) {
                $answer = $means;
            }
        }

        return ['name' => $name, 'code' => '', 'measured' => $measured, 'required' => $required, 'answer' => $answer, 'answer_text' => $this->word($answer), 'source' => '', 'as_of' => ''];
    }

    /**
     * @param array<string, mixed> $trace
     *
     * @return array<string, mixed>|null
     */
    private function override(array $trace): ?array
    {
        if (!isset($trace['staff_override']) || !is_array($trace['staff_override'])) {
            return null;
        }
        $overruled = isset($trace['staff_override']['overruled']) ? $trace['staff_override']['overruled'] : null;

        return [
            'reason' => (string) $trace['staff_override']['reason'],
            'author' => (string) $trace['staff_override']['author'],
            'overruled' => is_array($overruled) ? $this->word((string) $overruled['outcome']) : '',
        ];
    }

    private function operator(string $operator): string
    {
        $words = ['in' => $this->l('one of'), 'not_in' => $this->l('none of'), 'contains' => $this->l('contains')];
        if (isset($words[$operator])) {
            return $words[$operator];
        }

        // What is asked of a yes or no is the value itself.
        return isset(self::OPERATORS[$operator]) ? self::OPERATORS[$operator] : '';
    }

    /** @param mixed $value */
    private function value($value): string
    {
        if (is_bool($value)) {
            return $value ? $this->l('yes') : $this->l('no');
        }

        return $this->withGroupNames(is_array($value) ? implode(', ', array_map('strval', $value)) : (string) $value);
    }

    /** The service knows groups by the codes that the shop gave them; staff know them by name. */
    private function withGroupNames(string $text): string
    {
        return (string) preg_replace_callback('/\bps-([0-9]+)\b/', function (array $found) {
            $group = new \Group((int) $found[1], (int) \Context::getContext()->language->id);

            return \Validate::isLoadedObject($group) ? (string) $group->name : $found[0];
        }, $text);
    }

    private function limitSource(string $source): string
    {
        $sources = [
            'temporary' => $this->l('for a time'),
            'company' => $this->l('of the customer'),
            'group' => $this->l('of the group'),
            'shop' => $this->l('of the shop'),
            'merchant' => $this->l('of all shops'),
            'default' => $this->l('nobody set one'),
        ];

        return isset($sources[$source]) ? $sources[$source] : $source;
    }

    /**
     * @param array<string, mixed> $trace
     *
     * @return array<int, array<string, mixed>>
     */
    private static function listOf(array $trace, string $name): array
    {
        return isset($trace[$name]) && is_array($trace[$name]) ? array_values(array_filter($trace[$name], 'is_array')) : [];
    }

    public function word(string $word): string
    {
        $words = [
            'approved' => $this->l('approved'),
            'declined' => $this->l('declined'),
            'referred' => $this->l('a person must decide'),
            'pass' => $this->l('met'),
            'fail' => $this->l('not met'),
            'unknown' => $this->l('not known'),
        ];

        return isset($words[$word]) ? $words[$word] : $word;
    }

    private function step(string $step): string
    {
        $steps = [
            'company' => $this->l('the customer'),
            'line' => $this->l('the credit line'),
            'manual_deny' => $this->l('a denial by hand'),
            'manual_allow' => $this->l('an allowance by hand'),
            'group_deny' => $this->l('a group that is kept out'),
            'group_allow' => $this->l('a group that is let in'),
            'rules' => $this->l('the rules'),
            'default_deny' => $this->l('no rule, so nobody'),
            'unpaid_block' => $this->l('unpaid orders'),
            'overdue_block' => $this->l('overdue orders'),
            'order_amount' => $this->l('the order amount'),
            'credit' => $this->l('the credit left'),
            'staff_override' => $this->l('a person of yours, with a reason'),
        ];

        return isset($steps[$step]) ? $steps[$step] : $step;
    }

    private function fact(string $fact): string
    {
        $facts = [
            'vat_status' => $this->l('VAT number'),
            'vat_number_present' => $this->l('VAT number on file'),
            'registration_number_present' => $this->l('Registration number on file'),
            'completed_orders' => $this->l('Completed orders'),
            'completed_orders_12m' => $this->l('Completed orders in 12 months'),
            'net_spend_12m' => $this->l('Spent in 12 months, without tax'),
            'net_spend_total' => $this->l('Spent in all, without tax'),
            'account_age_days' => $this->l('Days since the account was opened'),
            'turnover' => $this->l('Yearly turnover'),
            'employees' => $this->l('Employees'),
            'running_contract' => $this->l('Running contract'),
            'groups' => $this->l('Groups'),
            'country' => $this->l('Country'),
            'overdue_days' => $this->l('Days overdue'),
            'overdue_amount' => $this->l('Overdue'),
            'unpaid_orders' => $this->l('Unpaid orders'),
            'order_amount' => $this->l('Amount of the order'),
            'is_guest' => $this->l('Guest'),
        ];

        return isset($facts[$fact]) ? $facts[$fact] : ucfirst(str_replace('_', ' ', $fact));
    }

    private function l(string $text): string
    {
        return $this->module->l($text, 'decisiontrace');
    }
}
