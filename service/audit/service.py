"""Recompute the books from the journal, and say what does not fit. Changes nothing, repairs nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from itertools import chain
from typing import Final
from uuid import UUID

from service.audit.domain import MAX_LISTED, AuditReport, AuditScope, Finding, Invariant, InvariantResult, View
from service.audit.repository import Books, OrderLife
from service.audit.views import VIEWS
from service.infra.database import Database
from service.orders.domain import OrderStatus, life_of

__all__ = ["INVARIANTS", "audit_books", "audit_scope", "check_books", "steps_of"]

ORDER_LIVES: Final = Invariant(
    name="order_follows_its_events",
    description="An order stands where its accepted events, read in the order in which they happened, say it stands.",
    broken="",
    shown=("status", "owed_minor", "owed_by_events_minor", "unsecured_minor", "unsecured_by_events_minor"),
)
INVARIANTS: Final = (*chain.from_iterable(view.invariants for view in VIEWS), ORDER_LIVES)

Progress = Callable[[str], None]


def _stay_silent(_step: str) -> None:
    pass


async def audit_books(
    database: Database, merchant_id: UUID | None = None, *, on_step: Progress = _stay_silent
) -> AuditReport:
    """Check every invariant for one merchant, or for all, as of one instant; nothing else has to stand still for it."""
    return await audit_scope(database, AuditScope(merchant_id=merchant_id), on_step=on_step)


def steps_of(scope: AuditScope) -> tuple[str, ...]:
    """What an audit goes through, as `on_step` is told."""
    return (*(view.name for view in _views(scope)), ORDER_LIVES.name)


async def audit_scope(database: Database, scope: AuditScope, *, on_step: Progress = _stay_silent) -> AuditReport:
    """As `audit_books`, for some companies only."""
    async with database.read(snapshot=True) as session:
        return await check_books(await Books.open(session, scope), on_step=on_step)


async def check_books(books: Books, *, on_step: Progress = _stay_silent) -> AuditReport:
    """As `audit_books`, within a snapshot that is open already."""
    results: list[InvariantResult] = []
    scope, counts = books.scope, await books.count()
    for view in _views(scope):
        broken = await books.find_broken(view)
        results.extend(_result(invariant, *broken[invariant.name]) for invariant in view.invariants)
        on_step(view.name)
    results.append(await _check_lives(books.read_lives()))
    on_step(ORDER_LIVES.name)
    return AuditReport(merchant_id=scope.merchant_id, counts=counts, results=tuple(results))


def _views(scope: AuditScope) -> tuple[View, ...]:
    return tuple(view for view in VIEWS if view.is_of_lines or not scope.is_sample)


def _result(invariant: Invariant, found: int, findings: Iterable[Finding]) -> InvariantResult:
    return InvariantResult(
        name=invariant.name, description=invariant.description, found=found, findings=tuple(findings)
    )


async def _check_lives(lives: AsyncIterator[list[OrderLife]]) -> InvariantResult:
    found = 0
    listed: list[Finding] = []
    async for some in lives:
        for life in some:
            finding = _check_life(life)
            if finding is not None:
                found += 1
                if len(listed) < MAX_LISTED:
                    listed.append(finding)
    return _result(ORDER_LIVES, found, listed)


def _check_life(life: OrderLife) -> Finding | None:
    """What SQL cannot say: read the order's life again with the very function that made its state."""
    state = life_of(life.secured_minor, life.accepted)
    wanted = state if not life.flagged else life_of(life.secured_minor, [*life.accepted, *life.flagged])
    unsecured_minor = max(wanted.owed_minor - state.owed_minor, 0)
    has_started = state.term_started_at is not None
    is_as_told = (
        state.owed_minor == life.owed_minor
        and unsecured_minor == life.unsecured_minor
        and state.is_cancelled == (life.status == OrderStatus.CANCELLED)
        # Reported late, a deletion can come before the shipment that was booked already; the booking is then credited.
        and (has_started == life.is_captured or (life.is_captured and state.is_deleted))
    )
    if is_as_told:
        return None
    return Finding(
        invariant=ORDER_LIVES.name,
        merchant_id=life.merchant_id,
        ids={"order_id": str(life.id), "order_ref": life.ref, "line_id": str(life.line_id)},
        figures={
            "status": life.status,
            "owed_minor": life.owed_minor,
            "owed_by_events_minor": state.owed_minor,
            "unsecured_minor": life.unsecured_minor,
            "unsecured_by_events_minor": unsecured_minor,
            "is_captured": life.is_captured,
            "has_started_by_events": has_started,
        },
    )
