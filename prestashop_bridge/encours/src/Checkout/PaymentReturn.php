<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Checkout;

use EncoursModule\Account\Display;
use EncoursModule\Account\HowToPay;
use EncoursModule\Account\TermsLabel;
use EncoursModule\Factory;

/**
 * On the confirmation page: until when to pay, and how. It reads what the shop keeps, and asks nobody.
 */
final class PaymentReturn
{
    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    /**
     * @param array<string, mixed> $params
     */
    public function show(array $params): string
    {
        $order = isset($params['order']) ? $params['order'] : null;
        if (!$order instanceof \Order || $order->module !== 'encours') {
            return '';
        }
        $orders = [];
        $rows = Attaching::ordersOf((int) $order->id_cart);
        foreach ($rows as $index => $row) {
            $onTerms = $this->factory->ordersOnTerms()->find((int) $row['id_order']);
            if ($onTerms !== null) {
                // Core counts the orders of one cart so.
                $name = $row['reference'] . (count($rows) > 1 ? '#' . ($index + 1) : '');
                $orders[] = $this->view($name, $row, $onTerms);
            }
        }
        $context = \Context::getContext();
        $context->smarty->assign(['encours' => [
            'orders' => $orders,
            'bank' => (new HowToPay($this->factory->settings()))->bank(),
            'history_url' => $context->link->getModuleLink('encours', 'orders', [], true),
        ]]);

        return (string) $this->factory->module()->fetch('module:encours/views/templates/hook/payment_return.tpl');
    }

    /**
     * @param array<string, mixed> $row
     * @param array<string, mixed> $onTerms
     *
     * @return array<string, mixed>
     */
    private function view(string $name, array $row, array $onTerms): array
    {
        $display = new Display(\Context::getContext());
        $isoCode = (string) (new \Currency((int) $row['id_currency']))->iso_code;

        return [
            'reference' => $name,
            'amount' => $display->amount((string) $row['total_paid_tax_incl'], $isoCode),
            'terms' => $onTerms['terms_label'] === null ? null : (new TermsLabel($this->factory->module()))->of((string) $onTerms['terms_label']),
            'due_on' => $onTerms['due_on'] === null ? null : $display->day((string) $onTerms['due_on']),
            'is_estimate' => (bool) $onTerms['due_is_estimate'],
            'payment_reference' => $onTerms['payment_reference'] === null ? null : Display::grouped((string) $onTerms['payment_reference']),
        ];
    }
}
