<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Account;

use EncoursModule\Api\ApiException;
use EncoursModule\Api\Client;
use EncoursModule\Api\Refused;
use EncoursModule\Sync\PageEnd;

/**
 * What a customer's company may still order on terms, and whether this customer may see it.
 *
 * The answer is kept, so that no page of the shop waits for it: pages of the account take one up to a minute old, the
 * navigation bar takes whatever of the last day is there and asks for a newer one once the page has been sent.
 */
final class CreditSummary
{
    /** Seconds for which pages of the account do not ask again. */
    const FRESH = 60;

    /** Seconds after which the navigation bar asks again, behind the page. */
    const SOON = 600;

    /** Seconds after which a figure is too old to be shown at all. */
    const SHOWN = 86400;

    const NOTHING = ['may_see' => false, 'has_credit' => false, 'owes' => false, 'lines' => []];

    /** @var Client */
    private $client;

    /** @var int */
    private $idShop;

    /** @var callable(): int */
    private $clock;

    /** @var array<int, array<string, mixed>|null> asked in this request, by customer */
    private $asked = [];

    /** @var array<int, true> */
    private $planned = [];

    public function __construct(Client $client, int $idShop, callable $clock)
    {
        $this->client = $client;
        $this->idShop = $idShop;
        $this->clock = $clock;
    }

    /**
     * At most a minute old; null when it is not known and the service does not say.
     *
     * @return array{may_see: bool, has_credit: bool, owes: bool, lines: array<int, array<string, mixed>>}|null
     */
    public function of(int $idCustomer): ?array
    {
        if ($idCustomer <= 0) {
            return null;
        }
        if (!array_key_exists($idCustomer, $this->asked)) {
            $kept = $this->kept($idCustomer, self::FRESH);
            $this->asked[$idCustomer] = $kept !== null ? $kept : $this->ask($idCustomer);
        }

        return $this->asked[$idCustomer];
    }

    /**
     * What was known last, at most a day old, without asking; it is asked anew once the page has been sent.
     *
     * @return array<string, mixed>|null
     */
    public function remembered(int $idCustomer): ?array
    {
        if ($idCustomer <= 0) {
            return null;
        }
        if ($this->kept($idCustomer, self::SOON) === null) {
            $this->askAfterThePage($idCustomer);
        }

        return $this->kept($idCustomer, self::SHOWN);
    }

    /** Called when the service says that the credit has changed, and after an order. */
    public function forget(int $idCustomer): void
    {
        unset($this->asked[$idCustomer]);
        \Db::getInstance()->execute(
            'UPDATE `' . _DB_PREFIX_ . 'encours_customer` SET `credit` = NULL, `credit_at` = 0'
            . ' WHERE `id_customer` = ' . $idCustomer . ' AND `id_shop` = ' . $this->idShop
        );
    }

    /**
     * Whether the customer gets to see anything of it: no links and no pages for who has no credit and owes nothing (F13).
     *
     * @param array<string, mixed> $summary
     */
    public static function isVisible(array $summary): bool
    {
        return $summary['may_see'] && ($summary['has_credit'] || $summary['owes']);
    }

    /**
     * The line to show where there is room for one: the one in this currency, else the first.
     *
     * @param array<string, mixed> $summary
     *
     * @return array<string, mixed>|null
     */
    public static function lineIn(array $summary, string $currency): ?array
    {
        foreach ($summary['lines'] as $line) {
            if ($line['currency'] === $currency) {
                return $line;
            }
        }

        return isset($summary['lines'][0]) ? $summary['lines'][0] : null;
    }

    /**
     * Once the page has been sent, so that nobody waits for it.
     */
    private function askAfterThePage(int $idCustomer): void
    {
        if (isset($this->planned[$idCustomer])) {
            return;
        }
        $this->planned[$idCustomer] = true;
        PageEnd::then(function () use ($idCustomer) {
            try {
                // Where the server cannot send the page first, the short timeouts of the client hold.
                PageEnd::send();
                $this->of($idCustomer);
            } catch (\Throwable $fault) {
                \PrestaShopLogger::addLog('Encours: the credit in the navigation bar: ' . get_class($fault) . ': ' . $fault->getMessage(), 2, null, 'Encours');
            }
        });
    }

