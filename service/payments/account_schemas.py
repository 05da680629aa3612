"""What a company owes, as it is shown: every figure with the list that adds up to it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from pydantic import Field

from service.core.money import format_amount
from service.credit.domain import LimitKind, LineStatus
from service.infra.schemas import AmountText, Code, CurrencyCode, Schema
from service.payments.account import DUE_SOON_DAYS, Account, AccountLine, Bucket, CurrencyTotal, Figure

__all__ = ["AccountLineOut", "AccountOut", "BucketsOut", "CurrencyTotalOut", "FigureOut"]

_SUMMED: Final = {
    Bucket.HELD: "reserved",
    Bucket.UNINVOICED: "owed_amount",
    Bucket.ON_ACCOUNT: "unallocated_amount",
    Bucket.CREDIT_NOTES: "unallocated_amount",
}


class FigureOut(Schema):
    """An amount, and where to see what it consists of."""

    amount: AmountText
    count: int = Field(description="How many documents it consists of.")
    list: str = Field(
        description="The list whose rows add up to it.",
        examples=["/v1/open-items?open=true&overdue=false&company=id:…"],
    )
    sum_of: str = Field(
        description="The field of the rows that adds up to it. Rows in another currency than the credit line's count at "
        "the exchange rate frozen on their order."
    )


class BucketsOut(Schema):
    """The parts of the exposure. Each document is in exactly one."""

    held: FigureOut
    uninvoiced: FigureOut
    not_due: FigureOut
    overdue_0_30: FigureOut
    overdue_31_60: FigureOut
    overdue_61_90: FigureOut
    overdue_90: FigureOut = Field(description="More than 90 days past due.")
    on_account: FigureOut = Field(description="Reduces the exposure.")
    credit_notes: FigureOut = Field(description="Reduces the exposure.")


class AccountLineOut(Schema):
    """One credit line: what is authorised, what of it is used and by what, and what remains."""

    credit_line_id: UUID
    shop: Code | None = Field(description="Code of the shop it belongs to; null: all shops share it.")
    currency: CurrencyCode
    status: LineStatus
    authorised_kind: LimitKind
    authorised: AmountText | None = Field(description="Null where the limit is no amount.")
    exposure: AmountText
    remaining: AmountText | None = Field(description="Never below zero; null: unlimited.")
    over_limit_amount: AmountText
    buckets: BucketsOut
    due_soon: FigureOut = Field(description=f"Of `not_due` what has to be paid within {DUE_SOON_DAYS} days.")
    elsewhere: AmountText = Field(
        description="What documents of other shops add to the exposure; zero for an integrator's key, which sees all."
    )

    @classmethod
    def of(cls, line: AccountLine) -> AccountLineOut:
        currency, position = line.line.currency, line.position
        limit, remaining = position.limit, position.available_credit

        def shown(amount_minor: int) -> str:
            return format_amount(amount_minor, currency)

        def with_list(figure: Figure, query: str, sum_of: str = "line_open_amount") -> FigureOut:
            listed = f"{query}&company=id:{line.line.company_id}&credit_line={line.line.id}"
            return FigureOut(amount=shown(figure.amount_minor), count=figure.count, list=listed, sum_of=sum_of)

        figures = {
            bucket.value: with_list(figure, bucket.query, _SUMMED.get(bucket, "line_open_amount"))
            for bucket, figure in line.figures.items()
        }
        return cls(
            credit_line_id=line.line.id,
            shop=line.shop_code,
            currency=currency,
            status=position.status,
            authorised_kind=limit.kind,
            authorised=None if limit.amount_minor is None else shown(limit.amount_minor),
            exposure=shown(position.exposure_minor),
            remaining=None if remaining is None else shown(remaining),
            over_limit_amount=shown(position.over_limit_minor),
            buckets=BucketsOut(**figures),
            due_soon=with_list(line.due_soon, f"/v1/open-items?due_within={DUE_SOON_DAYS}"),
            elsewhere=shown(line.elsewhere_minor),
        )


class CurrencyTotalOut(Schema):
    """What was paid and is still to come in one currency of documents."""

    currency: CurrencyCode
    paid: AmountText = Field(description="Payments received, less refunds; those that bounced do not count.")
    paid_list: str
    expected: AmountText = Field(description="Open on documents that are due or will be.")
    expected_list: str
    max_days_late: int = Field(description="The most days that a document is late, or was when it was settled.")

    @classmethod
    def of(cls, total: CurrencyTotal, *, company_id: UUID) -> CurrencyTotalOut:
        return cls(
            currency=total.currency,
            paid=format_amount(total.paid_minor, total.currency),
            paid_list=f"/v1/payments?status=received&company=id:{company_id}",
            expected=format_amount(total.expected_minor, total.currency),
            expected_list=f"/v1/open-items?open=true&company=id:{company_id}",
            max_days_late=total.max_days_late,
        )


class AccountOut(Schema):
    """What a company owes and has paid, in each of its credit lines and currencies."""

    company_id: UUID
    lines: list[AccountLineOut]
    totals: list[CurrencyTotalOut]

    @classmethod
    def of(cls, account: Account) -> AccountOut:
        return cls(
            company_id=account.company_id,
            lines=[AccountLineOut.of(line) for line in account.lines],
            totals=[CurrencyTotalOut.of(total, company_id=account.company_id) for total in account.totals],
        )
