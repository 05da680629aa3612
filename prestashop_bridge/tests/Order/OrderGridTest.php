<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Order;

use EncoursModule\Tests\StaffTestCase;

/**
 * The SQL that the list of orders is given, run on the tables it is about.
 */
class OrderGridTest extends StaffTestCase
{
    protected function setUp(): void
    {
        parent::setUp();
        \Context::getContext()->language->date_format_lite = 'd/m/Y';
        $this->customer(3);
        $yesterday = date('Y-m-d', strtotime('-1 day'));
        $this->listed('LATE', ['due_on' => $yesterday, 'due_is_estimate' => 0]);
        $this->listed('TODAY', ['due_on' => date('Y-m-d'), 'due_is_estimate' => 0]);
        $this->listed('ESTIMATE', ['due_on' => $yesterday, 'due_is_estimate' => 1]);
        $this->listed('SETTLED', ['due_on' => $yesterday, 'due_is_estimate' => 0, 'settled_on' => $yesterday]);
        $this->listed('CANCELLED', ['due_on' => $yesterday, 'due_is_estimate' => 0], 6);
        $this->order(3, ['reference' => 'WIRE']);
    }

    private function listed(string $reference, array $onTerms, int $state = 14): void
    {
        $this->orderOnTerms(3, ['reference' => $reference, 'current_state' => $state], $onTerms + ['ref' => $reference]);
    }

    /**
     * @param array<string, mixed> $filters
     *
     * @return array<string, array<string, string>> rows by reference
     */
    private function rows_(array $filters = [], string $orderBy = 'id_order', string $way = 'asc'): array
    {
        $search = new GridQuery('o.reference');
        $count = new GridQuery('COUNT(*) AS number');
        $criteria = new GridCriteria($filters, $orderBy, $way);
        $this->factory()->orderGrid()->addQuery(['search_query_builder' => $search, 'count_query_builder' => $count, 'search_criteria' => $criteria]);
        $rows = array_column($search->rows(), null, 'reference');
        $this->assertCount((int) $count->rows()[0]['number'], $rows, 'the number above the list is that of its rows');

        return $rows;
    }

    public function test_says_of_each_order_when_it_is_due_and_how_it_stands(): void
    {
        $states = array_map(function (array $row) { return $row['encours_state']; }, $this->rows_());
        $this->assertSame(['LATE' => 'Overdue', 'TODAY' => 'Open', 'ESTIMATE' => 'Open', 'SETTLED' => 'Settled', 'CANCELLED' => 'Cancelled', 'WIRE' => ''], $states);
        $rows = $this->rows_();
        $this->assertSame(date('d/m/Y'), $rows['TODAY']['encours_due']);
        $this->assertStringEndsWith(' (estimated)', $rows['ESTIMATE']['encours_due']);
        $this->assertSame('', $rows['WIRE']['encours_due']);
        $this->assertSame('#c9302c', $rows['LATE']['encours_state_color']);
    }

    public function test_filters_by_state(): void
    {
        $this->assertSame(['LATE'], array_keys($this->rows_(['encours_state' => 'overdue'])));
        $this->assertSame(['TODAY', 'ESTIMATE'], array_keys($this->rows_(['encours_state' => 'open'])));
        $this->assertCount(6, $this->rows_(['encours_state' => "x' OR 1=1"]), 'what is no state does not filter');
    }

    public function test_filters_by_due_date_on_both_ends(): void
    {
        $today = date('Y-m-d');
        $this->assertSame(['TODAY'], array_keys($this->rows_(['encours_due' => ['from' => $today, 'to' => $today]])));
        $this->assertSame([], $this->rows_(['encours_due' => ['from' => date('Y-m-d', strtotime('+1 day'))]]));
        $this->assertSame(['LATE'], array_keys($this->rows_(['encours_due' => ['to' => date('Y-m-d', strtotime('-1 day'))], 'encours_state' => 'overdue'])));
    }

    public function test_sorts_by_due_date_with_the_others_last(): void
    {
        $this->assertSame('WIRE', array_keys($this->rows_([], 'encours_due', 'asc'))[5]);
        $down = array_keys($this->rows_([], 'encours_due', 'DESC; DROP TABLE'));
        $this->assertSame('WIRE', $down[5]);
        $this->assertStringNotContainsString('DROP', implode(' ', \Db::$log));
        $this->assertSame('TODAY', array_keys($this->rows_([], 'encours_due', 'desc'))[0]);
    }
}
