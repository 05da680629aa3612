<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Order;

/**
 * As much of Doctrine's query builder as a hook of a grid uses.
 */
final class GridQuery
{
    /** @var string[] */
    private $select;

    /** @var string[] */
    private $joins = [];

    /** @var string[] */
    private $where = [];

    /** @var string[] */
    private $order = [];

    /** @var array<string, string> */
    private $parameters = [];

    public function __construct(string $select)
    {
        $this->select = [$select];
    }

    public function addSelect(string $select): self
    {
        $this->select[] = $select;

        return $this;
    }

    public function leftJoin(string $from, string $table, string $alias, string $condition): self
    {
        $this->joins[] = " LEFT JOIN `$table` $alias ON $condition";

        return $this;
    }

    public function andWhere(string $condition): self
    {
        $this->where[] = "($condition)";

        return $this;
    }

    public function setParameter(string $name, $value): self
    {
        $this->parameters[':' . $name] = "'" . pSQL($value) . "'";

        return $this;
    }

    public function orderBy(string $column, ?string $way = null): self
    {
        $this->order = [];

        return $this->addOrderBy($column, $way);
    }

    public function addOrderBy(string $column, ?string $way = null): self
    {
        $this->order[] = trim($column . ' ' . $way);

        return $this;
    }

    /** @return array<int, array<string, string>> */
    public function rows(): array
    {
        $sql = 'SELECT ' . implode(', ', $this->select) . ' FROM `ps_orders` o' . implode('', $this->joins)
            . ($this->where ? ' WHERE ' . implode(' AND ', $this->where) : '') . ($this->order ? ' ORDER BY ' . implode(', ', $this->order) : '');

        return \Db::getInstance()->executeS(strtr($sql, $this->parameters));
    }
}
