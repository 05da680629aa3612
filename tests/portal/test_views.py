"""The page's figures add up, whatever there is to show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from service.core.ids import new_id
from service.invoicing.domain import OpenCredit
from service.mails.formats import LANGUAGES, formats_for
from service.merchants.domain import Shop
from service.merchants.settings import effective_settings
from service.payments.domain import FundsKind
from service.portal.facts import Account, CurrencySums, OpenDocument, OrderUnderWay, ReminderStop
from service.portal.page_maker import render_page, words_of
from service.portal.views import AccountView, account_view

TODAY = date(2026, 3, 31)
BANK = {"holder": "Dupont", "iban": "FR7630006000011234567890189", "bic": "AGRIFRPP"}


def shop_with(**settings: Any) -> Shop:
    return Shop(
        id=new_id(),
        merchant_id=new_id(),
        code="main",
        name="Main shop",
        country="FR",
        currency="EUR",
        time_zone="Europe/Paris",
        language="fr",
        settings={"bank_account": BANK, **settings},
        merchant_settings={},
        settings_version=1,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


SHOP = shop_with()


def document(reference: str, open_minor: int, *, days_late: int = 0, **more: Any) -> OpenDocument:
    given = {"amount_minor": open_minor, "currency": "EUR", "shop_id": SHOP.id, "is_disputed": False, **more}
    return OpenDocument(
        **{
            "id": uuid4(),
            "line_id": UUID(int=1),
            "reference": reference,
            "open_minor": open_minor,
            "issued_on": date(2026, 2, 1),
            "due_on": date(2026, 4, 30) if not days_late else date.fromordinal(TODAY.toordinal() - days_late),
            "days_late": days_late,
            "promised_on": None,
            "payment_number": 1_000_001,
            "charge": None,
            **given,
        }
    )


def credit(amount_minor: int, *, is_payment: bool = True, currency: str = "EUR") -> OpenCredit:
    kind = FundsKind.PAYMENT if is_payment else FundsKind.CREDIT_NOTE
    return OpenCredit(
        id=new_id(), kind=kind, reference="VIR 1", currency=currency, given_on=TODAY, left_minor=amount_minor
    )


def account(*documents: OpenDocument, credits_: tuple[OpenCredit, ...] = (), shop: Shop = SHOP, **more: Any) -> Account:
    sums = {}
    for currency in dict.fromkeys(each.currency for each in documents):
        of_it = [each for each in documents if each.currency == currency]
        sums[currency] = CurrencySums(
            count=len(of_it),
            open_minor=sum(each.open_minor for each in of_it),
            disputed_minor=sum(each.open_minor for each in of_it if each.is_disputed),
            late_minor=sum(each.open_minor for each in of_it if each.days_late and not each.is_disputed),
        )
    return replace(
        Account(
            merchant_name="Dupont SAS",
            company_name="Martin & Fils <script>",
            language="en",
            shop=shop,
            shops={shop.id: effective_settings(shop)},
            today=TODAY,
            valid_until=datetime(2026, 5, 30, 9, tzinfo=UTC),
            documents=documents,
            sums=sums,
            credits=credits_,
            orders=(),
            stops={},
        ),
        **more,
    )


def view_of(facts: Account, language: str = "en", *, most_orders: int = 50) -> AccountView:
    return account_view(facts, words=words_of(language), formats=formats_for(language), most_orders=most_orders)


class TestSums:
    def test_a_disputed_document_and_credit_are_taken_off(self) -> None:
        (group,) = view_of(
            account(
                document("A", 10_000, days_late=3),
                document("B", 5_000, is_disputed=True, days_late=9),
                document("C", 7_000),
                credits_=(credit(2_500),),
            )
        ).currencies
        assert (group.total_open, group.disputed, group.total_due) == ("€220.00", "€50.00", "€145.00")
        # Credit settles what is oldest, so less of it is late.
        assert group.late == "€75.00"
        assert [(way.label, way.amount) for way in group.ways] == [
            ("What is late", "€75.00"),
            ("Everything that is open", "€145.00"),
        ]
        assert all(way.code.startswith("data:image/png;base64,") for way in group.ways)

    def test_the_reference_is_that_of_the_oldest_that_is_to_be_paid(self) -> None:
        (group,) = view_of(
            account(
                document("B", 5_000, is_disputed=True, days_late=9, payment_number=1_000_002),
                document("A", 10_000, payment_number=1_000_003),
            )
        ).currencies
        assert group.payment is not None
        assert group.payment.reference.endswith("003")
        # Nothing of it is late: there is one amount to pay.
        assert [way.amount for way in group.ways] == ["€100.00"]

    @pytest.mark.parametrize(("credit_minor", "in_favour", "due"), [(10_000, False, "€0.00"), (10_001, True, "€0.01")])
    def test_credit_may_cover_everything(self, credit_minor: int, *, in_favour: bool, due: str) -> None:
        (group,) = view_of(account(document("A", 10_000, days_late=3), credits_=(credit(credit_minor),))).currencies
        assert (group.is_in_favour, group.total_due, group.late, group.payment, group.ways) == (
            in_favour, due, "", None, ()
        )  # fmt: skip

    def test_what_is_not_listed_is_summed_up(self) -> None:
        listed = [document("A", 10_000), document("B", 5_000)]
        sums = {"EUR": CurrencySums(count=5, open_minor=99_000, disputed_minor=0, late_minor=0)}
        (group,) = view_of(account(*listed, sums=sums)).currencies
        assert (group.more, group.more_amount, group.total_due) == ("and 3 more invoices", "€840.00", "€990.00")

    def test_many_credits_are_summed_up(self) -> None:
        (group,) = view_of(account(document("A", 10_000), credits_=tuple(credit(100) for _ in range(23)))).currencies
        assert len(group.credits) == 21
        assert (group.credits[-1].label, group.credits[-1].amount) == ("and 3 more credits", "€3.00")

    def test_currencies_stay_apart_and_the_shops_own_comes_first(self) -> None:
        groups = view_of(
            account(document("A", 100, currency="CHF"), document("B", 200), credits_=(credit(50, currency="GBP"),))
        ).currencies
        assert [(group.currency, group.is_in_favour) for group in groups] == [
            ("EUR", False), ("CHF", False), ("GBP", True)
        ]  # fmt: skip
        # The code is for euros only.
        assert [way.code for way in groups[1].ways] == [""]

    def test_without_a_bank_account_nobody_is_told_how_to_pay(self) -> None:
        facts = account(document("A", 100, shop_id=UUID(int=9)))
        assert view_of(facts).currencies[0].payment is None
        assert "Please ask us how to pay." in render_page(
            "account.html", "en", account=view_of(facts), statement="x/statement.pdf"
        )


class TestNotes:
    def test_say_what_is_special(self) -> None:
        disputed = document("A", 100, is_disputed=True)
        promised = document("B", 100, promised_on=TODAY)
        broken = document("C", 100, promised_on=date(2026, 3, 30))
        paused = document("D", 100)
        stopped = document("E", 100)
        today = document("F", 100, due_on=TODAY)
        charge = document("G", 100, charge="recovery_sum")
        stops = {paused.id: ReminderStop(date(2026, 4, 10)), stopped.id: ReminderStop(None)}
        facts = account(disputed, promised, broken, paused, stopped, today, charge, stops=stops)
        rows = {row.reference: row for row in view_of(facts).currencies[0].documents}
        assert rows["A"].notes == ("Disputed: you need not pay it while it is being looked into",)
        assert rows["B"].notes == ("Payment promised for 31 March 2026",)
        assert rows["C"].notes == ()
        assert rows["D"].notes == ("Reminders are paused until 10 April 2026",)
        assert rows["E"].notes == ("Reminders are paused",)
        assert rows["F"].late == "due today"
        assert rows["G"].label == "Fixed sum for recovery costs"


class TestOrders:
    ORDER = OrderUnderWay(
        shop_id=SHOP.id,
        reference="PS-1",
        purchase_order="PO-7",
        currency="EUR",
        owed_minor=100,
        placed_on=TODAY,
        due_on=date(2026, 4, 30),
        due_is_estimate=True,
    )

    @pytest.mark.parametrize(("shows", "due_on"), [(True, "30 April 2026"), (False, "")])
    def test_tell_estimates_only_where_the_shop_does(self, *, shows: bool, due_on: str) -> None:
        shop = shop_with(show_due_estimates=shows)
        view = view_of(account(orders=(replace(self.ORDER, shop_id=shop.id),), shop=shop))
        assert view.orders[0].due_on == due_on

    def test_that_are_too_many_are_not_all_listed(self) -> None:
        facts = account(orders=(self.ORDER, self.ORDER))
        assert not view_of(facts, most_orders=2).has_more_orders
        assert view_of(facts, most_orders=1).has_more_orders


class TestWords:
    def test_are_the_same_in_every_language(self) -> None:
        for language in LANGUAGES:
            assert words_of(language).keys() == words_of("en").keys(), language

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_make_a_whole_page(self, language: str) -> None:
        facts = account(
            document("A", 100, days_late=1, is_disputed=True, amount_minor=200),
            document("B", 100, days_late=2),
            credits_=(credit(10), credit(10, is_payment=False)),
            orders=(TestOrders.ORDER,),
        )
        page = render_page("account.html", language, account=view_of(facts, language), statement="x/statement.pdf")
        assert f'<html lang="{language}">' in page
        assert "Martin &amp; Fils &lt;script&gt;" in page
        assert "{day}" not in page
        assert "{n}" not in page
