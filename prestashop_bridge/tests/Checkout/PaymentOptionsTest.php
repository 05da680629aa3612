<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Checkout;

use EncoursModule\Config\Settings;
use EncoursModule\Factory;

final class PaymentOptionsTest extends CheckoutTestCase
{
    public function testOffersTheTermsOfTheServiceWithTheirDays(): void
    {
        $options = $this->factory('quote-approved')->paymentOptions()->offer([]);

        self::assertCount(1, $options);
        self::assertSame(['encours', 'Pay later, on invoice'], [$options[0]->getModuleName(), $options[0]->getCallToActionText()]);
        $view = $this->view();
        self::assertSame(
            [['net_30', '30 days', '01/04/2026', true], ['net_60', '60 days', '01/05/2026', false], ['end_of_month', 'End of month', '31/03/2026', false]],
            array_map(function ($offered) { return [$offered['code'], $offered['label'], $offered['due_on'], $offered['is_default']]; }, $view['terms'])
        );
        self::assertSame([true, true, 'EUR 5000', self::CART], [$view['is_choice'], $view['is_estimate'], $view['credit_left'], $view['id_cart']]);
        self::assertSame($this->snapshot()->hash(), $view['cart_hash']);
        self::assertSame('front-token', $view['token']);
    }

    public function testAsksOncePerPageHoweverOftenCoreAsks(): void
    {
        $factory = $this->factory('quote-approved');
        $factory->paymentOptions()->offer([]);
        $factory->paymentOptions()->explain([]);
        $factory->paymentOptions()->offer([]);

        self::assertSame(['POST /v1/quotes'], $this->sent());
    }

    public function testAChangeOfTheCartWithinThePageCausesNoSecondCall(): void
    {
        $factory = $this->factory('quote-approved');
        $factory->paymentOptions()->offer([]);
        $this->fill(132.0, 11);

        self::assertSame([[], 1], [$factory->paymentOptions()->offer([]), count($this->service->sent)]);
    }

    public function testTheNextPageWithinSecondsShowsTheSameAnswer(): void
    {
        $this->factory('quote-approved')->paymentOptions()->offer([]);
        $this->now += 14;

        self::assertCount(1, $this->factory()->paymentOptions()->offer([]));
        self::assertCount(1, $this->service->sent);
    }

    public function testAfterThatItAsksAgain(): void
    {
        $this->factory('quote-approved')->paymentOptions()->offer([]);
        $this->now += 15;

        self::assertSame([], $this->factory('quote-over-limit-hidden')->paymentOptions()->offer([]));
        self::assertCount(2, $this->service->sent);
    }

    public function testAnotherTotalIsAnotherQuestion(): void
    {
        $this->factory('quote-approved')->paymentOptions()->offer([]);
        $this->fill(132.0, 11);
        $this->factory('quote-approved')->paymentOptions()->offer([]);

        self::assertSame(['120.00', '132.00'], array_column(array_column($this->service->sent, 'body'), 'amount'));
    }

    public function testNoAnswerMeansNoOptionAndIsToldOnceInTheLog(): void
    {
        self::assertSame([], $this->factory('')->paymentOptions()->offer([]));
        self::assertSame([], $this->factory()->paymentOptions()->offer([]));

        self::assertCount(1, $this->service->sent);
        self::assertCount(1, \PrestaShopLogger::$messages);
        self::assertStringContainsString('the payment option is not offered', \PrestaShopLogger::$messages[0]);
    }

    public function testThirtySecondsLaterItTriesAgain(): void
    {
        $this->factory('')->paymentOptions()->offer([]);
        $this->now += 30;

        self::assertCount(1, $this->factory('quote-approved')->paymentOptions()->offer([]));
    }

    public function testAnAnswerThatCannotBeReadOffersNothing(): void
    {
        $this->factory('quote-approved')->paymentOptions()->offer([]);
        \Db::getInstance()->execute("UPDATE `ps_encours_quote` SET `answer` = '{\"outcome\": \"approved\", \"terms\": [7]}'");

        self::assertSame([], $this->factory()->paymentOptions()->offer([]));
    }

    public function testShowsNothingWhereThePolicyHidesARefusal(): void
    {
        $factory = $this->factory('quote-over-limit-hidden');

        self::assertSame([[], ''], [$factory->paymentOptions()->offer([]), $factory->paymentOptions()->explain([])]);
    }

    public function testShowsOnePoliteSentenceWhereThePolicyLetsTheBuyerKnow(): void
    {
        (new Settings(1))->setRefusalIsShown(true);
        $factory = $this->factory('quote-over-limit-aloud');

        self::assertSame([], $factory->paymentOptions()->offer([]));
        self::assertSame('<payment_refusal.tpl>', $factory->paymentOptions()->explain([]));
        $sentence = \Context::getContext()->smarty->getTemplateVars('encours_sentence');
        self::assertSame('Paying later is not available for this order. Please choose another way to pay, or contact us.', $sentence);
        self::assertStringNotContainsString('limit', $sentence);
    }

