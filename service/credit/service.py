"""Credit lines: open one, say what it allows, change the agreement; and holds that end without an order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from service.core.ids import new_id
from service.core.money import format_amount
from service.credit import repository
from service.credit.domain import CreditLimit, CreditPosition, HeldAmount, HoldStatus, LineStatus
from service.credit.errors import (
    HoldAlreadyResolved,
    HoldNotFound,
    LineClosed,
    LineStatusUnchanged,
    TemporaryLimitInPast,
)
from service.credit.limits import LimitLevels
from service.credit.lines import AgreedLimit, CreditLine, Hold, credit_facts
from service.infra.memory import memory_of
from service.infra.outbox import announce
from service.infra.work import Scope, Work
from service.ledger.domain import Account, Balances, EntryKind, Phase, Posting
from service.ledger.repository import read_balances
from service.ledger.service import Books, lock_books
from service.merchants.domain import Change
from service.merchants.service import read_shops, record_change

__all__ = [
    "LockedLine", "announce_credit", "change_limit", "change_status", "end_hold", "extend_hold", "find_hold", "load_limit_levels", "lock_found_hold",
    "lock_hold", "lock_line", "open_line", "read_positions", "release_hold", "set_temporary_limit",
]  # fmt: skip


# Kept in the session, whose life is one transaction.
_LOCKED_LINES: Final = "credit.locked_lines"
_LIMIT_LEVELS: Final = "credit.limit_levels"


@dataclass
class LockedLine:
    """A credit line whose books are locked, with what it allows at this moment."""

    line: CreditLine
    groups: tuple[str, ...]
    books: Books
    levels: LimitLevels

    @property
    def position(self) -> CreditPosition:
        work = self.books.work
        limit = self.levels.effective(
            self.line.agreement(asking_shop_id=work.caller.shop_id), groups=self.groups, now=work.now
        )
        return _position(self.line, limit=limit, balances=self.books.balances)


def _position(line: CreditLine, *, limit: CreditLimit, balances: Balances) -> CreditPosition:
    return CreditPosition(
        currency=line.currency,
        status=LineStatus(line.status),
        limit=limit,
        balances=balances,
        tolerance_minor=line.tolerance_minor,
        tolerance_bp=line.tolerance_bp,
        allow_exceed=line.allow_exceed,
    )


async def load_limit_levels(work: Work, *, settings_version: int | None = None) -> LimitLevels:
    """The merchant's limits above the company, as this transaction first read them. A broken shop's sets none.

    Who knows the version of the settings may be given what this process made of it before.
    """
    known: LimitLevels | None = work.session.info.get(_LIMIT_LEVELS)
    if known is None and settings_version is not None:
        known = memory_of(work.session).recall(work.merchant_id, version=settings_version)
    if known is None:
        known = LimitLevels.build(await repository.read_group_limits(work), await read_shops(work))
        if settings_version is not None:
            memory_of(work.session).keep(work.merchant_id, known, version=settings_version)
    work.session.info[_LIMIT_LEVELS] = known
    return known


async def open_line(work: Work, *, company_id: UUID, shop_id: UUID | None, currency: str) -> CreditLine:
    """The company's line for a currency and for a shop or all (None); opened with zero balances when there is none."""
    line = await repository.find_line(work, company_id=company_id, shop_id=shop_id, currency=currency)
    if line is not None:
        return line
    line_id = await repository.insert_line(work, company_id=company_id, shop_id=shop_id, currency=currency)
    if line_id is not None:
        books = (await lock_books(work, [line_id]))[line_id]
        await books.book(EntryKind.LINE_OPENED, reference=f"line:{line_id}:opened", subject_id=line_id)
    line = await repository.find_line(work, company_id=company_id, shop_id=shop_id, currency=currency)
    assert line is not None, "a line that lost the race exists all the same"
    return line


async def lock_line(work: Work, line_id: UUID) -> LockedLine:
    """Lock a line's books; everything that changes what it allows or carries goes through here.

    Locked again within a transaction it is the same line: two sets of books of one line would drift apart.
    """
    known: dict[UUID, LockedLine] = work.session.info.setdefault(_LOCKED_LINES, {})
    if line_id not in known:
        books = (await lock_books(work, [line_id]))[line_id]
        # Read under the lock: the agreement may have changed while we waited for it.
        line, groups, settings_version = await repository.read_agreement(work, line_id)
        levels = await load_limit_levels(work, settings_version=settings_version)
        known[line_id] = LockedLine(line=line, groups=groups, books=books, levels=levels)
        books.ceiling_minor = known[line_id].position.ceiling_minor
    return known[line_id]


