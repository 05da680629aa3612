"""What a shop asks at the checkout, and what a company's row looks like to whoever decides."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol
from uuid import UUID

__all__ = ["CheckoutRow", "HoldAsked", "QuoteAsked"]


class CheckoutRow(Protocol):
    """All that is known of an applicant, by column, as one statement read it."""

    def __getitem__(self, column: str, /) -> Any: ...


class QuoteAsked(NamedTuple):
    """A cart somebody wants to order on terms. Amount in minor units, gross; `company_ref` None is a guest.

    `shop_code` names the shop for callers that are none themselves.
    """

    shop_code: str | None
    company_ref: str | None
    company_id: UUID | None
    buyer_ref: str | None
    amount_minor: int
    currency: str
    exchange_rate: str | None
    explain: bool = False


class HoldAsked(NamedTuple):
    """A cart that is being submitted. `idempotency_key` and `request_hash` make its repetition recognisable.

    `author` is the person for whom the key's owner places it, if it is not the buyer.
    """

    quote: QuoteAsked
    idempotency_key: str
    request_hash: bytes
    cart_ref: str | None = None
    cart_hash: str | None = None
    quoted_cart_hash: str | None = None
    terms: str | None = None
    purchase_order_number: str | None = None
    override_reason: str | None = None
    author: str | None = None

    @property
    def has_changed_since_quote(self) -> bool:
        """What the buyer submits is not what he was quoted (G04)."""
        return self.quoted_cart_hash is not None and self.quoted_cart_hash != self.cart_hash
