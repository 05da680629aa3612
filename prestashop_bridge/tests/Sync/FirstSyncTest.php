<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Sync;

use EncoursModule\Api\Unavailable;
use EncoursModule\Sync\FirstSync;
use EncoursModule\Tests\TalkingShop;

class FirstSyncTest extends TalkingShop
{
    private function business(int $id, array $fields = []): void
    {
        $this->customer($id, $fields + ['max_payment_days' => 0]);
        $this->address($id);
    }

    /** @return string[] what was sent, each as method and path */
    private function sent(): array
    {
        return array_map(function ($sent) { return $sent['method'] . ' ' . preg_replace('/[0-9a-f-]{36}/', '{id}', $sent['path']); }, $this->service->sent);
    }

    private function step(array $answers, bool $restart = false, int $size = 20): array
    {
        return $this->factory(...$answers)->firstSync()->step($restart, $size);
    }

    public function test_takes_limit_and_payment_days_as_a_start(): void
    {
        $this->business(3, ['outstanding_allow_amount' => '5000.000000', 'max_payment_days' => 45]);
        $result = $this->step(['company-created', 'company-with-invoice-email', 'credit-without-line', 'limit-put', 'changes-none', 'terms-shown', 'company-default-terms']);

        $this->assertSame(['total' => 1, 'done' => 1, 'refused' => 0, 'limits' => 1, 'terms' => 1, 'is_finished' => true], $result);
        $this->assertSame(['kind' => 'amount', 'amount' => '5000.00', 'currency' => 'EUR', 'reason' => 'Taken over from PrestaShop'], $this->service->sent[3]['body']);
        $this->assertSame('net_45', $this->service->sent[6]['body']['default_terms']);
        $this->assertTrue($this->service->isExhausted());
    }

    public function test_makes_terms_that_are_missing(): void
    {
        $this->business(3, ['max_payment_days' => 21]);
        $this->step(['company-created', 'company-with-invoice-email', 'changes-none', 'terms-unknown', 'terms-put', 'company-default-terms']);

        $this->assertSame('PUT /v1/terms/net_21', $this->sent()[4]);
        $this->assertSame(21, $this->service->sent[4]['body']['net_days']);
    }

    public function test_a_limit_that_somebody_agreed_is_not_touched(): void
    {
        $this->business(3, ['outstanding_allow_amount' => '9000.000000']);
        $result = $this->step(['company-created', 'company-with-invoice-email', 'credit-with-own-limit']);

        $this->assertSame([0, true], [$result['limits'], $this->service->isExhausted()]);
    }

    public function test_a_limit_that_somebody_took_away_does_not_come_back(): void
    {
        $this->business(3, ['outstanding_allow_amount' => '9000.000000']);
        $result = $this->step(['company-created', 'company-with-invoice-email', 'credit-limit-taken-away', 'credit-history-with-limit']);

        $this->assertSame([0, true], [$result['limits'], $this->service->isExhausted()]);
    }

    public function test_terms_that_somebody_took_away_do_not_come_back(): void
    {
        $this->business(3, ['max_payment_days' => 45]);
        $result = $this->step(['company-created', 'company-with-invoice-email', 'changes-of-terms']);

        $this->assertSame([0, true], [$result['terms'], $this->service->isExhausted()]);
    }

    public function test_groups_come_first_and_once(): void
    {
        \Db::getInstance()->insert('group', ['id_group' => 5]);
        \Db::getInstance()->insert('group_lang', ['id_group' => 5, 'id_lang' => 1, 'name' => 'Wholesale']);
        $this->business(3);
        $this->step(['group-unknown', 'group-put', 'company-created', 'company-with-invoice-email'], false, 1);
        $this->assertSame(['GET /v1/groups/ps-5', 'PUT /v1/groups/ps-5'], array_slice($this->sent(), 0, 2));

        $this->assertTrue($this->step([], false, 1)['is_finished']);
    }

    public function test_goes_in_batches_with_progress(): void
    {
        foreach ([3, 4, 5] as $id) {
            $this->business($id, ['email' => $id . '@example.com']);
        }
        $this->customer(6, ['company' => null, 'siret' => null]);
        $this->assertSame(3, $this->factory()->firstSync()->total());
        $pair = ['company-created', 'company-with-invoice-email'];
        // All are one company to the recordings, so that the second and third are reported with their siblings.
        $first = $this->step(array_merge($pair, ['company-created', 'company-with-invoice-email']), false, 2);
        $second = $this->step($pair, false, 2);

        $this->assertSame([2, 3, false], [$first['done'], $first['total'], $first['is_finished']]);
        $this->assertSame([3, 3, true], [$second['done'], $second['total'], $second['is_finished']]);
    }

    public function test_goes_on_where_the_service_went_away(): void
    {
        $this->business(3);
        $this->business(4, ['email' => 'x@example.com']);
        try {
            $this->step(['company-created', 'company-with-invoice-email', '']);
            $this->fail('the page must know that it was interrupted');
        } catch (Unavailable $away) {
            $this->assertSame(['PUT /v1/companies/3', 'PUT /v1/companies/3', 'PUT /v1/companies/4'], $this->sent());
        }
        $result = $this->step(['company-joined', 'company-joined']);

        $this->assertSame('PUT /v1/companies/4', $this->sent()[3]);
        $this->assertSame([2, true], [$result['done'], $result['is_finished']]);
    }

    public function test_begins_again_when_asked_to_or_when_it_was_finished(): void
    {
        $this->business(3);
        $this->step(['company-created', 'company-with-invoice-email']);
        $this->assertSame(1, $this->step(['company-unchanged'])['done']);
        $this->assertSame(1, $this->step(['company-unchanged'], true)['done']);
        $this->assertTrue($this->service->isExhausted());
    }

    public function test_what_waits_of_a_customer_who_is_refused_is_not_refused_with_him(): void
    {
        $this->business(3);
        $this->factory()->outbox()->enqueue('customer-3', 'anonymise', 'POST', '/v1/companies/3/anonymise', [], 'forgotten-3');
        $result = $this->step(['company-conflict']);

        $this->assertSame(1, $result['refused']);
        $this->assertSame(['anonymise pending', 'company pending'], array_map(function ($row) { return $row['kind'] . ' ' . $row['status']; }, $this->rows('encours_outbox')));
        \Db::getInstance()->execute('DELETE FROM `ps_encours_outbox`');
    }

    public function test_a_customer_who_is_refused_is_counted_and_seen_and_does_not_stop_the_others(): void
    {
        $this->business(3);
        $this->business(4, ['email' => 'x@example.com']);
        $result = $this->step(['company-conflict', 'company-created', 'company-with-invoice-email']);

        $this->assertSame([2, 1], [$result['done'], $result['refused']]);
        $this->assertStringContainsString('company_conflict', (string) $this->factory()->outbox()->lastError('customer-3'));
        $this->assertFalse($this->factory()->outbox()->hasUndelivered('customer-4'));
    }

    public function test_position_is_kept_for_each_shop(): void
    {
        $this->business(3);
        $this->step(['company-created', 'company-with-invoice-email'], false, 1);

        $kept = json_decode((string) \Configuration::get(FirstSync::POSITION, null, null, 1), true);
        $this->assertSame(3, $kept['last_id']);
    }
}
