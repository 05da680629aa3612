<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Order;

use EncoursModule\Api\ApiException;
use EncoursModule\Api\Client;
use EncoursModule\Config\Input;
use EncoursModule\Config\InvalidInput;
use EncoursModule\Config\Notice;
use EncoursModule\Config\Permissions;
use EncoursModule\Config\StaffLog;
use EncoursModule\Factory;
use EncoursModule\Reminder\ReminderActions;
use EncoursModule\Sync\Subject;

/**
 * What staff do on the order page: each action is one call of the service, and is logged in the shop with its author.
 */
final class OrderActions
{
    /** Which right each action needs. */
    const RIGHTS = [
        'mark_paid' => Permissions::RECORD,
        'part_payment' => Permissions::RECORD,
        'dispute' => Permissions::RECORD,
        'end_dispute' => Permissions::RECORD,
        'promise' => Permissions::RECORD,
        'end_promise' => Permissions::RECORD,
        'retry' => Permissions::RECORD,
        'extend' => Permissions::DECIDE,
        'confirm' => Permissions::DECIDE,
    ] + ReminderActions::OF_ORDER;

    /** @var Factory */
    private $factory;

    /** @var Client */
    private $client;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
        $this->client = $factory->client()->patient();
    }

    /**
     * Does one thing to an order of this factory's shop. The right to do it was checked before.
     *
     * @return Notice[]
     */
    public function run(string $action, \Order $order, Input $input): array
    {
        $row = $this->factory->ordersOnTerms()->find((int) $order->id);
        if ($action === 'retry') {
            return [$this->retry($order)];
        }
        if ($row === null) {
            return [new Notice(Notice::ERROR, $this->l('The order was not reported to the service yet. Retry that first.'))];
        }
        try {
            $notices = $this->call($action, (string) $row['ref'], $order, $input);
            StaffLog::order((int) $order->id, $action, $input->text('reason', 200));

            return $notices;
        } catch (InvalidInput $invalid) {
            return [new Notice(Notice::ERROR, $invalid->getMessage())];
        } catch (ApiException $failure) {
            return [Notice::ofFailure($failure, $this->l('The service does not answer now, and it is not known whether this was done. The page shows how things stand once it answers; doing it again does no harm.'))];
        }
    }

    /**
     * @return Notice[]
     *
     * @throws ApiException
     */
    private function call(string $action, string $ref, \Order $order, Input $input): array
    {
        switch ($action) {
            case 'mark_paid':
                return $this->markPaid($ref, $order, $this->payment($input, false), $input);
            case 'part_payment':
                return $this->markPaid($ref, $order, $this->payment($input, true), $input);
            case 'confirm':
                $this->send('POST', '/v1/orders/' . rawurlencode($ref) . '/events/' . rawurlencode($input->text('event_id', 140)) . '/confirm', ['reason' => $this->reason($input)], $input);

                return [new Notice(Notice::SUCCESS, $this->l('Accepted with your reason.'))];
            case 'pause_reminders':
            case 'resume_reminders':
                return [$this->reminderActions()->ofOrder($action, $ref, $input)];
            case 'send_reminder':
            case 'skip_reminder':
                return [$this->reminderActions()->ofItem($action, $this->itemId($ref), $input)];
            default:
                return $this->onItem($action, $this->itemId($ref), $input);
        }
    }

    /**
     * @param array<string, string> $payment
     *
     * @return Notice[]
     *
     * @throws ApiException
     */
    private function markPaid(string $ref, \Order $order, array $payment, Input $input): array
    {
        $answer = $this->send('POST', '/v1/orders/' . rawurlencode($ref) . '/mark-paid', $payment, $input);
        $texts = [
            'settled' => $this->l('Paid: nothing is left to pay. The order moves to its paid state in a moment; reload the page to see it.'),
            'partly_paid' => $this->l('The payment was recorded; the rest stays open.'),
            'on_account' => $this->l('The payment was recorded. The term has not started yet: the money waits for the order and frees its credit at once.'),
            'nothing_open' => $this->l('There was nothing to pay, so no payment was recorded.'),
        ];
        $outcome = (string) $answer['outcome'];

        return [new Notice($outcome === 'nothing_open' ? Notice::INFO : Notice::SUCCESS, isset($texts[$outcome]) ? $texts[$outcome] : $outcome)];
    }

    /** @return array<string, string> */
    private function payment(Input $input, bool $isPart): array
    {
        $payment = ['method' => $input->choice('method', OrderPanel::METHODS, 'bank_transfer')];
        $reference = $input->text('reference', 140);
        if ($reference !== '') {
            $payment['reference'] = $reference;
        }
        $day = $input->day('received_on', $this->l('Enter the day as YYYY-MM-DD.'));
        if ($day !== null) {
            $payment['received_on'] = $day;
        }
        if ($isPart) {
            $amount = $input->amount('amount', $this->l('Enter the amount as 120 or 120.00.'));
            if ($amount === null) {
                throw new InvalidInput($this->l('Enter the amount that was paid.'));
            }
            $payment['amount'] = $amount;
        }

        return $payment;
    }

    /**
     * @return Notice[]
     *
     * @throws ApiException
     */
    private function onItem(string $action, string $itemId, Input $input): array
    {
        $path = '/v1/open-items/' . $itemId;
        switch ($action) {
            case 'extend':
                $day = $input->day('due_on', $this->l('Enter the day as YYYY-MM-DD.'));
                if ($day === null) {
                    throw new InvalidInput($this->l('Enter the new due date.'));
                }
                $item = $this->send('POST', $path . '/extend', ['due_on' => $day, 'reason' => $this->reason($input)], $input);
                $warnings = array_map(function (array $warning) {
                    return new Notice(Notice::WARNING, (string) $warning['message']);
                }, $item['warnings']);

                return array_merge([new Notice(Notice::SUCCESS, $this->l('More time was given; the former date is kept.'))], $warnings);
            case 'dispute':
                $this->send('POST', $path . '/dispute', ['reason' => $this->reason($input)], $input);

                return [new Notice(Notice::SUCCESS, $this->l('Noted as disputed: it stays owed and is not reminded.'))];
            case 'end_dispute':
                $this->send('DELETE', $path . '/dispute', null, $input);

                return [new Notice(Notice::SUCCESS, $this->l('The dispute has ended.'))];
            case 'promise':
                return [$this->promise($path, $input)];
            default:
                $this->send('DELETE', $path . '/promise', null, $input);

                return [new Notice(Notice::SUCCESS, $this->l('The promise was withdrawn.'))];
        }
    }

    /** @throws ApiException */
    private function promise(string $path, Input $input): Notice
    {
        $day = $input->day('promised_on', $this->l('Enter the day as YYYY-MM-DD.'));
        if ($day === null) {
            throw new InvalidInput($this->l('Enter the day that was promised.'));
        }
        $amount = $input->amount('promised_amount', $this->l('Enter the amount as 120 or 120.00, or leave it empty for all that is open.'));
        $this->send('POST', $path . '/promise', ['on' => $day] + ($amount === null ? [] : ['amount' => $amount]), $input);

        return new Notice(Notice::SUCCESS, $this->l('The promise was noted.'));
    }

    private function reminderActions(): ReminderActions
    {
        return new ReminderActions($this->client, $this->factory->module());
    }

    /** @throws ApiException */
    private function itemId(string $ref): string
    {
        $item = $this->factory->liveOrder()->itemOf($this->client->get('/v1/orders/' . rawurlencode($ref)));
        if ($item === null) {
            throw new InvalidInput($this->l('The term of this order has not started, so there is no due document yet.'));
        }

        return (string) $item['id'];
    }

    private function retry(\Order $order): Notice
    {
        $subject = Subject::order((string) $order->reference);
        $this->factory->outbox()->retry($subject);

        return $this->factory->delivery()->now($subject)
            ? new Notice(Notice::SUCCESS, $this->l('Reported. The service knows of everything that happened to this order.'))
            : new Notice(Notice::ERROR, $this->l('It could not be reported. The reason is below; it is tried again by itself.'));
    }

    private function reason(Input $input): string
    {
        return StaffLog::signed($input->required('reason', $this->l('Enter a reason: it is kept with your name.'), 900));
    }

    /**
     * The page makes one key for each form it shows, so that a double click or a repeat after a lost answer takes effect
     * once.
     *
     * @param array<string, mixed>|null $body
     *
     * @return array<string, mixed>
     *
     * @throws ApiException
     */
    private function send(string $method, string $path, ?array $body, Input $input): array
    {
        return $this->client->send($method, $path, $body, StaffLog::key($input), [], StaffLog::author());
    }

    private function l(string $text): string
    {
        return $this->factory->module()->l($text, 'orderactions');
    }
}
