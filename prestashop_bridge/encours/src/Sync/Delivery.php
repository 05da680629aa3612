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
use EncoursModule\Api\Unavailable;
use EncoursModule\Factory;

/**
 * Sends what the outbox holds: at once, after the page was sent, or by cron.
 *
 * One row at a time, claimed, sent, and its outcome written down; so it may run twice and in two processes at once.
 */
final class Delivery
{
    /** Rows that one page of the shop sends at most while somebody waits for it. */
    const AT_ONCE = 5;

    /** Subjects in a row without an answer, after which the service is taken to be away. */
    const IN_VAIN = 3;

    const FAULT = 'fault';

    const SWEPT_AT = 'ENCOURS_SWEPT_AT';

    /** Seconds after which a page of the shop does cron's work behind it, should cron not run. */
    const SWEEP_EVERY = 600;

    /** @var array<int, array{factory: Factory, subjects: array<string, true>}> by shop */
    private static $later = [];

    /** @var bool */
    private static $isPlanned = false;

    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    /** Tries a subject at once, whatever its waits; true if nothing of it is left to send. */
    public function now(string $subject): bool
    {
        $client = defined('_PS_ADMIN_DIR_') ? $this->factory->client()->patient() : $this->factory->client();
        for ($sent = 0; $sent < self::AT_ONCE; ++$sent) {
            $outcome = $this->step($subject, $client, true);
            if ($outcome === null) {
                break;
            }
            if ($outcome === Outbox::PENDING) {
                return false;
            }
        }

        return !$this->factory->outbox()->hasUndelivered($subject);
    }

    /** Tries a subject once the page has been sent, so that nobody waits for it. */
    public function soon(string $subject): void
    {
        $this->plan();
        self::$later[$this->factory->idShop()]['subjects'][$subject] = true;
    }

    /** Lets orders that change in this request be compared once their totals are final. */
    public function atTheEnd(): void
    {
        $this->plan();
    }

    /** Does cron's work behind this page if nothing did it lately. */
    public function idle(): void
    {
        $now = ($this->factory->clock())();
        $sweptAt = (int) \Configuration::get(self::SWEPT_AT, null, null, $this->factory->idShop());
        if (($sweptAt <= $now - self::SWEEP_EVERY || $sweptAt > $now) && PageEnd::canComeFirst() && $this->factory->settings()->isConnected()) {
            $this->plan();
        }
    }

    /**
     * Sends what is due, for so many seconds.
     *
     * @return array{delivered: int, refused: int, postponed: int, is_service_away: bool}
     *
     * @throws \Throwable what was wrong within the module with a row, after all others were sent
     */
    public function run(int $seconds): array
    {
        $client = $this->factory->client()->patient();
        $result = ['delivered' => 0, 'refused' => 0, 'postponed' => 0, 'is_service_away' => false];
        $until = microtime(true) + $seconds;
        $inVain = 0;
        $fault = null;
        while ($subjects = $this->factory->outbox()->due(50)) {
            $worked = 0;
            foreach ($subjects as $subject) {
                while (($outcome = $this->carefully($subject, $client, $fault)) !== null) {
                    ++$worked;
                    if ($outcome === self::FAULT) {
                        break;
                    }
                    $isAnswered = $outcome !== Outbox::PENDING;
                    $inVain = $isAnswered ? 0 : $inVain + 1;
                    ++$result[$isAnswered ? $outcome : 'postponed'];
                    if ($isAnswered && $result['delivered'] + $result['refused'] === 1) {
                        // The service is there: what waited for it need not wait any longer.
                        $this->factory->outbox()->hurry();
                    }
                    if ($inVain >= self::IN_VAIN || microtime(true) > $until) {
                        $result['is_service_away'] = $inVain >= self::IN_VAIN;

                        return $result;
                    }
                    if (!$isAnswered) {
                        break;
                    }
                }
            }
            if ($worked === 0) {
                break;
            }
        }
        if ($fault !== null) {
            throw $fault;
        }

        return $result;
    }

    /** What was put off until the page was sent. */
    public static function afterThePage(): void
    {
        $isSent = PageEnd::send();
        $later = self::$later;
        self::$later = [];
        self::$isPlanned = false;
        foreach ($later as $planned) {
            try {
                $planned['factory']->delivery()->finish(array_keys($planned['subjects']), $isSent);
            } catch (\Throwable $fault) {
                \PrestaShopLogger::addLog('Encours: after the page: ' . get_class($fault) . ' at ' . basename($fault->getFile()) . ':' . $fault->getLine() . ': ' . $fault->getMessage(), 3, null, 'Encours');
            }
        }
    }

