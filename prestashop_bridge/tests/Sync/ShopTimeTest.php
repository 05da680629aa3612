<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Sync;

use EncoursModule\Sync\ShopTime;
use PHPUnit\Framework\TestCase;

class ShopTimeTest extends TestCase
{
    public function test_dates_of_the_shop_become_instants_in_utc(): void
    {
        $this->assertSame('2026-03-02T09:00:00.000000Z', ShopTime::instant('2026-03-02 10:00:00'));
        $this->assertSame('2026-07-02T08:00:00.000000Z', ShopTime::instant('2026-07-02 10:00:00'), 'in summer');
        $this->assertSame('2026-03-02T09:00:00Z', ShopTime::now(1772442000));
    }

    public function test_what_happened_in_one_second_stays_in_order_beyond_nine(): void
    {
        $instants = array_map(function (int $id) { return ShopTime::instant('2026-03-02 10:00:00', $id); }, [9, 10, 999999]);
        $sorted = $instants;
        sort($sorted, SORT_STRING);

        $this->assertSame($sorted, $instants);
    }

    public function test_refuses_what_is_no_date(): void
    {
        $this->expectException(\InvalidArgumentException::class);
        ShopTime::instant('0000-00-00 00:00:00');
    }
}
