<?php

declare(strict_types=1);

namespace EncoursModule\Tests;

use EncoursModule\Config\Settings;
use EncoursModule\Factory;
use EncoursModule\Sync\PageEnd;

/**
 * A shop with customers and orders that talks to the recorded service. What a page would do after it was sent is done
 * when a test says so.
 */
abstract class TalkingShop extends ShopTestCase
{
    /** @var RecordedTransport */
    protected $service;

    /** @var callable[] what waits for the end of the page */
    private $atEnd = [];

    protected function setUp(): void
    {
        parent::setUp();
        $this->service = new RecordedTransport();
        PageEnd::$then = function (callable $do) { $this->atEnd[] = $do; };
        $settings = new Settings(1);
        $settings->setPaidMode(Settings::PAID);
        \Configuration::updateGlobalValue(Settings::STATE_ACCEPTED_PAID, 14);
        \Configuration::updateGlobalValue(Settings::STATE_ACCEPTED_UNPAID, 15);
        \Configuration::updateGlobalValue(Settings::STATE_SETTLED_OWN, 16);
        $settings->setStartStates([4, 5]);
        $settings->setCancelStates([6]);
        foreach (['PS_UNIDENTIFIED_GROUP' => 1, 'PS_GUEST_GROUP' => 2, 'PS_CUSTOMER_GROUP' => 3, 'PS_LANG_DEFAULT' => 1, 'PS_COUNTRY_DEFAULT' => 8] as $key => $value) {
            \Configuration::updateGlobalValue($key, $value);
        }
        foreach ([14, 15, 16] as $state) {
            \Db::getInstance()->insert('order_state', ['id_order_state' => $state, 'module_name' => 'encours', 'color' => '#000000']);
        }
        \Db::getInstance()->execute('UPDATE `ps_order_state` SET `logable` = 1, `invoice` = 1, `paid` = 1 WHERE `id_order_state` IN (2, 3, 4, 5, 14, 16)');
        \Db::getInstance()->execute('UPDATE `ps_order_state` SET `logable` = 1 WHERE `id_order_state` = 15');
        \Db::getInstance()->execute('UPDATE `ps_order_state` SET `shipped` = 1 WHERE `id_order_state` IN (4, 5, 16)');
    }

    protected function tearDown(): void
    {
        $this->pageSent();
        PageEnd::$then = 'register_shutdown_function';
        parent::tearDown();
    }

    /** The service answers these recordings next; an empty name is no answer. */
    protected function factory(string ...$answers): Factory
    {
        $this->service->then(...$answers);

        return Factory::of(new \Encours(), 1)->with($this->service, $this->clock());
    }

    /** The page was sent: what was put off until then happens now. */
    protected function pageSent(): void
    {
        while ($do = array_shift($this->atEnd)) {
            $do();
        }
    }

    /** @param array<string, mixed> $fields */
    protected function customer(int $id, array $fields = []): void
    {
        \Db::getInstance()->insert('customer', $fields + [
            'id_customer' => $id, 'company' => 'Moulin Vert SARL', 'siret' => '30326504500011', 'ape' => '1061A', 'firstname' => 'Paule', 'lastname' => 'Moulin',
            'email' => 'pro@example.com', 'id_risk' => 2, 'date_add' => '2025-01-26 10:00:00', 'date_upd' => '2026-01-26 10:00:00',
        ], true);
        \Db::getInstance()->insert('customer_group', ['id_customer' => $id, 'id_group' => 3]);
    }

    /** @param array<string, mixed> $fields */
    protected function address(int $idCustomer, array $fields = []): int
    {
        \Db::getInstance()->insert('address', $fields + [
            'id_country' => 8, 'id_customer' => $idCustomer, 'company' => 'Moulin Vert SARL', 'firstname' => 'Paule', 'lastname' => 'Moulin',
            'address1' => '12 rue du Moulin Vert', 'postcode' => '75014', 'city' => 'Paris', 'phone' => '0140000000', 'vat_number' => 'FR40303265045',
            'date_add' => '2025-01-26 10:00:00', 'date_upd' => '2025-01-26 10:00:00',
        ], true);

        return (int) \Db::getInstance()->Insert_ID();
    }

    /** @param array<string, mixed> $fields */
    protected function order(int $idCustomer, array $fields = []): int
    {
        $fields += [
            'reference' => 'REFAAAA55', 'id_shop' => 1, 'id_customer' => $idCustomer, 'id_carrier' => 2, 'id_currency' => 1, 'current_state' => 5, 'module' => 'ps_wirepayment',
            'total_paid_tax_incl' => '120.000000', 'total_paid_tax_excl' => '100.000000', 'total_shipping_tax_excl' => '10.000000', 'total_paid_real' => '120.000000', 'valid' => 1,
            'date_add' => '2026-02-01 10:00:00', 'date_upd' => '2026-02-01 10:00:00',
        ];
        \Db::getInstance()->insert('orders', $fields, true);
        $id = (int) \Db::getInstance()->Insert_ID();
        $this->status($id, (int) $fields['current_state'], (string) $fields['date_add']);

        return $id;
    }

    /** An order on terms, with what the checkout keeps of it. */
    protected function orderOnTerms(int $idCustomer, array $fields = [], array $onTerms = []): int
    {
        $id = $this->order($idCustomer, $fields + ['current_state' => 14, 'module' => 'encours', 'date_add' => '2026-03-02 10:00:00', 'date_upd' => '2026-03-02 10:00:00']);
        $this->factory()->ordersOnTerms()->save($onTerms + ['id_order' => $id, 'ref' => 'REFAAAA55', 'id_customer' => $idCustomer, 'hold_id' => 'a-hold', 'reported_total' => '120.00']);

        return $id;
    }

    protected function status(int $idOrder, int $idState, string $date = '2026-03-02 10:00:00'): int
    {
        \Db::getInstance()->insert('order_history', ['id_order' => $idOrder, 'id_order_state' => $idState, 'date_add' => $date]);
        $id = (int) \Db::getInstance()->Insert_ID();
        \Db::getInstance()->execute('UPDATE `ps_orders` SET `current_state` = ' . $idState . ' WHERE `id_order` = ' . $idOrder);

        return $id;
    }

    /** @return array<string, mixed> */
    protected function kept(int $idOrder): array
    {
        return $this->factory()->ordersOnTerms()->find($idOrder);
    }

    /** @return array<int, array<string, mixed>> bodies of the events queued, in order */
    protected function events(): array
    {
        $rows = \Db::getInstance()->executeS("SELECT `body` FROM `ps_encours_outbox` WHERE `kind` = 'event' AND `body` IS NOT NULL ORDER BY `id`");

        return array_map(function ($row) { return json_decode($row['body'], true); }, $rows);
    }
}
