<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Customer;

use EncoursModule\Api\ApiException;
use EncoursModule\Factory;
use EncoursModule\Sync\Outbox;
use EncoursModule\Sync\ReportedCustomers;
use EncoursModule\Sync\Subject;

/**
 * Queues what changes about customers, their addresses and their groups, for every shop that they can buy in.
 */
final class CustomerHooks
{
    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    // Hooks

    /** @param array<string, mixed> $params */
    public function customerChanged(array $params): void
    {
        $customer = $params['object'];
        if ((int) $customer->deleted) {
            $this->customerDeleted($params);
        } elseif (!(int) $customer->is_guest) {
            $this->reportIfWanted((int) $customer->id);
        }
    }

    /** @param array<string, mixed> $params */
    public function addressChanged(array $params): void
    {
        $idCustomer = (int) $params['object']->id_customer;
        if ($idCustomer > 0) {
            $this->reportIfWanted($idCustomer);
        }
    }

    /**
     * Core says so before it stores the memberships.
     *
     * @param array<string, mixed> $params
     */
    public function groupsJoined(array $params): void
    {
        $this->reportIfWanted((int) $params['id_customer'], array_map('intval', (array) $params['groups']));
    }

    /** @param array<string, mixed> $params */
    public function groupChanged(array $params): void
    {
        $this->reportGroup((int) $params['object']->id);
    }

    /**
     * Its members are let in or kept out by it no longer: said of the group at once, then of each member.
     *
     * @param array<string, mixed> $params
     */
    public function groupDeleted(array $params): void
    {
        $idGroup = (int) $params['object']->id;
        $this->reportGroup($idGroup);
        // Core takes the members out only after this hook.
        $members = \Db::getInstance()->executeS('SELECT DISTINCT `g`.`id_customer` FROM `' . _DB_PREFIX_ . 'customer_group` `g`'
            . ' JOIN `' . _DB_PREFIX_ . 'encours_customer` `e` ON `e`.`id_customer` = `g`.`id_customer` AND `e`.`company_id` IS NOT NULL'
            . ' WHERE `g`.`id_group` = ' . $idGroup, true, false);
        foreach ($members ?: [] as $member) {
            $this->eachShop((int) $member['id_customer'], function (Factory $factory) use ($member) { $this->queue($factory, (int) $member['id_customer']); });
        }
    }

    /**
     * The person can order no more. What is owed stays owed by the company (PrestaShop#27785).
     *
     * @param array<string, mixed> $params
     */
    public function customerDeleted(array $params): void
    {
        $idCustomer = (int) $params['object']->id;
        $this->eachKnowingShop($idCustomer, function (Factory $factory) use ($idCustomer) {
            $subject = Subject::customer($idCustomer);
            $factory->outbox()->enqueue($subject, 'buyer', 'DELETE', '/v1/companies/' . $idCustomer . '/buyers/' . $idCustomer, null, 'customer-deleted-' . $idCustomer);
            $known = new ReportedCustomers($factory->idShop());
            $others = $known->sameCompany($idCustomer);
            $known->forget($idCustomer);
            $factory->delivery()->soon($subject);
            // Groups and addresses of this account are the company's no longer.
            foreach (array_slice($others, 0, 1) as $other) {
                $this->queue($factory, $other);
            }
        });
    }

    /**
     * Hook actionDeleteGDPRCustomer: the persons behind a company are forgotten, its debts stay readable.
     *
     * @param mixed $customer fields of a customer, or only his e-mail
     */
    public function forget($customer): string
    {
        foreach ($this->named($customer) as $idCustomer) {
            $this->eachKnowingShop($idCustomer, function (Factory $factory) use ($idCustomer) { $this->anonymise($factory, $idCustomer); });
        }

        return (string) json_encode(true);
    }

    /**
     * Hook actionExportGDPRData: what the service knows of a person.
     *
     * @param mixed $customer fields of a customer, or only his e-mail
     */
    public function export($customer): string
    {
        $rows = [];
        foreach ($this->named($customer) as $idCustomer) {
            $orders = $this->factory->ordersOnTerms();
            foreach ($orders->byCustomer($idCustomer, $orders->countOfCustomer($idCustomer)) as $order) {
                $rows[] = [$this->l('What') => $this->l('Order on terms'), $this->l('Name') => $order['ref'], $this->l('Value') => (string) $order['due_on']];
            }
            try {
                $company = $this->factory->client()->patient()->get('/v1/companies/' . $idCustomer);
            } catch (ApiException $noAnswer) {
                continue;
            }
            foreach (['legal_name', 'registration_number', 'invoice_email', 'country', 'language'] as $field) {
                $rows[] = [$this->l('What') => $this->l('Company'), $this->l('Name') => $field, $this->l('Value') => (string) $company[$field]];
            }
            foreach ($company['facts'] as $name => $fact) {
                $value = is_array($fact['value']) ? implode(', ', $fact['value']) : (string) json_encode($fact['value']);
                $rows[] = [$this->l('What') => $this->l('Fact'), $this->l('Name') => $name, $this->l('Value') => trim($value, '"')];
            }
        }

        return (string) json_encode($rows);
    }

