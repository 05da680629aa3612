<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Sync;

/**
 * What the shop says of a customer's company: name, numbers, groups, addresses, the person, and facts.
 *
 * Accounts that the service found to be one company are reported as one: the groups of all, the orders of all.
 */
final class CompanyReport
{
    /** Facts that grow by one every day, which is nothing new. */
    const AGEING = ['account_age_days', 'days_since_first_order', 'days_since_last_order'];

    /** @var OrderHistoryFacts */
    private $history;

    /** @var CompanyAddresses */
    private $addresses;

    /** @var ReportedCustomers */
    private $known;

    /** @var int */
    private $idShop;

    public function __construct(OrderHistoryFacts $history, int $idShop)
    {
        $this->history = $history;
        $this->addresses = new CompanyAddresses();
        $this->known = new ReportedCustomers($idShop);
        $this->idShop = $idShop;
    }

    /**
     * Whether a customer is worth telling the service of: a business, or one that the merchant treats as such by a
     * group or an allowance. Of private customers nothing is told.
     *
     * @param int[] $joining groups that the customer is about to join
     */
    public function isWanted(int $idCustomer, array $joining = []): bool
    {
        return array_diff($joining, $this->standardGroups()) !== [] || $this->wanted('`c`.`id_customer` = ' . $idCustomer, 1) !== [];
    }

    /**
     * @return int[] customers of this shop worth telling of, after that id
     */
    public function wantedAfter(int $idCustomer, int $limit): array
    {
        return $this->wanted('`c`.`id_customer` > ' . $idCustomer . ' AND ' . $this->ofShop(), $limit);
    }

    public function countWanted(): int
    {
        return (int) \Db::getInstance()->getValue('SELECT COUNT(*) ' . $this->whoIsWanted($this->ofShop()), false);
    }

    /**
     * The body of `PUT /v1/companies/{ref}`; null for a guest, or a customer who is no more.
     *
     * @return array<string, mixed>|null
     */
    public function of(int $idCustomer): ?array
    {
        $accounts = $this->accounts($idCustomer);
        if ($accounts === [] || $accounts[0]['id_customer'] !== $idCustomer) {
            return null;
        }
        $ids = array_column($accounts, 'id_customer');
        $addresses = $this->addresses->of($ids);
        $main = $this->addresses->main($addresses, $idCustomer);
        $facts = $this->history->of($ids);
        $own = $accounts[0];
        $first = $accounts[array_search(min($ids), $ids, true)];
        $body = [
            'legal_name' => $this->legalName($first, $addresses),
            'country' => $main !== null ? $main['country'] : $this->homeCountry(),
            'language' => $this->language((string) $first['language']),
            'registration_number' => Text::first(array_merge(array_column($accounts, 'siret'), [$main !== null && $main['company'] !== '' ? $main['dni'] : ''])),
            'vat_number' => Text::first(array_merge([$main !== null ? $main['vat_number'] : ''], array_column($addresses, 'vat_number'))),
            'groups' => $this->groups($accounts),
            'addresses' => $this->addresses->reported($addresses, $main),
            'buyers' => [['ref' => (string) $idCustomer, 'name' => Text::name($own), 'email' => $own['email']]],
            'facts' => $facts + $this->ownFacts($own, $facts['account_age_days']['as_of']),
        ];
        if (!preg_match('/^[^@\s]+@[^@\s]+$/D', $own['email'])) {
            unset($body['buyers'][0]['email']);
        }

        return $body;
    }

    /**
     * The same for two reports that say the same, whenever they are made.
     *
     * @param array<string, mixed> $body
     */
    public function fingerprint(array $body): string
    {
        foreach ($body['facts'] as $name => $fact) {
            if (in_array($name, self::AGEING, true) && is_int($fact['value'])) {
                $body['facts'][$name]['value'] = date('Y-m-d', (int) strtotime(date('Y-m-d', (int) strtotime($fact['as_of'])) . ' 12:00:00 -' . $fact['value'] . ' days'));
            }
            unset($body['facts'][$name]['as_of']);
        }

        return hash('sha256', (string) json_encode($body));
    }

    /**
     * @return int[]
     */
    private function wanted(string $which, int $limit): array
    {
        $rows = \Db::getInstance()->executeS('SELECT `c`.`id_customer` ' . $this->whoIsWanted($which) . ' ORDER BY `c`.`id_customer` LIMIT ' . $limit, true, false);

        return array_map(function ($row) { return (int) $row['id_customer']; }, $rows ?: []);
    }

    private function ofShop(): string
    {
        return '`c`.`id_shop` IN (' . Sql::ids(\Shop::getSharedShops($this->idShop, \Shop::SHARE_CUSTOMER)) . ')';
    }

