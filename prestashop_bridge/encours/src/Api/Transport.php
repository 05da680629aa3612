<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Api;

/**
 * Carries one request to the service. Tests replace it.
 */
interface Transport
{
    /**
     * @param array<string, string> $headers
     *
     * @throws Unavailable if there was no complete answer in time
     */
    public function send(string $method, string $url, array $headers, ?string $body, float $connectTimeout, float $timeout): Response;
}
