<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Customer;

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
 * What staff decide about a customer's credit. Nothing of it touches orders that were accepted.
 */
final class CustomerActions
{
    /** Which right each action needs. */
    const RIGHTS = [
        'limit' => Permissions::DECIDE,
        'temporary_limit' => Permissions::DECIDE,
        'end_temporary_limit' => Permissions::DECIDE,
        'freeze' => Permissions::DECIDE,
        'unfreeze' => Permissions::DECIDE,
        'override' => Permissions::DECIDE,
        'end_override' => Permissions::DECIDE,
        'allow_buyer' => Permissions::DECIDE,
        'bar_buyer' => Permissions::DECIDE,
        'vat_check' => Permissions::RECORD,
        'report' => Permissions::RECORD,
    ] + ReminderActions::OF_CUSTOMER;

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
     * Does one thing. The right to do it was checked before.
     *
     * @return Notice[]
     */
    public function run(string $action, \Customer $customer, Input $input): array
    {
        try {
            $notice = $this->call($action, $customer, $input);
            StaffLog::customer((int) $customer->id, $action, $input->text('reason', 200));
            $this->factory->creditSummary()->forget((int) $customer->id);

            return [$notice];
        } catch (InvalidInput $invalid) {
            return [new Notice(Notice::ERROR, $invalid->getMessage())];
        } catch (ApiException $failure) {
            return [Notice::ofFailure($failure, $this->l('The service does not answer now, and it is not known whether this was done. The page shows how things stand once it answers; doing it again does no harm.'))];
        }
    }

    /** @throws ApiException */
    private function call(string $action, \Customer $customer, Input $input): Notice
    {
        if (isset(ReminderActions::OF_CUSTOMER[$action])) {
            return (new ReminderActions($this->client, $this->factory->module()))->ofCustomer($action, (int) $customer->id, $input);
        }
        $path = '/v1/companies/' . (int) $customer->id;
        switch ($action) {
            case 'limit':
                return $this->limit($path, (int) $customer->id, $input);
            case 'temporary_limit':
                return $this->temporaryLimit($path, $input);
            case 'end_temporary_limit':
                $this->send('DELETE', $path . '/credit/temporary-limit', null, $input, ['reason' => $this->reason($input), 'currency' => $this->currency($input)]);

                return new Notice(Notice::SUCCESS, $this->l('The usual limit holds again.'));
            case 'freeze':
            case 'unfreeze':
                $this->send('POST', $path . '/credit/' . $action, ['reason' => $this->reason($input), 'currency' => $this->currency($input)], $input);

                return new Notice(Notice::SUCCESS, $action === 'freeze' ? $this->l('Frozen: no new order on terms. What was accepted stays owed.') : $this->l('The credit can be used again.'));
            case 'override':
                return $this->override($path, $input);
            case 'end_override':
                $this->send('DELETE', $path . '/override', null, $input, ['reason' => $this->reason($input)]);

                return new Notice(Notice::SUCCESS, $this->l('Groups and rules decide again.'));
            case 'allow_buyer':
                (new BuyerRights($this->client))->allow($customer, StaffLog::key($input));
                $this->reportAgain((int) $customer->id);

                return new Notice(Notice::SUCCESS, $this->l('Allowed: this account uses and sees the credit of the company.'));
            case 'bar_buyer':
                (new BuyerRights($this->client))->bar((int) $customer->id, StaffLog::key($input));

                return new Notice(Notice::SUCCESS, $this->l('Barred: this account neither uses nor sees the credit. What was ordered stays owed.'));
            case 'vat_check':
                $this->send('POST', $path . '/vat-check', null, $input);

                return new Notice(Notice::SUCCESS, $this->l('The registry was asked; its answer is below.'));
            default:
                return $this->report($customer);
        }
    }

