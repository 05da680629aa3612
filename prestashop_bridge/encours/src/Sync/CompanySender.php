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
use EncoursModule\Config\Settings;

/**
 * Tells the service of one customer's company, if there is anything new to tell.
 */
final class CompanySender
{
    const NOTHING_NEW = 'nothing_new';
    const GONE = 'gone';

    /** @var CompanyReport */
    private $report;

    /** @var ReportedCustomers */
    private $known;

    /** @var Settings */
    private $settings;

    public function __construct(CompanyReport $report, Settings $settings)
    {
        $this->report = $report;
        $this->settings = $settings;
        $this->known = new ReportedCustomers($settings->idShop());
    }

    /**
     * @param string $key of the queued request; what is sent is composed now, so its own key names its content too
     * @param array<string, mixed>|null $answer the company as the service has it then; null if nothing was sent
     *
     * @return string `created`, `updated` or `unchanged` as the service says, NOTHING_NEW, or GONE
     */
    public function send(int $idCustomer, Client $client, string $key, bool $isForced = false, ?array &$answer = null): string
    {
        $body = $this->report->of($idCustomer);
        if ($body === null) {
            return self::GONE;
        }
        $known = $this->known->find($idCustomer);
        $email = $this->invoiceEmail($idCustomer, $body, $known, $client);
        $hash = $this->fingerprint($body);
        if (!$isForced && $known !== null && $known['reported_hash'] === $hash && $email === null) {
            $this->known->save($idCustomer, ['reported_at' => date('Y-m-d H:i:s')]);

            return self::NOTHING_NEW;
        }
        $answer = $this->put($idCustomer, $body + ($email === null ? [] : ['invoice_email' => $email]), $client, $key);
        $outcome = (string) $answer['outcome'];
        $this->remember($idCustomer, $answer, $hash, $body);
        // Only its answer says that a new customer is of a known company, or that there is no invoice address yet.
        $isJoined = ($known === null || $known['company_id'] !== $answer['id']) && $this->known->sameCompany($idCustomer) !== [];
        $needsEmail = $known === null && $answer['invoice_email'] === null && isset($body['buyers'][0]['email']);
        if ($isJoined || $needsEmail) {
            $body = $this->report->of($idCustomer);
            $answer = $this->put($idCustomer, $body + ($needsEmail ? ['invoice_email' => $body['buyers'][0]['email']] : []), $client, $key);
            $this->remember($idCustomer, $answer, $this->fingerprint($body), $body);
        }

        return $outcome;
    }

    /**
     * Where invoices go is the customer's own address until staff enter another: that one is never overwritten.
     *
     * @param array<string, mixed> $body
     * @param array<string, mixed>|null $known
     */
    private function invoiceEmail(int $idCustomer, array $body, ?array $known, Client $client): ?string
    {
        $email = isset($body['buyers'][0]['email']) ? $body['buyers'][0]['email'] : null;
        if ($email === null || $known === null || $known['reported_email'] === null || $known['reported_email'] === self::mark($email)) {
            return null;
        }
        try {
            $company = $client->get('/v1/companies/' . $idCustomer);
        } catch (Refused $unknown) {
            return null;
        }
        $current = isset($company['invoice_email']) ? (string) $company['invoice_email'] : '';
        if ($current === '' || self::mark($current) === $known['reported_email']) {
            return $email;
        }
        $this->known->save($idCustomer, ['reported_email' => self::mark($email)]);

        return null;
    }

    /**
     * @param array<string, mixed> $body
     *
     * @return array<string, mixed>
     */
    private function put(int $idCustomer, array $body, Client $client, string $key): array
    {
        return $client->send('PUT', '/v1/companies/' . $idCustomer, $body, $key . '-' . substr(hash('sha256', (string) json_encode($body)), 0, 16));
    }

    /**
     * @param array<string, mixed> $answer
     * @param array<string, mixed> $body
     */
    private function remember(int $idCustomer, array $answer, string $hash, array $body): void
    {
        $this->known->save($idCustomer, [
            'company_id' => (string) $answer['id'],
            'reported_hash' => $hash,
            'reported_email' => isset($body['buyers'][0]['email']) ? self::mark($body['buyers'][0]['email']) : null,
            'reported_at' => date('Y-m-d H:i:s'),
        ]);
        $this->known->saidLast($idCustomer, (string) $answer['id']);
    }

    /**
     * What was told to another service, or for another of its shops, was not told to this one.
     *
     * @param array<string, mixed> $body
     */
    private function fingerprint(array $body): string
    {
        return hash('sha256', $this->settings->url() . '|' . $this->settings->shopCode() . '|' . $this->report->fingerprint($body));
    }

    /** The address itself need not be kept twice to know it again. */
    public static function mark(string $email): string
    {
        return hash('sha256', strtolower(trim($email)));
    }
}
