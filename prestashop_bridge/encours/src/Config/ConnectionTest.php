<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

use EncoursModule\Api\Response;
use EncoursModule\Api\Transport;
use EncoursModule\Api\Unavailable;

/**
 * Tries an address and a key, and finds out what is wrong with them. It stores nothing and changes nothing.
 */
final class ConnectionTest
{
    /** What this module asks the service for. */
    const SCOPES = [
        'checkout', 'companies:read', 'companies:write', 'credit:read', 'credit:write', 'credit:override', 'orders:read',
        'orders:write', 'payments:read', 'payments:write', 'policy:read', 'policy:write', 'webhooks:read', 'webhooks:write',
    ];

    /** Signed callbacks more than five minutes away are refused; a minute leaves room to notice in time. */
    const CLOCK_TOLERANCE = 60;

    /** Time enough to make another key and enter it. */
    const DAYS_BEFORE_END = 14;

    /** Curl's numbers for certificates and handshakes that fail. */
    const TLS_ERRORS = [35, 51, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 90, 91];

    const CONNECT_TIMEOUT = 3.0;
    const TIMEOUT = 10.0;

    /** @var Transport */
    private $transport;

    /** @var callable(): int */
    private $clock;

    public function __construct(Transport $transport, callable $clock)
    {
        $this->transport = $transport;
        $this->clock = $clock;
    }

    /**
     * What is wrong, worst first; `ok` is whether the shop can work with it. A code of a finding says what it is, its
     * facts are for the sentence about it (ConnectionFindings).
     *
     * @return array{ok: bool, findings: array<int, array{code: string, facts: array<int, string>}>, shop: array<string, mixed>|null}
     */
    public function run(string $url, string $key): array
    {
        $complaint = self::complaintAboutAddress($url);
        if ($complaint !== null) {
            return $this->bad($complaint);
        }
        try {
            $health = $this->ask($url . '/healthz', null);
            if ($health->status !== 200 || !is_array(json_decode($health->body, true))) {
                return $this->bad($health->status >= 300 && $health->status < 400 ? 'redirected' : 'not_the_service', [(string) $health->status]);
            }
            $shops = $this->ask($url . '/v1/shops?limit=2', $key);
            $itself = $shops->status === 401 ? null : $this->ask($url . '/v1/key', $key);
        } catch (Unavailable $unavailable) {
            return $this->bad(self::complaintAboutLine($unavailable->transportError()), [$unavailable->getMessage()]);
        }

        return $this->judge($url, $health, $shops, $itself);
    }

    /** Null if the address can be one of the service. */
    public static function complaintAboutAddress(string $url): ?string
    {
        $parts = parse_url($url);
        if (
            !is_array($parts) || empty($parts['host']) || !isset($parts['scheme']) || !in_array($parts['scheme'], ['https', 'http'], true)
            || isset($parts['user']) || isset($parts['pass']) || isset($parts['query']) || isset($parts['fragment'])
        ) {
            return 'address_malformed';
        }
        if ($parts['scheme'] === 'http' && !self::isPrivateHost($parts['host'])) {
            return 'address_unencrypted';
        }

        return null;
    }

    /** Names and addresses that never leave the machine or the own network. */
    private static function isPrivateHost(string $host): bool
    {
        $host = trim($host, '[]');
        if (filter_var($host, FILTER_VALIDATE_IP)) {
            return !filter_var($host, FILTER_VALIDATE_IP, FILTER_FLAG_NO_PRIV_RANGE | FILTER_FLAG_NO_RES_RANGE);
        }

        return $host === 'localhost' || strpos($host, '.') === false;
    }

    private static function complaintAboutLine(int $curlError): string
    {
        if (in_array($curlError, self::TLS_ERRORS, true)) {
            return 'tls';
        }
        $codes = [6 => 'name_unknown', 7 => 'connection_refused', 28 => 'timeout'];

        return isset($codes[$curlError]) ? $codes[$curlError] : 'unreachable';
    }

