<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Order;

use EncoursModule\Config\Settings;
use EncoursModule\Factory;
use EncoursModule\Order\Callback;
use EncoursModule\Sync\ReportedCustomers;
use EncoursModule\Tests\TalkingShop;

class CallbackTest extends TalkingShop
{
    const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';

    /** @var int */
    private $id;

    protected function setUp(): void
    {
        parent::setUp();
        \Configuration::updateGlobalValue('ENCOURS_SWEPT_AT', $this->now);
        (new Settings(1))->setCallbackSecret(self::SECRET);
        $this->customer(3);
        $this->id = $this->orderOnTerms(3, ['current_state' => 4]);
    }

    private function message(string $type, array $data, int $sequence = 10): string
    {
        return (string) json_encode(['id' => 'in the body', 'type' => $type, 'occurred_at' => '2026-03-02T09:00:00Z', 'sequence' => $sequence, 'merchant_id' => 'm', 'shop' => 'main', 'data' => $data + [
            'order' => 'REFAAAA55', 'order_id' => 'o', 'company_id' => 'company-1', 'currency' => 'EUR', ]]);
    }

    private function receive(string $body, array $headers = [], ?string $signed = null): array
    {
        $id = isset($headers['HTTP_WEBHOOK_ID']) ? $headers['HTTP_WEBHOOK_ID'] : 'msg-' . md5($body);
        $timestamp = isset($headers['HTTP_WEBHOOK_TIMESTAMP']) ? $headers['HTTP_WEBHOOK_TIMESTAMP'] : (string) $this->now;
        $signature = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp." . ($signed ?: $body), base64_decode(substr(self::SECRET, 6)), true));

        return $this->factory()->callback()->receive($body, $headers + ['HTTP_WEBHOOK_ID' => $id, 'HTTP_WEBHOOK_TIMESTAMP' => $timestamp, 'HTTP_WEBHOOK_SIGNATURE' => $signature]);
    }

    private function dueOn(string $day): string
    {
        return $this->message('order.due_date_fixed', ['amount' => '120.00', 'due_on' => $day]);
    }

    public function test_a_fixed_due_date_is_kept_on_the_order(): void
    {
        $this->assertSame(200, $this->receive($this->dueOn('2026-04-01'))[0]);

        $this->assertSame(['2026-04-01', 0, 10], [$this->kept($this->id)['due_on'], $this->kept($this->id)['due_is_estimate'], $this->kept($this->id)['last_sequence']]);
    }

    public function test_the_signature_is_over_the_bytes_as_they_came(): void
    {
        $body = str_replace('2026-04-01', '2026-04-09', $this->dueOn('2026-04-01'));

        $this->assertSame(401, $this->receive($body, [], $this->dueOn('2026-04-01'))[0]);
        $this->assertSame(401, $this->receive(' ' . $this->dueOn('2026-04-01'), [], $this->dueOn('2026-04-01'))[0]);
        $this->assertNull($this->kept($this->id)['due_on']);
    }

    /** @dataProvider forgeries */
    public function test_refuses_what_is_not_signed_for_this_shop(array $headers): void
    {
        $this->assertSame(401, $this->receive($this->dueOn('2026-04-01'), $headers)[0]);
        $this->assertSame([], $this->rows('encours_callback'));
    }

