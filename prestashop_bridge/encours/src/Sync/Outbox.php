<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Sync;

/**
 * What the service is still to be told: written here first, with the key it will be sent under, and only then sent.
 *
 * Rows of one subject are delivered in the order of their ids. A refused row stays to be seen and stops nothing.
 */
final class Outbox
{
    const PENDING = 'pending';
    const SENDING = 'sending';
    const DELIVERED = 'delivered';
    const REFUSED = 'refused';

    const COMPANY = 'company';
    const GROUP = 'group';
    const ATTACH = 'attach';
    const EVENT = 'event';

    /** Their body is composed when they are sent, from how things stand then; so one that waits says it all. */
    const COMPOSED = [self::COMPANY, self::GROUP];

    /** Events are kept as the proof of what was reported; the rest is forgotten once it was delivered long ago. */
    const LASTING = [self::ATTACH, self::EVENT];
    const KEPT_DAYS = 30;

    /** Seconds after which a row whose sender vanished is taken by another: more than any answer takes. */
    const LEASE = 60;

    /** Seconds to wait after each failure; the last one for all further failures. */
    const WAITS = [10, 60, 300, 900, 1800, 3600];

    /** @var int */
    private $idShop;

    /** @var callable(): int */
    private $clock;

    public function __construct(int $idShop, callable $clock)
    {
        $this->idShop = $idShop;
        $this->clock = $clock;
    }

    /**
     * Nothing is queued twice: an event whose id is known, and what is composed on delivery, is answered with its row.
     *
     * @param array<string, mixed>|null $body null: composed on delivery, or the request has none
     *
     * @return int id of the row
     */
    public function enqueue(string $subject, string $kind, string $method, string $path, ?array $body, ?string $eventId = null, ?string $idempotencyKey = null): int
    {
        $known = $this->known($subject, $kind, $eventId);
        if ($known !== null) {
            return $known;
        }

        return $this->add([
            'subject' => $subject,
            'kind' => $kind,
            'method' => $method,
            'path' => $path,
            'body' => $body === null ? null : (string) json_encode($body, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES),
            'idempotency_key' => $idempotencyKey ?: bin2hex(random_bytes(16)),
            'event_id' => $eventId,
            'status' => self::PENDING,
        ]);
    }

    /** Notes that an event is not to be told, so that no later comparison queues it. */
    public function omit(string $subject, string $eventId, string $reason): void
    {
        if ($this->known($subject, self::EVENT, $eventId) === null) {
            $this->add([
                'subject' => $subject,
                'kind' => self::EVENT,
                'method' => 'POST',
                'path' => '',
                'idempotency_key' => '',
                'event_id' => $eventId,
                'status' => self::DELIVERED,
                'last_error' => Text::clean($reason),
            ]);
        }
    }

    /**
     * What is not delivered, refused rows too, oldest first.
     *
     * @return array<int, array<string, mixed>>
     */
    public function pendingOf(string $subject): array
    {
        return $this->rows('WHERE ' . $this->of($subject) . ' AND `status` <> ' . Sql::value(self::DELIVERED) . ' ORDER BY `id`');
    }

    public function hasUndelivered(string $subject): bool
    {
        return $this->pendingOf($subject) !== [];
    }

    /** Why the oldest row that is not delivered is not; null if nothing went wrong. */
    public function lastError(string $subject): ?string
    {
        return Text::first(array_map('strval', array_column($this->pendingOf($subject), 'last_error')));
    }

    /** Lets everything of a subject be tried again now, refused rows too. */
    public function retry(string $subject): void
    {
        $this->execute('UPDATE ' . $this->table() . ' SET `status` = ' . Sql::value(self::PENDING) . ', `next_attempt_at` = 0'
            . ' WHERE ' . $this->of($subject) . ' AND `status` IN (' . Sql::value(self::PENDING) . ', ' . Sql::value(self::REFUSED) . ')');
    }

