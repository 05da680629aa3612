<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Sync;

/**
 * Values as SQL. Core's own helper takes tags out of texts and writes null as an empty string.
 */
final class Sql
{
    /** @param int|string|bool|null $value */
    public static function value($value): string
    {
        if ($value === null) {
            return 'NULL';
        }
        if (is_int($value) || is_bool($value)) {
            return (string) (int) $value;
        }

        return "'" . pSQL($value, true) . "'";
    }

    /** @param array<string, int|string|bool|null> $row by column */
    public static function assignments(array $row): string
    {
        $parts = [];
        foreach ($row as $column => $value) {
            $parts[] = '`' . bqSQL($column) . '` = ' . self::value($value);
        }

        return implode(', ', $parts);
    }

    /** @param array<string, int|string|bool|null> $row by column */
    public static function insert(string $table, array $row): string
    {
        return 'INSERT INTO `' . _DB_PREFIX_ . bqSQL($table) . '` (`' . implode('`, `', array_map('bqSQL', array_keys($row))) . '`)'
            . ' VALUES (' . implode(', ', array_map([self::class, 'value'], array_values($row))) . ')';
    }

    /**
     * For `IN (...)`; never empty.
     *
     * @param int[] $ids
     */
    public static function ids(array $ids): string
    {
        return implode(', ', array_map('intval', $ids ?: [0]));
    }
}
