"""What can be wrong with payment terms, as errors a caller can act on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from service.core.errors import FieldProblem, NotFound, ServiceError

__all__ = [
    "BaseDateOutOfRange", "HolidayCalendarUnknown", "TermsError", "TermsInvalid", "TermsNotFound", "TooManyTerms",
    "problem_with",
]  # fmt: skip


class TermsError(ServiceError):
    """Base of everything this domain refuses."""

    code = "terms_error"
    status = 422
    title = "The payment terms cannot be used"


class TermsInvalid(TermsError):
    """A definition that says something impossible; every problem is listed, not only the first."""

    code = "terms_invalid"
    title = "The payment terms are not valid"

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        assert problems, "a refusal names its reasons"
        self.problems = tuple(problems)
        listed: list[dict[str, Any]] = [dict(problem) for problem in problems]
        super().__init__("; ".join(problem["detail"] for problem in problems), problems=listed)


class BaseDateOutOfRange(TermsError):
    """A date that no order of a living business has; computing on would run off the calendar."""

    code = "base_date_out_of_range"
    title = "The date is too far in the past or in the future to count terms from"


class HolidayCalendarUnknown(TermsError):
    """There is no calendar of public holidays for this country or region."""

    code = "holiday_calendar_unknown"
    title = "There is no holiday calendar for this country or region"


def problem_with(name: str, code: str, detail: str) -> FieldProblem:
    """A problem of one named part; `detail` goes on the sentence that begins with the name."""
    # RFC 6901: in a JSON pointer "~" and "/" are escaped.
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    return FieldProblem(pointer=pointer, code=code, detail=f"{name} {detail}")


class TermsNotFound(NotFound):
    """The merchant has no terms of this code."""

    code = "terms_not_found"
    title = "There are no payment terms of this code"


class TooManyTerms(TermsError):
    """A choice of hundreds is none; and all of them are read with every decision."""

    code = "terms_too_many"
    status = 409
    title = "A merchant can have at most 200 payment terms"
