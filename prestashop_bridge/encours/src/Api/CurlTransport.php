<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Api;

/**
 * HTTP by curl: certificates are always verified, redirects are never followed.
 */
final class CurlTransport implements Transport
{
    /** More than any answer of the service has. */
    const LONGEST_ANSWER = 4194304;

    /** @var resource|\CurlHandle|null kept for the page, so that a second call reuses the connection */
    private $handle;

    public function send(string $method, string $url, array $headers, ?string $body, float $connectTimeout, float $timeout): Response
    {
        if (!function_exists('curl_init')) {
            throw new Unavailable('PHP has no curl extension.');
        }
        if ($this->handle === null) {
            $this->handle = curl_init();
        }
        $received = '';
        $answerHeaders = [];
        $lines = [];
        foreach ($headers as $name => $value) {
            $lines[] = $name . ': ' . $value;
        }
        curl_reset($this->handle);
        curl_setopt_array($this->handle, [
            CURLOPT_URL => $url,
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_HTTPHEADER => array_merge($lines, ['Expect:']),
            CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_SSL_VERIFYPEER => true,
            CURLOPT_SSL_VERIFYHOST => 2,
            CURLOPT_NOSIGNAL => true,
            CURLOPT_CONNECTTIMEOUT_MS => (int) round($connectTimeout * 1000),
            CURLOPT_TIMEOUT_MS => (int) round($timeout * 1000),
            CURLOPT_HEADERFUNCTION => function ($handle, string $line) use (&$answerHeaders): int {
                $parts = explode(':', $line, 2);
                if (count($parts) === 2) {
                    $answerHeaders[strtolower(trim($parts[0]))] = trim($parts[1]);
                }

                return strlen($line);
            },
            CURLOPT_WRITEFUNCTION => function ($handle, string $part) use (&$received): int {
                $received .= $part;

                return strlen($received) > self::LONGEST_ANSWER ? 0 : strlen($part);
            },
        ]);
        if ($body !== null) {
            curl_setopt($this->handle, CURLOPT_POSTFIELDS, $body);
        }
        if (curl_exec($this->handle) === false) {
            throw new Unavailable(sprintf('%s (curl %d)', curl_error($this->handle), curl_errno($this->handle)), null, curl_errno($this->handle));
        }

        return new Response((int) curl_getinfo($this->handle, CURLINFO_RESPONSE_CODE), $received, $answerHeaders);
    }
}
