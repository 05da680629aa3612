<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Order;

use EncoursModule\Order\DecisionTrace;
use EncoursModule\Tests\RecordedTransport;
use EncoursModule\Tests\StaffTestCase;

class DecisionTraceTest extends StaffTestCase
{
    private function laidOut(string $recording): array
    {
        $body = RecordedTransport::recording($recording)['response']['body'];

        return (new DecisionTrace(new \Encours()))->of($body['trace'], $body['reasons']);
    }

    public function test_a_refusal_for_want_of_credit_shows_what_was_missing(): void
    {
        $shown = $this->laidOut('staff-quote-declined');
        $this->assertSame(['declined', 'the credit left'], [$shown['outcome'], $shown['decided_by']]);
        $this->assertSame(['The order exceeds the credit left, by: 20.00'], $shown['reasons']);
        $credit = $shown['checks'][0];
        $this->assertSame(['100.00', '≥ 120.00 EUR', 'fail', 'limit 100.00 (of the customer), used 0.00'], [$credit['measured'], $credit['required'], $credit['answer'], $credit['source']]);
    }

    public function test_an_override_names_what_it_overruled(): void
    {
        $shown = $this->laidOut('decision-overridden');
        $this->assertSame('Boss said so (Ada Admin)', $shown['override']['reason']);
        $this->assertSame('declined', $shown['override']['overruled']);
    }

    public function test_rules_show_measured_required_source_and_day(): void
    {
        $trace = ['outcome' => 'declined', 'decided_by' => 'rules', 'amount' => '1.00', 'currency' => 'EUR', 'rules' => [
            ['fact' => 'completed_orders', 'op' => 'gte', 'required' => 2, 'measured' => 1, 'answer' => 'fail', 'source' => 'shop', 'as_of' => '2026-03-01'],
            ['fact' => 'vat_status', 'op' => 'eq', 'required' => 'valid', 'measured' => null, 'answer' => 'unknown', 'counts_as' => 'fail'],
            ['fact' => 'running_contract', 'op' => 'is_true', 'required' => true, 'measured' => true, 'answer' => 'pass', 'code' => 'contract'],
            ['fact' => 'groups', 'op' => 'contains', 'required' => 'ps-5', 'measured' => ['ps-3', 'ps-5', 'vip'], 'answer' => 'pass', 'source' => 'shop'],
            ['fact' => 'shoe_size', 'op' => 'lt', 'required' => 40, 'measured' => 39, 'answer' => 'pass'],
        ]];
        $rules = (new DecisionTrace(new \Encours()))->of($trace, [])['rules'];

        $this->assertSame(['Completed orders', '1', '≥ 2', 'fail', 'shop', '01/03/2026'], [$rules[0]['name'], $rules[0]['measured'], $rules[0]['required'], $rules[0]['answer'], $rules[0]['source'], $rules[0]['as_of']]);
        $this->assertSame(['not known', 'fail'], [$rules[1]['measured'], $rules[1]['answer']], 'what it counts for is what matters');
        $this->assertSame(['yes', 'yes', 'contract'], [$rules[2]['measured'], $rules[2]['required'], $rules[2]['code']]);
        $this->assertSame(['Customer, Wholesale, vip', 'contains Wholesale'], [$rules[3]['measured'], $rules[3]['required']], 'groups by their names');
        $this->assertSame('Shoe size', $rules[4]['name'], 'a fact that came later');
    }

    public function test_blocks_are_shown_with_what_they_said(): void
    {
        $trace = ['outcome' => 'declined', 'decided_by' => 'unpaid_block', 'amount' => '5.00', 'currency' => 'EUR',
            'steps' => ['silent' => [], 'decline' => ['unpaid_block'], 'refer' => ['credit']],
            'blocks' => ['unpaid_orders' => ['measured' => 3, 'allowed' => 2], 'overdue_days' => ['measured' => null, 'allowed' => 10], 'minimum_order' => '1.00'],
            'credit' => ['status' => 'active', 'limit' => 'unlimited', 'limit_from' => 'group', 'limit_ref' => 'ps-5', 'exposure' => '1.00', 'available' => null], ];
        $checks = (new DecisionTrace(new \Encours()))->of($trace, [])['checks'];

        $this->assertSame(['fail', 'pass', 'pass', 'unknown'], array_column($checks, 'answer'));
        $this->assertSame(['3', 'not known', '5.00 EUR', 'unlimited'], array_column($checks, 'measured'));
        $this->assertSame('limit unlimited (of the group Wholesale), used 1.00', $checks[3]['source']);
    }

    public function test_a_trace_without_details_still_says_the_outcome(): void
    {
        $shown = (new DecisionTrace(new \Encours()))->of(['outcome' => 'referred'], []);
        $this->assertSame(['a person must decide', [], [], null], [$shown['outcome_text'], $shown['rules'], $shown['checks'], $shown['override']]);
    }
}
