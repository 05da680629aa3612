<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Reminder;

use EncoursModule\Account\Display;

/**
 * Parts of the service's answers about reminders, laid out for the panels of the back office.
 */
final class ReminderView
{
    /** @var ReminderTexts */
    private $texts;

    /** @var Display */
    private $display;

    public function __construct(ReminderTexts $texts, Display $display)
    {
        $this->texts = $texts;
        $this->display = $display;
    }

    /**
     * Where one document stands.
     *
     * @param array<string, mixed> $state
     *
     * @return array<string, mixed>
     */
    public function document(array $state): array
    {
        $next = $state['next'];
        // Some days of grace follow a pause: it still stops reminders, but nobody can end it any more.
        $why = $state['why_not'] === 'paused' && $state['pauses'] === [] ? 'pause_just_ended' : $state['why_not'];

        return [
            'document' => (string) $state['document'],
            'is_open' => $why !== 'settled',
            'level' => $state['level'],
            // The day says that it is not time yet.
            'why_not' => $why === null || ($why === 'not_yet' && $next !== null) ? null : $this->texts->whyNot((string) $why),
            'is_due' => $why === null,
            'next_step' => $next === null ? null : $this->texts->step((string) $next['step'], $next['template']),
            'next_code' => $next === null ? null : (string) $next['step'],
            'next_occurrence' => $next === null ? null : (int) $next['occurrence'],
            'next_on' => $next === null ? null : $this->display->dayOf($next['at']),
            'can_send_now' => (bool) $state['can_send_now'],
            'can_skip' => (bool) $state['can_skip'],
        ];
    }

    /**
     * @param array<int, array<string, mixed>> $pauses
     *
     * @return array<int, array<string, mixed>>
     */
    public function pauses(array $pauses): array
    {
        return array_map(function (array $pause): array {
            return [
                'id' => (string) $pause['id'],
                'scope' => (string) $pause['scope'],
                'text' => $this->texts->pause((string) $pause['scope']),
                'reason' => (string) $pause['reason'],
                'author' => (string) $pause['author'],
                'since' => $this->display->dayOf($pause['paused_at']),
                'until' => $pause['until'] === null ? null : $this->display->day($pause['until']),
            ];
        }, $pauses);
    }

    /**
     * @param array<int, array<string, mixed>> $reminders
     *
     * @return array<int, array<string, mixed>>
     */
    public function history(array $reminders): array
    {
        return array_map(function (array $reminder): array {
            $reason = (string) $reminder['reason'];

            return [
                'on' => $this->display->dayOf($reminder['decided_at']),
                'document' => (string) $reminder['document'],
                'step' => $this->texts->step((string) $reminder['step'], $reminder['template']),
                'level' => (int) $reminder['level'],
                'amount' => $this->display->amount($reminder['amount'], (string) $reminder['currency']),
                'outcome' => $this->texts->outcome((string) $reminder['status'], $reminder['mail_status']),
                // What the service decided against has a word for its reason, what a person did has that person's.
                'reason' => $reminder['status'] === 'withdrawn' ? $this->texts->whyNot($reason) : $reason,
                'author' => $reminder['by_hand'] ? (string) $reminder['author'] : '',
            ];
        }, $reminders);
    }
}
