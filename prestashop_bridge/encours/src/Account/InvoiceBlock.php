<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Account;

use EncoursModule\Factory;

use EncoursModule\Api\ApiException;

/**
 * Hook displayPDFInvoice: on the invoice of an order on terms, until when to pay, to which account, with which reference.
 */
final class InvoiceBlock
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
        $invoice = isset($params['object']) ? $params['object'] : null;
        if (!$invoice instanceof \OrderInvoice || !\Validate::isLoadedObject($order = new \Order((int) $invoice->id_order))) {
            return '';
        }
        // In the back office invoices of several shops may be printed at once.
        $factory = $this->factory->idShop() === (int) $order->id_shop ? $this->factory : $this->factory->module()->factory((int) $order->id_shop);
        $row = $factory->settings()->showInvoiceBlock() ? $factory->ordersOnTerms()->find((int) $order->id) : null;
        if ($row === null) {
            return '';
        }
        $context = \Context::getContext();
        $known = $this->known($factory, $row);
        $display = new Display($context);
        $block = [
            'due' => $known['due_on'] ? $display->day((string) $known['due_on']) : '',
            'due_is_estimate' => (bool) $known['due_is_estimate'],
            'terms' => (new TermsLabel($factory->module()))->of((string) $known['terms_label']),
            'payment_reference' => Display::grouped((string) $known['payment_reference']),
            'bank' => (new HowToPay($factory->settings()))->bank(),
            'is_paid' => $known['is_paid'],
        ];
        // A clone, so that nothing of this is left in the page that made the document.
        $smarty = clone (isset($params['smarty']) && $params['smarty'] instanceof \Smarty ? $params['smarty'] : $context->smarty);
        $smarty->assign('encours_invoice', $block);

        return (string) $smarty->fetch('module:encours/views/templates/hook/invoice-block.tpl');
    }

    /**
     * What the service says of the order, or else what it said last.
     *
     * @param array<string, mixed> $row
     *
     * @return array<string, mixed>
     */
    private function known(Factory $factory, array $row): array
    {
        try {
            $order = $factory->client()->get('/v1/orders/' . rawurlencode((string) $row['ref']));
        } catch (ApiException $noAnswer) {
            return ['due_on' => $row['due_is_estimate'] ? null : $row['due_on'], 'is_paid' => !empty($row['settled_on'])] + $row;
        }

        return [
            'due_on' => $order['show_due_date'] ? $order['due_on'] : null,
            'due_is_estimate' => $order['due_is_estimate'],
            'terms_label' => $order['terms_label'],
            'payment_reference' => $order['payment_reference'],
            'is_paid' => $order['status'] === 'settled',
        ];
    }
}
