"""What people do to open items: give up a part, dispute, promise, and give more time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from service.core.ids import new_id
from service.core.money import format_amount
from service.infra.outbox import announce
from service.infra.work import Work
from service.ledger.domain import Account, EntryKind, Posting
from service.merchants.domain import Change
from service.merchants.service import get_merchant, get_shop, record_change, settings_of
from service.orders import repository as orders_repository
from service.orders.service import terms_of
from service.orders.settlement_service import change_item, order_facts
from service.payments.allocation_service import Desk, open_desk
from service.receivables.domain import OpenItem
from service.receivables.errors import (
    AlreadyDisputed,
    ItemSettled,
    NotAnExtension,
    OpenItemNotFound,
    PromiseExceedsOpen,
    PromiseInPast,
    WriteOffExceedsOpen,
    WrittenOffExceeded,
)
from service.receivables.repository import find_item, read_days, update_item
from service.terms.domain import BillingPeriod
from service.terms.legal import LegalWarning, due_date_warnings

__all__ = [
    "Extension", "dispute_item", "extend_item", "item_facts", "promise_payment", "resolve_dispute", "reverse_write_off",
    "withdraw_promise", "write_off_item",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Extension:
    """An item with its new due date, and the limits of the law that it breaks."""

    item: OpenItem
    warnings: list[LegalWarning]


def item_facts(item: OpenItem) -> dict[str, Any]:
    """What every message about an open item says."""
    return {
        "open_item_id": str(item.id),
        "company_id": str(item.company_id),
        "order_id": None if item.order_id is None else str(item.order_id),
        "document": item.document_ref,
        "currency": item.currency,
        "open_amount": format_amount(item.open_minor, item.currency),
        "due_on": item.due_on.isoformat(),
    }


async def _lock(work: Work, item_id: UUID) -> tuple[Desk, OpenItem]:
    """An item as it is under its line's lock. Raises OpenItemNotFound."""
    item = await find_item(work, item_id)
    if item is None:
        raise OpenItemNotFound
    desk = await open_desk(work, [item.line_id])
    (item,) = await desk.read_items([item_id])
    return desk, item


async def _lock_open(work: Work, item_id: UUID) -> tuple[Desk, OpenItem]:
    desk, item = await _lock(work, item_id)
    if item.is_settled:
        raise ItemSettled
    return desk, item


def _change(item: OpenItem, field: str, before: object, after: object, *, reason: str | None = None) -> Change:
    return Change(subject_kind="open_item", subject_id=item.id, field=field, before=before, after=after, reason=reason)


# Write-offs


async def write_off_item(work: Work, item_id: UUID, *, amount_minor: int | None, reason: str) -> OpenItem:
    """Give up what is open, or a part: it no longer counts as owed. Raises ItemSettled or WriteOffExceedsOpen."""
    desk, item = await _lock_open(work, item_id)
    amount = item.open_minor if amount_minor is None else amount_minor
    if amount > item.open_minor:
        raise WriteOffExceedsOpen(open_amount=format_amount(item.open_minor, item.currency))
    after = await _change_write_off(desk, item, amount, reason=reason)
    payload = item_facts(after) | {"written_off_amount": format_amount(amount, item.currency), "reason": reason}
    await announce(work, "open_item.written_off", subject_id=item.id, shop_id=item.shop_id, payload=payload)
    return after


async def reverse_write_off(work: Work, item_id: UUID, *, amount_minor: int | None, reason: str) -> OpenItem:
    """Take a write-off back, or a part: it is owed again, over the limit or not. Raises WrittenOffExceeded."""
    desk, item = await _lock(work, item_id)
    amount = item.written_off_minor if amount_minor is None else amount_minor
    if not 0 < amount <= item.written_off_minor:
        raise WrittenOffExceeded(written_off_amount=format_amount(item.written_off_minor, item.currency))
    return await _change_write_off(desk, item, -amount, reason=reason)


async def _change_write_off(desk: Desk, before: OpenItem, by_minor: int, *, reason: str) -> OpenItem:
    work = desk.work
    after = before.written_off(by_minor, on=(await read_days(work))[before.shop_id])
    given_up = before.line_open_minor - after.line_open_minor
    kind = EntryKind.WRITE_OFF if by_minor > 0 else EntryKind.WRITE_OFF_REVERSED
    postings = []
    if given_up > 0:
        postings.append(Posting(Account.BAD_DEBT, Account.RECEIVABLE, given_up))
    elif given_up < 0:
        postings.append(Posting(Account.RECEIVABLE, Account.BAD_DEBT, -given_up))
    await desk.lines[before.line_id].books.book(
        kind, *postings, reference=f"open_item:{before.id}:{kind}:{new_id()}", subject_id=before.id, reason=reason
    )
    await change_item(work, before, after)
    shown = [format_amount(item.written_off_minor, item.currency) for item in (before, after)]
    await record_change(work, _change(before, "written_off", *shown, reason=reason))
    await desk.announce_credit()
    return after


