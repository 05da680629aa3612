<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Order;

use EncoursModule\Sync\Sql;

/**
 * What the shop keeps of its orders on terms: their name at the service, when they are due, whether they are settled.
 *
 * What is owed is known to the service alone.
 */
final class OrdersOnTerms
{
    const COLUMNS = [
        'id_order', 'id_shop', 'ref', 'id_customer', 'hold_id', 'reported_total', 'due_on', 'due_is_estimate', 'payment_reference',
        'terms_label', 'settled_on', 'last_sequence', 'date_upd',
    ];
    const INTEGERS = ['id_order', 'id_shop', 'id_customer', 'due_is_estimate', 'last_sequence'];

    /** @var int */
    private $idShop;

    public function __construct(int $idShop)
    {
        $this->idShop = $idShop;
    }

    /**
     * Of any shop: an order's id is one of the whole installation, and the row names its shop.
     *
     * @return array<string, mixed>|null
     */
    public function find(int $idOrder): ?array
    {
        return $this->first('`id_order` = ' . $idOrder);
    }

    /**
     * @param string $ref the order's name at the service
     *
     * @return array<string, mixed>|null
     */
    public function findByRef(string $ref): ?array
    {
        return $this->first('`id_shop` = ' . $this->idShop . ' AND `ref` = ' . Sql::value($ref));
    }

    /**
     * The newest first.
     *
     * @return array<int, array<string, mixed>>
     */
    public function byCustomer(int $idCustomer, int $limit = 100, int $offset = 0): array
    {
        return $this->rows('`id_shop` = ' . $this->idShop . ' AND `id_customer` = ' . $idCustomer . ' ORDER BY `id_order` DESC LIMIT ' . $offset . ', ' . $limit);
    }

    public function countOfCustomer(int $idCustomer): int
    {
        return (int) \Db::getInstance()->getValue('SELECT COUNT(*) FROM ' . $this->table()
            . ' WHERE `id_shop` = ' . $this->idShop . ' AND `id_customer` = ' . $idCustomer, false);
    }

    /**
     * Adds an order, or changes what is given of it.
     *
     * @param array<string, mixed> $row by column; `id_order` always, a new order also `ref`, `id_customer` and `reported_total`
     */
    public function save(array $row): void
    {
        $unknown = array_diff(array_keys($row), self::COLUMNS);
        if ($unknown !== []) {
            throw new \InvalidArgumentException('An order on terms has no ' . implode(', ', $unknown));
        }
        $idOrder = (int) $row['id_order'];
        unset($row['id_order']);
        $row['date_upd'] = date('Y-m-d H:i:s');
        if ($this->find($idOrder) === null) {
            $row += ['id_shop' => $this->idShop];
            $this->execute(Sql::insert('encours_order', ['id_order' => $idOrder] + $row) . ' ON DUPLICATE KEY UPDATE ' . Sql::assignments($row));

            return;
        }
        $this->execute('UPDATE ' . $this->table() . ' SET ' . Sql::assignments($row) . ' WHERE `id_order` = ' . $idOrder);
    }

    /**
     * Keeps what the service answered of an order.
     *
     * @param array<string, mixed> $answer an order as the service shows it
     */
    public function follow(array $answer): void
    {
        $known = isset($answer['ref']) ? $this->findByRef((string) $answer['ref']) : null;
        if ($known === null) {
            return;
        }
        $changes = [];
        foreach (['due_on', 'payment_reference', 'terms_label'] as $column) {
            if (isset($answer[$column]) && is_string($answer[$column]) && $answer[$column] !== $known[$column]) {
                $changes[$column] = $answer[$column];
            }
        }
        if (isset($answer['due_is_estimate']) && (int) $answer['due_is_estimate'] !== $known['due_is_estimate']) {
            $changes['due_is_estimate'] = (int) $answer['due_is_estimate'];
        }
        if ($changes !== []) {
            $this->save(['id_order' => $known['id_order']] + $changes);
        }
    }

    /**
     * Orders on terms that changed in the shop since then, or got a credit slip, which does not touch the order itself;
     * the longest unread first.
     *
     * @param string $since `Y-m-d H:i:s` of the shop
     *
     * @return array<int, string> when each changed last, by id of the order
     */
    public function changedSince(string $since, int $limit): array
    {
        $own = ' FROM ' . $this->table() . ' `e` JOIN `' . _DB_PREFIX_;
        $rows = \Db::getInstance()->executeS('SELECT `id_order`, MAX(`changed_at`) AS `changed_at` FROM ('
            . 'SELECT `e`.`id_order`, `o`.`date_upd` AS `changed_at`' . $own . 'orders` `o` ON `o`.`id_order` = `e`.`id_order`'
            . ' WHERE `e`.`id_shop` = ' . $this->idShop . ' AND `o`.`date_upd` >= ' . Sql::value($since)
            . ' UNION ALL SELECT `e`.`id_order`, `s`.`date_add`' . $own . 'order_slip` `s` ON `s`.`id_order` = `e`.`id_order`'
            . ' WHERE `e`.`id_shop` = ' . $this->idShop . ' AND `s`.`date_add` >= ' . Sql::value($since)
            . ') `c` GROUP BY `id_order` ORDER BY `changed_at`, `id_order` LIMIT ' . $limit, true, false);
        $changed = [];
        foreach ($rows ?: [] as $row) {
            $changed[(int) $row['id_order']] = (string) $row['changed_at'];
        }

        return $changed;
    }

    /**
     * @return array<string, mixed>|null
     */
    private function first(string $condition): ?array
    {
        $rows = $this->rows($condition . ' LIMIT 1');

        return $rows === [] ? null : $rows[0];
    }

    /**
     * @return array<int, array<string, mixed>>
     */
    private function rows(string $condition): array
    {
        $rows = \Db::getInstance()->executeS('SELECT * FROM ' . $this->table() . ' WHERE ' . $condition, true, false);

        return array_map(function (array $row) {
            foreach (self::INTEGERS as $column) {
                $row[$column] = (int) $row[$column];
            }

            return $row;
        }, $rows ?: []);
    }

    private function table(): string
    {
        return '`' . _DB_PREFIX_ . 'encours_order`';
    }

    private function execute(string $sql): void
    {
        if (!\Db::getInstance()->execute($sql)) {
            throw new \RuntimeException('An order on terms cannot be kept: ' . \Db::getInstance()->getMsgError());
        }
    }
}
