<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Sync;

use EncoursModule\Config\Settings;
use EncoursModule\Money;

/**
 * What a customer's orders in this shop come to, counted as the service's catalogue of facts says (docs/eligibility.md).
 *
 * Basis, the same for every figure:
 * - orders of the customer's accounts in this shop, and in the shops of its group where the group shares customers and
 *   the default currency is the same;
 * - an order on terms counts once it is settled, or a company would qualify itself by ordering;
 * - spend is net of tax and shipping, less credit slips, of valid orders only (cancelled, refunded and failed ones are
 *   not), in the shop's default currency at the rate stored with each order;
 * - an order is completed when it was delivered (its goods left, or it needs no carrier) and is paid;
 * - the last 12 months count from the moment of asking, by the day of the order.
 */
final class OrderHistoryFacts
{
    /** @var int */
    private $idShop;

    /** @var callable(): int */
    private $clock;

    public function __construct(int $idShop, callable $clock)
    {
        $this->idShop = $idShop;
        $this->clock = $clock;
    }

    /**
     * @param int[] $customers accounts of one company
     *
     * @return array<string, array<string, mixed>> facts as the service takes them; a value that is not known is null
     */
    public function of(array $customers): array
    {
        $row = \Db::getInstance()->getRow($this->sql($customers), false);
        $idCurrency = (int) \Configuration::get('PS_CURRENCY_DEFAULT', null, null, $this->idShop);
        $currency = new \Currency($idCurrency);
        $code = (string) $currency->iso_code;
        $delivered = (float) $row['delivered_12m'];
        $values = [
            'completed_orders' => (int) $row['completed'],
            'completed_orders_12m' => (int) $row['completed_12m'],
            'net_spend_12m' => Money::of($row['spend_12m'], $currency),
            'net_spend_total' => Money::of($row['spend'], $currency),
            'account_age_days' => $this->daysSince($row['opened_at']),
            'days_since_first_order' => $this->daysSince($row['first_at']),
            'days_since_last_order' => $this->daysSince($row['last_at']),
            'return_rate_bp' => $delivered > 0 ? min(10000, (int) round((float) $row['returned_12m'] / $delivered * 10000)) : null,
        ];
        $asOf = ShopTime::now(($this->clock)());
        $facts = [];
        foreach ($values as $name => $value) {
            $facts[$name] = ['value' => $value, 'source' => 'shop', 'as_of' => $asOf];
            if (strpos($name, 'net_spend') === 0) {
                $facts[$name]['currency'] = $code;
            }
        }

        return $facts;
    }