    /**
     * @return array{pending: int, refused: int, oldest: string|null} how much is not delivered, and since when
     */
    public function counts(): array
    {
        $row = \Db::getInstance()->getRow('SELECT COALESCE(SUM(`status` <> ' . Sql::value(self::REFUSED) . '), 0) AS `pending`,'
            . ' COALESCE(SUM(`status` = ' . Sql::value(self::REFUSED) . '), 0) AS `refused`, MIN(`date_add`) AS `oldest`'
            . ' FROM ' . $this->table() . ' WHERE `id_shop` = ' . $this->idShop
            . ' AND `status` IN (' . $this->open() . ', ' . Sql::value(self::REFUSED) . ')', false);

        return [
            'pending' => (int) $row['pending'],
            'refused' => (int) $row['refused'],
            'oldest' => $row['oldest'] === null ? null : (string) $row['oldest'],
        ];
    }

    // For delivery

    /**
     * Subjects with something to send now, those that wait longest first.
     *
     * @return string[]
     */
    public function due(int $limit): array
    {
        $rows = \Db::getInstance()->executeS('SELECT `o`.`subject` FROM ' . $this->table() . ' `o`'
            . ' LEFT JOIN ' . $this->table() . ' `before` ON `before`.`subject` = `o`.`subject` AND `before`.`id_shop` = `o`.`id_shop`'
            . ' AND `before`.`id` < `o`.`id` AND `before`.`status` IN (' . $this->open() . ')'
            . ' WHERE `o`.`id_shop` = ' . $this->idShop . ' AND `o`.`status` IN (' . $this->open() . ')'
            . ' AND `o`.`next_attempt_at` <= ' . ($this->clock)() . ' AND `before`.`id` IS NULL ORDER BY `o`.`id` LIMIT ' . $limit, true, false);

        return array_map(function ($row) { return (string) $row['subject']; }, $rows ?: []);
    }

    /**
     * The row to send next, taken so that no other process sends it too; null if there is none, or it is being sent.
     *
     * @param bool $isForced whether the wait after a failure is cut short
     *
     * @return array<string, mixed>|null
     */
    public function take(string $subject, bool $isForced): ?array
    {
        $now = ($this->clock)();
        $rows = $this->rows('WHERE ' . $this->of($subject) . ' AND `status` IN (' . $this->open() . ') ORDER BY `id` LIMIT 1');
        if ($rows === [] || (!$isForced && (int) $rows[0]['next_attempt_at'] > $now)) {
            return null;
        }
        if ($rows[0]['status'] === self::SENDING && (int) $rows[0]['next_attempt_at'] > $now) {
            return null;
        }
        $this->execute('UPDATE ' . $this->table() . ' SET `status` = ' . Sql::value(self::SENDING) . ', `attempts` = `attempts` + 1,'
            . ' `next_attempt_at` = ' . ($now + self::LEASE) . ', `date_upd` = ' . Sql::value($this->date())
            . ' WHERE `id` = ' . (int) $rows[0]['id'] . ' AND `status` = ' . Sql::value((string) $rows[0]['status'])
            . ' AND `attempts` = ' . (int) $rows[0]['attempts']);
        if ((int) \Db::getInstance()->Affected_Rows() !== 1) {
            return null;
        }
        $rows[0]['attempts'] = (int) $rows[0]['attempts'] + 1;

        return $rows[0];
    }

    /** @param array<string, mixed> $row */
    public function delivered(array $row): void
    {
        $this->finish($row, ['status' => self::DELIVERED, 'last_error' => null]);
        if ($row['kind'] === self::COMPANY) {
            // What a customer's report says now, earlier refused ones said too.
            $this->execute('DELETE FROM ' . $this->table() . ' WHERE ' . $this->of((string) $row['subject']) . ' AND `id` < ' . (int) $row['id']
                . ' AND `kind` = ' . Sql::value(self::COMPANY) . ' AND `status` = ' . Sql::value(self::REFUSED));
        }
    }

    /** @param array<string, mixed> $row */
    public function refused(array $row, string $error): void
    {
        $this->finish($row, ['status' => self::REFUSED, 'last_error' => Text::clean($error)]);
    }

    /** @param array<string, mixed> $row */
    public function postpone(array $row, string $error, ?int $retryAfter): void
    {
        $wait = self::WAITS[min((int) $row['attempts'], count(self::WAITS)) - 1];
        $this->finish($row, [
            'status' => self::PENDING,
            'next_attempt_at' => ($this->clock)() + max($wait, min((int) $retryAfter, 86400)),
            'last_error' => Text::clean($error),
        ]);
    }

