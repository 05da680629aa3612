"""What can be wrong with a request about money. What the bank or the law says has happened is never refused."""

from __future__ import annotations

from service.core.errors import NotFound, ServiceError

__all__ = [
    "AllocationExceedsFunds", "AllocationExceedsOpen", "AmountExceedsOpen", "BouncedBeforeReceived", "CreditNoteNotFound",
    "DocumentNotOpenYet", "ExternalRefReused", "NoLineInCurrency", "PaymentAlreadyBounced", "PaymentNotFound",
    "PaymentsError", "ReceivedInFuture", "RefundExceedsUnallocated",
]  # fmt: skip


class PaymentsError(ServiceError):
    """Base of what this domain refuses."""

    code = "payment_error"
    status = 409
    title = "The payment does not allow this"


class PaymentNotFound(NotFound):
    """No payment with this id that the key may see."""

    code = "payment_not_found"
    title = "There is no such payment"


class CreditNoteNotFound(NotFound):
    """No credit note with this id that the key may see."""

    code = "credit_note_not_found"
    title = "There is no such credit note"


class ExternalRefReused(PaymentsError):
    """One reference of the bank's or the till's is one payment; the second report said something else."""

    code = "external_ref_reused"
    title = "This external reference was used for another payment"


class AllocationExceedsOpen(PaymentsError):
    """More was to be allocated to a document than is open on it. What is over stays on account when no amount is named."""

    code = "allocation_exceeds_open"
    title = "More would be allocated than the document has open"


class AllocationExceedsFunds(PaymentsError):
    """More was to be allocated than the payment or credit note still has."""

    code = "allocation_exceeds_funds"
    title = "More would be allocated than is left"


class AmountExceedsOpen(PaymentsError):
    """Marking an order as paid takes what is open or a part of it; a payment for more is recorded as a payment."""

    code = "amount_exceeds_open"
    title = "The amount is more than is open on the order"


class DocumentNotOpenYet(PaymentsError):
    """Several orders were named, and the term of one of them has not started. Money can wait for one order only."""

    code = "document_not_open_yet"
    title = "The order has no open item yet"


class RefundExceedsUnallocated(PaymentsError):
    """Only what settles no document can be given back."""

    code = "refund_exceeds_unallocated"
    title = "More would be refunded than is unallocated"


class PaymentAlreadyBounced(PaymentsError):
    """A payment bounces once, and what bounced cannot be used any more."""

    code = "payment_already_bounced"
    title = "The payment has bounced"


class BouncedBeforeReceived(PaymentsError):
    """The bank takes back what it had credited, not before."""

    code = "bounced_before_received"
    status = 422
    title = "The payment would have bounced before it was received"


class ReceivedInFuture(PaymentsError):
    """Money that has not come yet is a promise, not a payment."""

    code = "received_in_future"
    status = 422
    title = "The day lies in the future"


class NoLineInCurrency(PaymentsError):
    """The company has neither a credit line nor an open document in this currency, so no rate is known (S40)."""

    code = "no_line_in_currency"
    status = 422
    title = "The company has no credit line and owes nothing in this currency"
