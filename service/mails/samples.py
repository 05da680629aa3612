"""Made-up mails of every kind: what templates are tried on when they are saved, and what previews show."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

from service.mails.domain import MailKind
from service.mails.epc import epc_content
from service.mails.formats import Formats, formats_for
from service.mails.views import (
    CompanyView,
    CreditLineView,
    CreditNoteView,
    CreditView,
    DigestEntry,
    DigestSection,
    DigestView,
    DocumentView,
    InstalmentView,
    MailView,
    OrderView,
    PaymentBlock,
    PaymentView,
    PlanView,
    ReminderView,
    RequestView,
    SenderView,
    StatementView,
    TestView,
)

__all__ = ["sample_views"]

_TODAY: Final = date(2026, 3, 31)
_TONES: Final = ("standard", "gentle", "firm")
_IBAN: Final = "FR76 3000 6000 0112 3456 7890 189"
_BIC: Final = "AGRIFRPPXXX"
_PORTAL_URL: Final = "https://accounts.dupont.example/portal/…"
_REFERENCE: Final = "RF18 5390 0754 7034"


def sample_views(kind: MailKind, language: str, *, currency: str = "EUR") -> list[MailView]:
    """The usual case first, then those in which parts are absent, so that a template is tried on both."""
    return _Samples(formats_for(language), currency=currency).of(kind)


class _Samples:
    """One language's."""

    def __init__(self, formats: Formats, *, currency: str) -> None:
        self.formats = formats
        self.currency = currency
        self.sender = SenderView(
            name="Dupont Négoce", merchant_name="Dupont Négoce SAS", reply_to="accounts@dupont.example"
        )
        self.bare = SenderView(name="Main shop", merchant_name="Dupont Négoce SAS")
        self.company = CompanyView(name="Boulangerie Martin & Fils", reference="C-1042")

    def of(self, kind: MailKind) -> list[MailView]:
        match kind:
            case MailKind.ORDER_ACCEPTED | MailKind.DUE_DATE_FIXED:
                return self._orders()
            case MailKind.CREDIT_CHANGED | MailKind.CURRENT_CREDIT:
                return self._credits()
            case MailKind.PAYMENT_RECEIVED:
                return self._payments()
            case MailKind.STATEMENT:
                return self._statements()
            case MailKind.PLAN_PROPOSED | MailKind.PLAN_APPROVED | MailKind.PLAN_REFUSED | MailKind.PLAN_BROKEN:
                return self._plans()
            case MailKind.REQUEST_RECEIVED | MailKind.REQUEST_APPROVED | MailKind.REQUEST_DECLINED:
                return self._requests()
            case MailKind.DIGEST:
                return self._digests()
            case MailKind.TEST:
                full = TestView(**self._base(), server="mail.dupont.example", notes=("TLS 1.3",))
                return [full, TestView(**self._base(self.bare))]
            case MailKind.BEFORE_DUE | MailKind.DUE_TODAY:
                return self._notices()
            case _:
                return self._reminders()

    def _owed_base(self) -> dict[str, Any]:
        return {**self._base(), "attachments": ("Statement-2026-03-31.pdf",)}

    def _base(self, sender: SenderView | None = None) -> dict[str, Any]:
        is_bare = sender is not None
        return {
            "sender": sender or self.sender,
            "company": self.company,
            "today": self.formats.day(_TODAY),
            "portal_url": "" if is_bare else _PORTAL_URL,
        }

    def _money(self, amount_minor: int) -> str:
        return self.formats.money(amount_minor, self.currency)

    def _payment(self, amount_minor: int) -> PaymentBlock:
        return PaymentBlock(
            holder="Dupont Négoce SAS",
            iban=_IBAN,
            bic=_BIC,
            reference=_REFERENCE,
            amount=self._money(amount_minor),
            epc=epc_content(
                holder="Dupont Négoce SAS",
                iban=_IBAN,
                bic=_BIC,
                amount_minor=amount_minor,
                currency=self.currency,
                reference=_REFERENCE.replace(" ", ""),
            ),
        )

    def _document(self, number: int, *, due_on: date, amount: int, open_minor: int | None = None) -> DocumentView:
        left = amount if open_minor is None else open_minor
        days = max(0, (_TODAY - due_on).days)
        return DocumentView(
            reference=f"PS-{number}",
            issued_on=self.formats.day(date(2026, 2, 1)),
            due_on=self.formats.day(due_on),
            amount=self._money(amount),
            open_amount=self._money(left),
            days_late=days,
            is_late=days > 0,
            is_partly_paid=left < amount,
            payment_reference=_REFERENCE,
        )

    def _documents(self) -> tuple[DocumentView, ...]:
        return (
            self._document(1042, due_on=date(2026, 3, 3), amount=123_450),
            self._document(1057, due_on=date(2026, 3, 30), amount=90_000, open_minor=65_000),
        )

    def _orders(self) -> list[MailView]:
        facts: dict[str, Any] = {
            "order_reference": "PS-1042",
            "placed_on": self.formats.day(date(2026, 2, 27)),
            "amount": self._money(123_450),
            "due_on": self.formats.day(date(2026, 4, 1)),
        }
        return [
            OrderView(
                **self._base(),
                **facts,
                purchase_order="PO-77",
                terms="Net 30",
                due_is_estimate=False,
                payment=self._payment(123_450),
            ),
            OrderView(**self._base(self.bare), **facts, purchase_order="", terms="", due_is_estimate=True),
        ]

    def _credits(self) -> list[MailView]:
        line = CreditLineView(
            currency=self.currency,
            shop="",
            is_unlimited=False,
            is_frozen=False,
            limit=self._money(1_000_000),
            used=self._money(123_450),
            available=self._money(876_550),
        )
        endless = CreditLineView(
            currency=self.currency,
            shop="Main shop",
            is_unlimited=True,
            is_frozen=True,
            limit="",
            used=self._money(0),
            available="",
        )
        return [CreditView(**self._base(), lines=(line,)), CreditView(**self._base(self.bare), lines=(line, endless))]

    def _credit(self) -> CreditNoteView:
        return CreditNoteView(
            reference="AV-12", issued_on=self.formats.day(date(2026, 3, 10)), amount=self._money(8_450)
        )

    def _notices(self) -> list[MailView]:
        """Nothing is late yet: one document is due today, the other in some days."""
        today = self._document(1042, due_on=_TODAY, amount=123_450)
        soon = self._document(1057, due_on=date(2026, 4, 3), amount=90_000, open_minor=65_000)
        full = [
            ReminderView(
                **self._base(),
                tone=tone,
                documents=(today, soon),
                total_open=self._money(188_450),
                credits=(self._credit(),),
                credits_total=self._money(8_450),
                total_due=self._money(180_000),
                payment=self._payment(180_000),
            )
            for tone in _TONES
        ]
        bare = [
            ReminderView(
                **self._base(self.bare),
                tone=tone,
                documents=(today,),
                total_open=today.open_amount,
                total_due=today.open_amount,
            )
            for tone in _TONES
        ]
        return [*full, *bare]

    def _reminders(self) -> list[MailView]:
        documents = self._documents()
        credit = self._credit()
        full = [
            ReminderView(
                **self._owed_base(),
                tone=tone,
                documents=documents,
                total_open=self._money(188_450),
                credits=(credit,),
                credits_total=self._money(8_450),
                late_interest=self._money(1_164),
                interest_rate=self.formats.percent(1_215),
                recovery_sum=self._money(8_000),
                total_due=self._money(189_164),
                pay_by=self.formats.day(date(2026, 4, 10)),
                days_late=28,
                previous_reminder_on=self.formats.day(date(2026, 3, 17)),
                payment=self._payment(189_164),
            )
            for tone in _TONES
        ]
        bare = [
            ReminderView(
                **self._base(self.bare),
                tone=tone,
                documents=documents[:1],
                total_open=documents[0].open_amount,
                total_due=documents[0].open_amount,
                days_late=1,
            )
            for tone in _TONES
        ]
        return [*full, *bare]

    def _statements(self) -> list[MailView]:
        documents = self._documents()
        full = StatementView(
            **self._owed_base(),
            documents=documents,
            total_open=self._money(188_450),
            total_due=self._money(188_450),
            total_late=self._money(188_450),
            payment=self._payment(188_450),
        )
        long = replace(full, more="3 further documents are in the attached statement.")
        nothing = StatementView(
            **self._base(self.bare), documents=(), total_open=self._money(0), total_due=self._money(0)
        )
        return [full, nothing, long]

    def _payments(self) -> list[MailView]:
        facts: dict[str, Any] = {"amount": self._money(150_000), "received_on": self.formats.day(_TODAY)}
        full = PaymentView(
            **self._base(), **facts, reference=_REFERENCE, documents=self._documents(), on_account=self._money(5_000)
        )
        return [full, PaymentView(**self._base(self.bare), **facts, reference="", documents=())]

    def _plans(self) -> list[MailView]:
        parts = tuple(
            InstalmentView(
                number=number,
                due_on=self.formats.day(date(2026, 3 + number, 15)),
                amount=self._money(41_150),
                is_paid=number == 1,
            )
            for number in (1, 2, 3)
        )
        facts: dict[str, Any] = {"documents": self._documents(), "total": self._money(123_450)}
        full = PlanView(
            **self._base(),
            **facts,
            instalments=parts,
            reason="The first instalment would have to come sooner.",
            missed=parts[1],
            total_due=self._money(82_300),
            payment=self._payment(82_300),
        )
        return [full, PlanView(**self._base(self.bare), **facts, instalments=parts[:1])]

    def _requests(self) -> list[MailView]:
        full = RequestView(
            **self._base(),
            requested=self._money(2_000_000),
            granted=self._money(1_500_000),
            current_limit=self._money(1_000_000),
            reason="Reviewed every spring.",
        )
        return [full, RequestView(**self._base(self.bare), requested=self._money(2_000_000))]

    def _digests(self) -> list[MailView]:
        kinds = ("newly_late", "broken_promises", "frozen", "failed_mails", "unknown_mails", "undeliverable", "unreached", "missing_rate", "to_decide", "mail_server")  # fmt: skip
        entries = (
            DigestEntry(title="Boulangerie Martin & Fils", amount=self._money(123_450), detail="PS-1042"),
            DigestEntry(title="Atelier Leroy"),
        )
        sections = tuple(DigestSection(kind=kind, entries=entries, more=index) for index, kind in enumerate(kinds))
        full = DigestView(**self._base(), sections=sections, total_late=(self._money(188_450),))
        return [full, DigestView(**self._base(self.bare), sections=())]