async def read_positions(
    work: Work, company_id: UUID, *, asking_shop_id: UUID | None = None
) -> list[tuple[CreditLine, CreditPosition]]:
    """All lines of a company with what each allows where it is asked, those of one shop first."""
    lines = await repository.find_lines(work, company_id=company_id)
    balances = await read_balances(work.session, merchant_id=work.merchant_id, line_ids=[line.id for line in lines])
    levels = await load_limit_levels(work)
    groups = await repository.read_groups(work, company_id)
    positions = []
    for line in lines:
        agreement = line.agreement(asking_shop_id=asking_shop_id or work.caller.shop_id)
        limit = levels.effective(agreement, groups=groups, now=work.now)
        positions.append((line, _position(line, limit=limit, balances=balances[line.id])))
    return positions


# The agreement


async def change_limit(work: Work, line_id: UUID, *, agreed: AgreedLimit, reason: str | None) -> LockedLine:
    """Set the company's own limit. Touches nothing that was accepted before (S13)."""
    work.caller.require(Scope.CREDIT_WRITE)
    locked = await _lock_open_line(work, line_id)
    before = locked.line.describe_limit()
    await repository.update_line(
        work,
        line_id,
        limit_kind=agreed.limit.kind if agreed.limit else None,
        limit_minor=agreed.limit.amount_minor if agreed.limit else None,
        tolerance_minor=agreed.tolerance_minor,
        tolerance_bp=agreed.tolerance_bp,
        allow_exceed=agreed.allow_exceed,
    )
    return await _record_limit(work, locked, field="limit", before=before, reason=reason)


async def set_temporary_limit(
    work: Work, line_id: UUID, *, amount_minor: int | None, until: datetime | None, reason: str | None
) -> LockedLine:
    """A limit with an end (N04), or with None its early end. Raises TemporaryLimitInPast."""
    work.caller.require(Scope.CREDIT_WRITE)
    if until is not None and until <= work.now:
        raise TemporaryLimitInPast
    locked = await _lock_open_line(work, line_id)
    before = locked.line.describe_limit()
    await repository.update_line(work, line_id, temporary_limit_minor=amount_minor, temporary_until=until)
    return await _record_limit(work, locked, field="temporary_limit", before=before, reason=reason)


async def _record_limit(
    work: Work, locked: LockedLine, *, field: str, before: dict[str, object], reason: str | None
) -> LockedLine:
    line_id = locked.line.id
    locked.line = await repository.read_line(work, line_id)
    locked.books.ceiling_minor = locked.position.ceiling_minor
    await locked.books.book(
        EntryKind.LIMIT_CHANGED, reference=f"line:{line_id}:limit:{new_id()}", subject_id=line_id, reason=reason
    )
    await _record_change(work, line_id, field=field, before=before, after=locked.line.describe_limit(), reason=reason)
    await announce_credit(work, locked, changed="limit")
    return locked


async def change_status(work: Work, line_id: UUID, *, status: LineStatus, reason: str) -> LockedLine:
    """Freeze, unfreeze or close a line; a frozen one refuses every new order, whatever room it has (S15)."""
    work.caller.require(Scope.CREDIT_WRITE)
    locked = await _lock_open_line(work, line_id)
    before = locked.line.status
    if before == status:
        raise LineStatusUnchanged(line_status=status.value)
    await repository.update_line(work, line_id, status=status, status_reason=reason)
    locked.line = await repository.read_line(work, line_id)
    kind = {
        LineStatus.ACTIVE: EntryKind.LINE_UNFROZEN,
        LineStatus.FROZEN: EntryKind.LINE_FROZEN,
        LineStatus.CLOSED: EntryKind.LINE_CLOSED,
    }[status]
    await locked.books.book(kind, reference=f"line:{line_id}:{kind}:{new_id()}", subject_id=line_id, reason=reason)
    await _record_change(work, line_id, field="status", before=before, after=status.value, reason=reason)
    await announce_credit(work, locked, changed="status")
    return locked


