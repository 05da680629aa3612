<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Sync;

use EncoursModule\Sync\ReportedCustomers;
use EncoursModule\Tests\TalkingShop;

class CompanyReportTest extends TalkingShop
{
    private function report(int $idCustomer = 3): ?array
    {
        return $this->factory()->companyReport()->of($idCustomer);
    }

    public function test_says_who_the_company_is(): void
    {
        $this->customer(3);
        $this->address(3);
        \Db::getInstance()->insert('risk_lang', ['id_risk' => 2, 'id_lang' => 1, 'name' => 'Low']);
        $report = $this->report();

        $this->assertSame('Moulin Vert SARL', $report['legal_name']);
        $this->assertSame(['FR', 'en'], [$report['country'], $report['language']]);
        $this->assertSame(['30326504500011', 'FR40303265045'], [$report['registration_number'], $report['vat_number']]);
        $this->assertSame(['ps-3'], $report['groups']);
        $this->assertSame([['ref' => '3', 'name' => 'Paule Moulin', 'email' => 'pro@example.com']], $report['buyers']);
        $this->assertSame([['kind' => 'billing', 'line1' => '12 rue du Moulin Vert', 'postcode' => '75014', 'city' => 'Paris', 'country' => 'FR', 'contact_name' => 'Paule Moulin', 'phone' => '0140000000']], $report['addresses']);
        $this->assertSame(['1061A', 'Low'], [$report['facts']['ape_code']['value'], $report['facts']['risk_level']['value']]);
        $this->assertArrayNotHasKey('invoice_email', $report);
        $this->assertArrayNotHasKey('default_terms', $report, 'what staff settle at the service is not reported');
    }

    public function test_the_address_of_the_latest_invoice_says_which_vat_number(): void
    {
        $this->customer(3);
        $old = $this->address(3, ['vat_number' => 'FR40303265045', 'date_upd' => '2026-01-01 00:00:00']);
        $this->address(3, ['vat_number' => 'DE136695976', 'id_country' => 1, 'date_upd' => '2026-02-01 00:00:00']);
        $this->assertSame(['DE136695976', 'DE'], [$this->report()['vat_number'], $this->report()['country']], 'without orders the latest');

        $this->order(3, ['id_address_invoice' => $old]);
        $this->assertSame(['FR40303265045', 'FR'], [$this->report()['vat_number'], $this->report()['country']]);
    }

    public function test_a_deleted_address_says_nothing(): void
    {
        $this->customer(3, ['siret' => null]);
        $this->address(3, ['deleted' => 1]);

        $this->assertSame([null, null, []], [$this->report()['vat_number'], $this->report()['registration_number'], $this->report()['addresses']]);
    }

    public function test_the_company_of_an_address_stands_in_for_one_that_is_missing(): void
    {
        $this->customer(3, ['company' => null, 'siret' => null]);
        $this->assertSame('Paule Moulin', $this->report()['legal_name']);
        $this->address(3, ['company' => 'Aus der Adresse GmbH', 'dni' => 'HRB 1', 'id_country' => 1]);

        $this->assertSame(['Aus der Adresse GmbH', 'HRB 1'], [$this->report()['legal_name'], $this->report()['registration_number']]);
    }

    public function test_the_default_group_comes_first(): void
    {
        $this->customer(3, ['id_default_group' => 5]);
        \Db::getInstance()->insert('customer_group', ['id_customer' => 3, 'id_group' => 5]);

        $this->assertSame(['ps-5', 'ps-3'], $this->report()['groups']);
    }

    public function test_texts_are_as_the_service_takes_them(): void
    {
        $this->customer(3, ['company' => "  Moulin\tVert\n" . str_repeat('é', 300)]);

        $name = $this->report()['legal_name'];
        $this->assertSame(250, mb_strlen($name));
        $this->assertStringStartsWith('Moulin Vert éé', $name);
    }

    public function test_guests_and_deleted_customers_are_not_reported(): void
    {
        $this->customer(3, ['is_guest' => 1]);
        $this->customer(4, ['deleted' => 1]);

        $this->assertNull($this->report(3));
        $this->assertNull($this->report(4));
        $this->assertNull($this->report(99));
    }

    public function test_accounts_of_one_company_are_reported_as_one(): void
    {
        $this->customer(3);
        $this->customer(7, ['company' => 'MOULIN VERT', 'email' => 'compta@example.com', 'firstname' => 'Ada', 'id_default_group' => 5]);
        \Db::getInstance()->insert('customer_group', ['id_customer' => 7, 'id_group' => 5]);
        $this->order(3);
        $this->order(7);
        $known = new ReportedCustomers(1);
        $known->save(3, ['company_id' => 'company-1']);
        $known->save(7, ['company_id' => 'company-1']);

        $report = $this->report(7);
        $this->assertSame(2, $report['facts']['completed_orders']['value']);
        $this->assertSame('Moulin Vert SARL', $report['legal_name'], 'the first account names it, so that two do not rename it in turns');
        $this->assertSame(['ps-5', 'ps-3'], $report['groups']);
        $this->assertSame(['7'], array_column($report['buyers'], 'ref'));
    }

    /** @dataProvider businesses */
    public function test_only_businesses_are_wanted(bool $isWanted, array $customer, ?array $address, array $groups): void
    {
        $this->customer(3, $customer + ['company' => null, 'siret' => null]);
        if ($address !== null) {
            $this->address(3, $address);
        }
        foreach ($groups as $group) {
            \Db::getInstance()->insert('customer_group', ['id_customer' => 3, 'id_group' => $group]);
        }

        $this->assertSame($isWanted, $this->factory()->companyReport()->isWanted(3));
        $this->assertSame($isWanted ? 1 : 0, $this->factory()->companyReport()->countWanted());
    }

    public function businesses(): array
    {
        $private = ['company' => '', 'vat_number' => ''];

        return [
            'a private person' => [false, [], $private, []],
            'with a company' => [true, ['company' => 'X'], null, []],
            'with a siret' => [true, ['siret' => '30326504500011'], null, []],
            'with a company in an address' => [true, [], ['vat_number' => ''], []],
            'with a VAT number in an address' => [true, [], ['company' => ''], []],
            'with an allowance' => [true, ['outstanding_allow_amount' => '0.01'], null, []],
            'in a group of the merchant\'s' => [true, [], null, [4]],
            'a guest with a company' => [false, ['company' => 'X', 'is_guest' => 1], null, []],
            'deleted' => [false, ['company' => 'X', 'deleted' => 1], null, []],
        ];
    }

    public function test_whom_the_service_knows_already_is_reported_on(): void
    {
        $this->customer(3, ['company' => null, 'siret' => null]);
        (new ReportedCustomers(1))->save(3, ['company_id' => 'company-1']);

        $this->assertTrue($this->factory()->companyReport()->isWanted(3));
    }

    public function test_two_days_do_not_make_two_reports(): void
    {
        $this->customer(3);
        $this->order(3);
        $report = $this->factory()->companyReport();
        $today = $report->fingerprint($report->of(3));
        $this->now += 86400;
        $this->assertSame($today, $report->fingerprint($report->of(3)));

        $this->order(3);
        $this->assertNotSame($today, $report->fingerprint($report->of(3)));
    }
}
