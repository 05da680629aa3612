"""What terms do and whether the law allows them, worked out once and kept: a year of dates is counted for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from service.core.calendar import IsHoliday, is_weekend
from service.terms.catalogue import WorkedExample, worked_examples
from service.terms.domain import PaymentTerms
from service.terms.errors import HolidayCalendarUnknown
from service.terms.holidays import country_holidays
from service.terms.legal import LegalWarning, laws_checked, legal_warnings

__all__ = ["TermsExplanation", "TermsPlace", "explain_terms", "holidays_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsPlace:
    """Where terms are used: whose law, whose public holidays, and whether they stand in a contract.

    `is_consolidated` says whether the document of a billing period is itself the invoice; None: wherever there is one.
    """

    law_country: str
    holiday_country: str
    holiday_subdivision: str | None = None
    is_agreed: bool = False
    is_consolidated: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsExplanation:
    """Without `laws`, no warning means only that no law is known for the country."""

    examples: tuple[WorkedExample, ...]
    warnings: tuple[LegalWarning, ...]
    laws: tuple[str, ...]


@lru_cache(maxsize=1024)
def explain_terms(terms: PaymentTerms, place: TermsPlace, year: int) -> TermsExplanation:
    """Worked examples of a year, and the legal limits that the terms can break."""
    is_holiday = holidays_of(place)
    warnings = legal_warnings(
        terms,
        place.law_country,
        contract_agreed=place.is_agreed,
        is_consolidated=place.is_consolidated,
        is_holiday=is_holiday,
    )
    return TermsExplanation(
        examples=worked_examples(terms, year, is_holiday=is_holiday),
        warnings=tuple(warnings),
        laws=laws_checked(place.law_country),
    )


def holidays_of(place: TermsPlace) -> IsHoliday:
    """The place's calendar; weekends alone where no calendar is known."""
    try:
        return country_holidays(place.holiday_country, place.holiday_subdivision)
    except HolidayCalendarUnknown:
        return is_weekend