    /**
     * @return array{ok: bool, findings: array<int, array{code: string, facts: array<int, string>}>, shop: array<string, mixed>|null}
     */
    private function judge(string $url, Response $health, Response $shops, ?Response $itself): array
    {
        $problem = json_decode($shops->body, true);
        $code = is_array($problem) && isset($problem['code']) ? (string) $problem['code'] : '';
        if ($shops->status === 401) {
            return $this->bad($code === 'key_expired' ? 'key_expired' : 'key_invalid');
        }
        $about = self::aboutKey($itself);
        $findings = array_merge($this->findingsAboutClock($health), $this->findingsAboutEnd($about));
        $missing = $about === null ? [] : array_values(array_diff(self::SCOPES, (array) $about['scopes']));
        if ($missing) {
            $findings[] = ['code' => 'scopes_missing', 'facts' => [implode(', ', $missing)]];
        } elseif ($shops->status === 403) {
            $findings[] = ['code' => 'scopes_missing', 'facts' => ['policy:read']];
        } elseif ($shops->status !== 200) {
            return $this->bad('refused', [$code !== '' ? $code : (string) $shops->status]);
        }
        $items = $shops->status === 200 && isset($problem['items']) && is_array($problem['items']) ? $problem['items'] : [];
        // A service that does not say whose key it is shows its shop alone.
        $isShopKey = $about === null ? count($items) === 1 : $about['shop'] !== null;
        if ($shops->status === 200 && !$isShopKey) {
            $findings[] = ['code' => 'integrators_key', 'facts' => []];
        }
        $ok = $shops->status === 200 && $isShopKey && !$missing;
        if ($ok) {
            $findings[] = ['code' => 'connected', 'facts' => [(string) $items[0]['name'], (string) $items[0]['code']]];
        }

        return ['ok' => $ok, 'findings' => $findings, 'shop' => $ok ? $items[0] : null];
    }

    /** @return array<int, array{code: string, facts: array<int, string>}> */
    private function findingsAboutClock(Response $health): array
    {
        $theirs = isset($health->headers['date']) ? strtotime($health->headers['date']) : false;
        if ($theirs === false) {
            return [];
        }
        $ahead = call_user_func($this->clock) - $theirs;
        if (abs($ahead) <= self::CLOCK_TOLERANCE) {
            return [];
        }

        return [['code' => $ahead > 0 ? 'clock_ahead' : 'clock_behind', 'facts' => [(string) abs($ahead)]]];
    }

    /**
     * @param array<string, mixed>|null $about
     *
     * @return array<int, array{code: string, facts: array<int, string>}>
     */
    private function findingsAboutEnd(?array $about): array
    {
        $end = $about !== null && isset($about['expires_at']) ? strtotime((string) $about['expires_at']) : false;
        if ($end === false) {
            return [];
        }
        $days = intdiv($end - call_user_func($this->clock), 86400);

        return $days > self::DAYS_BEFORE_END ? [] : [['code' => 'key_ends', 'facts' => [(string) $days]]];
    }

    /**
     * What the service says of the key; null if it says nothing.
     *
     * @return array<string, mixed>|null
     */
    private static function aboutKey(?Response $itself): ?array
    {
        $about = $itself !== null && $itself->status === 200 ? json_decode($itself->body, true) : null;

        return is_array($about) && isset($about['scopes']) && array_key_exists('shop', $about) ? $about : null;
    }

    private function ask(string $url, ?string $key): Response
    {
        $headers = ['Accept' => 'application/json', 'User-Agent' => 'encours-bridge'];
        if ($key !== null) {
            $headers['Authorization'] = 'Bearer ' . $key;
        }

        return $this->transport->send('GET', $url, $headers, null, self::CONNECT_TIMEOUT, self::TIMEOUT);
    }

    /**
     * @param string[] $facts
     *
     * @return array{ok: bool, findings: array<int, array{code: string, facts: array<int, string>}>, shop: null}
     */
    private function bad(string $code, array $facts = []): array
    {
        return ['ok' => false, 'findings' => [['code' => $code, 'facts' => $facts]], 'shop' => null];
    }
}