    /**
     * @return array<string, mixed>|null
     */
    private function kept(int $idCustomer, int $seconds): ?array
    {
        $row = \Db::getInstance()->getRow(
            'SELECT `credit`, `credit_at` FROM `' . _DB_PREFIX_ . 'encours_customer`'
            . ' WHERE `id_customer` = ' . $idCustomer . ' AND `id_shop` = ' . $this->idShop,
            false
        );
        if (!is_array($row) || !is_string($row['credit']) || (int) $row['credit_at'] <= ($this->clock)() - $seconds) {
            return null;
        }
        $summary = json_decode($row['credit'], true);

        return is_array($summary) && isset($summary['lines'], $summary['may_see'], $summary['has_credit'], $summary['owes']) ? $summary : null;
    }

    /**
     * @return array<string, mixed>|null
     */
    private function ask(int $idCustomer): ?array
    {
        try {
            $buyer = $this->client->get('/v1/companies/' . $idCustomer . '/buyers/' . $idCustomer);
            $summary = $buyer['may_see_credit'] === true
                ? self::summaryOf($this->client->get('/v1/companies/' . $idCustomer . '/credit'))
                : self::NOTHING;
        } catch (ApiException $noAnswer) {
            if (!$noAnswer instanceof Refused || $noAnswer->status() !== 404) {
                return null;
            }
            // The service does not know the customer (yet), or not as a buyer: no credit, and nothing is wrong.
            $summary = self::NOTHING;
        }
        $this->keep($idCustomer, $summary);

        return $summary;
    }

    /**
     * @param array<string, mixed> $summary
     */
    private function keep(int $idCustomer, array $summary): void
    {
        $json = pSQL((string) json_encode($summary), true);
        $now = ($this->clock)();
        \Db::getInstance()->execute(
            'INSERT INTO `' . _DB_PREFIX_ . 'encours_customer` (`id_customer`, `id_shop`, `credit`, `credit_at`, `date_upd`)'
            . ' VALUES (' . $idCustomer . ', ' . $this->idShop . ", '" . $json . "', " . $now . ", '" . date('Y-m-d H:i:s', $now) . "')"
            . ' ON DUPLICATE KEY UPDATE `credit` = VALUES(`credit`), `credit_at` = VALUES(`credit_at`)'
        );
    }

    /**
     * @param array<string, mixed> $credit as the service answers it
     *
     * @return array<string, mixed>
     */
    private static function summaryOf(array $credit): array
    {
        $lines = [];
        $hasCredit = false;
        $owes = false;
        foreach ($credit['lines'] as $line) {
            $isUnlimited = $line['limit']['kind'] === 'unlimited';
            $isGranted = $line['status'] !== 'closed' && ($isUnlimited || Display::isPositive($line['limit']['amount']));
            $isOwed = Display::isSomething($line['exposure']['total']);
            if (!$isGranted && !$isOwed) {
                continue;
            }
            $hasCredit = $hasCredit || $isGranted;
            $owes = $owes || $isOwed;
            $lines[] = [
                'id' => $line['id'],
                'currency' => $line['currency'],
                'status' => $line['status'],
                'is_unlimited' => $isUnlimited,
                'credit_limit' => $line['limit']['amount'],
                'used' => $line['exposure']['total'],
                'available_credit' => $line['available_credit'],
                'over_limit_amount' => $line['over_limit_amount'],
                'overdue' => $line['overdue'],
                'oldest_due_on' => $line['oldest_due_on'],
            ];
        }

        return ['may_see' => true, 'has_credit' => $hasCredit, 'owes' => $owes, 'lines' => $lines];
    }
}
