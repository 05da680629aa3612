<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Reminder;

use EncoursModule\Config\Permissions;
use EncoursModule\Order\OrderActions;
use EncoursModule\Reminder\ReminderActions;
use EncoursModule\Reminder\ReminderTexts;
use EncoursModule\Tests\StaffTestCase;

class OrderRemindersTest extends StaffTestCase
{
    const ITEM = ['order-invoiced', 'items-of-order'];
    const ORDER = ['order-invoiced', 'items-of-order', 'events-confirmed', 'decision-approved'];

    /** @var \Order */
    private $order;

    protected function setUp(): void
    {
        parent::setUp();
        $this->customer(3);
        $this->order = new \Order($this->orderOnTerms(3));
    }

    /** @return array<string, mixed>|null */
    private function reminders(string ...$answers): ?array
    {
        $this->factory(...array_merge(self::ORDER, $answers))->orderPanel()->live((int) $this->order->id);

        return $this->shown('order_panel.tpl')['live']['reminders'];
    }

    /**
     * @param array<string, mixed> $posted
     * @param string[] $answers
     */
    private function do_(string $action, array $posted, array $answers): array
    {
        return $this->factory(...$answers)->orderActions()->run($action, $this->order, $this->input($posted + ['do' => $action, 'once' => str_repeat('a', 32)]));
    }

    public function test_the_panel_says_what_comes_next_and_when(): void
    {
        $reminders = $this->reminders('reminders-planned', 'reminder-history-none');

        $this->assertNull($reminders['last']);
        $this->assertSame(['30/03/2026', 'notice before the due date', null], [$reminders['next_on'], $reminders['next_step'], $reminders['why_not']]);
        $this->assertSame(['before_due', 1], [$reminders['next_code'], $reminders['next_occurrence']]);
        $this->assertSame([true, true, false, false], [$reminders['can_send_now'], $reminders['can_skip'], $reminders['is_paused_here'], $reminders['is_due']]);
    }

    public function test_the_panel_says_what_became_of_the_last_one_and_why_none_goes(): void
    {
        $reminders = $this->reminders('reminders-stopped', 'reminder-history');

        $this->assertSame(1, $reminders['level']);
        $this->assertSame(['08/04/2026', 'first late notice', 'left out', 'He pays on Friday'], [$reminders['last']['on'], $reminders['last']['step'], $reminders['last']['outcome'], $reminders['last']['reason']]);
        $this->assertSame(['left out', 'on its way'], array_column($reminders['latest'], 'outcome'));
        $this->assertSame(['Reminders are paused.', '24/04/2026', 'second late notice'], [$reminders['why_not'], $reminders['next_on'], $reminders['next_step']]);
        $this->assertSame([['Paused', 'Waiting for the supplier', '20/04/2026']], array_map(function (array $pause) { return [$pause['text'], $pause['reason'], $pause['until']]; }, $reminders['pauses']));
        $this->assertSame([false, true], [$reminders['can_send_now'], $reminders['is_paused_here']]);
    }

    public function test_days_of_grace_after_a_pause_are_called_so(): void
    {
        $reminders = $this->reminders('reminders-in-grace', 'reminder-history');
        $this->assertSame(['A pause has ended; some days of grace follow.', [], false], [$reminders['why_not'], $reminders['pauses'], $reminders['is_paused_here']]);
        $this->assertSame('15/04/2026', $reminders['next_on']);
    }

    public function test_an_order_that_is_paid_is_not_reminded(): void
    {
        $reminders = $this->reminders('reminders-settled', 'reminder-history');
        $this->assertSame([false, 'Nothing is open on it.', null], [$reminders['is_open'], $reminders['why_not'], $reminders['next_step']]);
    }

    public function test_the_panel_stands_without_reminders(): void
    {
        $this->assertNull($this->reminders(''));
        $this->assertNull($this->shown('order_panel.tpl')['failure']);
        $this->assertSame('EUR 120', $this->shown('order_panel.tpl')['live']['order']['amount']);
    }

    public function test_an_order_whose_term_has_not_started_is_not_asked_for(): void
    {
        $this->factory('order-held', 'decision-approved')->orderPanel()->live((int) $this->order->id);
        $this->assertNull($this->shown('order_panel.tpl')['live']['reminders']);
        $this->assertTrue($this->service->isExhausted());
    }

    public function test_reminders_are_paused_with_a_reason_and_until_a_day_if_one_is_given(): void
    {
        $this->assertSame(['success'], self::kinds($this->do_('pause_reminders', ['reason' => 'Waiting', 'until' => '2026-04-20'], ['reminders-paused'])));
        $this->assertSame(['/v1/orders/REFAAAA55/reminders/pause', ['reason' => 'Waiting', 'until' => '2026-04-20'], 'Ada%20Admin'], [$this->service->sent[0]['path'], $this->service->sent[0]['body'], $this->service->sent[0]['headers']['Encours-Author']]);
        $this->do_('pause_reminders', ['reason' => 'Waiting', 'until' => ''], ['reminders-paused']);
        $this->assertSame(['reason' => 'Waiting'], $this->service->sent[1]['body']);
        $this->assertStringContainsString('pause_reminders: Waiting', json_encode(\PrestaShopLogger::$messages));
    }

