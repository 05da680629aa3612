"""What can be wrong with a request about holds and orders. A decline is a decision, not an error."""

from __future__ import annotations

from service.core.errors import ServiceError

__all__ = [
    "AmountsDiffer", "CartChanged", "EventNotFlagged", "EventReused", "OrderAttachedElsewhere", "OrderError",
    "OrderNotFound", "OrderRefTaken", "PolicyUnsettled", "TakeOverRefused", "TermsNotOffered",
]  # fmt: skip


class OrderError(ServiceError):
    """Base of what this domain refuses."""

    code = "order_error"
    status = 409
    title = "The order does not allow this"


class OrderNotFound(OrderError):
    """No order with this reference in this shop."""

    code = "order_not_found"
    status = 404
    title = "There is no such order on terms"


class CartChanged(OrderError):
    """What the buyer submitted is not what was quoted; quote again and let him confirm (G04)."""

    code = "cart_changed"
    title = "The cart has changed since it was quoted"


class TermsNotOffered(OrderError):
    """The chosen terms are not among those the company may choose from."""

    code = "terms_not_offered"
    status = 422
    title = "The company may not choose these payment terms"


class AmountsDiffer(OrderError):
    """The orders of a hold must add up to it exactly: anything else hides an amount nobody checked."""

    code = "amounts_differ"
    status = 422
    title = "The orders do not add up to the amount of the hold"


class OrderAttachedElsewhere(OrderError):
    """The reference already belongs to an order of another hold."""

    code = "order_attached_elsewhere"
    title = "This order reference is already attached to another hold"


class OrderRefTaken(OrderError):
    """The same reference twice in one request."""

    code = "order_ref_repeated"
    status = 422
    title = "An order reference occurs twice"


class EventReused(OrderError):
    """The shop sent the same event id with other content."""

    code = "event_id_reused"
    title = "This event id was used for another event"


class EventNotFlagged(OrderError):
    """Only an event that waits for a person can be confirmed."""

    code = "event_not_flagged"
    title = "This event does not wait for a confirmation"


class TakeOverRefused(OrderError):
    """An order from before cannot be taken over; `reasons` says why, as a decision would."""

    code = "take_over_refused"
    title = "The order cannot be taken over"


class PolicyUnsettled(OrderError):
    """The merchant's settings kept changing while the request was being answered."""

    code = "policy_unsettled"
    status = 503
    title = "The settings are being changed right now; please repeat the request"
