<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Reminder;

use EncoursModule\Api\Client;
use EncoursModule\Api\Refused;
use EncoursModule\Config\Input;
use EncoursModule\Config\InvalidInput;
use EncoursModule\Config\Notice;
use EncoursModule\Config\Permissions;
use EncoursModule\Config\StaffLog;

/**
 * What staff decide about reminders. The service keeps who did it beside each reason.
 */
final class ReminderActions
{
    /** Which right each action needs: on an order, and on a customer. */
    const OF_ORDER = [
        'pause_reminders' => Permissions::DECIDE,
        'resume_reminders' => Permissions::DECIDE,
        'send_reminder' => Permissions::DECIDE,
        'skip_reminder' => Permissions::DECIDE,
    ];
    const OF_CUSTOMER = [
        'reminder_policy' => Permissions::DECIDE,
        'pause_reminders' => Permissions::DECIDE,
        'resume_reminders' => Permissions::DECIDE,
    ];

    /** @var Client */
    private $client;

    /** @var \Module */
    private $module;

    public function __construct(Client $client, \Module $module)
    {
        $this->client = $client;
        $this->module = $module;
    }

    /**
     * Pauses or resumes the reminders of an order.
     *
     * @throws \EncoursModule\Api\ApiException
     */
    public function ofOrder(string $action, string $ref, Input $input): Notice
    {
        $path = '/v1/orders/' . rawurlencode($ref) . '/reminders';
        if ($action === 'pause_reminders') {
            return $this->pause($path . '/pause', [], $input);
        }
        $this->send('POST', $path . '/resume', $this->optionalReason($input), $input);

        return $this->resumed();
    }

    /**
     * Sends the next reminder of an open item now, or leaves it out: the one that the page showed, never a harsher one.
     *
     * @throws \EncoursModule\Api\ApiException
     */
    public function ofItem(string $action, string $itemId, Input $input): Notice
    {
        $path = '/v1/open-items/' . $itemId . '/reminders';
        try {
            if ($action === 'skip_reminder') {
                $this->send('POST', $path . '/skip', ['reason' => $this->reason($input)] + $this->seenStep($input), $input);

                return new Notice(Notice::SUCCESS, $this->l('Left out. The reminder after it comes in its turn.'));
            }
            $this->send('POST', $path . '/send-now', $this->optionalReason($input) + $this->seenStep($input), $input);

            return new Notice(Notice::SUCCESS, $this->l('The reminder goes out in a moment. What is paid until then is not asked for.'));
        } catch (Refused $refused) {
            $problem = $refused->problem();
            if ($refused->problemCode() === 'next_reminder_differs') {
                return new Notice(Notice::ERROR, $this->l('Nothing was sent or left out.') . ' ' . $this->l('Another reminder comes next by now. Reload the page and decide again.'));
            }
            if ($refused->problemCode() !== 'nothing_to_remind' || !isset($problem['reason'])) {
                throw $refused;
            }

            return new Notice(Notice::ERROR, $this->l('Nothing was sent or left out.') . ' ' . (new ReminderTexts($this->module))->whyNot((string) $problem['reason']));
        }
    }

    /**
     * Chooses how a customer is reminded, pauses that, or ends one of the pauses.
     *
     * @throws \EncoursModule\Api\ApiException
     */
    public function ofCustomer(string $action, int $idCustomer, Input $input): Notice
    {
        switch ($action) {
            case 'reminder_policy':
                return $this->choose($idCustomer, $input);
            case 'pause_reminders':
                return $this->pause('/v1/reminder-pauses', ['company' => (string) $idCustomer], $input);
            default:
                $pause = $input->text('pause_id', 36);
                if (!preg_match('/^[0-9a-f-]{36}$/', $pause)) {
                    throw new InvalidInput($this->l('It is not known which pause is meant. Reload the page.'));
                }
                $this->send('POST', '/v1/reminder-pauses/' . $pause . '/resume', $this->optionalReason($input), $input);

                return $this->resumed();
        }
    }

    /** @throws \EncoursModule\Api\ApiException */
    private function choose(int $idCustomer, Input $input): Notice
    {
        $policy = $input->text('policy', 64);
        if ($policy !== CompanyReminders::AS_OTHERS && !preg_match('/^[a-z][a-z0-9_]*$/', $policy)) {
            throw new InvalidInput($this->l('Choose how the customer is reminded.'));
        }
        $chosen = ['policy' => $policy === CompanyReminders::AS_OTHERS ? null : $policy] + $this->optionalReason($input);
        $this->send('PUT', '/v1/companies/' . $idCustomer . '/reminder-policy', $chosen, $input);

        return new Notice(Notice::SUCCESS, $this->l('The customer is reminded so from now on. Levels that were reached stay reached.'));
    }

    /**
     * @param array<string, string> $subject
     *
     * @throws \EncoursModule\Api\ApiException
     */
    private function pause(string $path, array $subject, Input $input): Notice
    {
        $pause = $subject + ['reason' => $this->reason($input)];
        $until = $input->day('until', $this->l('Enter the day as YYYY-MM-DD, or leave it empty.'));
        $this->send('POST', $path, $pause + ($until === null ? [] : ['until' => $until]), $input);

        return new Notice(Notice::SUCCESS, $until === null
            ? $this->l('Paused until somebody resumes it. It stays owed.')
            : $this->l('Paused. It stays owed, and reminders go on by themselves some days after the last day.'));
    }

    private function resumed(): Notice
    {
        return new Notice(Notice::SUCCESS, $this->l('Reminders go on where they stopped, with one step.'));
    }

    private function reason(Input $input): string
    {
        return $input->required('reason', $this->l('Enter a reason: it is kept with your name.'), 900);
    }

    /** @return array<string, string> */
    private function optionalReason(Input $input): array
    {
        $reason = $input->text('reason', 900);

        return $reason === '' ? [] : ['reason' => $reason];
    }

    /** @return array<string, mixed> empty when the page knew of no next one; the service says why then */
    private function seenStep(Input $input): array
    {
        $step = $input->text('step', 64);
        $occurrence = $input->count('occurrence', $this->l('It is not known which reminder is meant. Reload the page.'));

        return $step === '' ? [] : ['step' => $step] + ($occurrence === null ? [] : ['occurrence' => $occurrence]);
    }

    /**
     * @param array<string, mixed> $body
     *
     * @throws \EncoursModule\Api\ApiException
     */
    private function send(string $method, string $path, array $body, Input $input): void
    {
        $this->client->send($method, $path, $body, StaffLog::key($input), [], StaffLog::author());
    }

    private function l(string $text): string
    {
        return $this->module->l($text, 'reminderactions');
    }
}
