<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Order;

/**
 * What staff chose above the list of orders.
 */
final class GridCriteria
{
    /** @var array<string, mixed> */
    private $filters;

    /** @var string */
    private $orderBy;

    /** @var string */
    private $way;

    public function __construct(array $filters, string $orderBy, string $way)
    {
        $this->filters = $filters;
        $this->orderBy = $orderBy;
        $this->way = $way;
    }

    public function getFilters(): array
    {
        return $this->filters;
    }

    public function getOrderBy(): string
    {
        return $this->orderBy;
    }

    public function getOrderWay(): string
    {
        return $this->way;
    }
}