    public function test_a_day_that_is_over_is_refused_with_the_services_words(): void
    {
        $notices = $this->do_('pause_reminders', ['reason' => 'Waiting', 'until' => '2026-04-07'], ['pause-in-past']);
        $this->assertSame(['danger'], self::kinds($notices));
        $this->assertStringContainsString('reminder_pause_in_past', self::texts($notices));
    }

    public function test_reminders_are_resumed_sent_now_and_left_out(): void
    {
        $this->assertSame(['success'], self::kinds($this->do_('resume_reminders', ['reason' => ''], ['reminders-resumed'])));
        $this->assertSame([], $this->service->sent[0]['body']);
        $this->assertSame(['success'], self::kinds($this->do_('send_reminder', ['reason' => 'They asked'], array_merge(self::ITEM, ['reminder-sent']))));
        $this->assertSame(['reason' => 'They asked'], $this->service->sent[3]['body']);
        $this->assertSame(['success'], self::kinds($this->do_('skip_reminder', ['reason' => 'He called'], array_merge(self::ITEM, ['reminder-skipped']))));
        $this->assertSame(['reason' => 'He called'], $this->service->sent[6]['body']);
    }

    public function test_only_the_reminder_that_the_page_showed_is_sent_or_left_out(): void
    {
        $seen = ['reason' => 'They asked', 'step' => 'before_due', 'occurrence' => '1'];
        $this->do_('send_reminder', $seen, array_merge(self::ITEM, ['reminder-sent']));
        $this->do_('skip_reminder', $seen, array_merge(self::ITEM, ['reminder-skipped']));
        $sent = ['reason' => 'They asked', 'step' => 'before_due', 'occurrence' => 1];
        $this->assertSame([$sent, $sent], [$this->service->sent[2]['body'], $this->service->sent[5]['body']]);

        $notices = $this->do_('send_reminder', $seen, array_merge(self::ITEM, ['reminder-differs']));
        $this->assertSame(['danger'], self::kinds($notices));
        $this->assertSame('Nothing was sent or left out. Another reminder comes next by now. Reload the page and decide again.', self::texts($notices));
    }

    public function test_what_cannot_be_sent_says_why_in_words(): void
    {
        $notices = $this->do_('send_reminder', [], array_merge(self::ITEM, ['reminder-refused']));
        $this->assertSame(['danger'], self::kinds($notices));
        $this->assertSame('Nothing was sent or left out. Reminders are paused.', self::texts($notices));
    }

    public function test_a_lost_answer_is_said_to_be_unknown(): void
    {
        $this->assertStringContainsString('not known whether', self::texts($this->do_('send_reminder', [], array_merge(self::ITEM, ['']))));
    }

    /** @dataProvider mistakes */
    public function test_what_is_typed_wrong_is_not_sent(string $action, array $posted, array $answers): void
    {
        $this->assertSame(['danger'], self::kinds($this->do_($action, $posted, $answers)));
        $this->assertNotContains('POST', array_column($this->service->sent, 'method'));
        $this->assertSame([], \PrestaShopLogger::$messages);
    }

    public function mistakes(): array
    {
        return [
            ['pause_reminders', ['reason' => ' '], []], ['pause_reminders', ['reason' => 'x', 'until' => '20.4.2026'], []],
            ['skip_reminder', ['reason' => ''], self::ITEM],
        ];
    }

    public function test_reminders_are_for_those_who_may_decide(): void
    {
        foreach (array_keys(ReminderActions::OF_ORDER) as $action) {
            $this->assertSame(Permissions::DECIDE, OrderActions::RIGHTS[$action]);
        }
    }

    public function test_each_reason_of_the_service_has_its_sentence(): void
    {
        $texts = new ReminderTexts(new \Encours());
        foreach (['settled', 'no_policy', 'policy_unknown', 'settings_broken', 'disputed', 'dispute_just_resolved', 'promised', 'paused', 'not_yet', 'outside_hours', 'finished', 'below_minimum', 'covered_by_credit', 'no_address', 'decided_anew'] as $reason) {
            $this->assertStringEndsWith('.', $texts->whyNot($reason));
        }
        $this->assertSame('something_new', $texts->whyNot('something_new'));
    }

    public function test_what_became_of_the_mail_outranks_that_it_was_to_go(): void
    {
        $texts = new ReminderTexts(new \Encours());
        $this->assertSame('could not be sent', $texts->outcome('queued', 'failed'));
        $this->assertSame('refused by the mail server', $texts->outcome('issued', 'refused'));
        $this->assertSame('sent', $texts->outcome('issued', 'sent'));
        $this->assertSame('not sent', $texts->outcome('withdrawn', 'failed'));
        $this->assertSame('done', $texts->outcome('done', null));
    }
}
