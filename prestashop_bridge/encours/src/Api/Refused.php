<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Api;

/**
 * The service answered 4xx: `problemCode` says why (docs/errors.md of the service). For logs and staff, never for buyers.
 */
final class Refused extends ApiException
{
    /** @var int */
    private $status;

    /** @var array<string, mixed> */
    private $problem;

    /**
     * @param array<string, mixed> $problem
     */
    public function __construct(int $status, array $problem)
    {
        $this->status = $status;
        $this->problem = $problem;
        $detail = isset($problem['detail']) && is_string($problem['detail']) ? ': ' . $problem['detail'] : '';
        parent::__construct($this->problemCode() . $detail);
    }

    public function problemCode(): string
    {
        return isset($this->problem['code']) && is_string($this->problem['code']) ? $this->problem['code'] : 'http_' . $this->status;
    }

    public function status(): int
    {
        return $this->status;
    }

    /**
     * @return array<string, mixed> the problem document with its facts
     */
    public function problem(): array
    {
        return $this->problem;
    }
}