    /** @throws ApiException */
    private function limit(string $path, int $idCustomer, Input $input): Notice
    {
        $kind = $input->choice('kind', ['inherit', 'none', 'amount', 'unlimited'], '');
        if ($kind === '') {
            throw new InvalidInput($this->l('Choose what limit the customer gets.'));
        }
        $currency = $this->currency($input);
        $limit = ['kind' => $kind, 'currency' => $currency, 'reason' => $this->reason($input)];
        if ($kind === 'amount') {
            $amount = $input->amount('amount', $this->l('Enter the limit as 5000 or 5000.00.'));
            if ($amount === null) {
                throw new InvalidInput($this->l('Enter the amount of the limit.'));
            }
            $limit['amount'] = $amount;
        }
        // The agreement is sent as a whole: what this page does not show of it stays as it is.
        $line = $this->factory->liveCompany()->lineIn($idCustomer, $currency);
        if ($line !== null) {
            $limit += ['tolerance_amount' => $line['tolerance_amount'], 'tolerance_bp' => $line['tolerance_bp'], 'allow_exceed' => $line['allow_exceed']];
        }
        $this->send('PUT', $path . '/credit/limit', $limit, $input);

        return new Notice(Notice::SUCCESS, $this->l('The limit holds from the next order on.'));
    }

    /** @throws ApiException */
    private function temporaryLimit(string $path, Input $input): Notice
    {
        $amount = $input->amount('amount', $this->l('Enter the limit as 5000 or 5000.00.'));
        $until = $this->endOf($input->day('until', $this->l('Enter the day as YYYY-MM-DD.')));
        if ($amount === null || $until === null) {
            throw new InvalidInput($this->l('Enter both the amount and the last day of the temporary limit.'));
        }
        $this->send('PUT', $path . '/credit/temporary-limit', ['amount' => $amount, 'currency' => $this->currency($input), 'until' => $until, 'reason' => $this->reason($input)], $input);

        return new Notice(Notice::SUCCESS, $this->l('The temporary limit holds at once and ends by itself.'));
    }

    /** @throws ApiException */
    private function override(string $path, Input $input): Notice
    {
        $position = $input->choice('position', ['allow', 'deny'], '');
        if ($position === '') {
            throw new InvalidInput($this->l('Choose whether the customer is allowed or denied.'));
        }
        $until = $this->endOf($input->day('until', $this->l('Enter the day as YYYY-MM-DD, or leave it empty.')));
        $this->send('PUT', $path . '/override', ['position' => $position, 'reason' => $this->reason($input), 'until' => $until], $input);

        return new Notice(Notice::SUCCESS, $position === 'allow'
            ? $this->l('Allowed, whatever groups and rules say. Limit and freezing still count.')
            : $this->l('Denied from the next order on. What was accepted stays owed.'));
    }

    /** What was refused while the account had no rights may be taken now; if not, the panel goes on saying so. */
    private function reportAgain(int $idCustomer): void
    {
        $subject = Subject::customer($idCustomer);
        if ($this->factory->outbox()->lastError($subject) !== null) {
            $this->factory->outbox()->retry($subject);
            $this->factory->delivery()->now($subject);
        }
    }

    private function report(\Customer $customer): Notice
    {
        $subject = Subject::customer((int) $customer->id);
        $this->factory->customerHooks()->report((int) $customer->id);
        $this->factory->outbox()->retry($subject);

        return $this->factory->delivery()->now($subject)
            ? new Notice(Notice::SUCCESS, $this->l('The customer was reported to the service.'))
            : new Notice(Notice::ERROR, $this->l('The customer could not be reported: ') . $this->factory->outbox()->lastError($subject));
    }

    private function reason(Input $input): string
    {
        return StaffLog::signed($input->required('reason', $this->l('Enter a reason: it is kept with your name.'), 900));
    }

    private function currency(Input $input): string
    {
        $currency = $input->text('currency', 3);
        if (!preg_match('/^[A-Z]{3}$/', $currency)) {
            throw new InvalidInput($this->l('It is not known which credit line is meant. Reload the page.'));
        }

        return $currency;
    }

    /** The last second of a day where the shop is, as an instant. */
    private function endOf(?string $day): ?string
    {
        return $day === null ? null : (new \DateTimeImmutable($day . ' 23:59:59', new \DateTimeZone(date_default_timezone_get())))->format(DATE_ATOM);
    }

    /**
     * @param array<string, mixed>|null $body
     * @param array<string, string> $query
     *
     * @throws ApiException
     */
    private function send(string $method, string $path, ?array $body, Input $input, array $query = []): void
    {
        $this->client->send($method, $path, $body, StaffLog::key($input), $query, StaffLog::author());
    }

    private function l(string $text): string
    {
        return $this->factory->module()->l($text, 'customeractions');
    }
}
