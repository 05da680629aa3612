<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Checkout;

use EncoursModule\Sync\Sql;

/**
 * Tries to order a cart on terms. A row is written before the service is asked, so that after a crash at any point the
 * same question can be asked again under the same key.
 *
 * asked → held → ordered → attached; or refused, or released.
 */
final class Attempts
{
    const ASKED = 'asked';
    const HELD = 'held';
    const ORDERED = 'ordered';
    const ATTACHED = 'attached';
    const REFUSED = 'refused';
    const RELEASED = 'released';

    const UNFINISHED = [self::ASKED, self::HELD, self::ORDERED];

    /** @var int */
    private $idShop;

    /** @var callable */
    private $clock;

    public function __construct(int $idShop, callable $clock)
    {
        $this->idShop = $idShop;
        $this->clock = $clock;
    }

    /**
     * @param array<string, mixed> $request body of the request for a hold, as it will be sent and repeated
     *
     * @return array<string, mixed> the row
     */
    public function open(CartSnapshot $cart, array $request, ?string $overrideReason = null, ?int $idEmployee = null): array
    {
        $now = $this->date();
        $this->execute(Sql::insert('encours_attempt', [
            'id_shop' => $this->idShop,
            'id_cart' => $cart->idCart(),
            'cart_hash' => $cart->hash(),
            'status' => self::ASKED,
            'idempotency_key' => 'hold-' . $cart->idCart() . '-' . bin2hex(random_bytes(12)),
            'request' => (string) json_encode($request, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES),
            'terms' => isset($request['terms']) ? (string) $request['terms'] : null,
            'purchase_order_number' => isset($request['purchase_order_number']) ? (string) $request['purchase_order_number'] : null,
            'amount' => $cart->amount(),
            'currency' => $cart->currency(),
            'override_reason' => $overrideReason,
            'id_employee' => $idEmployee,
            'date_add' => $now,
            'date_upd' => $now,
        ]));

        return $this->rows('`id_attempt` = ' . (int) \Db::getInstance()->Insert_ID())[0];
    }

    /**
     * @return array<int, array<string, mixed>> what is not resolved yet of this cart, the newest first
     */
    public function unfinished(int $idCart): array
    {
        return $this->rows('`id_cart` = ' . $idCart . ' AND `status` IN (' . $this->list(self::UNFINISHED) . ') ORDER BY `id_attempt` DESC');
    }

    /** Whether credit is held for an order of this cart. */
    public function isHeld(int $idCart): bool
    {
        return $this->rows('`id_cart` = ' . $idCart . ' AND `status` = ' . Sql::value(self::HELD) . ' LIMIT 1') !== [];
    }

    /**
     * @return array<string, mixed>|null the attempt that became this cart's orders, or the last one
     */
    public function latest(int $idCart): ?array
    {
        $rows = $this->rows('`id_cart` = ' . $idCart . ' ORDER BY `status` = ' . Sql::value(self::ATTACHED) . ' DESC, `id_attempt` DESC LIMIT 1');

        return $rows ? $rows[0] : null;
    }

    /**
     * Unfinished for so many seconds: whoever worked on them is gone.
     *
     * @return array<int, array<string, mixed>>
     */
    public function stuck(int $seconds, int $limit): array
    {
        $before = date('Y-m-d H:i:s', ($this->clock)() - $seconds);

        return $this->rows('`id_shop` = ' . $this->idShop . ' AND `status` IN (' . $this->list(self::UNFINISHED) . ') AND `date_upd` < ' . Sql::value($before) . ' ORDER BY `id_attempt` LIMIT ' . $limit);
    }

    /**
     * Whether it is still as it was read.
     *
     * @param array<string, mixed> $attempt
     */
    public function isUntouched(array $attempt): bool
    {
        $rows = $this->rows('`id_attempt` = ' . (int) $attempt['id_attempt']);

        return $rows !== [] && $rows[0] === $attempt;
    }

    /**
     * Keeps what the service answered: a hold, or that there is none.
     *
     * @param array<string, mixed> $attempt
     * @param array<string, mixed> $answer
     *
     * @return array<string, mixed> the row as it is now
     */
    public function held(array $attempt, array $answer): array
    {
        if (empty($answer['hold_id']) || !is_string($answer['hold_id'])) {
            return $this->refused($attempt);
        }
        $terms = isset($answer['terms']) && is_array($answer['terms']) ? $answer['terms'] : [];
        $isShown = !isset($answer['show_due_date']) || $answer['show_due_date'] === true;

        return $this->change($attempt, [
            'status' => self::HELD,
            'hold_id' => $answer['hold_id'],
            'due_on' => $isShown && isset($terms['due_on']) ? (string) $terms['due_on'] : null,
            'terms_label' => isset($terms['label']) ? (string) $terms['label'] : null,
        ]);
    }

    /**
     * @param array<string, mixed> $attempt
     *
     * @return array<string, mixed>
     */
    public function refused(array $attempt): array
    {
        return $this->change($attempt, ['status' => self::REFUSED]);
    }

    /**
     * @param array<string, mixed> $attempt
     *
     * @return array<string, mixed>
     */
    public function ordered(array $attempt): array
    {
        return $this->change($attempt, ['status' => self::ORDERED]);
    }

    /**
     * @param array<string, mixed> $attempt
     *
     * @return array<string, mixed>
     */
    public function attached(array $attempt): array
    {
        return $this->change($attempt, ['status' => self::ATTACHED]);
    }

    /**
     * The hold is given back, or it expired. One that became orders stays what it is, also while nobody has written down
     * yet that it did: the service takes an order after its hold has ended.
     */
    public function markReleased(string $holdId): void
    {
        $this->execute('UPDATE `' . _DB_PREFIX_ . 'encours_attempt` SET ' . Sql::assignments(['status' => self::RELEASED, 'date_upd' => $this->date()])
            . ' WHERE `hold_id` = ' . Sql::value($holdId) . ' AND `status` = ' . Sql::value(self::HELD)
            . ' AND NOT EXISTS (SELECT 1 FROM `' . _DB_PREFIX_ . 'orders` `o` WHERE `o`.`id_cart` = `' . _DB_PREFIX_ . "encours_attempt`.`id_cart` AND `o`.`module` = 'encours')");
    }

    /**
     * @param array<string, mixed> $attempt
     * @param array<string, mixed> $changes
     *
     * @return array<string, mixed>
     */
    private function change(array $attempt, array $changes): array
    {
        $changes['date_upd'] = $this->date();
        $this->execute('UPDATE `' . _DB_PREFIX_ . 'encours_attempt` SET ' . Sql::assignments($changes) . ' WHERE `id_attempt` = ' . (int) $attempt['id_attempt']);

        return $changes + $attempt;
    }

    /**
     * @return array<int, array<string, mixed>>
     */
    private function rows(string $where): array
    {
        return \Db::getInstance()->executeS('SELECT * FROM `' . _DB_PREFIX_ . 'encours_attempt` WHERE ' . $where, true, false) ?: [];
    }

    /**
     * @param string[] $values
     */
    private function list(array $values): string
    {
        return implode(', ', array_map([Sql::class, 'value'], $values));
    }

    private function date(): string
    {
        return date('Y-m-d H:i:s', ($this->clock)());
    }

    /** Nothing may be asked that could not be written down first. */
    private function execute(string $sql): void
    {
        if (!\Db::getInstance()->execute($sql)) {
            throw new \RuntimeException('The attempt cannot be kept: ' . \Db::getInstance()->getMsgError());
        }
    }
}
