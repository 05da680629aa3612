<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Sync;

/**
 * Which customers the service knows from this shop, as which company, and what it was told last.
 */
final class ReportedCustomers
{
    /** @var int */
    private $idShop;

    public function __construct(int $idShop)
    {
        $this->idShop = $idShop;
    }

    /**
     * @return array{company_id: string, reported_hash: string|null, reported_email: string|null}|null
     */
    public function find(int $idCustomer): ?array
    {
        $row = \Db::getInstance()->getRow('SELECT `company_id`, `reported_hash`, `reported_email` FROM ' . $this->table()
            . ' WHERE `id_customer` = ' . $idCustomer . ' AND `id_shop` = ' . $this->idShop . ' AND `company_id` IS NOT NULL', false);

        return is_array($row) ? $row : null;
    }

    /**
     * @return int[] the other customers of the same company
     */
    public function sameCompany(int $idCustomer): array
    {
        $rows = \Db::getInstance()->executeS('SELECT `e`.`id_customer` FROM ' . $this->table() . ' `me`'
            . ' JOIN ' . $this->table() . ' `e` ON `e`.`company_id` = `me`.`company_id` AND `e`.`id_shop` = `me`.`id_shop`'
            . ' WHERE `me`.`id_customer` = ' . $idCustomer . ' AND `me`.`id_shop` = ' . $this->idShop
            . ' AND `e`.`id_customer` <> ' . $idCustomer . ' ORDER BY `e`.`id_customer` LIMIT 200', true, false);

        return array_map(function ($row) { return (int) $row['id_customer']; }, $rows ?: []);
    }

    /**
     * @return int[] customers of the company that the service calls so
     */
    public function ofCompany(string $companyId): array
    {
        $rows = \Db::getInstance()->executeS('SELECT `id_customer` FROM ' . $this->table()
            . ' WHERE `company_id` = ' . Sql::value($companyId) . ' AND `id_shop` = ' . $this->idShop, true, false);

        return array_map(function ($row) { return (int) $row['id_customer']; }, $rows ?: []);
    }

    /** @param array<string, string|null> $row any of `company_id`, `reported_hash`, `reported_email` */
    public function save(int $idCustomer, array $row): void
    {
        $row += ['date_upd' => date('Y-m-d H:i:s')];
        \Db::getInstance()->execute(Sql::insert('encours_customer', ['id_customer' => $idCustomer, 'id_shop' => $this->idShop] + $row)
            . ' ON DUPLICATE KEY UPDATE ' . Sql::assignments($row));
    }

    /** What one account reported of its company is what the service knows now, whatever the others had reported before. */
    public function saidLast(int $idCustomer, string $companyId): void
    {
        \Db::getInstance()->execute('UPDATE ' . $this->table() . ' SET `reported_hash` = NULL'
            . ' WHERE `company_id` = ' . Sql::value($companyId) . ' AND `id_shop` = ' . $this->idShop . ' AND `id_customer` <> ' . $idCustomer);
    }

    public function forget(int $idCustomer): void
    {
        \Db::getInstance()->execute('DELETE FROM ' . $this->table() . ' WHERE `id_customer` = ' . $idCustomer . ' AND `id_shop` = ' . $this->idShop);
    }

    /**
     * Those whose report is oldest: figures of the last 12 months change with the calendar alone.
     *
     * @return int[]
     */
    public function stale(string $before, int $limit): array
    {
        $rows = \Db::getInstance()->executeS('SELECT `id_customer` FROM ' . $this->table() . ' WHERE `id_shop` = ' . $this->idShop
            . ' AND `company_id` IS NOT NULL AND `reported_at` < ' . Sql::value($before) . ' ORDER BY `reported_at` LIMIT ' . $limit, true, false);

        return array_map(function ($row) { return (int) $row['id_customer']; }, $rows ?: []);
    }

    private function table(): string
    {
        return '`' . _DB_PREFIX_ . 'encours_customer`';
    }
}
