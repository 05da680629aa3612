<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Sync;

use EncoursModule\Api\Client;
use EncoursModule\Api\Refused;
use EncoursModule\Money;

/**
 * PrestaShop's own B2B fields of a customer, taken over as a start: core shows them and enforces nothing (S3).
 *
 * What anybody has decided at the service stands, also a limit or terms that somebody took away again there.
 */
final class B2bFields
{
    const REASON = 'Taken over from PrestaShop';

    /** @var Client */
    private $client;

    /** @var int */
    private $idShop;

    public function __construct(Client $client, int $idShop)
    {
        $this->client = $client;
        $this->idShop = $idShop;
    }

    /**
     * @return array{allowance: float, days: int}
     */
    public function of(int $idCustomer): array
    {
        $row = \Db::getInstance()->getRow('SELECT `outstanding_allow_amount`, `max_payment_days` FROM `' . _DB_PREFIX_ . 'customer` WHERE `id_customer` = ' . $idCustomer, false);

        return is_array($row) ? ['allowance' => (float) $row['outstanding_allow_amount'], 'days' => (int) $row['max_payment_days']] : ['allowance' => 0.0, 'days' => 0];
    }

    /**
     * The outstanding allowance becomes the company's limit, unless one was ever agreed with it.
     *
     * @param array{allowance: float, days: int} $fields
     */
    public function limit(int $idCustomer, array $fields): bool
    {
        $currency = new \Currency((int) \Configuration::get('PS_CURRENCY_DEFAULT', null, null, $this->idShop));
        if ($fields['allowance'] <= 0) {
            return false;
        }
        $path = '/v1/companies/' . $idCustomer . '/credit';
        foreach ($this->client->get($path)['lines'] as $line) {
            if ($line['currency'] !== $currency->iso_code) {
                continue;
            }
            if ($line['own_limit']['kind'] !== 'inherit' || ($line['id'] !== null && $this->hadLimit($path, (string) $currency->iso_code))) {
                return false;
            }
        }
        $this->client->send('PUT', $path . '/limit', [
            'kind' => 'amount',
            'amount' => Money::of($fields['allowance'], $currency),
            'currency' => (string) $currency->iso_code,
            'reason' => self::REASON,
        ], bin2hex(random_bytes(16)));

        return true;
    }

    /**
     * The maximum payment days become the company's default terms, unless its terms were ever settled.
     *
     * @param array{allowance: float, days: int} $fields
     * @param array<string, mixed> $company as the service shows it
     */
    public function terms(int $idCustomer, array $fields, array $company): bool
    {
        if ($fields['days'] < 1 || $fields['days'] > 365 || $company['default_terms'] !== null || $this->hadTerms((string) $company['id'])) {
            return false;
        }
        $code = 'net_' . $fields['days'];
        if (!$this->areThere($code, $fields['days'])) {
            return false;
        }
        $this->client->send('PUT', '/v1/companies/' . $idCustomer, [
            'legal_name' => $company['legal_name'],
            'country' => $company['country'],
            'language' => $company['language'],
            'default_terms' => $code,
        ], bin2hex(random_bytes(16)));

        return true;
    }

    /** Whether terms of so many days exist, or could be made; those that staff gave this code to another meaning are left. */
    private function areThere(string $code, int $days): bool
    {
        try {
            $terms = $this->client->get('/v1/terms/' . $code);
        } catch (Refused $unknown) {
            if ($unknown->status() !== 404) {
                throw $unknown;
            }
            $this->client->send('PUT', '/v1/terms/' . $code, ['net_days' => $days, 'reason' => self::REASON], bin2hex(random_bytes(16)));

            return true;
        }

        return $terms['is_active'] === true;
    }

    private function hadLimit(string $path, string $currency): bool
    {
        foreach ($this->client->get($path . '/history', ['currency' => $currency, 'limit' => 200])['items'] as $entry) {
            if ($entry['kind'] === 'limit_changed') {
                return true;
            }
        }

        return false;
    }

    private function hadTerms(string $companyId): bool
    {
        foreach ($this->client->get('/v1/changes', ['subject_kind' => 'company', 'subject_id' => $companyId, 'limit' => 200])['items'] as $change) {
            if ($change['field'] === 'default_terms' || $change['field'] === 'terms') {
                return true;
            }
        }

        return false;
    }
}
