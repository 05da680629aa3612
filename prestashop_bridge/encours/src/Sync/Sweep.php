<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Sync;

use EncoursModule\Api\Refused;
use EncoursModule\Api\Unavailable;
use EncoursModule\Factory;

/**
 * Repairs what was interrupted: holds without an order, orders without attach, and whatever no hook told of.
 *
 * By cron, and behind a page of the shop if cron does not run. It only queues and marks; Delivery sends.
 */
final class Sweep
{
    /** Seconds that a checkout is left alone: no buyer and no payment page takes longer. */
    const LEAVE_ALONE = 600;

    /** A bounded part of the work at a time. */
    const ATTEMPTS = 20;
    const ORDERS = 200;
    const CUSTOMERS = 50;

    /** Up to which change orders were compared with what was told of them; a pause of any length is made up for. */
    const COMPARED_UNTIL = 'ENCOURS_COMPARED_UNTIL';

    /** Seconds that are read again each time: what was being written then was not seen. */
    const OVERLAP = 300;

    /** Days after which a customer's figures are computed anew: the last 12 months move on by themselves. */
    const STALE_DAYS = 7;

    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    /**
     * @return array{attached: int, released: int, events: int, customers: int} what was found and queued
     */
    public function run(): array
    {
        $now = ($this->factory->clock())();
        // Before the work, so that pages which look at it meanwhile do not start it too.
        \Configuration::updateValue(Delivery::SWEPT_AT, (string) $now, false, null, $this->factory->idShop());
        $found = ['attached' => 0, 'released' => 0, 'events' => 0, 'customers' => 0];
        foreach ($this->factory->attempts()->stuck(self::LEAVE_ALONE, self::ATTEMPTS) as $attempt) {
            if (!$this->guarded(function () use ($attempt, &$found) { $this->alone($attempt, $found); })) {
                break;
            }
        }
        $this->compare($now, $found);
        $known = new ReportedCustomers($this->factory->idShop());
        foreach ($known->stale(date('Y-m-d H:i:s', $now - self::STALE_DAYS * 86400), self::CUSTOMERS) as $idCustomer) {
            $this->factory->outbox()->enqueue(Subject::customer($idCustomer), Outbox::COMPANY, 'PUT', '/v1/companies/' . $idCustomer, null);
            ++$found['customers'];
        }
        $this->factory->outbox()->forgetDelivered();
        $this->factory->callback()->forgetOld();
        $this->factory->quotes()->forgetOld();

        return $found;
    }

    /**
     * Finds what no hook told of: module disabled, employee without the right to it, a process that died.
     *
     * @param array<string, int> $found
     */
    private function compare(int $now, array &$found): void
    {
        $until = (int) \Configuration::get(self::COMPARED_UNTIL, null, null, $this->factory->idShop());
        // Without a mark everything is read: there is nothing at first, and all that a kept table holds after a new installation.
        $since = max(0, min($until, $now) - self::OVERLAP);
        list($changed, $isAll) = $this->changedSince($since);
        foreach (array_keys($changed) as $idOrder) {
            $this->guarded(function () use ($idOrder, &$found) { $found['events'] += $this->factory->orderEvents()->report($idOrder, true); });
        }
        // What comes after a full reading is read next, not the last minutes again: they may hold more than one reading.
        $until = $isAll ? $now : (int) strtotime((string) end($changed)) + self::OVERLAP;
        \Configuration::updateValue(self::COMPARED_UNTIL, (string) $until, false, null, $this->factory->idShop());
    }

    /**
     * At most so many as are read at a time, unless more than that changed within one second.
     *
     * @return array{0: array<int, string>, 1: bool} when each changed last, by id of the order; whether these are all
     */
    private function changedSince(int $since): array
    {
        for ($limit = self::ORDERS;; $limit *= 2) {
            $changed = $this->factory->ordersOnTerms()->changedSince(date('Y-m-d H:i:s', $since), $limit);
            if (count($changed) < $limit || reset($changed) !== end($changed)) {
                return [$changed, count($changed) < $limit];
            }
        }
    }

    /**
     * With the cart to itself: its buyer may be submitting it again right now.
     *
     * @param array<string, mixed> $attempt
     * @param array<string, int> $found
     */
    private function alone(array $attempt, array &$found): void
    {
        $lock = $this->factory->cartLock();
        if (!$lock->take((int) $attempt['id_cart'], 0)) {
            return;
        }
        try {
            // While others were resolved its buyer may have come back: only what nobody touched since is stuck.
            if ($this->factory->attempts()->isUntouched($attempt)) {
                $this->resolve($attempt, $found);
            }
        } finally {
            $lock->release((int) $attempt['id_cart']);
        }
    }

    /**
     * A checkout that did not come to its end: its order exists or not, and its credit is held or not.
     *
     * @param array<string, mixed> $attempt
     * @param array<string, int> $found
     */
    private function resolve(array $attempt, array &$found): void
    {
        if ($attempt['status'] === 'asked') {
            // Whether the service took it in is unknown; with its key the question is answered as it was then.
            try {
                $attempt = $this->factory->holds()->ask($attempt, $this->factory->client()->patient());
            } catch (Refused $refused) {
                return;
            }
            if ($attempt['status'] !== 'held') {
                return;
            }
        }
        if ($this->factory->attaching()->attachCart($attempt)) {
            ++$found['attached'];

            return;
        }
        $this->factory->holds()->giveBack((string) $attempt['hold_id'], 'No order came of the cart.');
        if ($attempt['status'] !== 'held') {
            // Its order was deleted before it was attached.
            $this->factory->attempts()->refused($attempt);
        }
        ++$found['released'];
    }

    /**
     * One case that fails does not keep the others waiting.
     *
     * @return bool whether it is worth going on: not while the service is away
     */
    private function guarded(callable $do): bool
    {
        try {
            $do();
        } catch (Unavailable $later) {
            return false;
        } catch (\Throwable $fault) {
            \PrestaShopLogger::addLog('Encours: sweep: ' . get_class($fault) . ' at ' . basename($fault->getFile()) . ':' . $fault->getLine() . ': ' . $fault->getMessage(), 3, null, 'Encours');
        }

        return true;
    }
}
