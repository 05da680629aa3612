"""Bodies of quotes and holds."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from service.core.errors import ServiceError
from service.core.money import convert_minor, parse_amount
from service.infra.schemas import AmountText, Code, CurrencyCode, Day, FreeText, InstantText, Ref, Schema, Text
from service.orders.checkout import HoldAsked, QuoteAsked

__all__ = [
    "HoldOut", "HoldOverride", "HoldRequest", "OfferedTermsOut", "QuoteOut", "QuoteRequest", "ReasonOut",
]  # fmt: skip

ExchangeRate = Annotated[
    str,
    StringConstraints(max_length=40, pattern=r"^[0-9]{1,12}(\.[0-9]{1,12})?$"),
    Field(
        description="Units of the credit line's currency for one unit of the order's, frozen on the order. "
        "Needed only when the two differ.",
        examples=["0.9214"],
    ),
]
Hash = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9+/=_.:-]+$")]


class QuoteRequest(Schema):
    """What would the company be offered for this cart now?"""

    company: Ref | None = Field(
        description="The shop's reference of the company, or `id:` and its id; null for a guest.", examples=["C-1042"]
    )
    buyer: Ref | None = Field(default=None, description="The person ordering, when buyers are told apart.")
    amount: AmountText = Field(description="Gross total of the cart, with tax, shipping and fees.", examples=["480.00"])
    currency: CurrencyCode
    exchange_rate: ExchangeRate | None = None
    explain: bool = Field(default=False, description="Add the whole trace. For staff; never show it to a buyer.")

    @model_validator(mode="after")
    def _require_readable_amount(self) -> QuoteRequest:
        try:
            self.amount_minor  # noqa: B018 - reading it is the check
            if self.exchange_rate is not None:
                convert_minor(0, rate=self.exchange_rate, source=self.currency, target=self.currency)
            self.company_id  # noqa: B018 - reading it is the check
        except ServiceError as error:
            raise ValueError(error.detail) from None
        return self

    def to_domain(self, shop_code: str | None) -> QuoteAsked:
        return QuoteAsked(
            shop_code=shop_code,
            company_ref=self.company,
            company_id=self.company_id,
            buyer_ref=self.buyer,
            amount_minor=self.amount_minor,
            currency=self.currency,
            exchange_rate=self.exchange_rate,
            explain=self.explain,
        )

    @property
    def amount_minor(self) -> int:
        """Minor units of the currency. Raises InvalidAmount or UnknownCurrency, which validation turns into a 422."""
        return parse_amount(self.amount, self.currency)

    @property
    def company_id(self) -> UUID | None:
        """The id when the company is named by it."""
        if self.company is None or not self.company.startswith("id:"):
            return None
        return UUID(self.company.removeprefix("id:"))


class HoldOverride(Schema):
    """Why a person approves this order against the decision. `Encours-Author` says who, beside the key."""

    reason: FreeText = Field(examples=["Agreed with Ms Roy by phone"])


class HoldRequest(QuoteRequest):
    """Reserve credit for a cart that is being submitted."""

    cart: Ref | None = Field(default=None, description="The shop's reference of the cart.")
    cart_hash: Hash | None = Field(default=None, description="Hash of what is being submitted.")
    quoted_cart_hash: Hash | None = Field(
        default=None, description="Hash of what was quoted to the buyer; refused when it differs from `cart_hash`."
    )
    terms: Code | None = Field(default=None, description="Code of the chosen terms; the default if absent.")
    purchase_order_number: Text | None = Field(default=None, max_length=128)
    override: HoldOverride | None = Field(default=None, description="Needs the scope `credit:override`.")

    def to_hold(
        self, shop_code: str | None, *, idempotency_key: str, request_hash: bytes, author: str | None = None
    ) -> HoldAsked:
        return HoldAsked(
            quote=self.to_domain(shop_code),
            idempotency_key=idempotency_key,
            request_hash=request_hash,
            cart_ref=self.cart,
            cart_hash=self.cart_hash,
            quoted_cart_hash=self.quoted_cart_hash,
            terms=self.terms,
            purchase_order_number=self.purchase_order_number,
            override_reason=self.override.reason if self.override else None,
            author=author,
        )


class ReasonOut(Schema):
    """One reason of a decision. `text` is for staff; a buyer reads `public_text` of the answer only."""

    code: str = Field(examples=["over_limit"])
    text: str = Field(examples=["The order exceeds the credit left, by: 80.00"])


class OfferedTermsOut(Schema):
    """Payment terms with the day an order of today would be due."""

    code: Code
    label: str = Field(examples=["30 days"])
    due_on: Day
    is_default: bool = Field(description="Taken when a hold names no terms. Where none is, the buyer has to choose.")


class QuoteOut(Schema):
    """Whether the payment option is shown, and with what."""

    outcome: Literal["approved", "declined", "referred"]
    is_hidden: bool = Field(description="Show nothing at all rather than the refusal, as the policy says (F11).")
    public_text: str | None = Field(description="The one sentence a buyer may read; null when approved.")
    reasons: list[ReasonOut]
    amount: AmountText
    currency: CurrencyCode
    terms: list[OfferedTermsOut] = Field(description="The default first. Empty unless approved.")
    due_date_is_estimate: bool = Field(description="True: the due date is fixed when the start status is reached.")
    show_due_date: bool = Field(description="Whether a buyer may see it; a shop can hide estimates.")
    show_credit: bool = Field(description="Whether the buyer who was named may see limit and credit left.")
    credit_currency: CurrencyCode | None
    credit_limit: AmountText | None = Field(description="Null when there is none, or no ceiling.")
    available_credit: AmountText | None = Field(description="Never below zero; null when there is no ceiling.")
    trace: dict[str, Any] | None


class HoldOut(Schema):
    """What became of a request for credit. `hold_id` is null unless approved; the decision is kept either way."""

    outcome: Literal["approved", "declined", "referred"]
    hold_id: UUID | None
    decision_id: UUID
    status: Literal["pending"] | None
    public_text: str | None
    reasons: list[ReasonOut]
    amount: AmountText
    currency: CurrencyCode
    terms: OfferedTermsOut | None
    due_date_is_estimate: bool
    show_due_date: bool
    expires_at: InstantText | None
    credit_currency: CurrencyCode | None
    available_credit: AmountText | None
