<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Customer;

use EncoursModule\Config\Settings;
use EncoursModule\Sync\ReportedCustomers;
use EncoursModule\Tests\TalkingShop;

class CustomerHooksTest extends TalkingShop
{
    protected function setUp(): void
    {
        parent::setUp();
        \Configuration::updateGlobalValue('ENCOURS_SWEPT_AT', $this->now);
    }

    protected function tearDown(): void
    {
        \Db::getInstance()->execute('DELETE FROM `ps_encours_outbox`');
        parent::tearDown();
    }

    private function object(string $class, int $id): array
    {
        return ['object' => new $class($id)];
    }

    /** @return string[] */
    private function queued(): array
    {
        return array_map(function ($row) { return $row['method'] . ' ' . $row['path']; }, $this->rows('encours_outbox'));
    }

    private function know(int $idCustomer, string $company = 'company-1'): void
    {
        (new ReportedCustomers(1))->save($idCustomer, ['company_id' => $company, 'reported_hash' => 'h', 'reported_email' => 'e' . $idCustomer]);
    }

    public function test_a_business_is_told_of_once_the_page_was_sent(): void
    {
        $this->customer(3);
        $idAddress = $this->address(3);
        $this->factory()->customerHooks()->customerChanged($this->object('Customer', 3));
        $this->factory()->customerHooks()->addressChanged($this->object('Address', $idAddress));
        $this->factory()->customerHooks()->groupsJoined(['id_customer' => 3, 'groups' => [3, 5]]);
        $this->assertSame([], $this->service->sent);

        $this->service->then('company-created', 'company-with-invoice-email');
        $this->pageSent();
        $this->assertSame(['PUT /v1/companies/3'], $this->queued(), 'three changes of one page are one report');
        $this->assertTrue($this->service->isExhausted());
    }

    public function test_private_customers_and_guests_are_not_told_of(): void
    {
        $this->customer(3, ['company' => null, 'siret' => null]);
        $this->customer(4, ['is_guest' => 1]);
        foreach ([3, 4] as $id) {
            $this->factory()->customerHooks()->customerChanged($this->object('Customer', $id));
        }
        $this->factory()->customerHooks()->addressChanged(['object' => (object) ['id_customer' => 0]]);

        $this->assertSame([], $this->queued());
    }

    public function test_a_group_makes_a_business_of_a_customer_before_core_has_stored_it(): void
    {
        $this->customer(3, ['company' => null, 'siret' => null]);
        $this->factory()->customerHooks()->groupsJoined(['id_customer' => 3, 'groups' => ['3']]);
        $this->assertSame([], $this->queued());

        $this->factory()->customerHooks()->groupsJoined(['id_customer' => 3, 'groups' => ['3', '5']]);
        $this->assertSame(['PUT /v1/companies/3'], $this->queued());
    }

    public function test_staff_may_tell_of_anybody(): void
    {
        $this->customer(3, ['company' => null, 'siret' => null]);
        $this->factory()->customerHooks()->report(3);

        $this->assertSame(['PUT /v1/companies/3'], $this->queued());
    }

    public function test_a_shop_that_is_not_connected_queues_nothing(): void
    {
        $this->customer(3);
        (new Settings(1))->setKey('');
        $this->factory()->customerHooks()->customerChanged($this->object('Customer', 3));

        $this->assertSame([], $this->queued());
    }

    public function test_a_deleted_customer_may_order_no_more(): void
    {
        $this->customer(3);
        $this->know(3);
        $hook = $this->object('Customer', 3);
        \Db::getInstance()->execute('DELETE FROM `ps_customer`');
        $this->factory('buyer-removed')->customerHooks()->customerDeleted($hook);
        $this->pageSent();

        $this->assertSame(['DELETE /v1/companies/3/buyers/3'], $this->queued());
        $this->assertTrue($this->service->isExhausted());
        $this->assertNull((new ReportedCustomers(1))->find(3));
    }

    public function test_when_one_of_two_accounts_is_deleted_the_company_is_told_of_without_it(): void
    {
        $this->customer(3);
        $this->customer(7);
        $this->know(3);
        $this->know(7);
        $this->factory()->customerHooks()->customerDeleted($this->object('Customer', 7));

        $this->assertSame(['DELETE /v1/companies/7/buyers/7', 'PUT /v1/companies/3'], $this->queued());
    }

    public function test_a_customer_who_is_marked_as_deleted_may_order_no_more_either(): void
    {
        $this->customer(3, ['deleted' => 1]);
        $this->know(3);
        $this->factory()->customerHooks()->customerChanged($this->object('Customer', 3));

        $this->assertSame(['DELETE /v1/companies/3/buyers/3'], $this->queued());
    }

