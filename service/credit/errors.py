"""What can be wrong with a request about credit. A refusal for lack of credit is a decision, not an error."""

from __future__ import annotations

from service.core.errors import ServiceError

__all__ = [
    "CaptureExceedsHold", "CreditError", "HoldAlreadyResolved", "HoldExpired", "HoldNotFound", "LineClosed",
    "LineStatusUnchanged", "ReleaseExceedsHold", "TemporaryLimitInPast",
]  # fmt: skip


class CreditError(ServiceError):
    """Base of what this domain refuses."""

    code = "credit_error"
    status = 409
    title = "The credit line or hold does not allow this"


class HoldAlreadyResolved(CreditError):
    """A hold is captured, released or expired at most once; asking again must not free or book credit twice."""

    code = "hold_already_resolved"
    title = "The hold is already captured, released or expired"


class CaptureExceedsHold(CreditError):
    """More than was reserved is never captured: the limit was checked for the hold, not for the excess."""

    code = "capture_exceeds_hold"
    title = "More would be captured than the hold still reserves"


class ReleaseExceedsHold(CreditError):
    """More than is still reserved is never released; what is captured is given back by a credit note."""

    code = "release_exceeds_hold"
    title = "More would be released than the hold still reserves"


class HoldNotFound(CreditError):
    """No such hold of this merchant."""

    code = "hold_not_found"
    status = 404
    title = "There is no such hold"


class HoldExpired(CreditError):
    """Its time was over before this request."""

    code = "hold_expired"
    title = "The hold has expired; place a new one"


class LineClosed(CreditError):
    """A closed line is history: it is not frozen, changed or reopened."""

    code = "credit_line_closed"
    title = "The credit line is closed"


class LineStatusUnchanged(CreditError):
    """The line already is what it should become."""

    code = "credit_line_status_unchanged"
    title = "The credit line already has that status"


class TemporaryLimitInPast(CreditError):
    """A temporary limit must end in the future."""

    code = "temporary_limit_in_past"
    status = 422
    title = "The temporary limit would already be over"