# Disputes


async def dispute_item(work: Work, item_id: UUID, *, reason: str) -> OpenItem:
    """Write down that the company contests a document. It stays owed and in exposure.

    Raises OpenItemNotFound, ItemSettled or AlreadyDisputed.
    """
    desk, item = await _lock_open(work, item_id)
    if item.disputed_at is not None:
        raise AlreadyDisputed(disputed_at=item.disputed_at.isoformat())
    await update_item(work, item_id, disputed_at=work.now, dispute_reason=reason, dispute_author=work.author)
    await record_change(work, _change(item, "dispute", None, {"reason": reason}, reason=reason))
    payload = item_facts(item) | {"reason": reason}
    await announce(work, "open_item.disputed", subject_id=item.id, shop_id=item.shop_id, payload=payload)
    (item,) = await desk.read_items([item_id])
    return item


async def resolve_dispute(work: Work, item_id: UUID, *, reason: str | None) -> OpenItem:
    """The dispute is over. An item that is not disputed stays as it is. Raises OpenItemNotFound."""
    desk, item = await _lock(work, item_id)
    if item.disputed_at is None:
        return item
    await update_item(work, item_id, disputed_at=None, dispute_reason=None, dispute_author=None, undisputed_at=work.now)
    await record_change(work, _change(item, "dispute", {"reason": item.dispute_reason}, None, reason=reason))
    payload = item_facts(item) | {"reason": reason}
    await announce(work, "open_item.dispute_resolved", subject_id=item.id, shop_id=item.shop_id, payload=payload)
    (item,) = await desk.read_items([item_id])
    return item


# Promises


async def promise_payment(work: Work, item_id: UUID, *, on: date, amount_minor: int | None) -> OpenItem:
    """Write down that the company promised to pay on a day; a new promise replaces the old one.

    Raises OpenItemNotFound, ItemSettled, PromiseInPast or PromiseExceedsOpen.
    """
    desk, item = await _lock_open(work, item_id)
    amount = item.open_minor if amount_minor is None else amount_minor
    if on < (await read_days(work))[item.shop_id]:
        raise PromiseInPast(promised_on=on.isoformat())
    if amount > item.open_minor:
        raise PromiseExceedsOpen(open_amount=format_amount(item.open_minor, item.currency))
    await update_item(work, item_id, promised_on=on, promised_minor=amount, promise_author=work.author)
    (after,) = await desk.read_items([item_id])
    await record_change(work, _change(item, "promise", _promise(item), _promise(after)))
    payload = item_facts(after) | (_promise(after) or {})
    await announce(work, "open_item.promised", subject_id=item.id, shop_id=item.shop_id, payload=payload)
    return after


async def withdraw_promise(work: Work, item_id: UUID, *, reason: str | None) -> OpenItem:
    """The promise does not count any more. An item without one stays as it is. Raises OpenItemNotFound."""
    desk, item = await _lock(work, item_id)
    if item.promised_on is None:
        return item
    await update_item(work, item_id, promised_on=None, promised_minor=None, promise_author=None)
    await record_change(work, _change(item, "promise", _promise(item), None, reason=reason))
    (item,) = await desk.read_items([item_id])
    return item


def _promise(item: OpenItem) -> dict[str, str] | None:
    if item.promised_on is None or item.promised_minor is None:
        return None
    return {
        "promised_on": item.promised_on.isoformat(),
        "promised_amount": format_amount(item.promised_minor, item.currency),
    }


# More time


async def extend_item(work: Work, item_id: UUID, *, due_on: date, reason: str) -> Extension:
    """Give more time on purpose: the original due date is kept, and whoever follows the order is told (S31).

    Raises OpenItemNotFound, ItemSettled or NotAnExtension. Limits of the law give warnings, never a refusal.
    """
    _desk, before = await _lock_open(work, item_id)
    if due_on <= before.due_on:
        raise NotAnExtension(due_on=before.due_on.isoformat())
    after = before.extended(due_on)
    await change_item(work, before, after)
    days = before.due_on.isoformat(), due_on.isoformat()
    await record_change(work, _change(before, "due_on", *days, reason=reason))
    is_consolidated = False
    if after.order_id is not None:
        order = await orders_repository.update_order(work, after.order_id, due_on=due_on)
        is_consolidated = terms_of(order.terms).billing_period is not BillingPeriod.NONE
        payload = order_facts(order) | {
            "amount": format_amount(order.owed_minor, order.currency),
            "due_on": due_on.isoformat(),
        }
        await announce(work, "order.due_date_fixed", subject_id=order.id, shop_id=order.shop_id, payload=payload)
    warnings = due_date_warnings(
        issued_on=after.issued_on,
        due_on=due_on,
        country=(await get_merchant(work)).country,
        contract_agreed=settings_of(await get_shop(work, after.shop_id)).terms_agreed_in_contract,
        is_consolidated=is_consolidated,
    )
    return Extension(after, warnings)
