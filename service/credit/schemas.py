"""Bodies about a company's credit: its lines, the agreement, and what became of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from service.core.money import InvalidAmount, format_amount, parse_amount
from service.credit.domain import CreditLimit, LimitKind, LimitSource, LineStatus
from service.credit.history import HistoryEntry
from service.credit.lines import AgreedLimit, CreditLine
from service.credit.views import LineView
from service.infra.schemas import AmountText, Code, CurrencyCode, Day, FreeText, InstantText, Page, Schema
from service.ledger.domain import Account, EntryKind, Phase, Posting

__all__ = [
    "CompanyCreditOut", "CreditLineOut", "HistoryEntryOut", "HistoryPage", "LimitIn", "LineStatusIn", "TemporaryLimitIn",
]  # fmt: skip

LineCurrency = Annotated[
    CurrencyCode | None, Field(description="Currency of the line; the shop's, or the merchant's, unless given.")
]


def _parse_ceiling(text: str, currency: str) -> int:
    amount_minor = parse_amount(text, currency)
    if amount_minor < 0:
        raise InvalidAmount("A limit or tolerance is not negative", amount=text, currency=currency)
    return amount_minor


class OwnLimitKind(StrEnum):
    """What was agreed with the company itself: nothing, or one of the kinds of a limit."""

    INHERIT = "inherit"
    NONE = "none"
    AMOUNT = "amount"
    UNLIMITED = "unlimited"


class LimitIn(Schema):
    """The company's own agreement as a whole: what is left out takes its default. Only `amount` has an amount."""

    kind: Annotated[OwnLimitKind, Field(strict=False)] = Field(
        description="`inherit`: no limit of its own, its groups, shop and merchant decide. `none`: no credit."
    )
    amount: AmountText | None = None
    currency: LineCurrency = None
    tolerance_amount: AmountText = Field(default="0", description="A silent margin above the limit.")
    tolerance_bp: Annotated[int, Field(ge=0, le=10_000)] = Field(
        default=0, description="A margin as a share of the limit, in basis points: 500 is 5 %. Both margins add up."
    )
    allow_exceed: bool = Field(default=False, description="Whether orders may pass above the limit.")
    reason: FreeText = Field(examples=["yearly review"])

    @model_validator(mode="after")
    def _require_amount(self) -> LimitIn:
        if (self.kind is OwnLimitKind.AMOUNT) != (self.amount is not None):
            raise ValueError("an amount belongs to the kind `amount`, and only to it")
        return self

    def to_agreed(self, currency: str) -> AgreedLimit:
        """Raises InvalidAmount."""
        limit = None
        if self.kind is not OwnLimitKind.INHERIT:
            amount_minor = None if self.amount is None else _parse_ceiling(self.amount, currency)
            limit = CreditLimit(LimitKind(self.kind), amount_minor, LimitSource.COMPANY)
        return AgreedLimit(
            limit=limit,
            tolerance_minor=_parse_ceiling(self.tolerance_amount, currency),
            tolerance_bp=self.tolerance_bp,
            allow_exceed=self.allow_exceed,
        )


class TemporaryLimitIn(Schema):
    """A limit with an end. It replaces the company's own, whether higher or lower."""

    amount: AmountText
    currency: LineCurrency = None
    until: InstantText = Field(description="At this instant the usual limit binds again.")
    reason: FreeText = Field(examples=["trade fair"])

    def to_minor(self, currency: str) -> int:
        """Raises InvalidAmount."""
        return _parse_ceiling(self.amount, currency)


class LineStatusIn(Schema):
    """Why the line is frozen, unfrozen or closed."""

    reason: FreeText = Field(examples=["invoices overdue by 60 days"])
    currency: LineCurrency = None


class LimitOut(Schema):
    """The limit that binds, and which level set it. `source_ref` names the group or shop, or the temporary end."""

    kind: LimitKind
    amount: AmountText | None
    source: LimitSource
    source_ref: str | None


class OwnLimitOut(Schema):
    """What was agreed with the company itself."""

    kind: OwnLimitKind
    amount: AmountText | None


class TemporaryLimitOut(Schema):
    """The temporary limit while it lasts."""

    amount: AmountText
    until: InstantText


class ExposureOut(Schema):
    """What the company would owe if everything promised were delivered. Each order is in exactly one bucket.

    `total` = `held` + `uninvoiced` + `outstanding` - `on_account` - `credit_notes`.
    """

    total: AmountText
    held: AmountText = Field(description="Reserved by holds and orders whose term has not started.")
    uninvoiced: AmountText = Field(description="Delivered, waiting for the document of its period.")
    outstanding: AmountText = Field(description="Left to pay on open items.")
    on_account: AmountText = Field(description="Money received that is not allocated yet.")
    credit_notes: AmountText = Field(description="Credit of the company that is not allocated yet.")


