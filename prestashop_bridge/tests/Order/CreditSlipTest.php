<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Order;

use EncoursModule\Order\CreditSlip;
use EncoursModule\Tests\ShopTestCase;

class CreditSlipTest extends ShopTestCase
{
    /** @dataProvider slips */
    public function test_what_a_slip_gives_back(string $expected, array $slip, string $discounts = '0', int $idCurrency = 1): void
    {
        $slip += ['total_products_tax_excl' => '100.000000', 'total_products_tax_incl' => '120.000000', 'total_shipping_tax_incl' => '0.000000',
            'amount' => '120.000000', 'order_slip_type' => 0, 'lines_tax_incl' => '120.000000', ];

        $this->assertSame($expected, CreditSlip::gross($slip, ['total_discounts_tax_incl' => $discounts], new \Currency($idCurrency)));
    }

    public function slips(): array
    {
        return [
            'goods' => ['120.00', []],
            'goods and shipping' => ['128.40', ['total_shipping_tax_incl' => '8.400000', 'order_slip_type' => 2]],
            'amounts that core did not round' => ['22.94', ['total_products_tax_incl' => '22.944000', 'amount' => '22.944000', 'total_products_tax_excl' => '19.120000']],
            'half a cent' => ['22.95', ['total_products_tax_incl' => '22.945000', 'amount' => '22.945000']],
            'where prices are shown without tax the amount is net' => ['120.00', ['amount' => '100.000000']],
            'the same with shipping' => ['128.40', ['amount' => '100.000000', 'total_shipping_tax_incl' => '8.400000', 'order_slip_type' => 2]],
            'an amount chosen by hand' => ['50.00', ['amount' => '50.000000', 'order_slip_type' => 2]],
            'an amount chosen by hand, and shipping' => ['58.40', ['amount' => '50.000000', 'total_shipping_tax_incl' => '8.400000', 'order_slip_type' => 2]],
            'without vouchers, where core took them off the net total' => ['100.00', ['order_slip_type' => 1, 'total_products_tax_excl' => '80.000000'], '20.000000'],
            'without vouchers, where core took them off the gross total' => ['100.00', ['order_slip_type' => 1, 'total_products_tax_incl' => '100.000000', 'amount' => '100.000000'], '20.000000'],
            'vouchers above the goods' => ['8.40', ['order_slip_type' => 1, 'total_shipping_tax_incl' => '8.400000'], '200.000000'],
            'shipping alone' => ['8.40', ['total_products_tax_excl' => '0', 'total_products_tax_incl' => '0', 'amount' => '0', 'total_shipping_tax_incl' => '8.400000', 'order_slip_type' => 2, 'lines_tax_incl' => null]],
            'a currency without decimals' => ['121', ['total_products_tax_incl' => '120.500000', 'amount' => '120.500000'], '0', 3],
        ];
    }
}
