"""Bodies of the routes about payment terms."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from service.infra.schemas import CountryCode, Day, FreeText, InstantText, Schema, Text
from service.terms.choice import DropReason, TermsLevel
from service.terms.domain import BillingPeriod, BusinessDayAdjustment, EndOfMonth

__all__ = [
    "AllowedTermsOut", "DroppedTermsOut", "DueDateOut", "ExampleOut", "LegalWarningOut", "PreviewIn", "PreviewOut",
    "TermsDefinition", "TermsIn", "TermsList", "TermsOut", "TermsWithExamplesOut",
]  # fmt: skip


class TermsDefinition(Schema):
    """How a due date comes about: close of the billing period, months, days, end of month, fixed day, business day."""

    net_days: Annotated[int, Field(ge=0, le=365)] = Field(default=0, examples=[30])
    months: Annotated[int, Field(ge=0, le=24)] = 0
    end_of_month: Annotated[EndOfMonth, Field(strict=False)] = Field(
        default=EndOfMonth.NONE,
        description='Which reading of "45 days end of month" was agreed; they differ by up to three weeks.',
    )
    fixed_day: Annotated[int, Field(ge=1, le=31)] | None = Field(
        default=None, description="The first such day of a month on or after the date reached."
    )
    billing_period: Annotated[BillingPeriod, Field(strict=False)] = Field(
        default=BillingPeriod.NONE, description="How long orders are gathered before one document asks for their money."
    )
    business_day_adjustment: Annotated[BusinessDayAdjustment, Field(strict=False)] = Field(
        default=BusinessDayAdjustment.NONE, description="Where the date goes when nobody works on it."
    )
    discount_days: Annotated[int, Field(ge=0, le=365)] | None = None
    discount_bp: Annotated[int, Field(ge=1, le=9_999)] | None = Field(
        default=None, description="Early-payment discount in basis points: 200 is 2 %."
    )

    def to_definition(self) -> dict[str, Any]:
        """As plain JSON, without what does not belong to a definition."""
        return self.model_dump(mode="json", include=set(TermsDefinition.model_fields))


class TermsIn(TermsDefinition):
    """Terms as a whole: what is left out takes its default."""

    label: Annotated[Text, Field(max_length=200)] | None = Field(
        default=None, description="What buyers read; without it a short English description.", examples=["30 days net"]
    )
    is_active: bool = Field(default=True, description="Inactive terms are offered to nobody.")
    reason: FreeText | None = Field(default=None, description="Kept in the log of changes.")


class PreviewIn(TermsDefinition):
    """Terms to try out, and days to count them from."""

    country: CountryCode | None = Field(default=None, description="Whose law to look at; the merchant's unless given.")
    terms_agreed_in_contract: bool | None = Field(
        default=None, description="Whether the terms stand in a contract; as the merchant's settings say unless given."
    )
    is_consolidated: bool | None = Field(
        default=None,
        description="Whether the document of the billing period is itself the invoice, rather than a list of invoices "
        "issued before. Unless given it is, wherever orders are gathered.",
    )
    base_dates: Annotated[list[Day], Field(max_length=100)] = Field(
        default=[], description="Days that orders count from.", examples=[["2026-01-31"]]
    )


class StepOut(Schema):
    """One move of the date."""

    code: str
    on: Day


class DueDateOut(Schema):
    """A due date and how it came about. `billing_on` is the day of the document that asks for the money."""

    base_on: Day
    billing_on: Day
    due_on: Day
    discount_until_on: Day | None
    steps: list[StepOut]


class ExampleOut(DueDateOut):
    """A due date worth looking at, and why."""

    kind: str = Field(examples=["january_31"])


class LegalWarningOut(Schema):
    """A limit of the law that the terms can break, with the worst date as its proof."""

    code: str
    country: str
    article: str = Field(examples=["Code de commerce, art. L441-10, I"])
    limit_days: int | None
    days: int
    base_on: Day
    due_on: Day
    message: str


class TermsOut(Schema):
    """Terms as the merchant keeps them. Without `laws_checked`, no warning means only that no law is known."""

    code: str
    label: str
    is_active: bool
    definition: TermsDefinition
    warnings: list[LegalWarningOut]
    laws_checked: list[str]
    created_at: InstantText
    updated_at: InstantText


class TermsWithExamplesOut(TermsOut):
    """Terms with worked examples of this year."""

    examples: list[ExampleOut]


class TermsList(Schema):
    """All terms of the merchant, by code. `next_cursor` is always null: there are at most 200."""

    items: list[TermsOut]
    next_cursor: None = None


class PreviewOut(Schema):
    """What terms would do. Nothing was kept."""

    label: str
    definition: TermsDefinition
    warnings: list[LegalWarningOut]
    laws_checked: list[str]
    examples: list[ExampleOut]
    due_dates: list[DueDateOut]


class DroppedTermsOut(Schema):
    """A code that somebody wrote down and that offers nothing."""

    code: str
    reason: DropReason


class AllowedTermsOut(Schema):
    """The terms a company may choose from, in order of preference, and which level decided.

    Without `default` the buyer has to choose; with nothing `allowed` the payment method is not offered.
    """

    allowed: list[str]
    default: str | None
    allowed_by: TermsLevel | None
    default_by: TermsLevel | None
    dropped: list[DroppedTermsOut]
    labels: dict[str, str] = Field(
        description="What each of the allowed terms is called.", examples=[{"net_30": "30 days"}]
    )