    public function test_a_deleted_customer_whom_the_service_never_knew_is_no_news(): void
    {
        $this->customer(3);
        $this->factory()->customerHooks()->customerDeleted($this->object('Customer', 3));

        $this->assertSame([], $this->queued());
    }

    public function test_a_forgotten_person_is_forgotten_there_and_the_orders_stay_here(): void
    {
        $this->customer(3);
        $this->know(3);
        $id = $this->orderOnTerms(3);
        $this->assertSame('true', $this->factory()->customerHooks()->forget(['id' => 3, 'email' => 'pro@example.com']));

        $this->assertSame(['POST /v1/companies/3/anonymise'], $this->queued());
        $this->assertArrayNotHasKey('buyers', json_decode($this->rows('encours_outbox')[0]['body'], true), 'all persons of the company');
        $this->assertSame('REFAAAA55', $this->kept($id)['ref']);
        $this->service->then('company-anonymised', 'company-unchanged');
        $this->pageSent();
    }

    public function test_where_others_order_for_the_company_only_this_person_is_forgotten(): void
    {
        $this->customer(3);
        $this->customer(7, ['email' => 'compta@example.com']);
        $this->know(3);
        $this->know(7);
        $this->factory()->customerHooks()->forget(['email' => 'compta@example.com']);

        $rows = $this->rows('encours_outbox');
        $this->assertSame(['7'], json_decode($rows[0]['body'], true)['buyers']);
        $this->assertSame('PUT /v1/companies/3', $this->queued()[1], 'another account is told again');
        $this->assertSame('e7', (new ReportedCustomers(1))->find(3)['reported_email'], 'so that invoices which went to the forgotten address go to his');
    }

    public function test_forgetting_twice_asks_once(): void
    {
        $this->customer(3);
        $this->know(3);
        $this->factory()->customerHooks()->forget(['id' => 3]);
        $this->factory()->customerHooks()->forget(['id' => 3]);

        $this->assertCount(1, $this->queued());
    }

    public function test_strangers_are_forgotten_by_doing_nothing(): void
    {
        foreach ([['email' => 'nobody@example.com'], ['phone' => '0140000000'], []] as $stranger) {
            $this->assertSame('true', $this->factory()->customerHooks()->forget($stranger));
        }
        $this->assertSame([], $this->queued());
    }

    public function test_exports_what_the_service_knows_of_a_person(): void
    {
        $this->customer(3);
        $this->orderOnTerms(3, [], ['due_on' => '2026-04-01']);
        $rows = json_decode($this->factory('company-shown')->customerHooks()->export(['id' => 3]), true);

        $this->assertContains(['What' => 'Order on terms', 'Name' => 'REFAAAA55', 'Value' => '2026-04-01'], $rows);
        $this->assertContains(['What' => 'Company', 'Name' => 'legal_name', 'Value' => 'Moulin Vert SARL'], $rows);
        $this->assertContains(['What' => 'Fact', 'Name' => 'net_spend_12m', 'Value' => '476.00'], $rows);
    }

    public function test_exports_what_the_shop_knows_while_the_service_is_away(): void
    {
        $this->customer(3);
        $this->orderOnTerms(3, [], ['due_on' => '2026-04-01']);

        $this->assertCount(1, json_decode($this->factory('')->customerHooks()->export(['id' => 3]), true));
    }

    public function test_exports_all_orders_however_many(): void
    {
        $this->customer(3);
        for ($i = 0; $i <= 100; ++$i) {
            $this->orderOnTerms(3, [], ['ref' => 'R' . $i]);
        }

        $this->assertCount(101, json_decode($this->factory('')->customerHooks()->export(['id' => 3]), true));
    }

    public function test_a_group_is_told_of_by_name_and_ends_when_it_is_deleted(): void
    {
        $this->customer(3);
        $this->know(3);
        \Db::getInstance()->insert('group', ['id_group' => 5]);
        \Db::getInstance()->insert('customer_group', ['id_customer' => 3, 'id_group' => 5]);
        $this->factory()->customerHooks()->groupChanged($this->object('Group', 5));
        $this->assertSame(['PUT /v1/groups/ps-5'], $this->queued());

        $this->factory()->customerHooks()->groupDeleted($this->object('Group', 5));
        $this->assertSame(['PUT /v1/groups/ps-5', 'PUT /v1/companies/3'], $this->queued(), 'and its members are told again');
    }

    public function test_the_history_of_a_customer_is_told_only_if_the_service_knows_him(): void
    {
        $this->customer(3);
        $this->customer(4, ['email' => 'x@example.com']);
        $this->know(3);
        $this->factory()->customerHooks()->historyChanged(3);
        $this->factory()->customerHooks()->historyChanged(4);

        $this->assertSame(['PUT /v1/companies/3'], $this->queued());
    }
}
