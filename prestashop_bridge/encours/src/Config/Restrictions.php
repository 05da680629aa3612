<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

/**
 * PrestaShop shows a payment module only for the currencies, countries, groups and carriers it has a row for, in each
 * shop; what is added to the shop later gets none by itself (S8, S68).
 */
final class Restrictions
{
    /** @var int */
    private $idModule;

    /** @var int */
    private $idShop;

    public function __construct(int $idModule, int $idShop)
    {
        $this->idModule = $idModule;
        $this->idShop = $idShop;
    }

    /**
     * What this shop has, and what of it the module is not offered for.
     *
     * @return array<string, array{all: int, missing: array<int, string>}> by kind: currency, country, group, carrier
     */
    public function check(): array
    {
        $found = [];
        foreach ($this->wanted() as $kind => $names) {
            $found[$kind] = ['all' => count($names), 'missing' => array_diff_key($names, array_flip($this->present($kind)))];
        }

        return $found;
    }

    /** Adds the rows that are missing, and touches no other. */
    public function repair(): void
    {
        $columns = ['currency' => 'id_currency', 'country' => 'id_country', 'group' => 'id_group', 'carrier' => 'id_reference'];
        foreach ($this->check() as $kind => $found) {
            foreach (array_keys($found['missing']) as $id) {
                \Db::getInstance()->insert('module_' . $kind, [
                    'id_module' => $this->idModule,
                    'id_shop' => $this->idShop,
                    $columns[$kind] => (int) $id,
                ], false, true, \Db::INSERT_IGNORE);
            }
        }
    }

    /** @return array<string, array<int, string>> by kind, names by id */
    private function wanted(): array
    {
        $idLang = (int) \Context::getContext()->language->id;
        $prefix = _DB_PREFIX_;
        // Visitors and guests never order on terms, so their groups are not asked about.
        $nobodys = (int) \Configuration::get('PS_UNIDENTIFIED_GROUP') . ',' . (int) \Configuration::get('PS_GUEST_GROUP');

        return [
            'currency' => $this->names("SELECT c.id_currency AS id, c.iso_code AS name FROM `{$prefix}currency` c
                JOIN `{$prefix}currency_shop` s ON s.id_currency = c.id_currency AND s.id_shop = {$this->idShop}
                WHERE c.active = 1 AND c.deleted = 0"),
            'country' => $this->names("SELECT c.id_country AS id, l.name FROM `{$prefix}country` c
                JOIN `{$prefix}country_shop` s ON s.id_country = c.id_country AND s.id_shop = {$this->idShop}
                JOIN `{$prefix}country_lang` l ON l.id_country = c.id_country AND l.id_lang = {$idLang}
                WHERE c.active = 1"),
            'group' => $this->names("SELECT s.id_group AS id, l.name FROM `{$prefix}group_shop` s
                JOIN `{$prefix}group_lang` l ON l.id_group = s.id_group AND l.id_lang = {$idLang}
                WHERE s.id_shop = {$this->idShop} AND s.id_group NOT IN ({$nobodys})"),
            'carrier' => $this->names("SELECT c.id_reference AS id, MAX(c.name) AS name FROM `{$prefix}carrier` c
                JOIN `{$prefix}carrier_shop` s ON s.id_carrier = c.id_carrier AND s.id_shop = {$this->idShop}
                WHERE c.active = 1 AND c.deleted = 0 GROUP BY c.id_reference"),
        ];
    }

    /** @return int[] */
    private function present(string $kind): array
    {
        $column = $kind === 'carrier' ? 'id_reference' : 'id_' . $kind;
        $rows = \Db::getInstance()->executeS('SELECT `' . $column . '` AS id FROM `' . _DB_PREFIX_ . 'module_' . $kind . '`
            WHERE id_module = ' . $this->idModule . ' AND id_shop = ' . $this->idShop);

        return array_map('intval', array_column($rows ?: [], 'id'));
    }

    /** @return array<int, string> */
    private function names(string $sql): array
    {
        $names = [];
        foreach (\Db::getInstance()->executeS($sql) ?: [] as $row) {
            $names[(int) $row['id']] = (string) $row['name'];
        }

        return $names;
    }
}