    /**
     * One statement that starts from the customer's own orders and slips, by index; so it costs the same in a shop of
     * a hundred orders as in one of a hundred thousand.
     *
     * @param int[] $customers
     */
    private function sql(array $customers): string
    {
        $p = _DB_PREFIX_;
        $ids = Sql::ids($customers);
        $since = Sql::value(date('Y-m-d H:i:s', strtotime('-12 months', ($this->clock)())));

        return 'SELECT COALESCE(SUM(`is_completed`), 0) AS `completed`,'
            . ' COALESCE(SUM(`is_completed` * `is_recent`), 0) AS `completed_12m`,'
            . ' COALESCE(SUM(`counts` * (`net` - `credited`)), 0) AS `spend`,'
            . ' COALESCE(SUM(`counts` * `is_recent` * (`net` - `credited`)), 0) AS `spend_12m`,'
            . ' COALESCE(SUM(`is_delivered` * `is_recent` * `net`), 0) AS `delivered_12m`,'
            . ' COALESCE(SUM(`is_delivered` * `is_recent` * `credited`), 0) AS `returned_12m`,'
            . ' MIN(CASE WHEN `is_cancelled` = 0 THEN `date_add` END) AS `first_at`,'
            . ' MAX(CASE WHEN `is_cancelled` = 0 THEN `date_add` END) AS `last_at`,'
            . ' (SELECT MIN(`date_add`) FROM `' . $p . 'customer` WHERE `id_customer` IN (' . $ids . ')) AS `opened_at`'
            . ' FROM (SELECT `f`.*, `f`.`is_settled` * `f`.`is_valid` AS `counts`,'
            . ' `f`.`is_settled` * `f`.`is_valid` * `f`.`is_paid` * `f`.`is_delivered` AS `is_completed` FROM ('
            . 'SELECT `o`.`date_add`, CASE WHEN `o`.`date_add` >= ' . $since . ' THEN 1 ELSE 0 END AS `is_recent`,'
            . ' CASE WHEN `o`.`valid` = 1 THEN 1 ELSE 0 END AS `is_valid`,'
            . ' CASE WHEN `o`.`current_state` IN (' . $this->cancelled() . ') THEN 1 ELSE 0 END AS `is_cancelled`,'
            . " CASE WHEN `t`.`id_order` IS NULL AND COALESCE(`o`.`module`, '') <> 'encours' THEN 1 WHEN `t`.`settled_on` IS NOT NULL THEN 1 ELSE 0 END AS `is_settled`,"
            . ' CASE WHEN `s`.`paid` = 1 OR `t`.`settled_on` IS NOT NULL THEN 1 ELSE 0 END AS `is_paid`,'
            . ' CASE WHEN `s`.`shipped` = 1 OR `o`.`id_carrier` = 0 OR EXISTS (SELECT 1 FROM `' . $p . 'order_history` `h` JOIN `' . $p . 'order_state` `hs`'
            . ' ON `hs`.`id_order_state` = `h`.`id_order_state` WHERE `h`.`id_order` = `o`.`id_order` AND `hs`.`shipped` = 1) THEN 1 ELSE 0 END AS `is_delivered`,'
            // A voucher for free shipping took the shipping off the total already.
            . ' (`o`.`total_paid_tax_excl` - CASE WHEN EXISTS (SELECT 1 FROM `' . $p . 'order_cart_rule` `v` WHERE `v`.`id_order` = `o`.`id_order` AND `v`.`free_shipping` = 1)'
            . ' THEN 0 ELSE `o`.`total_shipping_tax_excl` END) / ' . $this->rate() . ' AS `net`,'
            . ' COALESCE(`c`.`credited`, 0) / ' . $this->rate() . ' AS `credited`'
            . ' FROM `' . $p . 'orders` `o`'
            . ' LEFT JOIN `' . $p . 'order_state` `s` ON `s`.`id_order_state` = `o`.`current_state`'
            . ' LEFT JOIN `' . $p . 'encours_order` `t` ON `t`.`id_order` = `o`.`id_order`'
            . ' LEFT JOIN (' . $this->slips($ids) . ') `c` ON `c`.`id_order` = `o`.`id_order`'
            . ' WHERE `o`.`id_customer` IN (' . $ids . ') AND `o`.`id_shop` IN (' . Sql::ids($this->shops()) . ')) `f`) `g`';
    }

    /** What was credited of the goods of each order, net; an amount chosen by hand is gross and shares the slip's tax. */
    private function slips(string $ids): string
    {
        $isChosen = '`order_slip_type` = 2 AND ABS(`amount` - `total_products_tax_incl`) > 0.01 AND ABS(`amount` - `total_products_tax_excl`) > 0.01 AND `total_products_tax_incl` > 0';

        return 'SELECT `id_order`, SUM(CASE WHEN ' . $isChosen . ' THEN `amount` * `total_products_tax_excl` / `total_products_tax_incl`'
            . ' ELSE `total_products_tax_excl` END) AS `credited` FROM `' . _DB_PREFIX_ . 'order_slip`'
            . ' WHERE `id_customer` IN (' . $ids . ') GROUP BY `id_order`';
    }

    private function rate(): string
    {
        return 'CASE WHEN `o`.`conversion_rate` > 0 THEN `o`.`conversion_rate` ELSE 1 END';
    }

    /** States in which an order was never really placed: cancelled, by this shop's settings or core's, or failed. */
    private function cancelled(): string
    {
        $states = (new Settings($this->idShop))->cancelStates();
        foreach (['PS_OS_CANCELED', 'PS_OS_ERROR'] as $state) {
            $states[] = (int) \Configuration::get($state, null, null, $this->idShop);
        }

        return Sql::ids(array_values(array_unique(array_filter($states))));
    }

    /** @return int[] */
    private function shops(): array
    {
        $default = (int) \Configuration::get('PS_CURRENCY_DEFAULT', null, null, $this->idShop);

        return array_values(array_filter(array_map('intval', \Shop::getSharedShops($this->idShop, \Shop::SHARE_CUSTOMER)), function (int $idShop) use ($default) {
            return $idShop === $this->idShop || (int) \Configuration::get('PS_CURRENCY_DEFAULT', null, null, $idShop) === $default;
        }));
    }

    /**
     * Calendar days of the shop's zone.
     *
     * @param string|null $date
     */
    private function daysSince($date): ?int
    {
        $then = $date === null ? false : strtotime(substr((string) $date, 0, 10) . ' 12:00:00');
        if ($then === false || $then <= 0) {
            return null;
        }

        return max(0, (int) round((strtotime(date('Y-m-d', ($this->clock)()) . ' 12:00:00') - $then) / 86400));
    }
}
