<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Sync;

/**
 * The addresses of a company's accounts, and which of them says who the company is.
 */
final class CompanyAddresses
{
    const MOST = 50;

    /**
     * Those of the reporting customer first, the one on his latest invoice before all others.
     *
     * @param int[] $ids
     *
     * @return array<int, array<string, mixed>>
     */
    public function of(array $ids): array
    {
        $latest = '(SELECT `o`.`id_address_invoice` FROM `' . _DB_PREFIX_ . 'orders` `o` WHERE `o`.`id_customer` = ' . (int) $ids[0] . ' ORDER BY `o`.`id_order` DESC LIMIT 1)';
        $rows = \Db::getInstance()->executeS('SELECT `a`.`id_address`, `a`.`id_customer`, `a`.`company`, `a`.`firstname`, `a`.`lastname`, `a`.`address1`, `a`.`address2`,'
            . ' `a`.`postcode`, `a`.`city`, `a`.`phone`, `a`.`phone_mobile`, `a`.`vat_number`, `a`.`dni`, `c`.`iso_code` AS `country`, `s`.`name` AS `region`,'
            . ' CASE WHEN `a`.`id_address` = ' . $latest . ' THEN 1 ELSE 0 END AS `is_invoiced`'
            . ' FROM `' . _DB_PREFIX_ . 'address` `a` JOIN `' . _DB_PREFIX_ . 'country` `c` ON `c`.`id_country` = `a`.`id_country`'
            . ' LEFT JOIN `' . _DB_PREFIX_ . 'state` `s` ON `s`.`id_state` = `a`.`id_state`'
            . ' WHERE `a`.`id_customer` IN (' . Sql::ids($ids) . ') AND `a`.`deleted` = 0'
            . ' ORDER BY CASE WHEN `a`.`id_customer` = ' . (int) $ids[0] . ' THEN 0 ELSE 1 END, `is_invoiced` DESC, `a`.`date_upd` DESC, `a`.`id_address` DESC LIMIT 200', true, false);
        $addresses = [];
        foreach ($rows ?: [] as $row) {
            $address = array_map([Text::class, 'clean'], $row);
            $address['id_customer'] = (int) $row['id_customer'];
            $address['country'] = strtoupper($address['country']);
            if (preg_match('/^[A-Z]{2}$/D', $address['country'])) {
                $addresses[] = $address;
            }
        }

        return $addresses;
    }

    /**
     * The address that says who the company is: the one on the latest invoice, else one with a VAT number, else one with
     * a company, else the latest.
     *
     * @param array<int, array<string, mixed>> $addresses
     *
     * @return array<string, mixed>|null
     */
    public function main(array $addresses, int $idCustomer): ?array
    {
        $own = array_values(array_filter($addresses, function (array $address) use ($idCustomer) { return $address['id_customer'] === $idCustomer; }));
        $addresses = $own ?: $addresses;
        foreach (['is_invoiced', 'vat_number', 'company'] as $mark) {
            foreach ($addresses as $address) {
                if ($address[$mark] !== '' && $address[$mark] !== '0') {
                    return $address;
                }
            }
        }

        return $addresses ? $addresses[0] : null;
    }

    /**
     * @param array<int, array<string, mixed>> $addresses
     * @param array<string, mixed>|null $main
     *
     * @return array<int, array<string, string>>
     */
    public function reported(array $addresses, ?array $main): array
    {
        $reported = [];
        foreach ($addresses as $address) {
            if ($address['address1'] === '') {
                continue;
            }
            $one = array_filter([
                'kind' => $main !== null && $address['id_address'] === $main['id_address'] ? 'billing' : 'delivery',
                'line1' => $address['address1'],
                'line2' => $address['address2'],
                'postcode' => $address['postcode'],
                'city' => $address['city'],
                'region' => $address['region'],
                'country' => $address['country'],
                'contact_name' => Text::name($address),
                'phone' => $address['phone'] !== '' ? $address['phone'] : $address['phone_mobile'],
            ], function (string $text) { return $text !== ''; });
            $reported[(string) json_encode($one)] = $one;
        }

        return array_slice(array_values($reported), 0, self::MOST);
    }
}
