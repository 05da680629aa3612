<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Checkout;

/**
 * What a submission came to: the page where the order is confirmed, or one polite sentence and no order.
 */
final class Outcome
{
    /** @var int|null */
    private $idOrder;

    /** @var string|null */
    private $sentence;

    private function __construct(?int $idOrder, ?string $sentence)
    {
        $this->idOrder = $idOrder;
        $this->sentence = $sentence;
    }

    public static function ordered(int $idOrder): self
    {
        return new self($idOrder, null);
    }

    public static function refused(string $sentence): self
    {
        return new self(null, $sentence);
    }

    public function isOrdered(): bool
    {
        return $this->idOrder !== null;
    }

    public function idOrder(): int
    {
        return (int) $this->idOrder;
    }

    public function sentence(): string
    {
        return (string) $this->sentence;
    }
}
