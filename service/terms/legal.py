"""What the law allows payment terms between businesses to be. Warnings, never refusals.

Nothing is guessed from the kind of terms: every base date of four years, a leap year among them, is
counted out and the worst one is held against the limit. Sector rules (food, transport, books) and
public buyers are not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from service.core.calendar import IsHoliday, end_of_month, is_weekend
from service.terms.domain import BillingPeriod, PaymentTerms, billing_period_bounds, due_date

__all__ = [
    "LegalWarning", "LegalWarningCode", "LongestTerm", "due_date_warnings", "laws_checked", "legal_warnings",
    "longest_term",
]  # fmt: skip

_CYCLE: Final = (date(2024, 1, 1), date(2027, 12, 31))

_FRENCH_TERM: Final = "Code de commerce, art. L441-10, I"
_FRENCH_SUMMARY_INVOICE: Final = "Code général des impôts, art. 289, I, 3"
_SPANISH_DEFAULT: Final = "Ley 3/2004, art. 4.1"
_SPANISH_TERM: Final = "Ley 3/2004, art. 4.3"
_SPANISH_SUMMARY_INVOICE: Final = "Ley 3/2004, art. 4.4"

# Where nothing is agreed; and what is needed to go beyond 60 days.
_EU_ARTICLES: Final = ("Directive 2011/7/EU, art. 3(3)(b)", "Directive 2011/7/EU, art. 3(5)")
_NATIONAL_ARTICLES: Final = {
    "DE": ("BGB § 286 Abs. 3", "BGB § 271a Abs. 1"),
    "IT": ("D.Lgs. 231/2002, art. 4, c. 2", "D.Lgs. 231/2002, art. 4, c. 3"),
}
_EU: Final = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
    "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip


class LegalWarningCode(StrEnum):
    """What a merchant has to look at; the article in the warning says where it is written."""

    OVER_DEFAULT_PERIOD = "over_default_period"
    OVER_MAXIMUM_PERIOD = "over_maximum_period"
    NEEDS_EXPRESS_AGREEMENT = "needs_express_agreement"
    SUMMARY_INVOICE_OVER_MAXIMUM = "summary_invoice_over_maximum"
    SUMMARY_INVOICE_CROSSES_MONTHS = "summary_invoice_crosses_months"
    SUMMARY_INVOICE_PERIOD_TOO_LONG = "summary_invoice_period_too_long"


_SENTENCES: Final = {
    LegalWarningCode.OVER_DEFAULT_PERIOD: "Nothing is agreed, so {limit} days are the limit; these terms reach {days}",
    LegalWarningCode.OVER_MAXIMUM_PERIOD: "At most {limit} days may be agreed; these terms reach {days}",
    LegalWarningCode.NEEDS_EXPRESS_AGREEMENT: (
        "More than {limit} days must be agreed expressly and not be grossly unfair; these terms reach {days}"
    ),
    LegalWarningCode.SUMMARY_INVOICE_OVER_MAXIMUM: (
        "A periodic invoice is payable within {limit} days of its issue; these terms reach {days}"
    ),
    LegalWarningCode.SUMMARY_INVOICE_CROSSES_MONTHS: (
        "A periodic invoice gathers deliveries of one calendar month; this one spans {days} days of several"
    ),
    LegalWarningCode.SUMMARY_INVOICE_PERIOD_TOO_LONG: (
        "A periodic invoice may gather at most {limit} days of deliveries; this one gathers {days}"
    ),
}


@dataclass(frozen=True, slots=True)
class LegalWarning:
    """One limit that the terms can break, with the worst base date as its proof.

    `days` is what is measured against `limit_days`, which is None where the limit is no number of days.
    """

    code: LegalWarningCode
    country: str
    article: str
    limit_days: int | None
    days: int
    base_on: date
    due_on: date

    @property
    def message(self) -> str:
        """One English sentence for the merchant's screen, with the article and the example."""
        sentence = _SENTENCES[self.code].format(limit=self.limit_days, days=self.days)
        return f"{sentence} (an order of {self.base_on} is due on {self.due_on}). {self.article}."


@dataclass(frozen=True, slots=True)
class LongestTerm:
    """The most days that terms can give, counted from the order's base date, and a date that gets them."""

    days: int
    base_on: date
    due_on: date


