<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Customer;

use EncoursModule\Account\Display;
use EncoursModule\Account\TermsLabel;
use EncoursModule\Api\Client;
use EncoursModule\Reminder\CompanyReminders;

/**
 * What the service knows of a customer's company now, laid out for the customer page of the back office.
 */
final class LiveCompany
{
    const BUCKETS = ['held', 'uninvoiced', 'not_due', 'overdue_0_30', 'overdue_31_60', 'overdue_61_90', 'overdue_90', 'on_account', 'credit_notes'];

    /** @var Client */
    private $client;

    /** @var \Module */
    private $module;

    /** @var Display */
    private $display;

    public function __construct(Client $client, \Module $module, Display $display)
    {
        $this->client = $client;
        $this->module = $module;
        $this->display = $display;
    }

    /**
     * @param bool $mayDecide whether what can be chosen is shown, too
     *
     * @return array<string, mixed>
     *
     * @throws \EncoursModule\Api\ApiException `company_not_found` if the customer was not reported yet
     */
    public function read(int $idCustomer, bool $mayDecide): array
    {
        $path = '/v1/companies/' . $idCustomer;
        $company = $this->client->get($path);
        $account = $this->client->get($path . '/account');
        $lines = [];
        foreach ($this->client->get($path . '/credit')['lines'] as $line) {
            $lines[] = $this->line($line, $this->accountLine($account, $line));
        }

        return [
            'company' => $this->company($company),
            'rights' => (new BuyerRights($this->client))->read($idCustomer),
            'lines' => $lines,
            'totals' => array_map([$this, 'total'], $account['totals']),
            'terms' => $this->terms($this->client->get($path . '/terms')),
            'reminders' => (new CompanyReminders($this->client, $this->module, $this->display))->read($idCustomer, $mayDecide),
        ];
    }

    /**
     * The line as the service answers it; staff change one thing of it and keep the rest.
     *
     * @return array<string, mixed>|null
     *
     * @throws \EncoursModule\Api\ApiException
     */
    public function lineIn(int $idCustomer, string $currency): ?array
    {
        foreach ($this->client->get('/v1/companies/' . $idCustomer . '/credit')['lines'] as $line) {
            if ($line['currency'] === $currency) {
                return $line;
            }
        }

        return null;
    }

    /**
     * @param array<string, mixed> $company
     *
     * @return array<string, mixed>
     */
    private function company(array $company): array
    {
        $vat = $company['vat'];
        $override = $company['override'];

        return [
            'name' => (string) $company['legal_name'],
            'registration_number' => (string) $company['registration_number'],
            'accounts' => count($company['refs']),
            'vat_number' => (string) $vat['number'],
            'vat_status' => (string) $vat['status'],
            'vat_status_text' => $this->vatStatus((string) $vat['status']),
            'vat_reason' => $this->vatReason((string) $vat['reason']),
            'vat_checked_on' => $vat['checked_at'] === null ? null : $this->display->dayOf($vat['checked_at']),
            'override' => $override === null || !$override['is_in_force'] ? null : [
                'position' => (string) $override['position'],
                'reason' => (string) $override['reason'],
                'until' => $override['until'] === null ? null : $this->display->dayOf($override['until']),
            ],
        ];
    }

    /**
     * @param array<string, mixed> $line
     * @param array<string, mixed>|null $account
     *
     * @return array<string, mixed>
     */
    private function line(array $line, ?array $account): array
    {
        $currency = (string) $line['currency'];
        $temporary = $line['temporary_limit'];
        $limit = $line['limit'];

        return [
            'currency' => $currency,
            'shop' => (string) $line['shop'],
            'status' => (string) $line['status'],
            'status_text' => $this->status((string) $line['status']),
            'status_reason' => $line['status'] === 'active' ? '' : (string) $line['status_reason'],
            'limit' => $limit['kind'] === 'amount' ? $this->display->amount($limit['amount'], $currency) : $this->limitKind((string) $limit['kind']),
            'limit_source' => $this->source((string) $limit['source']),
            'own_kind' => (string) $line['own_limit']['kind'],
            'own_amount' => (string) $line['own_limit']['amount'],
            'temporary' => $temporary === null ? null : ['amount' => $this->display->amount($temporary['amount'], $currency), 'until' => $this->display->dayOf($temporary['until'])],
            'allow_exceed' => (bool) $line['allow_exceed'],
            'exposure' => $this->display->amount($line['exposure']['total'], $currency),
            'available' => $line['available_credit'] === null ? $this->l('unlimited') : $this->display->amount($line['available_credit'], $currency),
            'over_limit' => Display::isSomething($line['over_limit_amount']) ? $this->display->amount($line['over_limit_amount'], $currency) : null,
            'overdue' => $this->display->amount($line['overdue'], $currency),
            'is_overdue' => Display::isPositive($line['overdue']),
            'unpaid_documents' => (int) $line['unpaid_documents'],
            'oldest_due_on' => $line['oldest_due_on'] === null ? null : $this->display->day($line['oldest_due_on']),
            'used_percent' => $limit['kind'] === 'amount' ? Display::percent((string) $line['exposure']['total'], (string) $limit['amount']) : null,
            'buckets' => $account === null ? [] : $this->buckets($account, $currency),
        ];
    }

