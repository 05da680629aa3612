"""Bodies about open items that speak of money: what settles them, write-offs and promises."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from service.infra.schemas import Day, FreeText, Page, Schema
from service.payments.domain import Allocation
from service.payments.schemas import AllocationOut, PositiveAmount
from service.receivables.domain import OpenItem
from service.receivables.schemas import DueDateWarningOut, ItemOut, item_fields

__all__ = ["ExtendedItemOut", "ItemDetailOut", "ItemPage", "PromiseIn", "WriteOffIn"]


class ItemPage(Page[ItemOut]):
    """One page of open items."""


class ItemDetailOut(ItemOut):
    """An open item with what settles it."""

    allocations: list[AllocationOut]

    @classmethod
    def with_allocations(
        cls, item: OpenItem, allocations: list[Allocation], *, today: date, line_currency: str
    ) -> ItemDetailOut:
        shown = [AllocationOut.of(allocation) for allocation in allocations]
        return cls(**item_fields(item, today=today, line_currency=line_currency), allocations=shown)


class ExtendedItemOut(ItemOut):
    """An open item with its new due date, and what the law says to it."""

    warnings: list[DueDateWarningOut]


class WriteOffIn(Schema):
    """What is given up, or taken back, and why."""

    amount: PositiveAmount | None = Field(default=None, description="A part; without it, all there is.")
    reason: FreeText = Field(examples=["Insolvency closed without a dividend"])


class PromiseIn(Schema):
    """What the company promised."""

    on: Day = Field(description="The day it promised to pay on.")
    amount: PositiveAmount | None = Field(default=None, description="Without it, all that is open.")
