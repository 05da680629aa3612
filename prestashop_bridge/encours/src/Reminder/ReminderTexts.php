<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Reminder;

/**
 * The service's words about reminders, as sentences for staff. A word that is not known yet is shown as it came.
 */
final class ReminderTexts
{
    /** @var \Module */
    private $module;

    public function __construct(\Module $module)
    {
        $this->module = $module;
    }

    /** How a policy reminds; one of the merchant's own is called by its name. */
    public function policy(string $code, string $name = ''): string
    {
        $texts = [
            'none' => $this->l('not at all'),
            'gentle' => $this->l('gently'),
            'standard' => $this->l('in the usual way'),
            'firm' => $this->l('firmly'),
        ];

        return isset($texts[$code]) ? $texts[$code] : ($name === '' ? $code : $name);
    }

    public function chooser(string $chooser): string
    {
        $texts = [
            'company' => $this->l('chosen for this customer'),
            'group' => $this->l('chosen for the group'),
            'shop' => $this->l('as set for the shop'),
        ];

        return isset($texts[$chooser]) ? $texts[$chooser] : $chooser;
    }

    /** What a step is: by the mail that it sends, else by its own name. */
    public function step(string $code, ?string $template = null): string
    {
        $texts = [
            'before_due' => $this->l('notice before the due date'),
            'due_today' => $this->l('notice on the due date'),
            'late_1' => $this->l('first late notice'),
            'late_2' => $this->l('second late notice'),
            'late_3' => $this->l('third late notice'),
            'final_demand' => $this->l('final demand'),
            'tell_staff' => $this->l('staff are told'),
            'hand_over' => $this->l('it is handed over'),
        ];
        $name = $template === null ? $code : $template;

        return isset($texts[$name]) ? $texts[$name] : $name;
    }

    /** Why no reminder goes. */
    public function whyNot(string $reason): string
    {
        $texts = [
            'settled' => $this->l('Nothing is open on it.'),
            'no_policy' => $this->l('Nobody is reminded of it: no policy is chosen.'),
            'policy_unknown' => $this->l('The policy that was chosen does not exist any more.'),
            'settings_broken' => $this->l('The settings of the shop cannot be read in the service.'),
            'disputed' => $this->l('It is disputed.'),
            'dispute_just_resolved' => $this->l('It was disputed until lately.'),
            'promised' => $this->l('The customer promised to pay.'),
            'paused' => $this->l('Reminders are paused.'),
            'pause_just_ended' => $this->l('A pause has ended; some days of grace follow.'),
            'not_yet' => $this->l('It is too early: the payment is not late yet.'),
            'outside_hours' => $this->l('It waits for a day and an hour at which people work.'),
            'finished' => $this->l('The last step of the policy was done.'),
            'below_minimum' => $this->l('All that would be asked for is less than the minimum of the policy.'),
            'covered_by_credit' => $this->l('The customer has credit for it: money on account or a credit note.'),
            'no_address' => $this->l('The customer has no address to write to.'),
            'company_just_reminded' => $this->l('The customer was just reminded; it goes in the next mail.'),
            'late_charge' => $this->l('It is asked for with the document it was charged for.'),
            'undelivered' => $this->l('The last mail about it was not taken: correct the address, then send it again or cancel it.'),
            'refused' => $this->l('The address takes no mail.'),
            'decided_anew' => $this->l('The mail it was in was not right any more; it was decided again.'),
        ];

        return isset($texts[$reason]) ? $texts[$reason] : $reason;
    }

    public function pause(string $scope): string
    {
        $texts = [
            'open_item' => $this->l('Paused'),
            'credit_line' => $this->l('Paused for a credit line of the customer'),
            'company' => $this->l('Paused for the whole customer'),
            'merchant' => $this->l('Paused for all customers'),
        ];

        return isset($texts[$scope]) ? $texts[$scope] : $scope;
    }

    /** What became of a reminder: of the mail that carried it, unless it was decided against. */
    public function outcome(string $status, ?string $mailStatus): string
    {
        $texts = [
            'queued' => $this->l('on its way'),
            'issued' => $this->l('sent'),
            'done' => $this->l('done'),
            'skipped' => $this->l('left out'),
            'withdrawn' => $this->l('not sent'),
            'undelivered' => $this->l('not delivered'),
        ];
        $mailTexts = [
            'refused' => $this->l('refused by the mail server'),
            'failed' => $this->l('could not be sent'),
            'unknown' => $this->l('sent or not, nobody knows: check'),
        ];
        if (isset($mailTexts[$mailStatus]) && !in_array($status, ['skipped', 'withdrawn'], true)) {
            return $mailTexts[$mailStatus];
        }

        return isset($texts[$status]) ? $texts[$status] : $status;
    }

    private function l(string $text): string
    {
        return $this->module->l($text, 'remindertexts');
    }
}