    /** Cuts the waits after failures short. */
    public function hurry(): void
    {
        $this->execute('UPDATE ' . $this->table() . ' SET `next_attempt_at` = 0 WHERE `id_shop` = ' . $this->idShop . ' AND `status` = ' . Sql::value(self::PENDING));
    }

    /**
     * Ids of the events that were queued for a subject, delivered or not.
     *
     * @return array<string, true>
     */
    public function eventIdsOf(string $subject): array
    {
        $rows = \Db::getInstance()->executeS('SELECT `event_id` FROM ' . $this->table() . ' WHERE ' . $this->of($subject) . ' AND `event_id` IS NOT NULL', true, false);

        return array_fill_keys(array_map(function ($row) { return (string) $row['event_id']; }, $rows ?: []), true);
    }

    /** Forgets what was delivered long ago, a part at a time. */
    public function forgetDelivered(): void
    {
        $lasting = implode(', ', array_map([Sql::class, 'value'], self::LASTING));
        $this->execute('DELETE FROM ' . $this->table() . ' WHERE `id_shop` = ' . $this->idShop . ' AND `status` = ' . Sql::value(self::DELIVERED)
            . ' AND `next_attempt_at` < ' . (($this->clock)() - self::KEPT_DAYS * 86400)
            . ' AND `kind` NOT IN (' . $lasting . ') LIMIT 5000');
    }

    /** @param array<string, string|null> $row */
    private function add(array $row): int
    {
        $now = $this->date();
        $this->execute(Sql::insert('encours_outbox', ['id_shop' => $this->idShop] + $row + ['date_add' => $now, 'date_upd' => $now]));

        return (int) \Db::getInstance()->Insert_ID();
    }

    private function known(string $subject, string $kind, ?string $eventId): ?int
    {
        if ($eventId !== null) {
            $rows = $this->rows('WHERE ' . $this->of($subject) . ' AND `event_id` = ' . Sql::value($eventId) . ' LIMIT 1');
        } elseif (in_array($kind, self::COMPOSED, true)) {
            $rows = $this->rows('WHERE ' . $this->of($subject) . ' AND `kind` = ' . Sql::value($kind) . ' AND `status` = ' . Sql::value(self::PENDING) . ' ORDER BY `id` DESC LIMIT 1');
        }

        return empty($rows) ? null : (int) $rows[0]['id'];
    }

    /**
     * Only who holds the row ends it: another process may have taken it over meanwhile.
     *
     * @param array<string, mixed> $row
     * @param array<string, int|string|null> $changes
     */
    private function finish(array $row, array $changes): void
    {
        $this->execute('UPDATE ' . $this->table() . ' SET ' . Sql::assignments($changes + ['date_upd' => $this->date()])
            . ' WHERE `id` = ' . (int) $row['id'] . ' AND `status` = ' . Sql::value(self::SENDING) . ' AND `attempts` = ' . (int) $row['attempts']);
    }

    /**
     * @return array<int, array<string, mixed>>
     */
    private function rows(string $condition): array
    {
        return \Db::getInstance()->executeS('SELECT * FROM ' . $this->table() . ' ' . $condition, true, false) ?: [];
    }

    private function of(string $subject): string
    {
        return '`subject` = ' . Sql::value($subject) . ' AND `id_shop` = ' . $this->idShop;
    }

    private function open(): string
    {
        return Sql::value(self::PENDING) . ', ' . Sql::value(self::SENDING);
    }

    private function table(): string
    {
        return '`' . _DB_PREFIX_ . 'encours_outbox`';
    }

    private function date(): string
    {
        return date('Y-m-d H:i:s', ($this->clock)());
    }

    /** Losing what is to be told would be worse than a page that fails. */
    private function execute(string $sql): void
    {
        if (!\Db::getInstance()->execute($sql)) {
            throw new \RuntimeException('The queue cannot be written: ' . \Db::getInstance()->getMsgError());
        }
    }
}
