<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Account;

use EncoursModule\Account\CreditSummary;
use EncoursModule\Config\Settings;
use EncoursModule\Sync\PageEnd;

final class LinksTest extends AccountTestCase
{
    public function testLeadToCreditAndOrders(): void
    {
        self::assertSame('<account-links.tpl>', $this->factory->accountLinks()->show([]));
        self::assertSame(['url' => 'https://shop.test/module/encours/credit', 'is_current' => false], $this->given('encours_links')['credit']);
        self::assertSame('https://shop.test/module/encours/orders', $this->given('encours_links')['orders']['url']);
    }

    public function testSayWhichPageIsOpen(): void
    {
        \Context::getContext()->controller = (object) ['page_name' => 'module-encours-orders'];
        $this->factory->accountLinks()->show([]);

        self::assertFalse($this->given('encours_links')['credit']['is_current']);
        self::assertTrue($this->given('encours_links')['orders']['is_current']);
    }

    public function testAreHiddenFromWhoHasNoCreditOrMayNotSeeIt(): void
    {
        $this->service->answer('buyer-shown', 'buyer-may-not-see');

        self::assertSame('', $this->factory->accountLinks()->show([]));
    }

    public function testAreHiddenFromGuestsAndStrangersWithoutAskingAnything(): void
    {
        \Context::getContext()->customer = new \Customer();
        self::assertSame('', $this->factory->accountLinks()->show([]));
        $guest = new \Customer(3);
        $guest->is_guest = 1;
        $guest->logged = true;
        \Context::getContext()->customer = $guest;
        self::assertSame('', $this->factory->accountLinks()->show([]));
        self::assertSame('', $this->factory->navigationCredit()->show([]));

        self::assertSame([], $this->service->asked);
    }

    public function testAreHiddenWhileTheShopIsNotConnected(): void
    {
        (new Settings(1))->setKey('');
        $this->anotherPage();

        self::assertSame('', $this->factory->accountLinks()->show([]));
        self::assertSame('', $this->factory->navigationCredit()->show([]));
        self::assertSame([], $this->service->asked);
    }

    public function testStayDuringAnOutageAsTheyWere(): void
    {
        $this->factory->accountLinks()->show([]);
        $this->now += 3600;
        $this->service->isDown = true;
        $this->anotherPage();
        self::assertSame('<account-links.tpl>', $this->factory->accountLinks()->show([]));

        $this->now += 86400;
        $this->anotherPage();
        self::assertSame('', $this->factory->accountLinks()->show([]));
    }

    public function testNavigationShowsWhatIsLeftWithoutAskingOnThePage(): void
    {
        self::assertSame('', $this->factory->navigationCredit()->show([]), 'nothing is known yet');
        self::assertSame([], $this->service->asked);

        $this->factory->creditSummary()->of(3);
        $this->service->asked = [];
        $this->anotherPage();
        self::assertSame('<navigation-credit.tpl>', $this->factory->navigationCredit()->show([]));
        self::assertSame(['place' => 'wide', 'available' => 'EUR 4639.2', 'url' => 'https://shop.test/module/encours/credit'], $this->given('encours_navigation'));
        $this->factory->navigationCredit()->showOnPhones([]);
        self::assertSame('phone', $this->given('encours_navigation')['place']);
        self::assertSame([], $this->service->asked);
    }

    public function testNavigationAsksOnceBehindThePageWhenItsFigureIsOld(): void
    {
        $behind = [];
        PageEnd::$then = function (callable $do) use (&$behind) { $behind[] = $do; };
        try {
            $this->factory->navigationCredit()->show([]);
            $this->factory->navigationCredit()->showOnPhones([]);
            self::assertCount(1, $behind);
            self::assertSame([], $this->service->asked, 'not while somebody waits');
            $behind[0]();
            self::assertCount(2, $this->service->asked);

            $behind = [];
            $this->now += CreditSummary::SOON - 1;
            $this->anotherPage();
            self::assertSame('<navigation-credit.tpl>', $this->factory->navigationCredit()->show([]));
            self::assertSame([], $behind, 'young enough');

            ++$this->now;
            $this->anotherPage();
            self::assertSame('<navigation-credit.tpl>', $this->factory->navigationCredit()->show([]));
            self::assertCount(1, $behind);
            $this->service->isDown = true;
            $behind[0]();
            $this->anotherPage();
            self::assertSame('<navigation-credit.tpl>', $this->factory->navigationCredit()->show([]), 'an outage takes no figure of today away');
        } finally {
            PageEnd::$then = 'register_shutdown_function';
        }
    }

    public function testNavigationObeysItsSwitch(): void
    {
        $this->factory->creditSummary()->of(3);
        (new Settings(1))->setShowCreditInNavigation(false);
        $this->anotherPage();

        self::assertSame('', $this->factory->navigationCredit()->show([]));
        self::assertSame('', $this->factory->navigationCredit()->showOnPhones([]));
    }

    /**
     * @dataProvider linesWithoutAFigure
     *
     * @param array<string, mixed> $line
     */
    public function testNavigationIsSilentWithoutAFigureToPlanWith(array $line): void
    {
        $this->service->change('credit-in-use', function (array $credit) use ($line) {
            $credit['lines'][0] = array_replace_recursive($credit['lines'][0], $line);

            return $credit;
        });
        $this->factory->creditSummary()->of(3);
        $this->anotherPage();

        self::assertSame('', $this->factory->navigationCredit()->show([]));
    }

    public function linesWithoutAFigure(): array
    {
        return [
            'frozen' => [['status' => 'frozen']],
            'unlimited' => [['limit' => ['kind' => 'unlimited', 'amount' => null], 'available_credit' => null]],
            'no limit any more' => [['limit' => ['kind' => 'none', 'amount' => null]]],
        ];
    }
}
