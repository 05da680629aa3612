"""What can be wrong with a request about open items."""

from __future__ import annotations

from service.core.errors import NotFound, ServiceError

__all__ = [
    "AlreadyDisputed", "ItemSettled", "NotAnExtension", "OpenItemNotFound", "PromiseExceedsOpen", "PromiseInPast",
    "ReceivablesError", "WriteOffExceedsOpen", "WrittenOffExceeded",
]  # fmt: skip


class ReceivablesError(ServiceError):
    """Base of what this domain refuses."""

    code = "open_item_error"
    status = 409
    title = "The open item does not allow this"


class OpenItemNotFound(NotFound):
    """No open item with this id that the key may see."""

    code = "open_item_not_found"
    title = "There is no such open item"


class ItemSettled(ReceivablesError):
    """Nothing is left on it that could be disputed, promised, extended or written off."""

    code = "open_item_settled"
    title = "Nothing is open on this item any more"


class AlreadyDisputed(ReceivablesError):
    """The first dispute stands, with its reason and its day, until it is resolved."""

    code = "open_item_already_disputed"
    title = "The open item is already disputed"


class PromiseInPast(ReceivablesError):
    """A promise is about a day to come, today included."""

    code = "promise_in_past"
    status = 422
    title = "The promised day is over"


class PromiseExceedsOpen(ReceivablesError):
    """Nobody promises more than is owed."""

    code = "promise_exceeds_open"
    status = 422
    title = "More would be promised than is open"


class NotAnExtension(ReceivablesError):
    """An extension gives more time; a due date is never moved forward by hand (S31)."""

    code = "not_an_extension"
    status = 422
    title = "The new due date is not later than the present one"


class WriteOffExceedsOpen(ReceivablesError):
    """Only what is open can be given up."""

    code = "write_off_exceeds_open"
    title = "More would be written off than is open"


class WrittenOffExceeded(ReceivablesError):
    """Only what was written off can be taken back."""

    code = "written_off_exceeded"
    title = "More would be taken back than was written off"