    private function whoIsWanted(string $which): string
    {
        return 'FROM `' . _DB_PREFIX_ . 'customer` `c` WHERE ' . $which . ' AND `c`.`is_guest` = 0 AND `c`.`deleted` = 0'
            // The account that module psgdpr hands the carts of forgotten customers to.
            . ' AND `c`.`id_customer` <> ' . (int) \Configuration::get('PSGDPR_ANONYMOUS_CUSTOMER') . ' AND ('
            . "COALESCE(`c`.`company`, '') <> '' OR COALESCE(`c`.`siret`, '') <> '' OR `c`.`outstanding_allow_amount` > 0"
            . ' OR EXISTS (SELECT 1 FROM `' . _DB_PREFIX_ . 'address` `a` WHERE `a`.`id_customer` = `c`.`id_customer` AND `a`.`deleted` = 0'
            . " AND (COALESCE(`a`.`company`, '') <> '' OR COALESCE(`a`.`vat_number`, '') <> ''))"
            . ' OR EXISTS (SELECT 1 FROM `' . _DB_PREFIX_ . 'customer_group` `g` WHERE `g`.`id_customer` = `c`.`id_customer` AND `g`.`id_group` NOT IN (' . Sql::ids($this->standardGroups()) . '))'
            . ' OR EXISTS (SELECT 1 FROM `' . _DB_PREFIX_ . 'encours_customer` `e` WHERE `e`.`id_customer` = `c`.`id_customer`'
            . ' AND `e`.`id_shop` = ' . $this->idShop . ' AND `e`.`company_id` IS NOT NULL))';
    }

    /**
     * Groups that everybody is in, business or not.
     *
     * @return int[]
     */
    private function standardGroups(): array
    {
        return array_map(function (string $group): int {
            return (int) \Configuration::get($group, null, null, $this->idShop);
        }, ['PS_UNIDENTIFIED_GROUP', 'PS_GUEST_GROUP', 'PS_CUSTOMER_GROUP']);
    }

    /**
     * The customer, then the other accounts of the same company.
     *
     * @return array<int, array<string, mixed>>
     */
    private function accounts(int $idCustomer): array
    {
        $rows = \Db::getInstance()->executeS('SELECT `c`.`id_customer`, `c`.`company`, `c`.`siret`, `c`.`ape`, `c`.`firstname`, `c`.`lastname`, `c`.`email`, `c`.`id_risk`,'
            . ' `c`.`id_default_group`, `l`.`iso_code` AS `language` FROM `' . _DB_PREFIX_ . 'customer` `c`'
            . ' LEFT JOIN `' . _DB_PREFIX_ . 'lang` `l` ON `l`.`id_lang` = `c`.`id_lang`'
            . ' WHERE `c`.`id_customer` IN (' . Sql::ids(array_merge([$idCustomer], $this->known->sameCompany($idCustomer))) . ')'
            . ' AND `c`.`is_guest` = 0 AND `c`.`deleted` = 0 ORDER BY CASE WHEN `c`.`id_customer` = ' . $idCustomer . ' THEN 0 ELSE 1 END, `c`.`id_customer` LIMIT 200', true, false);

        return array_map(function (array $row) {
            $account = array_map([Text::class, 'clean'], $row);

            return ['id_customer' => (int) $row['id_customer'], 'id_risk' => (int) $row['id_risk'], 'id_default_group' => (int) $row['id_default_group']] + $account;
        }, $rows ?: []);
    }

    /**
     * @param array<string, mixed> $account
     * @param array<int, array<string, mixed>> $addresses
     */
    private function legalName(array $account, array $addresses): string
    {
        $companies = [];
        foreach ($addresses as $address) {
            if ($address['id_customer'] === $account['id_customer']) {
                $companies[] = $address['company'];
            }
        }

        return (string) Text::first(array_merge([$account['company']], $companies, [Text::name($account), 'Customer ' . $account['id_customer']]));
    }

    /**
     * Codes of all groups, the default group first.
     *
     * @param array<int, array<string, mixed>> $accounts
     *
     * @return string[]
     */
    private function groups(array $accounts): array
    {
        $rows = \Db::getInstance()->executeS('SELECT DISTINCT `id_group` FROM `' . _DB_PREFIX_ . 'customer_group` WHERE `id_customer` IN ('
            . Sql::ids(array_column($accounts, 'id_customer')) . ') ORDER BY `id_group`', true, false);
        $ids = array_map(function ($row) { return (int) $row['id_group']; }, $rows ?: []);
        $first = array_values(array_unique(array_intersect(array_column($accounts, 'id_default_group'), $ids)));

        return array_map(function (int $id) { return 'ps-' . $id; }, array_slice(array_values(array_unique(array_merge($first, $ids))), 0, 50));
    }

    /**
     * @param array<string, mixed> $account
     *
     * @return array<string, array<string, mixed>>
     */
    private function ownFacts(array $account, string $asOf): array
    {
        $risk = \Db::getInstance()->getValue('SELECT `name` FROM `' . _DB_PREFIX_ . 'risk_lang` WHERE `id_risk` = ' . $account['id_risk']
            . ' AND `id_lang` = ' . (int) \Configuration::get('PS_LANG_DEFAULT', null, null, $this->idShop), false);
        $facts = ['ape_code' => $account['ape'], 'risk_level' => Text::clean($risk)];

        return array_map(function (string $value) use ($asOf) {
            return ['value' => $value !== '' ? $value : null, 'source' => 'shop', 'as_of' => $asOf];
        }, $facts);
    }

    private function language(string $code): string
    {
        return preg_match('/^[a-z]{2}$/D', strtolower($code)) ? strtolower($code) : 'en';
    }

    private function homeCountry(): string
    {
        $code = strtoupper((string) \Country::getIsoById((int) \Configuration::get('PS_COUNTRY_DEFAULT', null, null, $this->idShop)));

        return preg_match('/^[A-Z]{2}$/D', $code) ? $code : 'FR';
    }
}
