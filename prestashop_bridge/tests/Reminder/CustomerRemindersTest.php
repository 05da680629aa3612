<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Reminder;

use EncoursModule\Tests\StaffTestCase;

class CustomerRemindersTest extends StaffTestCase
{
    const COMPANY = ['company-shown', 'account-in-use', 'credit-in-use', 'buyer-shown', 'company-terms'];
    const PAUSE = '018f0000-0000-7000-8000-000000000006';

    protected function setUp(): void
    {
        parent::setUp();
        $this->customer(3);
    }

    /** @return array<string, mixed>|null */
    private function reminders(string ...$answers): ?array
    {
        $this->factory(...array_merge(self::COMPANY, $answers))->customerPanel()->live(new \Customer(3));

        return $this->shown('customer_panel.tpl')['live']['reminders'];
    }

    /** @param array<string, mixed> $posted */
    private function do_(string $action, array $posted, string ...$answers): array
    {
        return $this->factory(...$answers)->customerActions()->run($action, new \Customer(3), $this->input($posted + ['do' => $action, 'once' => str_repeat('a', 32)]));
    }

    public function test_the_panel_says_how_the_customer_is_reminded_and_by_whose_choice(): void
    {
        $reminders = $this->reminders('staff-reminders-off', 'staff-reminders-none', 'reminder-policies');

        $this->assertSame(['not at all', 'as set for the shop'], [$reminders['policy'], $reminders['chosen_by']]);
        $this->assertSame(['none', 'gentle', 'standard', 'firm', 'patient'], array_column($reminders['choices'], 'code'));
        $this->assertNotContains(true, array_column($reminders['choices'], 'is_chosen'), 'the customer has none of its own');
        $this->assertSame([0, null, []], [$reminders['level'], $reminders['next'], $reminders['latest']]);
    }

    public function test_the_panel_shows_pauses_what_comes_next_and_the_last_reminders(): void
    {
        $reminders = $this->reminders('staff-reminders-stopped', 'staff-reminders-sent', 'reminder-policies');

        $this->assertSame(['Patient', 'chosen for this customer'], [$reminders['policy'], $reminders['chosen_by']]);
        $this->assertSame(['patient'], array_column(array_filter($reminders['choices'], function (array $choice) { return $choice['is_chosen']; }), 'code'));
        $this->assertSame([['company', 'Talks with their bank', '20/04/2026']], array_map(function (array $pause) { return [$pause['scope'], $pause['reason'], $pause['until']]; }, $reminders['pauses']));
        $this->assertSame(1, $reminders['level']);
        $next = $reminders['next'];
        $this->assertSame(['REFAAAA55', 'second late notice', '24/04/2026', 'Reminders are paused.'], [$next['document'], $next['next_step'], $next['next_on'], $next['why_not']]);
        $this->assertSame([['REFAAAA55', 'first late notice', 'EUR 120', 'on its way']], array_map(function (array $one) { return [$one['document'], $one['step'], $one['amount'], $one['outcome']]; }, $reminders['latest']));
    }

    public function test_where_nothing_is_planned_the_oldest_document_says_why(): void
    {
        $next = $this->reminders('staff-reminders-disputed', 'staff-reminders-sent', 'reminder-policies')['next'];
        $this->assertSame(['REFAAAA55', 'It is disputed.', null], [$next['document'], $next['why_not'], $next['next_step']]);
    }

    public function test_who_may_not_choose_is_spared_the_choice(): void
    {
        $this->may('READ', 'CREATE');
        $this->assertSame([], $this->reminders('staff-reminders-off', 'staff-reminders-none')['choices']);
        $this->assertTrue($this->service->isExhausted());
    }

    public function test_the_panel_stands_without_reminders(): void
    {
        $this->assertNull($this->reminders('staff-reminders-off', ''));
        $this->assertSame('EUR 5000', $this->shown('customer_panel.tpl')['live']['lines'][0]['limit']);
        $this->assertNull($this->shown('customer_panel.tpl')['failure']);
    }

    public function test_another_policy_is_chosen_and_taken_back(): void
    {
        $this->assertSame(['success'], self::kinds($this->do_('reminder_policy', ['policy' => 'patient', 'reason' => 'For years'], 'staff-policy-chosen')));
        $this->assertSame(['PUT', '/v1/companies/3/reminder-policy', ['policy' => 'patient', 'reason' => 'For years']], [$this->service->sent[0]['method'], $this->service->sent[0]['path'], $this->service->sent[0]['body']]);
        $this->do_('reminder_policy', ['policy' => '-'], 'staff-policy-chosen');
        $this->assertSame(['policy' => null], $this->service->sent[1]['body']);
        $this->assertStringContainsString('reminder_policy_not_found', self::texts($this->do_('reminder_policy', ['policy' => 'nobody_s'], 'staff-policy-unknown')));
    }

    public function test_the_whole_customer_is_paused_and_resumed(): void
    {
        $this->assertSame(['success'], self::kinds($this->do_('pause_reminders', ['reason' => 'Talks', 'until' => '2026-04-20'], 'staff-reminders-paused')));
        $this->assertSame(['company' => '3', 'reason' => 'Talks', 'until' => '2026-04-20'], $this->service->sent[0]['body']);
        $this->assertSame(['success'], self::kinds($this->do_('resume_reminders', ['pause_id' => self::PAUSE], 'staff-reminders-resumed')));
        $this->assertSame('/v1/reminder-pauses/' . self::PAUSE . '/resume', $this->service->sent[1]['path']);
        $this->assertStringContainsString('reminder_pause_over', self::texts($this->do_('resume_reminders', ['pause_id' => self::PAUSE], 'staff-reminders-resumed-already')));
    }

    public function test_two_pauses_ended_on_one_page_are_two_requests(): void
    {
        foreach ([self::PAUSE, '018f0000-0000-7000-8000-000000000007'] as $pause) {
            $this->do_('resume_reminders', ['pause_id' => $pause], 'staff-reminders-resumed');
        }
        $this->assertNotSame($this->service->sent[0]['headers']['Idempotency-Key'], $this->service->sent[1]['headers']['Idempotency-Key']);
    }

    /** @dataProvider mistakes */
    public function test_what_is_typed_wrong_is_not_sent(string $action, array $posted): void
    {
        $this->assertSame(['danger'], self::kinds($this->do_($action, $posted)));
        $this->assertSame([], $this->service->sent);
    }

    public function mistakes(): array
    {
        return [
            ['reminder_policy', ['policy' => '']], ['reminder_policy', ['policy' => 'Not A Code']], ['pause_reminders', ['reason' => '']],
            ['resume_reminders', ['pause_id' => '']], ['resume_reminders', ['pause_id' => '../credit']],
        ];
    }
}