    /**
     * @param array<string, mixed> $account
     *
     * @return array<int, array<string, mixed>>
     */
    private function buckets(array $account, string $currency): array
    {
        $names = $this->bucketNames();
        $buckets = [];
        foreach (self::BUCKETS as $bucket) {
            $figure = $account['buckets'][$bucket];
            if (Display::isSomething($figure['amount'])) {
                $isLess = in_array($bucket, ['on_account', 'credit_notes'], true);
                $buckets[] = [
                    'name' => $names[$bucket],
                    'amount' => ($isLess ? '− ' : '') . $this->display->amount($figure['amount'], $currency),
                    'count' => (int) $figure['count'],
                    'is_late' => strpos($bucket, 'overdue') === 0,
                ];
            }
        }
        if (Display::isSomething($account['elsewhere'])) {
            $buckets[] = ['name' => $this->l('In other shops'), 'amount' => $this->display->amount($account['elsewhere'], $currency), 'count' => 0, 'is_late' => false];
        }

        return $buckets;
    }

    /**
     * @param array<string, mixed> $account
     * @param array<string, mixed> $line
     *
     * @return array<string, mixed>|null
     */
    private function accountLine(array $account, array $line): ?array
    {
        foreach ($account['lines'] as $candidate) {
            if ($line['id'] !== null && $candidate['credit_line_id'] === $line['id']) {
                return $candidate;
            }
        }

        return null;
    }

    /**
     * @param array<string, mixed> $total
     *
     * @return array<string, mixed>
     */
    private function total(array $total): array
    {
        $currency = (string) $total['currency'];

        return [
            'paid' => $this->display->amount($total['paid'], $currency),
            'expected' => $this->display->amount($total['expected'], $currency),
            'max_days_late' => (int) $total['max_days_late'],
        ];
    }

    /**
     * @param array<string, mixed> $terms
     *
     * @return array<string, mixed>
     */
    private function terms(array $terms): array
    {
        $labels = new TermsLabel($this->module);
        $name = function (string $code) use ($labels, $terms): string {
            return isset($terms['labels'][$code]) ? $labels->of((string) $terms['labels'][$code]) : $code;
        };

        return [
            'default' => $terms['default'] === null ? null : $name((string) $terms['default']),
            'allowed' => array_map($name, $terms['allowed']),
            'by' => $terms['allowed_by'] === null ? '' : $this->source((string) $terms['allowed_by']),
            'dropped' => array_column($terms['dropped'], 'code'),
        ];
    }

    /** @return array<string, string> */
    private function bucketNames(): array
    {
        return [
            'held' => $this->l('Ordered, term not started'),
            'uninvoiced' => $this->l('Delivered, waiting for its document'),
            'not_due' => $this->l('Not due yet'),
            'overdue_0_30' => $this->l('Overdue up to 30 days'),
            'overdue_31_60' => $this->l('Overdue 31 to 60 days'),
            'overdue_61_90' => $this->l('Overdue 61 to 90 days'),
            'overdue_90' => $this->l('Overdue more than 90 days'),
            'on_account' => $this->l('Paid, not used yet'),
            'credit_notes' => $this->l('Credit notes, not used yet'),
        ];
    }

    private function vatStatus(string $status): string
    {
        $texts = ['valid' => $this->l('valid'), 'invalid' => $this->l('not valid'), 'unknown' => $this->l('not known yet'), 'absent' => $this->l('none given')];

        return isset($texts[$status]) ? $texts[$status] : $status;
    }

    private function vatReason(string $reason): string
    {
        $texts = [
            'vat_number_malformed' => $this->l('no number of its country looks like this'),
            'vat_number_checksum_wrong' => $this->l('a digit must be wrong'),
            'not_yet_checked' => $this->l('not asked yet'),
            'registry_not_covered' => $this->l('the registry does not cover this country'),
            'registry_switched_off' => $this->l('asking the registry is switched off'),
        ];
        if (isset($texts[$reason])) {
            return $texts[$reason];
        }

        return strpos($reason, 'registry_') === 0 ? $this->l('the registry gave no answer; it is asked again by itself') : $reason;
    }

    private function status(string $status): string
    {
        $texts = ['active' => $this->l('active'), 'frozen' => $this->l('frozen'), 'closed' => $this->l('closed')];

        return isset($texts[$status]) ? $texts[$status] : $status;
    }

    private function limitKind(string $kind): string
    {
        return $kind === 'unlimited' ? $this->l('unlimited') : $this->l('no credit');
    }

    private function source(string $source): string
    {
        $texts = [
            'temporary' => $this->l('for a time'),
            'company' => $this->l('of the customer'),
            'group' => $this->l('of the group'),
            'shop' => $this->l('of the shop'),
            'merchant' => $this->l('of all shops'),
            'default' => $this->l('nobody set one'),
        ];

        return isset($texts[$source]) ? $texts[$source] : $source;
    }

    private function l(string $text): string
    {
        return $this->module->l($text, 'livecompany');
    }
}
