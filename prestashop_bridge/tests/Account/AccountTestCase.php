<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Account;

use EncoursModule\Config\Settings;
use EncoursModule\Factory;
use EncoursModule\Sync\PageEnd;
use EncoursModule\Tests\ShopTestCase;

/**
 * Customer 3 is signed in and has three orders on terms: TESTREFAA is not delivered yet, TESTREFJJ is overdue and partly
 * paid, CFRFFWPRZ is paid. Customer 4 has one of her own.
 */
abstract class AccountTestCase extends ShopTestCase
{
    /** @var AccountService */
    protected $service;

    /** @var \Encours */
    protected $module;

    /** @var Factory */
    protected $factory;

    protected function setUp(): void
    {
        parent::setUp();
        \Smarty::$fetched = [];
        foreach ([3 => 'pro@example.com', 4 => 'new@example.com'] as $id => $email) {
            \Db::getInstance()->insert('customer', ['id_customer' => $id, 'email' => $email, 'firstname' => 'Paule', 'lastname' => 'Moulin']);
        }
        \Db::getInstance()->insert('order_state_lang', ['id_order_state' => 4, 'id_lang' => 1, 'name' => 'Shipped']);
        $this->order(9, 3, 'TESTREFAA', '2026-02-28', ['due_on' => '2026-04-30']);
        $this->order(18, 3, 'TESTREFJJ', '2026-01-20', ['due_on' => '2026-02-20', 'due_is_estimate' => 0]);
        $this->order(6, 3, 'CFRFFWPRZ', '2025-10-01', ['due_on' => '2025-11-01', 'due_is_estimate' => 0, 'settled_on' => '2025-11-02']);
        $this->order(77, 4, 'NOBODYSBU', '2026-02-01', ['due_on' => '2026-03-05', 'due_is_estimate' => 0]);
        $settings = new Settings(1);
        $settings->setShowCreditInNavigation(true);
        $settings->setShowInvoiceBlock(true);
        $settings->setBankAccount(['holder' => 'Dupont & Fils', 'iban' => 'FR7630006000011234567890189', 'bic' => 'AGRIFRPP']);
        // Nothing is left to be asked when the tests have ended.
        PageEnd::$then = function (callable $do) {};
        $this->service = new AccountService();
        $this->anotherPage();
        $this->signIn(3);
    }

    protected function tearDown(): void
    {
        PageEnd::$then = 'register_shutdown_function';
        parent::tearDown();
    }

    /** What was remembered for one page is gone; what is stored stays. */
    protected function anotherPage(): void
    {
        \Context::getContext()->smarty = new \Smarty();
        \Configuration::updateGlobalValue('ENCOURS_BREAKER_UNTIL', '0');
        \Configuration::updateValue('ENCOURS_BREAKER_UNTIL', '0', false, null, 1);
        $this->module = new \Encours();
        $this->factory = Factory::of($this->module, 1)->with($this->service, $this->clock());
    }

    protected function signIn(int $idCustomer): void
    {
        $customer = new \Customer($idCustomer);
        $customer->logged = true;
        \Context::getContext()->customer = $customer;
    }

    /** @return mixed what a template was given under this name */
    protected function given(string $name)
    {
        return \Context::getContext()->smarty->getTemplateVars($name);
    }

    /** @param array<string, mixed> $onTerms */
    protected function order(int $id, int $idCustomer, string $reference, string $placedOn, array $onTerms = [], int $idShop = 1): void
    {
        \Db::getInstance()->insert('orders', [
            'id_order' => $id, 'reference' => $reference, 'id_customer' => $idCustomer, 'id_shop' => $idShop, 'id_currency' => 1, 'current_state' => 4,
            'module' => 'encours', 'total_paid_tax_incl' => '179.760000', 'date_add' => $placedOn . ' 10:00:00', 'date_upd' => $placedOn . ' 10:00:00',
        ]);
        \Db::getInstance()->insert('encours_order', $onTerms + [
            'id_order' => $id, 'id_shop' => $idShop, 'ref' => $reference, 'id_customer' => $idCustomer, 'hold_id' => 'a-hold', 'reported_total' => '179.76',
            'due_is_estimate' => 1, 'payment_reference' => 'RF241000001', 'terms_label' => '30 days', 'date_upd' => '2026-03-01 10:00:00',
        ]);
    }
}