class _Case(NamedTuple):
    """One base date counted out: the order, the invoice that asks for its money, the due date."""

    base_on: date
    issued_on: date
    due_on: date
    period_days: int
    period_middle_on: date


_StartOf = Callable[[_Case], date]


def legal_warnings(
    terms: PaymentTerms,
    country: str,
    *,
    contract_agreed: bool = True,
    is_consolidated: bool | None = None,
    is_holiday: IsHoliday = is_weekend,
) -> list[LegalWarning]:
    """The limits of the country's law which these terms can break; empty when none, or none is known.

    `country` is the one whose law governs the sale, as a rule the merchant's. `contract_agreed` says
    that the terms stand in the contract or the accepted conditions of sale. `is_consolidated` says that
    the document of the billing period is itself the invoice, not a list of invoices issued before; by
    default it is, wherever orders are gathered.

    In France both readings of "45 days end of month" count as lawful (see `EndOfMonth`), each for
    itself: terms have to stay within 60 days, or within one of the two readings, on every date.
    """
    country = country.upper()
    if country not in _EU:
        return []
    if is_consolidated is None:
        is_consolidated = terms.billing_period is not BillingPeriod.NONE
    cases = _count_out(terms, is_holiday=is_holiday, is_consolidated=is_consolidated)
    return _broken_limits(cases, country, contract_agreed=contract_agreed, is_consolidated=is_consolidated)


def due_date_warnings(
    *, issued_on: date, due_on: date, country: str, contract_agreed: bool, is_consolidated: bool
) -> list[LegalWarning]:
    """The limits of the country's law which one document's due date breaks, however it came to be that day.

    Read as `legal_warnings`; the goods are taken to have come on the day of issue.
    """
    country = country.upper()
    if country not in _EU:
        return []
    case = _Case(base_on=issued_on, issued_on=issued_on, due_on=due_on, period_days=1, period_middle_on=issued_on)
    return _broken_limits([case], country, contract_agreed=contract_agreed, is_consolidated=is_consolidated)


def _broken_limits(
    cases: list[_Case], country: str, *, contract_agreed: bool, is_consolidated: bool
) -> list[LegalWarning]:
    if country == "FR":
        return [
            *_french_term(cases, contract_agreed=contract_agreed, is_consolidated=is_consolidated),
            *(_french_summary_invoice(cases) if is_consolidated else ()),
        ]
    if country == "ES":
        return [
            *_spanish_term(cases, contract_agreed=contract_agreed, is_consolidated=is_consolidated),
            *(_spanish_summary_invoice(cases) if is_consolidated else ()),
        ]
    return list(_directive_term(cases, country, contract_agreed=contract_agreed))


def laws_checked(country: str) -> tuple[str, ...]:
    """The articles that `legal_warnings` knows for a country: "no warning" means something only with these."""
    country = country.upper()
    if country == "FR":
        return (_FRENCH_TERM, _FRENCH_SUMMARY_INVOICE)
    if country == "ES":
        return (_SPANISH_DEFAULT, _SPANISH_TERM, _SPANISH_SUMMARY_INVOICE)
    return _NATIONAL_ARTICLES.get(country, _EU_ARTICLES) if country in _EU else ()


def longest_term(terms: PaymentTerms, *, is_holiday: IsHoliday = is_weekend) -> LongestTerm:
    """The longest credit these terms can give, over every base date of four years."""
    cases = _count_out(terms, is_holiday=is_holiday, is_consolidated=False)
    worst = max(cases, key=lambda case: case.due_on - case.base_on)
    return LongestTerm((worst.due_on - worst.base_on).days, worst.base_on, worst.due_on)