    public function forgeries(): array
    {
        return [
            'no signature' => [['HTTP_WEBHOOK_SIGNATURE' => '']],
            'another one' => [['HTTP_WEBHOOK_SIGNATURE' => 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=']],
            'no id' => [['HTTP_WEBHOOK_ID' => '']],
            'an id that is too long' => [['HTTP_WEBHOOK_ID' => str_repeat('x', 65)]],
        ];
    }

    public function test_one_of_several_signatures_is_enough_while_the_secret_changes(): void
    {
        $body = $this->dueOn('2026-04-01');
        $right = 'v1,' . base64_encode(hash_hmac('sha256', 'msg.' . $this->now . '.' . $body, base64_decode(substr(self::SECRET, 6)), true));

        $this->assertSame(200, $this->receive($body, ['HTTP_WEBHOOK_ID' => 'msg', 'HTTP_WEBHOOK_SIGNATURE' => 'v1,AAAA ' . $right])[0]);
    }

    /** @dataProvider clocks */
    public function test_clocks_may_differ_by_five_minutes(int $expected, int $difference): void
    {
        list($status, $text) = $this->receive($this->dueOn('2026-04-01'), ['HTTP_WEBHOOK_TIMESTAMP' => (string) ($this->now + $difference)]);

        $this->assertSame($expected, $status);
        if ($expected === 400) {
            $this->assertStringContainsString('2026-03-02T09:00:00Z', $text, 'the answer says how late it is here');
        }
    }

    public function clocks(): array
    {
        return [[200, 0], [200, -300], [200, 300], [400, -301], [400, 301]];
    }

    public function test_a_timestamp_that_is_none_is_refused(): void
    {
        foreach (['', 'now', '1772442000.5', '-1'] as $timestamp) {
            $this->assertSame(400, $this->receive($this->dueOn('2026-04-01'), ['HTTP_WEBHOOK_TIMESTAMP' => $timestamp])[0]);
        }
    }

    public function test_without_a_secret_nothing_is_believed(): void
    {
        (new Settings(1))->setCallbackSecret('');
        $this->assertSame(503, $this->receive($this->dueOn('2026-04-01'))[0]);
        (new Settings(1))->setCallbackSecret('whsec_');
        $key = hash_hmac('sha256', 'x.' . $this->now . '.b', '', true);
        $this->assertSame(401, $this->factory()->callback()->receive('b', ['HTTP_WEBHOOK_ID' => 'x', 'HTTP_WEBHOOK_TIMESTAMP' => (string) $this->now, 'HTTP_WEBHOOK_SIGNATURE' => 'v1,' . base64_encode($key)])[0]);
    }

    public function test_a_message_that_is_none_is_refused(): void
    {
        foreach (['', '[]', '{"type": "order.settled"}', '{"type": 1, "data": {}}', 'null'] as $body) {
            $this->assertSame(400, $this->receive($body)[0]);
        }
    }

    public function test_the_same_message_twice_is_worked_in_once(): void
    {
        $body = $this->message('order.settled', ['settled_on' => '2026-03-30']);
        $this->receive($body, ['HTTP_WEBHOOK_ID' => 'once']);
        \Order::$calls = [];
        list($status, $text) = $this->receive($body, ['HTTP_WEBHOOK_ID' => 'once']);

        $this->assertSame([200, 'Known already.', []], [$status, $text, \Order::$calls]);
        $this->assertCount(1, $this->rows('encours_callback'));
    }

    public function test_an_older_message_of_the_order_is_passed_over(): void
    {
        $this->receive($this->message('order.due_date_fixed', ['due_on' => '2026-05-01'], 20));
        foreach ([19, 20] as $sequence) {
            $this->assertSame(200, $this->receive($this->message('order.due_date_fixed', ['due_on' => '2026-04-01'], $sequence))[0]);
        }
        $this->assertSame('2026-05-01', $this->kept($this->id)['due_on']);
        $this->receive($this->message('order.due_date_fixed', ['due_on' => '2026-06-01'], 21));
        $this->assertSame('2026-06-01', $this->kept($this->id)['due_on']);
    }

    public function test_a_settled_order_moves_on_and_a_bounce_brings_it_back(): void
    {
        $this->receive($this->message('order.settled', ['settled_on' => '2026-03-30'], 11));
        $this->assertSame([16, '2026-03-30'], [(int) (new \Order($this->id))->current_state, $this->kept($this->id)['settled_on']]);

        $this->receive($this->message('order.unsettled', ['open_amount' => '26.96'], 12));
        $this->assertSame([4, null], [(int) (new \Order($this->id))->current_state, $this->kept($this->id)['settled_on']]);
    }

    public function test_what_could_not_be_worked_in_is_asked_for_again(): void
    {
        $body = $this->message('order.settled', ['settled_on' => '2026-03-30']);
        \Configuration::updateGlobalValue(Settings::STATE_SETTLED_OWN, 5);
        \Order::$refusesStates = true;
        try {
            $this->receive($body, ['HTTP_WEBHOOK_ID' => 'again']);
            $this->fail('the state was not set');
        } catch (\RuntimeException $expected) {
            $this->assertSame([], $this->rows('encours_callback'));
        } finally {
            \Order::$refusesStates = false;
        }
        $this->assertSame(200, $this->receive($body, ['HTTP_WEBHOOK_ID' => 'again'])[0]);
        $this->assertSame(5, (int) (new \Order($this->id))->current_state);
    }

    public function test_a_flag_is_noted_on_the_order(): void
    {
        $this->receive($this->message('order.flagged', ['event_id' => 'slip-1', 'reason' => 'over_limit']));

        $this->assertStringContainsString('over limit (slip-1)', (new \Order($this->id))->note);
    }

    public function test_an_order_that_is_unknown_or_gone_is_taken_note_of(): void
    {
        $this->assertSame(200, $this->receive($this->message('order.settled', ['order' => 'ANOTHER', 'settled_on' => '2026-03-30']))[0]);
        \Db::getInstance()->execute('DELETE FROM `ps_orders`');
        $this->assertSame(200, $this->receive($this->dueOn('2026-04-01'))[0]);
    }

    public function test_a_type_that_is_not_known_yet_is_taken_note_of(): void
    {
        $this->assertSame(200, $this->receive($this->message('order.polished', []))[0]);
        $this->assertSame(200, $this->receive($this->message('webhook.test', ['text' => 'It works']))[0]);
    }

    public function test_changed_credit_is_forgotten_for_every_account_of_the_company(): void
    {
        $known = new ReportedCustomers(1);
        foreach ([3 => 'company-1', 7 => 'company-1', 9 => 'company-2'] as $idCustomer => $company) {
            $known->save($idCustomer, ['company_id' => $company]);
        }
        \Db::getInstance()->execute("UPDATE `ps_encours_customer` SET `credit` = '{}', `credit_at` = 1");
        $this->receive($this->message('company.credit_changed', ['company_id' => 'company-1', 'credit_line_id' => 'l']));

        $left = \Db::getInstance()->executeS('SELECT `id_customer` FROM `ps_encours_customer` WHERE `credit` IS NOT NULL');
        $this->assertSame(['9'], array_column($left, 'id_customer'));
    }

    public function test_a_settled_order_counts_in_the_history_that_is_told(): void
    {
        (new ReportedCustomers(1))->save(3, ['company_id' => 'company-1']);
        $this->receive($this->message('order.settled', ['settled_on' => '2026-03-30']));

        $this->assertContains('customer-3', array_column($this->rows('encours_outbox'), 'subject'));
        \Db::getInstance()->execute('DELETE FROM `ps_encours_outbox`');
    }

    public function test_what_is_longer_than_any_message_is_not_even_read(): void
    {
        $body = $this->dueOn('2026-04-01');
        $this->assertSame(200, $this->receive(str_pad($body, Callback::LONGEST))[0]);
        $this->assertSame(413, $this->receive(str_pad($body, Callback::LONGEST + 1))[0]);
    }

    public function test_an_expired_hold_ends_its_attempt(): void
    {
        \Db::getInstance()->insert('encours_attempt', ['id_shop' => 1, 'id_cart' => 55, 'cart_hash' => 'x', 'status' => 'held', 'idempotency_key' => 'k', 'hold_id' => 'hold-1', 'request' => '{}',
            'amount' => '120.00', 'currency' => 'EUR', 'date_add' => '2026-03-02 10:00:00', 'date_upd' => '2026-03-02 10:00:00', ]);
        $this->receive($this->message('hold.expired', ['hold_id' => 'hold-1', 'cart' => '55']));

        $this->assertSame('released', $this->rows('encours_attempt')[0]['status']);
    }

    public function test_a_hold_that_expired_after_its_order_came_is_still_attached(): void
    {
        \Db::getInstance()->insert('encours_attempt', ['id_shop' => 1, 'id_cart' => 55, 'cart_hash' => 'x', 'status' => 'held', 'idempotency_key' => 'k', 'hold_id' => 'hold-1', 'request' => '{}',
            'amount' => '120.00', 'currency' => 'EUR', 'date_add' => '2026-03-02 09:00:00', 'date_upd' => '2026-03-02 09:00:00', ]);
        $id = $this->order(3, ['id_cart' => 55, 'module' => 'encours', 'current_state' => 14, 'reference' => 'REFBBBB55']);
        $this->receive($this->message('hold.expired', ['hold_id' => 'hold-1', 'cart' => '55']));
        $found = $this->factory()->sweep()->run();

        $this->assertSame([1, 'attached', 'hold-1'], [$found['attached'], $this->rows('encours_attempt')[0]['status'], $this->kept($id)['hold_id']]);
        \Db::getInstance()->execute('DELETE FROM `ps_encours_outbox`');
    }

    public function test_what_concerns_two_shops_is_worked_in_for_each_of_them(): void
    {
        \Shop::$isMulti = true;
        foreach ([1, 2] as $idShop) {
            (new Settings($idShop))->setCallbackSecret(self::SECRET);
            \Db::getInstance()->insert('encours_customer', ['id_customer' => 3, 'id_shop' => $idShop, 'company_id' => 'company-1', 'credit' => '{}', 'credit_at' => $this->now, 'date_upd' => '2026-03-02 10:00:00']);
        }
        $body = $this->message('company.credit_changed', []);
        $signature = 'v1,' . base64_encode(hash_hmac('sha256', "msg.$this->now.$body", base64_decode(substr(self::SECRET, 6)), true));
        foreach ([1, 2, 2] as $idShop) {
            $factory = Factory::of(new \Encours(), $idShop)->with($this->service, $this->clock());
            $this->assertSame(200, $factory->callback()->receive($body, ['HTTP_WEBHOOK_ID' => 'msg', 'HTTP_WEBHOOK_TIMESTAMP' => (string) $this->now, 'HTTP_WEBHOOK_SIGNATURE' => $signature])[0]);
        }

        $this->assertSame(['0', '0'], array_map('strval', array_column($this->rows('encours_customer'), 'credit_at')));
        $this->assertSame(['1', '2'], array_map('strval', array_column($this->rows('encours_callback'), 'id_shop')));
    }

    public function test_ids_are_forgotten_when_their_messages_can_come_no_more(): void
    {
        $this->receive($this->dueOn('2026-04-01'));
        $this->now += 90 * 86400;
        $this->factory()->callback()->forgetOld();
        $this->assertCount(1, $this->rows('encours_callback'));
        ++$this->now;
        $this->factory()->callback()->forgetOld();
        $this->assertCount(0, $this->rows('encours_callback'));
    }
}
