<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Api;

use EncoursModule\Config\Settings;

/**
 * Calls the service for one shop. As built it is for pages of the shop: short timeouts, and a breaker, so that a service
 * that is down costs one page its connect timeout and the others nothing. `patient()` is for cron and back office.
 */
final class Client
{
    const CONNECT_TIMEOUT = 0.5;
    const TIMEOUT = 2.0;
    const PATIENT_CONNECT_TIMEOUT = 3.0;
    const PATIENT_TIMEOUT = 10.0;

    /** Refusals by which the service asks for the same request again: two met at the same moment. */
    const REPEATABLE = ['conflict', 'callback_taken'];

    /** @var Settings */
    private $settings;

    /** @var Transport */
    private $transport;

    /** @var Breaker|null none: every call is tried */
    private $breaker;

    /** @var string */
    private $version;

    /** @var float */
    private $connectTimeout = self::CONNECT_TIMEOUT;

    /** @var float */
    private $timeout = self::TIMEOUT;

    public function __construct(Settings $settings, Transport $transport, ?Breaker $breaker, string $version)
    {
        $this->settings = $settings;
        $this->transport = $transport;
        $this->breaker = $breaker;
        $this->version = $version;
    }

    /** The same for where nobody waits at a checkout: longer timeouts, no breaker. */
    public function patient(): self
    {
        $patient = clone $this;
        $patient->breaker = null;
        $patient->connectTimeout = self::PATIENT_CONNECT_TIMEOUT;
        $patient->timeout = self::PATIENT_TIMEOUT;

        return $patient;
    }

    /**
     * @param array<string, string|int|string[]> $query a list becomes the parameter repeated
     *
     * @return array<string, mixed>
     *
     * @throws ApiException
     */
    public function get(string $path, array $query = []): array
    {
        return $this->call('GET', $path, $query, null, null);
    }

    /**
     * Sends what changes something. The caller stores the key first and repeats the request with it until it is answered.
     *
     * @param array<string, mixed>|null $body
     * @param array<string, string|int|string[]> $query
     * @param string|null $author the employee who did it, for the service's histories
     *
     * @return array<string, mixed>
     *
     * @throws ApiException
     */
    public function send(string $method, string $path, ?array $body, string $idempotencyKey, array $query = [], ?string $author = null): array
    {
        return $this->call($method, $path, $query, $body, $idempotencyKey, $author);
    }

    /**
     * Asks with a body and changes nothing, as quotes and previews do.
     *
     * @param array<string, mixed> $body
     *
     * @return array<string, mixed>
     *
     * @throws ApiException
     */
    public function ask(string $path, array $body): array
    {
        return $this->call('POST', $path, [], $body, null);
    }

    /**
     * @param array<string, string|int|string[]> $query
     * @param array<string, mixed>|null $body
     *
     * @return array<string, mixed>
     */
    private function call(string $method, string $path, array $query, ?array $body, ?string $idempotencyKey, ?string $author = null): array
    {
        $url = $this->settings->url();
        $key = $this->settings->key();
        if ($url === null || $key === null) {
            throw Unavailable::notTried('The shop is not connected to the service.');
        }
        if ($this->breaker !== null && $this->breaker->isOpen()) {
            throw Unavailable::notTried('The service did not answer a moment ago.');
        }
        $headers = [
            'Authorization' => 'Bearer ' . $key,
            'Accept' => 'application/json',
            'User-Agent' => 'encours-bridge/' . $this->version . ' PrestaShop/' . _PS_VERSION_,
            'X-Request-Id' => bin2hex(random_bytes(16)),
        ];
        if ($idempotencyKey !== null) {
            $headers['Idempotency-Key'] = $idempotencyKey;
        }
        if ($author !== null && $author !== '') {
            $headers['Encours-Author'] = rawurlencode($author);
        }
        $json = null;
        if ($body !== null) {
            $headers['Content-Type'] = 'application/json';
            $json = json_encode($body === [] ? new \stdClass() : $body, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
            if ($json === false) {
                throw new Refused(422, ['code' => 'request_invalid', 'detail' => 'The request is not UTF-8: ' . json_last_error_msg()]);
            }
        }
        // PHP writes lists as ref[0]=, the service reads ref= repeated.
        $text = preg_replace('/%5B[0-9]+%5D=/', '=', http_build_query($query, '', '&', PHP_QUERY_RFC3986));
        $address = $url . $path . ($text === '' ? '' : '?' . $text);
        try {
            return $this->read($this->transport->send($method, $address, $headers, $json, $this->connectTimeout, $this->timeout));
        } catch (Refused $refused) {
            if (in_array($refused->problemCode(), self::REPEATABLE, true)) {
                // It is there and works: other pages need not be spared.
                throw new Unavailable($refused->getMessage());
            }
            throw $refused;
        } catch (Unavailable $unavailable) {
            if ($this->breaker !== null) {
                $this->breaker->open();
            }
            throw $unavailable;
        }
    }

    /**
     * @return array<string, mixed>
     */
    private function read(Response $response): array
    {
        $answer = $response->body === '' ? [] : json_decode($response->body, true);
        if ($response->status >= 200 && $response->status < 300 && is_array($answer)) {
            return $answer;
        }
        if ($response->status >= 400 && $response->status < 500 && $response->status !== 429 && $response->status !== 408) {
            throw new Refused($response->status, is_array($answer) ? $answer : []);
        }
        $retryAfter = isset($response->headers['retry-after']) && ctype_digit($response->headers['retry-after']) ? (int) $response->headers['retry-after'] : null;
        throw new Unavailable('The service answered ' . $response->status . '.', $retryAfter);
    }
}
