"""Payment terms as plain JSON: written in full, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Final, TypeVar

from service.core.errors import FieldProblem
from service.terms.domain import BillingPeriod, BusinessDayAdjustment, EndOfMonth, PaymentTerms
from service.terms.errors import TermsInvalid, problem_with

__all__ = ["parse_terms", "to_json"]

_PARTS: Final = frozenset(field.name for field in fields(PaymentTerms))
# Hostile input is answered with its first faults, not with a copy of itself.
_UNKNOWN_NAMED: Final = 10

_Choice = TypeVar("_Choice", EndOfMonth, BillingPeriod, BusinessDayAdjustment)


def to_json(terms: PaymentTerms) -> dict[str, str | int | None]:
    """Every part by name, as `parse_terms` reads it back."""
    return {
        "code": terms.code,
        "net_days": terms.net_days,
        "months": terms.months,
        "end_of_month": terms.end_of_month.value,
        "fixed_day": terms.fixed_day,
        "billing_period": terms.billing_period.value,
        "business_day_adjustment": terms.business_day_adjustment.value,
        "discount_days": terms.discount_days,
        "discount_bp": terms.discount_bp,
    }


def parse_terms(values: Mapping[str, object]) -> PaymentTerms:
    """Terms from decoded JSON; absent parts take their default, `code` has none.

    Unknown keys, wrong types and values out of range raise TermsInvalid, which lists them all.
    """
    reader = _Reader(values)
    reader.refuse_unknown()
    code = reader.text("code")
    net_days, months = reader.number("net_days"), reader.number("months")
    fixed_day = reader.number_or_none("fixed_day")
    end_of_month = reader.choice("end_of_month", EndOfMonth.NONE)
    billing_period = reader.choice("billing_period", BillingPeriod.NONE)
    adjustment = reader.choice("business_day_adjustment", BusinessDayAdjustment.NONE)
    discount_days, discount_bp = reader.number_or_none("discount_days"), reader.number_or_none("discount_bp")
    try:
        terms = PaymentTerms(
            code=code,
            net_days=net_days,
            months=months,
            end_of_month=end_of_month,
            fixed_day=fixed_day,
            billing_period=billing_period,
            business_day_adjustment=adjustment,
            discount_days=discount_days,
            discount_bp=discount_bp,
        )
    except TermsInvalid as invalid:
        raise TermsInvalid(_first_of_each_part([*reader.problems, *invalid.problems])) from None
    if reader.problems:
        raise TermsInvalid(reader.problems)
    return terms


def _first_of_each_part(problems: list[FieldProblem]) -> list[FieldProblem]:
    """A part of the wrong type is read as absent: that it is also missing would only confuse."""
    seen: dict[str, FieldProblem] = {}
    for problem in problems:
        seen.setdefault(problem["pointer"], problem)
    return list(seen.values())


class _Reader:
    """Reads one mapping and remembers everything that is wrong with it; faulty parts read as absent."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values
        self.problems: list[FieldProblem] = []

    def refuse_unknown(self) -> None:
        unknown = [str(key)[:64] for key in self._values if key not in _PARTS]
        for name in unknown[:_UNKNOWN_NAMED]:
            self._report(name, "unknown_field", "is not a part of payment terms")

    def text(self, name: str) -> str:
        value = self._values.get(name)
        if isinstance(value, str):
            return value
        if value is None:
            self._report(name, "missing", "is required")
        else:
            self._report(name, "wrong_type", "must be a string")
        return ""

    def number(self, name: str) -> int:
        """A whole number, 0 when absent; null is no number."""
        if name in self._values and self._values[name] is None:
            self._report(name, "wrong_type", "must be a whole number")
        return self.number_or_none(name) or 0

    def number_or_none(self, name: str) -> int | None:
        value = self._values.get(name)
        # A bool is an int to Python, yet `true` is not a number of days.
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        self._report(name, "wrong_type", "must be a whole number")
        return None

    def choice(self, name: str, default: _Choice) -> _Choice:
        value = self._values.get(name, default.value)
        for member in type(default):
            if value == member.value:
                return member
        allowed = ", ".join(member.value for member in type(default))
        self._report(name, "unknown_choice", f"must be one of: {allowed}")
        return default

    def _report(self, name: str, code: str, detail: str) -> None:
        self.problems.append(problem_with(name, code, detail))