class CreditLineOut(Schema):
    """One credit line. Without `id` none is open yet: it shows what the company's first order would find."""

    id: UUID | None
    shop: Code | None = Field(description="Code of the shop it belongs to; null: all shops share it.")
    currency: CurrencyCode
    status: LineStatus
    status_reason: str | None
    limit: LimitOut
    own_limit: OwnLimitOut
    temporary_limit: TemporaryLimitOut | None
    tolerance_amount: AmountText
    tolerance_bp: int
    allow_exceed: bool
    exposure: ExposureOut
    available_credit: AmountText | None = Field(description="Never below zero; null: unlimited.")
    over_limit_amount: AmountText = Field(description="Exposure above the limit, as after it was lowered.")
    overdue: AmountText
    unpaid_documents: int
    oldest_due_on: Day | None

    @classmethod
    def of(cls, view: LineView) -> CreditLineOut:
        position, line = view.position, view.line
        currency, limit, balances = position.currency, position.limit, position.balances

        def shown(amount_minor: int) -> str:
            return format_amount(amount_minor, currency)

        available = position.available_credit
        return cls(
            id=line.id if line else None,
            shop=view.shop_code,
            currency=currency,
            status=position.status,
            status_reason=line.status_reason if line else None,
            limit=LimitOut(
                kind=limit.kind,
                amount=None if limit.amount_minor is None else shown(limit.amount_minor),
                source=limit.source,
                source_ref=limit.source_ref,
            ),
            own_limit=_own_limit(line),
            temporary_limit=_temporary_limit(line) if limit.source is LimitSource.TEMPORARY else None,
            tolerance_amount=shown(position.tolerance_minor),
            tolerance_bp=position.tolerance_bp,
            allow_exceed=position.allow_exceed,
            exposure=ExposureOut(
                total=shown(balances.exposure),
                held=shown(balances.held),
                uninvoiced=shown(balances.uninvoiced),
                outstanding=shown(balances.receivable),
                on_account=shown(balances.on_account),
                credit_notes=shown(balances.credit_notes),
            ),
            available_credit=None if available is None else shown(available),
            over_limit_amount=shown(position.over_limit_minor),
            overdue=shown(view.overdue_minor),
            unpaid_documents=line.unpaid_count if line else 0,
            oldest_due_on=line.oldest_due_on if line else None,
        )


def _own_limit(line: CreditLine | None) -> OwnLimitOut:
    limit = line.own_limit if line else None
    if line is None or limit is None:
        return OwnLimitOut(kind=OwnLimitKind.INHERIT, amount=None)
    amount = None if limit.amount_minor is None else format_amount(limit.amount_minor, line.currency)
    return OwnLimitOut(kind=OwnLimitKind(limit.kind), amount=amount)


def _temporary_limit(line: CreditLine | None) -> TemporaryLimitOut | None:
    if line is None or line.temporary_limit_minor is None or line.temporary_until is None:
        return None
    amount = format_amount(line.temporary_limit_minor, line.currency)
    return TemporaryLimitOut(amount=amount, until=line.temporary_until)


class CompanyCreditOut(Schema):
    """All credit lines of a company that the caller may see."""

    company_id: UUID
    lines: list[CreditLineOut]


class PostingOut(Schema):
    """A movement from the account it credits to the one it debits."""

    debit: Account
    credit: Account
    amount: AmountText
    phase: Phase = Field(description="`pending` movements reserve, `posted` ones are final.")

    @classmethod
    def of(cls, posting: Posting, currency: str) -> PostingOut:
        amount = format_amount(posting.amount_minor, currency)
        return cls(debit=posting.debit, credit=posting.credit, amount=amount, phase=posting.phase)


class HistoryEntryOut(Schema):
    """Something that happened to the line. Entries are never changed; a mistake is corrected by a further one."""

    id: UUID
    credit_line_id: UUID
    kind: EntryKind
    subject_id: UUID = Field(description="The hold, order, payment, credit note or line it is about.")
    reference: str = Field(description="Derived from the cause: the same cause books once.")
    currency: CurrencyCode
    change: AmountText = Field(description="What it added to the exposure; `0` when it only moved between buckets.")
    postings: list[PostingOut]
    exposure_after: AmountText
    available_after: AmountText | None = Field(description="Below zero when over the limit; null: no limit.")
    effective_on: Day
    recorded_at: InstantText
    author: str
    reason: str | None

    @classmethod
    def of(cls, entry: HistoryEntry) -> HistoryEntryOut:
        available = entry.available_after_minor
        return cls(
            id=entry.id,
            credit_line_id=entry.line_id,
            kind=entry.kind,
            subject_id=entry.subject_id,
            reference=entry.reference,
            currency=entry.currency,
            change=format_amount(entry.change_minor, entry.currency),
            postings=[PostingOut.of(posting, entry.currency) for posting in entry.postings],
            exposure_after=format_amount(entry.exposure_after_minor, entry.currency),
            available_after=None if available is None else format_amount(available, entry.currency),
            effective_on=entry.effective_on,
            recorded_at=entry.recorded_at,
            author=entry.author,
            reason=entry.reason,
        )


class HistoryPage(Page[HistoryEntryOut]):
    """One page of a line's history."""
