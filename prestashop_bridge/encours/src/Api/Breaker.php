<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Api;

/**
 * After one failed call pages of the shop do not call at all for a while. Reading it is free: configuration is loaded
 * with every page. It holds for one shop, because each may use another service.
 */
final class Breaker
{
    const KEY = 'ENCOURS_BREAKER_UNTIL';
    const SECONDS = 30;

    /** @var int */
    private $idShop;

    /** @var callable */
    private $clock;

    public function __construct(int $idShop, callable $clock)
    {
        $this->idShop = $idShop;
        $this->clock = $clock;
    }

    public function isOpen(): bool
    {
        $until = (int) \Configuration::get(self::KEY, null, null, $this->idShop);

        // A clock that was set back must not keep it open for longer than it was opened.
        return $until > ($this->clock)() && $until <= ($this->clock)() + self::SECONDS;
    }

    public function open(): void
    {
        \Configuration::updateValue(self::KEY, (string) (($this->clock)() + self::SECONDS), false, null, $this->idShop);
    }
}