    public function testTheShopMayKeepQuietAllTheSame(): void
    {
        (new Settings(1))->setRefusalIsShown(false);

        self::assertSame('', $this->factory()->paymentOptions()->explain([]));
    }

    public function testABuyerWhoMayNotSeeTheCreditDoesNot(): void
    {
        $this->factory('quote-approved')->paymentOptions()->offer([]);
        \Db::getInstance()->execute("UPDATE `ps_encours_quote` SET `answer` = REPLACE(`answer`, '\"show_credit\":true', '\"show_credit\":false')");
        $this->factory()->paymentOptions()->offer([]);

        self::assertNull($this->view()['credit_left']);
    }

    public function testShowsNoDayWhereTheMerchantShowsNone(): void
    {
        $this->fill(20.0, 1);
        $this->factory('quote-without-day')->paymentOptions()->offer([]);

        self::assertSame([null], array_unique(array_column($this->view()['terms'], 'due_on')));
    }

    public function testTheMerchantsOwnWordsAreShownInTheBuyersLanguage(): void
    {
        $settings = new Settings(1);
        $settings->setOptionLabel([1 => 'Pay in 30 days', 2 => 'Payer à 30 jours']);
        $settings->setTermsOfUse([1 => 'You pay when it is due.', 2 => "Vous payez à l'échéance."]);
        \Context::getContext()->language = (object) ['id' => 2, 'iso_code' => 'fr', 'locale' => 'fr-FR'];

        $options = $this->factory('quote-approved')->paymentOptions()->offer([]);

        self::assertSame(['Payer à 30 jours', "Vous payez à l'échéance."], [$options[0]->getCallToActionText(), $this->view()['terms_of_use']]);
    }

    /** @return array<string, array{callable}> */
    public function noQuestion(): array
    {
        return [
            'a guest' => [function () { \Context::getContext()->customer->is_guest = 1; }],
            'nobody' => [function () { \Context::getContext()->customer = new \Customer(); }],
            'no cart' => [function () { \Context::getContext()->cart = null; }],
            'an empty cart' => [function ($test) { $test->fill(0.0, 0); }],
            'nothing to pay' => [function ($test) { $test->fill(0.0, 1); }],
            "somebody else's cart" => [function () { \Context::getContext()->cart->id_customer = 4; }],
            'a shop that is not connected' => [function () { \Configuration::updateGlobalValue(Settings::URL, 'ftp://nowhere'); }],
            'an unknown mode' => [function () { \Configuration::updateGlobalValue(Settings::PAID_MODE, ''); }],
        ];
    }

    /** @dataProvider noQuestion */
    public function testAsksNothingFor(callable $make): void
    {
        \Closure::fromCallable($make)->bindTo($this, self::class)($this);
        $factory = $this->factory();

        self::assertSame([[], [], ''], [$factory->paymentOptions()->offer([]), $this->sent(), $factory->paymentOptions()->explain([])]);
    }

    public function testACartInAnotherCurrencyBringsTheShopsRate(): void
    {
        $factory = $this->inDollars('quote-in-dollars');

        self::assertCount(1, $factory->paymentOptions()->offer([]));
        self::assertSame(['110.00', 'USD', '0.9090909091'], [$this->service->sent[0]['body']['amount'], $this->service->sent[0]['body']['currency'], $this->service->sent[0]['body']['exchange_rate']]);
    }

    public function testIfTheCreditIsInAnotherCurrencyThanAssumedNothingIsOfferedUntilTheRateIsRight(): void
    {
        \Configuration::updateGlobalValue('PS_CURRENCY_DEFAULT', 3);
        \Db::getInstance()->execute('UPDATE `ps_currency` SET `conversion_rate` = CASE `id_currency` WHEN 1 THEN 0.00625 WHEN 2 THEN 0.006875 ELSE 1 END');

        self::assertSame([], $this->inDollars('quote-in-dollars')->paymentOptions()->offer([]));
        self::assertCount(1, $this->inDollars('quote-in-dollars')->paymentOptions()->offer([]));
        self::assertSame(['145.4545454545', '0.9090909091'], array_column(array_column($this->service->sent, 'body'), 'exchange_rate'));
    }

    private function inDollars(string $answer): Factory
    {
        \Db::getInstance()->update('cart', ['id_currency' => 2], '`id_cart` = 55');
        $this->fill(110.0, 10);
        \Context::getContext()->cart = new \Cart(self::CART);

        return $this->factory($answer);
    }

    private function view(): array
    {
        return \Context::getContext()->smarty->getTemplateVars('encours');
    }
}
