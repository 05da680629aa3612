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
use EncoursModule\Api\ApiException;
use EncoursModule\Api\Client;
use EncoursModule\Api\Refused;
use EncoursModule\Api\Unavailable;
use EncoursModule\Config\AdminTemplate;
use EncoursModule\Config\Permissions;
use EncoursModule\Factory;
use EncoursModule\Order\DecisionTrace;
use EncoursModule\Sync\Subject;

/**
 * What would be decided about a cart, with all reasons: for staff who create an order. It reserves nothing.
 */
final class BackOfficeQuote
{
    /** @var Factory */
    private $factory;

    /** @var Client */
    private $client;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
        $this->client = $factory->client()->patient();
    }

    /**
     * What would be decided about a cart now, for the page of a new order. It reads only.
     */
    public function preview(\Cart $cart): string
    {
        $snapshot = new CartSnapshot($cart);
        if ($snapshot->isEmpty() || !(int) $cart->id_customer) {
            return '';
        }
        $variables = ['failure' => null, 'decision' => null, 'terms' => [], 'asks_purchase_order' => $this->factory->settings()->askPurchaseOrderNumber()];
        try {
            $quote = $this->ask($snapshot);
            $variables['decision'] = (new DecisionTrace($this->factory->module()))->of(is_array($quote['trace']) ? $quote['trace'] : ['outcome' => $quote['outcome']], $quote['reasons']);
            $variables['terms'] = $this->termsOf($quote);
            $variables['available'] = $quote['available_credit'] === null ? null : (new Display(\Context::getContext()))->amount((string) $quote['available_credit'], (string) $quote['credit_currency']);
        } catch (ApiException $failure) {
            $variables['failure'] = $this->sentenceFor($failure);
        }

        return AdminTemplate::fetch($this->factory->module(), 'new_order.tpl', $variables + [
            'may_decide' => Permissions::ofEmployee()->may(Permissions::DECIDE),
        ]);
    }

    /**
     * @return array<string, mixed> the quote with its whole trace
     *
     * @throws ApiException
     */
    public function ask(CartSnapshot $cart): array
    {
        $question = $this->factory->quotes()->question($cart) + ['explain' => true];
        $quote = $this->client->ask('/v1/quotes', $question);
        if ($this->reportIfUnknown($quote, $cart->idCustomer())) {
            return $this->client->ask('/v1/quotes', $question);
        }

        return $quote;
    }

    /**
     * Staff often create the customer a moment before the order: he is reported at once, so that it can be asked again.
     *
     * @param array<string, mixed> $answer
     *
     * @return bool whether the customer was not known, and is known now
     */
    public function reportIfUnknown(array $answer, int $idCustomer): bool
    {
        $customer = new \Customer($idCustomer);
        if (!in_array('company_unknown', array_column($answer['reasons'], 'code'), true) || !\Validate::isLoadedObject($customer) || $customer->is_guest) {
            return false;
        }
        $this->factory->customerHooks()->report($idCustomer);

        return $this->factory->delivery()->now(Subject::customer($idCustomer));
    }

    /** Why no order on terms can be created now, for staff. */
    public function sentenceFor(ApiException $failure): string
    {
        if ($failure instanceof Unavailable) {
            return $this->l('The service does not answer now, so no order on terms can be created. Try again in a moment, or choose another payment.');
        }
        $problem = $failure instanceof Refused ? $failure->problem() : [];

        return isset($problem['detail']) && is_string($problem['detail']) ? $problem['detail'] : $failure->getMessage();
    }

    /**
     * @param array<string, mixed> $quote
     *
     * @return array<int, array<string, mixed>>
     */
    private function termsOf(array $quote): array
    {
        $labels = new TermsLabel($this->factory->module());
        $display = new Display(\Context::getContext());

        return array_map(function (array $term) use ($labels, $display) {
            return ['code' => (string) $term['code'], 'label' => $labels->of((string) $term['label']), 'due_on' => $display->day($term['due_on']), 'is_default' => (bool) $term['is_default']];
        }, $quote['terms']);
    }

    private function l(string $text): string
    {
        return $this->factory->module()->l($text, 'backofficequote');
    }
}
