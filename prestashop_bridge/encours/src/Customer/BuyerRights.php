<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Customer;

use EncoursModule\Api\Client;
use EncoursModule\Api\Refused;
use EncoursModule\Config\StaffLog;
use EncoursModule\Sync\Text;

/**
 * Whether an account may use and see the credit of its company. Anybody can type the number of a known company, so who
 * joins one may do neither until staff say otherwise.
 */
final class BuyerRights
{
    /** @var Client */
    private $client;

    public function __construct(Client $client)
    {
        $this->client = $client;
    }

    /**
     * @return array<string, bool> what the service does not know as a buyer of the company has no rights there
     *
     * @throws \EncoursModule\Api\ApiException
     */
    public function read(int $idCustomer): array
    {
        try {
            $buyer = $this->client->get(self::path($idCustomer));
        } catch (Refused $refused) {
            if ($refused->problemCode() !== 'buyer_not_found') {
                throw $refused;
            }
            $buyer = ['may_use_credit' => false, 'may_see_credit' => false];
        }

        return ['may_use' => $buyer['may_use_credit'] === true, 'may_see' => $buyer['may_see_credit'] === true];
    }

    /** @throws \EncoursModule\Api\ApiException */
    public function allow(\Customer $customer, string $key): void
    {
        $name = Text::name(['firstname' => $customer->firstname, 'lastname' => $customer->lastname]);
        $body = ['name' => $name, 'may_use_credit' => true, 'may_see_credit' => true];
        $this->client->send('PUT', self::path((int) $customer->id), $body, $key, [], StaffLog::author());
    }

    /** @throws \EncoursModule\Api\ApiException */
    public function bar(int $idCustomer, string $key): void
    {
        $this->client->send('DELETE', self::path($idCustomer), null, $key, [], StaffLog::author());
    }

    private static function path(int $idCustomer): string
    {
        return '/v1/companies/' . $idCustomer . '/buyers/' . $idCustomer;
    }
}