def _count_out(terms: PaymentTerms, *, is_holiday: IsHoliday, is_consolidated: bool) -> list[_Case]:
    first_on, last_on = _CYCLE
    cases = []
    for offset in range((last_on - first_on).days + 1):
        base_on = first_on + timedelta(days=offset)
        due = due_date(terms, base_on, is_holiday)
        period = billing_period_bounds(terms, base_on)
        length = period.length_days if period else 1
        starts_on = period.first_on if period else base_on
        cases.append(
            _Case(
                base_on=base_on,
                issued_on=due.billing_on if is_consolidated else base_on,
                due_on=due.due_on,
                period_days=length,
                period_middle_on=starts_on + timedelta(days=(length - 1) // 2),
            )
        )
    return cases


def _french_term(cases: list[_Case], *, contract_agreed: bool, is_consolidated: bool) -> Iterator[LegalWarning]:
    code, start_of, limit = LegalWarningCode.OVER_MAXIMUM_PERIOD, _issue, 60
    if not contract_agreed:
        # From the receipt of the goods, which the base date stands for, whenever the invoice comes.
        code, start_of, limit = LegalWarningCode.OVER_DEFAULT_PERIOD, _base, 30
    elif is_consolidated:
        code, limit = LegalWarningCode.SUMMARY_INVOICE_OVER_MAXIMUM, 45
    elif _within_45_days_end_of_month(cases):
        return
    yield from _over(cases, start_of, limit, code=code, law=("FR", _FRENCH_TERM))


def _within_45_days_end_of_month(cases: list[_Case]) -> bool:
    forty_five = timedelta(days=45)
    return all(case.due_on <= end_of_month(case.issued_on + forty_five) for case in cases) or all(
        case.due_on <= end_of_month(case.issued_on) + forty_five for case in cases
    )


def _french_summary_invoice(cases: list[_Case]) -> Iterator[LegalWarning]:
    # Only deliveries whose VAT falls due in one calendar month may share an invoice, so that a week
    # across two months needs two.
    worst = next((case for case in cases if end_of_month(case.base_on) != end_of_month(case.issued_on)), None)
    if worst is not None:
        code = LegalWarningCode.SUMMARY_INVOICE_CROSSES_MONTHS
        days = worst.period_days
        yield LegalWarning(code, "FR", _FRENCH_SUMMARY_INVOICE, None, days, worst.base_on, worst.due_on)


def _spanish_term(cases: list[_Case], *, contract_agreed: bool, is_consolidated: bool) -> Iterator[LegalWarning]:
    if not contract_agreed:
        code, law = LegalWarningCode.OVER_DEFAULT_PERIOD, ("ES", _SPANISH_DEFAULT)
        yield from _over(cases, _base, 30, code=code, law=law)
    elif is_consolidated:
        # Deliveries on one invoice count from the middle of its period, as if each came then.
        code, law = LegalWarningCode.SUMMARY_INVOICE_OVER_MAXIMUM, ("ES", _SPANISH_SUMMARY_INVOICE)
        yield from _over(cases, _middle, 60, code=code, law=law)
    else:
        code, law = LegalWarningCode.OVER_MAXIMUM_PERIOD, ("ES", _SPANISH_TERM)
        yield from _over(cases, _base, 60, code=code, law=law)


def _spanish_summary_invoice(cases: list[_Case]) -> Iterator[LegalWarning]:
    worst = max(cases, key=lambda case: case.period_days)
    if worst.period_days > 15:
        code = LegalWarningCode.SUMMARY_INVOICE_PERIOD_TOO_LONG
        days = worst.period_days
        yield LegalWarning(code, "ES", _SPANISH_SUMMARY_INVOICE, 15, days, worst.base_on, worst.due_on)


def _directive_term(cases: list[_Case], country: str, *, contract_agreed: bool) -> Iterator[LegalWarning]:
    """The Directive's rule, by the country's own article where it is known; from the invoice, not the goods."""
    default_article, agreed_article = _NATIONAL_ARTICLES.get(country, _EU_ARTICLES)
    if contract_agreed:
        code, law = LegalWarningCode.NEEDS_EXPRESS_AGREEMENT, (country, agreed_article)
        yield from _over(cases, _issue, 60, code=code, law=law)
    else:
        code, law = LegalWarningCode.OVER_DEFAULT_PERIOD, (country, default_article)
        yield from _over(cases, _issue, 30, code=code, law=law)


def _over(
    cases: list[_Case], start_of: _StartOf, limit: int, *, code: LegalWarningCode, law: tuple[str, str]
) -> Iterator[LegalWarning]:
    worst = max(cases, key=lambda case: case.due_on - start_of(case))
    days = (worst.due_on - start_of(worst)).days
    if days > limit:
        country, article = law
        yield LegalWarning(code, country, article, limit, days, worst.base_on, worst.due_on)


def _base(case: _Case) -> date:
    return case.base_on


def _issue(case: _Case) -> date:
    return case.issued_on


def _middle(case: _Case) -> date:
    return case.period_middle_on
