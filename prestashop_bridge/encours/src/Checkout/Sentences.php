<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Checkout;

use Encours;

/**
 * What a buyer reads at the checkout. None tells more than he may know: reasons are for staff.
 */
final class Sentences
{
    /** @var Encours */
    private $module;

    public function __construct(Encours $module)
    {
        $this->module = $module;
    }

    public function label(): string
    {
        return $this->module->l('Pay later, on invoice', 'sentences');
    }

    public function notAvailable(): string
    {
        return $this->module->l('Paying later is not available for this order. Please choose another way to pay, or contact us.', 'sentences');
    }

    public function noAnswer(): string
    {
        return $this->module->l('Paying later is not available at this moment, and nothing was ordered. Please try again in a minute, or choose another way to pay.', 'sentences');
    }

    public function cartChanged(): string
    {
        return $this->module->l('Your cart has changed. Please check it and confirm your order again.', 'sentences');
    }

    public function formExpired(): string
    {
        return $this->module->l('This page was open for too long. Please confirm your order again.', 'sentences');
    }

    public function chooseTerms(): string
    {
        return $this->module->l('Please choose when you want to pay.', 'sentences');
    }

    public function termsGone(): string
    {
        return $this->module->l('These payment terms are not available any more. Please choose again.', 'sentences');
    }

    public function agreeFirst(): string
    {
        return $this->module->l('Please agree to the terms of use of paying later.', 'sentences');
    }

    public function beingOrdered(): string
    {
        return $this->module->l('Your order is being placed already. You will find it in your order history in a moment.', 'sentences');
    }

    public function notOrdered(): string
    {
        return $this->module->l('Your order could not be placed, and nothing was ordered. Please try again, or contact us.', 'sentences');
    }

    /** Name of the payment on the order, its invoice and in mails. */
    public function paymentText(?string $terms, ?string $day, bool $isEstimate): string
    {
        if ($day === null) {
            $text = $terms === null ? $this->module->l('On terms', 'sentences') : sprintf($this->module->l('On terms: %s', 'sentences'), $terms);
        } elseif ($isEstimate) {
            $text = sprintf($this->module->l('On terms, due %s (estimated)', 'sentences'), $day);
        } else {
            $text = sprintf($this->module->l('On terms, due %s', 'sentences'), $day);
        }

        // Core takes no such characters in the name of a payment, and 255 of the others.
        return \Tools::substr(str_replace(['<', '>', '=', '{', '}'], '', $text), 0, 255);
    }
}