    /**
     * @param string[] $subjects
     */
    private function finish(array $subjects, bool $isSent): void
    {
        $this->factory->orderEvents()->catchUpWithChanged();
        $subjects = array_unique(array_merge($subjects, isset(self::$later[$this->factory->idShop()]) ? array_keys(self::$later[$this->factory->idShop()]['subjects']) : []));
        unset(self::$later[$this->factory->idShop()]);
        // Where the server cannot send the page first, somebody may be waiting for it: then the short way only.
        $client = $isSent ? $this->factory->client()->patient() : $this->factory->client();
        foreach ($subjects as $subject) {
            while (($outcome = $this->step($subject, $client, true)) !== null) {
                if ($outcome === Outbox::PENDING) {
                    break 2;
                }
            }
        }
        if ($isSent) {
            $this->catchUp();
        }
    }

    private function catchUp(): void
    {
        $now = ($this->factory->clock())();
        $sweptAt = (int) \Configuration::get(self::SWEPT_AT, null, null, $this->factory->idShop());
        if ($sweptAt > $now - self::SWEEP_EVERY && $sweptAt <= $now) {
            return;
        }
        $this->factory->sweep()->run();
        $this->run(10);
    }

    /** A step; what is wrong with one row keeps no other subject waiting. */
    private function carefully(string $subject, Client $client, ?\Throwable &$fault): ?string
    {
        try {
            return $this->step($subject, $client, false);
        } catch (\Throwable $thrown) {
            $fault = $thrown;

            return self::FAULT;
        }
    }

    /**
     * Sends the first row of a subject.
     *
     * @return string|null Outbox::DELIVERED, REFUSED, or PENDING if there was no answer; null if there is nothing to send
     */
    private function step(string $subject, Client $client, bool $isForced): ?string
    {
        $outbox = $this->factory->outbox();
        $row = $outbox->take($subject, $isForced);
        if ($row === null) {
            return null;
        }
        try {
            $this->send($row, $client);
        } catch (Unavailable $unavailable) {
            $outbox->postpone($row, $unavailable->getMessage(), $unavailable->retryAfter());

            return Outbox::PENDING;
        } catch (Refused $refused) {
            if ($refused->status() === 401 || $refused->status() === 403) {
                // It is the key that is refused, not what is told: it waits until there is a right one.
                $outbox->postpone($row, $refused->getMessage(), null);

                return Outbox::PENDING;
            }
            $outbox->refused($row, $refused->getMessage());

            return Outbox::REFUSED;
        } catch (\Throwable $fault) {
            $outbox->postpone($row, get_class($fault) . ': ' . $fault->getMessage(), null);
            throw $fault;
        }
        $outbox->delivered($row);

        return Outbox::DELIVERED;
    }

    /** @param array<string, mixed> $row */
    private function send(array $row, Client $client): void
    {
        if ($row['kind'] === Outbox::COMPANY) {
            $this->factory->companySender()->send($this->idOf((string) $row['subject']), $client, (string) $row['idempotency_key']);

            return;
        }
        if ($row['kind'] === Outbox::GROUP) {
            $this->factory->groupReport()->send($this->idOf((string) $row['subject']), $client, (string) $row['idempotency_key']);

            return;
        }
        $body = $row['body'] === null ? null : json_decode((string) $row['body'], true);
        $answer = $client->send((string) $row['method'], (string) $row['path'], $body, (string) $row['idempotency_key']);
        $this->remember($answer);
    }

    /**
     * What the answer says of orders is kept with them.
     *
     * @param array<string, mixed> $answer
     */
    private function remember(array $answer): void
    {
        $orders = isset($answer['orders']) && is_array($answer['orders']) ? $answer['orders'] : [];
        if (isset($answer['order']) && is_array($answer['order'])) {
            $orders[] = $answer['order'];
        }
        foreach ($orders as $order) {
            $this->factory->ordersOnTerms()->follow($order);
        }
    }

    private function idOf(string $subject): int
    {
        return (int) substr($subject, (int) strrpos($subject, '-') + 1);
    }

    private function plan(): void
    {
        if (!isset(self::$later[$this->factory->idShop()])) {
            self::$later[$this->factory->idShop()] = ['factory' => $this->factory, 'subjects' => []];
        }
        if (!self::$isPlanned) {
            self::$isPlanned = true;
            PageEnd::then([self::class, 'afterThePage']);
        }
    }
}