async def _lock_open_line(work: Work, line_id: UUID) -> LockedLine:
    locked = await lock_line(work, line_id)
    if locked.line.is_closed:
        raise LineClosed
    return locked


async def _record_change(
    work: Work, line_id: UUID, *, field: str, before: object, after: object, reason: str | None
) -> None:
    await record_change(
        work,
        Change(
            subject_kind="credit_line",
            subject_id=line_id,
            field=field,
            before=before,
            after=after,
            reason=reason,
        ),
    )


async def announce_credit(work: Work, locked: LockedLine, *, changed: str) -> None:
    """Tell what the line allows now, to whoever keeps a copy of it. `changed` is `limit`, `status` or `used`."""
    await announce(
        work,
        "company.credit_changed",
        subject_id=locked.line.company_id,
        shop_id=locked.line.shop_id,
        payload=credit_facts(locked.line, locked.position) | {"changed": changed},
    )


# Holds


async def find_hold(work: Work, hold_id: UUID) -> Hold:
    """A hold as it is before its line is locked. Raises HoldNotFound, also for another shop's hold."""
    hold = await repository.read_hold(work, hold_id)
    if hold is None or work.caller.shop_id not in {None, hold.shop_id}:
        raise HoldNotFound
    return hold


async def lock_hold(work: Work, hold_id: UUID) -> tuple[LockedLine, Hold]:
    """A hold with its line, both locked, the line first. Raises HoldNotFound."""
    return await lock_found_hold(work, await find_hold(work, hold_id))


async def lock_found_hold(work: Work, found: Hold) -> tuple[LockedLine, Hold]:
    """The same for a hold that was read before; it may have changed until its line was locked."""
    locked = await lock_line(work, found.line_id)
    hold = await repository.read_hold(work, found.id, for_update=True)
    assert hold is not None, "holds are never deleted"
    return locked, hold


async def extend_hold(work: Work, hold_id: UUID, *, minutes: int) -> Hold:
    """Give a pending hold more time, counted from now. Raises HoldNotFound or HoldAlreadyResolved."""
    _locked, hold = await lock_hold(work, hold_id)
    if hold.status != HoldStatus.PENDING:
        raise HoldAlreadyResolved(hold_status=hold.status)
    expires_at = max(hold.expires_at, work.now + timedelta(minutes=minutes))
    return await repository.update_hold(work, hold_id, expires_at=expires_at)


async def release_hold(work: Work, hold_id: UUID, *, reason: str | None) -> Hold:
    """Give the credit of a hold without order back; once. A hold released before is simply returned.

    Raises HoldNotFound, or HoldAlreadyResolved when orders are attached: those give their credit back by themselves.
    """
    locked, hold = await lock_hold(work, hold_id)
    if hold.status in {HoldStatus.RELEASED, HoldStatus.EXPIRED}:
        return hold
    if hold.is_attached:
        raise HoldAlreadyResolved(hold_status=hold.status)
    return await end_hold(work, locked, hold, kind=EntryKind.HOLD_RELEASED, reason=reason)


async def end_hold(work: Work, locked: LockedLine, hold: Hold, *, kind: EntryKind, reason: str | None) -> Hold:
    """Release or expire all that a hold still reserves, and tell."""
    held = hold.held
    ended: HeldAmount = held.expire() if kind is EntryKind.HOLD_EXPIRED else held.release()
    await locked.books.book(
        kind,
        Posting(Account.COMMITMENTS, Account.HELD, held.open_minor, Phase.PENDING),
        reference=f"hold:{hold.id}:{kind}",
        subject_id=hold.id,
        reason=reason,
    )
    hold = await repository.update_hold(
        work,
        hold.id,
        status=ended.status,
        line_released_minor=ended.released_minor,
        resolved_at=work.now,
        release_reason=reason,
    )
    await announce(
        work,
        "hold.expired" if kind is EntryKind.HOLD_EXPIRED else "hold.released",
        subject_id=hold.id,
        shop_id=hold.shop_id,
        payload={
            "hold_id": str(hold.id),
            "cart": hold.cart_ref,
            "company_id": str(hold.company_id),
            "currency": hold.currency,
            "amount": format_amount(hold.amount_minor, hold.currency),
        },
    )
    return hold
