<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Checkout;

use EncoursModule\Account\Display;
use EncoursModule\Account\TermsLabel;
use EncoursModule\Factory;
use PrestaShop\PrestaShop\Core\Payment\PaymentOption;

/**
 * The payment option, if the service offers it for this cart; else nothing, or one polite sentence.
 */
final class PaymentOptions
{
    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    /**
     * @param array<string, mixed> $params
     *
     * @return PaymentOption[]
     */
    public function offer(array $params): array
    {
        $cart = $this->cart();
        $quote = $cart === null ? null : $this->factory->quotes()->of($cart);
        if ($cart === null || $quote === null || !$quote->isApproved()) {
            return [];
        }
        $module = $this->factory->module();
        $idLang = (int) \Context::getContext()->language->id;
        $label = $this->factory->settings()->optionLabel($idLang) ?: $this->factory->sentences()->label();
        \Context::getContext()->smarty->assign(['encours' => $this->view($cart, $quote, $idLang)]);
        $option = new PaymentOption();
        $option->setModuleName($module->name)
            ->setCallToActionText($label)
            ->setForm($module->fetch('module:encours/views/templates/front/payment_option.tpl'));

        return [$option];
    }

    /**
     * Above the options: why this one is missing, if the policy lets the buyer know (hook displayPaymentTop).
     *
     * @param array<string, mixed> $params
     */
    public function explain(array $params): string
    {
        $cart = $this->factory->settings()->refusalIsShown() ? $this->cart() : null;
        $quote = $cart === null ? null : $this->factory->quotes()->of($cart);
        if ($quote === null || !$quote->isRefusedAloud()) {
            return '';
        }
        \Context::getContext()->smarty->assign(['encours_sentence' => $this->factory->sentences()->notAvailable()]);

        return (string) $this->factory->module()->fetch('module:encours/views/templates/hook/payment_refusal.tpl');
    }

    private function cart(): ?CartSnapshot
    {
        $context = \Context::getContext();
        $isShopping = $context->cart instanceof \Cart && $context->customer instanceof \Customer;
        if (!$isShopping || !$this->factory->eligibility()->mayAsk($context->customer, $context->cart)) {
            return null;
        }
        $cart = new CartSnapshot($context->cart);

        return $cart->isFree() ? null : $cart;
    }

    /**
     * @return array<string, mixed> all that the template shows
     */
    private function view(CartSnapshot $cart, Quote $quote, int $idLang): array
    {
        $settings = $this->factory->settings();
        $display = new Display(\Context::getContext());
        $labels = new TermsLabel($this->factory->module());
        $terms = array_map(function (array $offered) use ($display, $labels): array {
            return [
                'code' => $offered['code'],
                'label' => $labels->of($offered['label']),
                'due_on' => $offered['due_on'] === null ? null : $display->day($offered['due_on']),
                'is_default' => $offered['is_default'],
            ];
        }, $quote->terms());
        $available = $quote->availableCredit();

        return [
            'action' => \Context::getContext()->link->getModuleLink('encours', 'submit', [], true),
            'token' => \Tools::getToken(false),
            'id_cart' => $cart->idCart(),
            'cart_hash' => $cart->hash(),
            'terms' => $terms,
            'is_choice' => count($terms) > 1,
            'is_estimate' => $quote->isEstimate(),
            'credit_left' => $available !== null && $this->mayShowCredit($quote, $cart->idCustomer())
                ? $display->amount($available, (string) $quote->creditCurrency())
                : null,
            'asks_purchase_order_number' => $settings->askPurchaseOrderNumber(),
            'terms_of_use' => $settings->termsOfUse($idLang),
        ];
    }

    /** The credit is the company's: a buyer without the right to see it does not (G10). */
    private function mayShowCredit(Quote $quote, int $idCustomer): bool
    {
        if ($quote->showsCredit() !== null) {
            return $quote->showsCredit();
        }
        $summary = $this->factory->creditSummary()->remembered($idCustomer);

        return $summary !== null && $summary['may_see'];
    }
}
