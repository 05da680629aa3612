<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Api;

/**
 * No connection, no answer in time, 429, 5xx, or the breaker is open. Whether a change took effect is unknown:
 * repeating it with its idempotency key is safe.
 */
final class Unavailable extends ApiException
{
    /** @var int|null */
    private $retryAfter;

    /** @var int */
    private $transportError;

    /** @var bool */
    private $isTried = true;

    public function __construct(string $message, ?int $retryAfter = null, int $transportError = 0)
    {
        parent::__construct($message);
        $this->retryAfter = $retryAfter;
        $this->transportError = $transportError;
    }

    /** Seconds the service asked to wait, if it did. */
    public function retryAfter(): ?int
    {
        return $this->retryAfter;
    }

    /** @return self for a call that was not even tried */
    public static function notTried(string $why): self
    {
        $unavailable = new self($why);
        $unavailable->isTried = false;

        return $unavailable;
    }

    public function wasNotTried(): bool
    {
        return !$this->isTried;
    }

    /** Curl's number of what went wrong (CURLE_...), 0 if the service did answer. */
    public function transportError(): int
    {
        return $this->transportError;
    }
}
