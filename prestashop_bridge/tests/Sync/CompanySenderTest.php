<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Sync;

use EncoursModule\Api\Refused;
use EncoursModule\Config\Settings;
use EncoursModule\Sync\CompanySender;
use EncoursModule\Sync\ReportedCustomers;
use EncoursModule\Tests\TalkingShop;

class CompanySenderTest extends TalkingShop
{
    protected function setUp(): void
    {
        parent::setUp();
        $this->customer(3);
        $this->address(3);
    }

    private function send(array $answers, int $idCustomer = 3, bool $isForced = false): string
    {
        $factory = $this->factory(...$answers);

        return $factory->companySender()->send($idCustomer, $factory->client(), 'a-key', $isForced);
    }

    /** @return string[] */
    private function emails(): array
    {
        return array_map(function ($sent) { return isset($sent['body']['invoice_email']) ? $sent['body']['invoice_email'] : '-'; }, $this->service->sent);
    }

    public function test_a_new_company_gets_the_customers_address_for_invoices(): void
    {
        $this->assertSame('created', $this->send(['company-created', 'company-with-invoice-email']));

        $this->assertSame(['-', 'pro@example.com'], $this->emails());
        $this->assertSame(RecordedAnswers::body('company-created')['id'], (new ReportedCustomers(1))->find(3)['company_id']);
    }

    public function test_what_is_not_new_is_not_sent(): void
    {
        $this->send(['company-created', 'company-with-invoice-email']);
        $this->now += 86400;

        $this->assertSame(CompanySender::NOTHING_NEW, $this->send([]));
        $this->assertSame('unchanged', $this->send(['company-unchanged'], 3, true), 'unless somebody asks for it');
    }

    public function test_what_is_new_is_sent_under_another_key(): void
    {
        $this->send(['company-created', 'company-with-invoice-email']);
        \Db::getInstance()->insert('customer_group', ['id_customer' => 3, 'id_group' => 5]);
        $this->assertSame('updated', $this->send(['company-updated']));

        $keys = array_map(function ($sent) { return $sent['headers']['Idempotency-Key']; }, $this->service->sent);
        $this->assertCount(3, array_unique($keys), 'a key never comes with two contents');
        $this->assertSame(['ps-3', 'ps-5'], $this->service->sent[2]['body']['groups']);
    }

    public function test_another_service_is_told_everything(): void
    {
        $this->send(['company-created', 'company-with-invoice-email']);
        (new Settings(1))->setShopCode('second');

        $this->assertSame('unchanged', $this->send(['company-unchanged']));
    }

    public function test_an_invoice_address_that_staff_entered_stays(): void
    {
        $this->send(['company-created', 'company-with-invoice-email']);
        \Db::getInstance()->execute("UPDATE `ps_customer` SET `email` = 'new@example.com' WHERE `id_customer` = 3");
        // The service answers pro@example.com, which was reported: it is the customer's own and follows him.
        $this->send(['company-shown', 'company-with-invoice-email']);
        $this->assertSame('new@example.com', $this->emails()[3]);

        \Db::getInstance()->execute("UPDATE `ps_customer` SET `email` = 'third@example.com' WHERE `id_customer` = 3");
        // The service still answers pro@example.com, now not what was reported: somebody entered it.
        $this->send(['company-shown', 'company-updated']);
        $this->assertSame(['-', 'pro@example.com', '-', 'new@example.com', '-', '-'], $this->emails());
        $this->assertSame('third@example.com', $this->service->sent[5]['body']['buyers'][0]['email'], 'the person has the new one');
        $this->assertSame(CompanySender::NOTHING_NEW, $this->send([]));
    }

    public function test_a_second_account_of_a_company_is_reported_with_the_orders_of_both(): void
    {
        $this->send(['company-created', 'company-with-invoice-email']);
        $this->customer(7, ['email' => 'compta@example.com', 'firstname' => 'Ada']);
        $this->order(3);
        $this->order(7);
        $this->send(['company-joined', 'company-joined'], 7);

        $counted = array_map(function ($sent) { return $sent['body']['facts']['completed_orders']['value']; }, array_slice($this->service->sent, 2));
        $this->assertSame([1, 2], $counted, 'that it is the same company is known from the first answer only');
        $this->assertSame('-', $this->emails()[3], 'its invoices go where they went');
    }

    public function test_what_another_account_said_since_is_not_taken_for_ones_own_word(): void
    {
        $this->send(['company-created', 'company-with-invoice-email']);
        $this->customer(7, ['email' => 'compta@example.com', 'id_default_group' => 5]);
        \Db::getInstance()->insert('customer_group', ['id_customer' => 7, 'id_group' => 5]);
        $this->send(['company-joined', 'company-joined'], 7);
        (new ReportedCustomers(1))->forget(7);

        $this->assertSame('unchanged', $this->send(['company-unchanged']), 'it says what it said before, but the service has heard otherwise since');
        $this->assertSame(['ps-3'], $this->service->sent[4]['body']['groups']);
    }

    public function test_a_conflict_is_told_and_changes_nothing_here(): void
    {
        try {
            $this->send(['company-conflict']);
            $this->fail('a conflict is not to be passed over');
        } catch (Refused $refused) {
            $this->assertSame('company_conflict', $refused->problemCode());
        }
        $this->assertNull((new ReportedCustomers(1))->find(3));
    }

    public function test_a_customer_who_is_no_more_is_not_sent(): void
    {
        \Db::getInstance()->execute('UPDATE `ps_customer` SET `deleted` = 1');

        $this->assertSame(CompanySender::GONE, $this->send([]));
    }
}
