<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Sync;

use EncoursModule\Api\Client;
use EncoursModule\Api\Refused;
use EncoursModule\Factory;

/**
 * Tells the service of all customers once, with what PrestaShop's own B2B fields say, in batches that go on where the
 * last one ended.
 *
 * Safe to repeat: a customer of whom nothing is new is not sent again, and a limit or terms that anybody agreed at the
 * service, or took away again there, are never overwritten.
 */
final class FirstSync
{
    const POSITION = 'ENCOURS_SYNC_POSITION';
    const BATCH = 20;

    /** Seconds after which a batch ends early, so that the page hears of it. */
    const SECONDS = 8;

    const FROM_THE_START = ['last_id' => 0, 'done' => 0, 'refused' => 0, 'limits' => 0, 'terms' => 0, 'has_groups' => false, 'is_finished' => false];

    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    /** How many customers there are to tell of. */
    public function total(): int
    {
        return $this->factory->companyReport()->countWanted();
    }

    /**
     * One batch.
     *
     * @param bool $restart whether to begin again; what is finished begins again by itself
     *
     * @return array{done: int, total: int, refused: int, limits: int, terms: int, is_finished: bool}
     *
     * @throws \EncoursModule\Api\Unavailable what was done until then is done; the next batch goes on there
     */
    public function step(bool $restart = false, int $size = self::BATCH): array
    {
        $position = $restart ? self::FROM_THE_START : $this->position();
        $client = $this->factory->client()->patient();
        if (!$position['has_groups']) {
            foreach ($this->factory->groupReport()->all() as $idGroup) {
                $this->factory->groupReport()->send($idGroup, $client, bin2hex(random_bytes(8)));
            }
            $position['has_groups'] = true;
            $this->keep($position);
        }
        $until = microtime(true) + self::SECONDS;
        $ids = $this->factory->companyReport()->wantedAfter($position['last_id'], $size);
        $position['is_finished'] = count($ids) < $size;
        foreach ($ids as $idCustomer) {
            if (microtime(true) > $until) {
                $position['is_finished'] = false;
                break;
            }
            $this->tell($idCustomer, $client, $position);
            $position['last_id'] = $idCustomer;
            ++$position['done'];
            $this->keep(['is_finished' => false] + $position);
        }
        $this->keep($position);

        return ['total' => max($this->total(), $position['done'])] + array_diff_key($position, ['last_id' => 0, 'has_groups' => 0]);
    }

    /** @param array<string, mixed> $position counters that grow */
    private function tell(int $idCustomer, Client $client, array &$position): void
    {
        $company = null;
        try {
            $outcome = $this->factory->companySender()->send($idCustomer, $client, bin2hex(random_bytes(8)), true, $company);
            if ($outcome === CompanySender::GONE || $company === null) {
                return;
            }
            $takeOver = new B2bFields($client, $this->factory->idShop());
            $fields = $takeOver->of($idCustomer);
            $position['limits'] += $takeOver->limit($idCustomer, $fields) ? 1 : 0;
            $position['terms'] += $takeOver->terms($idCustomer, $fields, $company) ? 1 : 0;
        } catch (Refused $refused) {
            if ($refused->status() === 401 || $refused->status() === 403) {
                throw $refused;
            }
            ++$position['refused'];
            $this->showAsRefused($idCustomer, $refused);
        }
    }

    /** In the queue, where staff look for what could not be told. */
    private function showAsRefused(int $idCustomer, Refused $refused): void
    {
        $outbox = $this->factory->outbox();
        $outbox->enqueue(Subject::customer($idCustomer), Outbox::COMPANY, 'PUT', '/v1/companies/' . $idCustomer, null);
        foreach ($outbox->pendingOf(Subject::customer($idCustomer)) as $waiting) {
            if ($waiting['status'] !== Outbox::REFUSED && $waiting['kind'] !== Outbox::COMPANY) {
                // Something else of this customer goes first; the report is refused when its turn comes.
                return;
            }
        }
        $row = $outbox->take(Subject::customer($idCustomer), true);
        if ($row !== null) {
            $outbox->refused($row, $refused->getMessage());
        }
    }

    /** @return array<string, mixed> */
    private function position(): array
    {
        $kept = json_decode((string) \Configuration::get(self::POSITION, null, null, $this->factory->idShop()), true);

        return is_array($kept) && empty($kept['is_finished']) ? $kept + self::FROM_THE_START : self::FROM_THE_START;
    }

    /** @param array<string, mixed> $position */
    private function keep(array $position): void
    {
        \Configuration::updateValue(self::POSITION, (string) json_encode($position), false, null, $this->factory->idShop());
    }
}