    // For other parts

    /** Tells the service of a customer, whoever he is, once the page has been sent: staff asked for it. */
    public function report(int $idCustomer): void
    {
        $this->eachShop($idCustomer, function (Factory $factory) use ($idCustomer) { $this->queue($factory, $idCustomer); });
    }

    /** Orders of a customer changed: what the service knows of his history is told anew, if it knows him. */
    public function historyChanged(int $idCustomer): void
    {
        $this->eachKnowingShop($idCustomer, function (Factory $factory) use ($idCustomer) { $this->queue($factory, $idCustomer); });
    }

    /** @param int[] $joining groups that the customer is about to join */
    private function reportIfWanted(int $idCustomer, array $joining = []): void
    {
        $this->eachShop($idCustomer, function (Factory $factory) use ($idCustomer, $joining) {
            if ($factory->companyReport()->isWanted($idCustomer, $joining)) {
                $this->queue($factory, $idCustomer);
            }
        });
    }

    private function queue(Factory $factory, int $idCustomer): void
    {
        $subject = Subject::customer($idCustomer);
        $factory->outbox()->enqueue($subject, Outbox::COMPANY, 'PUT', '/v1/companies/' . $idCustomer, null);
        $factory->delivery()->soon($subject);
    }

    private function reportGroup(int $idGroup): void
    {
        foreach (\Shop::getShops(true, null, true) as $idShop) {
            $factory = $this->factoryOf((int) $idShop);
            if ($factory->settings()->isConnected()) {
                $subject = Subject::group($idGroup);
                $factory->outbox()->enqueue($subject, Outbox::GROUP, 'PUT', '/v1/groups/ps-' . $idGroup, null);
                $factory->delivery()->soon($subject);
            }
        }
    }

    private function anonymise(Factory $factory, int $idCustomer): void
    {
        $subject = Subject::customer($idCustomer);
        $known = new ReportedCustomers($factory->idShop());
        $others = $known->sameCompany($idCustomer);
        // Where others order for the company too, only this person is forgotten.
        $body = ['reason' => 'The person asked the shop to be forgotten.'] + ($others === [] ? [] : ['buyers' => [(string) $idCustomer]]);
        $factory->outbox()->enqueue($subject, 'anonymise', 'POST', '/v1/companies/' . $idCustomer . '/anonymise', $body, 'forgotten-' . $idCustomer);
        $gone = $known->find($idCustomer);
        foreach ($others as $other) {
            // If invoices went to his address, they go to that of another: it is the one the next report replaces.
            $known->save($other, ['reported_email' => $gone === null ? null : $gone['reported_email']]);
            $this->queue($factory, $other);
        }
        $factory->delivery()->soon($subject);
    }

    private function eachKnowingShop(int $idCustomer, callable $do): void
    {
        $rows = \Db::getInstance()->executeS('SELECT `id_shop` FROM `' . _DB_PREFIX_ . 'encours_customer` WHERE `id_customer` = ' . $idCustomer . ' AND `company_id` IS NOT NULL', true, false);
        foreach ($rows ?: [] as $row) {
            $factory = $this->factoryOf((int) $row['id_shop']);
            if ($factory->settings()->isConnected()) {
                $do($factory);
            }
        }
    }

    /** Every connected shop that the customer can buy in: his own, and those that share customers with it. */
    private function eachShop(int $idCustomer, callable $do): void
    {
        $idShop = (int) \Db::getInstance()->getValue('SELECT `id_shop` FROM `' . _DB_PREFIX_ . 'customer` WHERE `id_customer` = ' . $idCustomer, false);
        if ($idShop === 0) {
            return;
        }
        foreach (\Shop::getSharedShops($idShop, \Shop::SHARE_CUSTOMER) as $shared) {
            $factory = $this->factoryOf((int) $shared);
            if ($factory->settings()->isConnected()) {
                $do($factory);
            }
        }
    }

    /**
     * @param mixed $customer
     *
     * @return int[]
     */
    private function named($customer): array
    {
        $customer = (array) $customer;
        if (!empty($customer['id'])) {
            return [(int) $customer['id']];
        }
        if (empty($customer['email']) || !is_string($customer['email'])) {
            return [];
        }
        $rows = \Db::getInstance()->executeS('SELECT `id_customer` FROM `' . _DB_PREFIX_ . "customer` WHERE `email` = '" . pSQL($customer['email']) . "'", true, false);

        return array_map(function ($row) { return (int) $row['id_customer']; }, $rows ?: []);
    }

    private function factoryOf(int $idShop): Factory
    {
        return $idShop === $this->factory->idShop() ? $this->factory : Factory::of($this->factory->module(), $idShop);
    }

    private function l(string $text): string
    {
        return $this->factory->module()->l($text, 'customerhooks');
    }
}
