"""SQL of the audit: find what breaks an invariant, read the lives of orders, choose what to sample."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.audit.domain import MAX_LISTED, AuditScope, Finding, Invariant, View, Within
from service.orders.domain import EventKind, EventOutcome, OrderEvent, StatusMeaning

__all__ = ["Books", "OrderLife", "find_sample", "find_start"]

_TIMEOUT_S: Final = 600.0
# Few enough that other work of the process hardly waits while they are judged.
_ORDERS_PER_STEP: Final = 200
# What each sort or hash may take; the default spills early on large books.
_WORK_MEM: Final = "64MB"


@dataclass(frozen=True, slots=True)
class OrderLife:
    """An order as it is kept, and the events it is said to come from."""

    merchant_id: UUID
    id: UUID
    ref: str
    line_id: UUID
    status: str
    is_captured: bool
    secured_minor: int
    owed_minor: int
    unsecured_minor: int
    accepted: tuple[OrderEvent, ...]
    flagged: tuple[OrderEvent, ...]


class Books:
    """Reads within one snapshot. Statements may take long here, which no request may."""

    def __init__(self, connection: asyncpg.Connection, scope: AuditScope) -> None:
        self.scope = scope
        self._connection = connection
        self._within = Within(scope)
        self._parameters = (scope.merchant_id, scope.line_ids, scope.company_ids)

    @classmethod
    async def open(cls, session: AsyncSession, scope: AuditScope) -> Books:
        """`session` is a snapshot that has read nothing yet."""
        await session.execute(text(f"SET LOCAL statement_timeout = {int(_TIMEOUT_S * 1000)}"))
        await session.execute(text(f"SET LOCAL work_mem = '{_WORK_MEM}'"))
        # The driver's own connection, in the same transaction: SQLAlchemy's has no way to wait longer for one statement.
        raw = await (await session.connection()).get_raw_connection()
        connection = raw.driver_connection
        assert isinstance(connection, asyncpg.Connection), "the service speaks to PostgreSQL through asyncpg"
        return cls(connection, scope)

    async def count(self) -> dict[str, int]:
        """How much there is to look at."""
        within = self._within
        (row,) = await self._fetch(
            f"""
            SELECT (SELECT count(*) FROM balances one WHERE {within.lines("one")}) AS credit_lines,
                   (SELECT count(*) FROM journal_entries one WHERE {within.lines("one")}) AS entries,
                   (SELECT count(*) FROM holds one WHERE {within.companies("one")}) AS holds,
                   (SELECT count(*) FROM orders one WHERE {within.companies("one")}) AS orders,
                   (SELECT count(*) FROM payments one WHERE {within.companies("one")}) AS payments
            """  # noqa: S608 - built of this package's own constants
        )
        return dict(row)

    async def find_broken(self, view: View) -> dict[str, tuple[int, list[Finding]]]:
        """By invariant: how many rows of the view break it, and the first of them."""
        found: dict[str, tuple[int, list[Finding]]] = {one.name: (0, []) for one in view.invariants}
        for row in await self._fetch(_finding_sql(view, self._within)):
            _, listed = found[row["name"]]
            listed.append(
                Finding(
                    invariant=row["name"],
                    merchant_id=row["merchant_id"],
                    ids=orjson.loads(row["ids"]),
                    figures=orjson.loads(row["figures"]),
                )
            )
            found[row["name"]] = (row["total"], listed)
        return found

    async def read_lives(self) -> AsyncIterator[list[OrderLife]]:
        """Orders with their events, some at a time: there may be more than fit into memory."""
        cursor = await self._connection.cursor(_lives_sql(self._within), *self._parameters, timeout=_TIMEOUT_S)
        while rows := await cursor.fetch(_ORDERS_PER_STEP, timeout=_TIMEOUT_S):
            yield [_life(row) for row in rows]

    async def _fetch(self, sql: str) -> Sequence[asyncpg.Record]:
        return list(await self._connection.fetch(_TYPED + sql, *self._parameters, timeout=_TIMEOUT_S))


# Names the types of all parameters, whether or not a statement goes on to use them.
_TYPED: Final = "WITH scope AS (SELECT $1::uuid, $2::uuid[], $3::uuid[])"


def _finding_sql(view: View, within: Within) -> str:
    """One pass over the view for all its invariants. Only rows that break one are looked at a second time."""
    checked = ", ".join(_checked(invariant) for invariant in view.invariants)
    is_broken = " OR ".join(f"coalesce({invariant.broken}, false)" for invariant in view.invariants)
    return f""",
        view AS ({view.select(within)}),
        found AS (
            SELECT checked.name, view.merchant_id, {_json(view.ids)} AS ids, checked.figures,
                   count(*) OVER (PARTITION BY checked.name) AS total,
                   row_number() OVER (PARTITION BY checked.name ORDER BY {", ".join(view.ids)}) AS place
            FROM view CROSS JOIN LATERAL (VALUES {checked}) AS checked(name, is_broken, figures)
            WHERE ({is_broken}) AND checked.is_broken
        )
        SELECT name, merchant_id, ids::text AS ids, figures::text AS figures, total
        FROM found WHERE place <= {MAX_LISTED} ORDER BY name, place
    """  # noqa: S608 - built of this package's own constants


def _checked(invariant: Invariant) -> str:
    return f"('{invariant.name}', coalesce({invariant.broken}, false), {_json(invariant.shown)})"


def _json(columns: Sequence[str]) -> str:
    pairs = ", ".join(f"'{column}', {column}" for column in columns)
    return f"jsonb_strip_nulls(jsonb_build_object({pairs}))"


def _lives_sql(within: Within) -> str:
    """Orders that somebody has to look at. Left out are those to which nothing happened but statuses that start the term
    or mean nothing, and which stand as such statuses leave an order: as they were attached, captured or not.
    """
    return f"""{_TYPED}
        SELECT one.merchant_id, one.id, one.ref, one.line_id, one.status, one.base_on IS NOT NULL AS is_captured,
               one.secured_minor, one.owed_minor, one.unsecured_minor, events.reported
        FROM orders one
        LEFT JOIN LATERAL (
            SELECT bool_and({_CHANGES_NO_AMOUNT}) AS is_plain, bool_or(event.payload ->> 'meaning' = 'starts_term') AS starts
            FROM order_events event WHERE {_OF_ORDER}
        ) seen ON true
        LEFT JOIN LATERAL (
            SELECT json_agg(
                json_build_array(event.event_id, event.kind, event.occurred_at, event.payload, event.outcome)
            )::text AS reported
            FROM order_events event WHERE {_OF_ORDER}
        ) events ON true
        WHERE {within.companies("one")}
          AND NOT (coalesce(seen.is_plain, true) AND coalesce(seen.starts, false) = (one.base_on IS NOT NULL)
                   AND one.owed_minor = one.secured_minor AND one.unsecured_minor = 0 AND one.status <> 'cancelled')
    """  # noqa: S608 - built of this package's own constants


_OF_ORDER: Final = "event.merchant_id = one.merchant_id AND event.shop_id = one.shop_id AND event.order_ref = one.ref"
_CHANGES_NO_AMOUNT: Final = (
    "event.kind = 'status' AND event.outcome = 'accepted'"
    " AND coalesce(event.payload ->> 'meaning', 'nothing') IN ('nothing', 'starts_term')"
)


def _life(row: Any) -> OrderLife:
    accepted, flagged = [], []
    for event_id, kind, occurred_at, payload, outcome in orjson.loads(row["reported"] or "[]"):
        event = OrderEvent(
            event_id=event_id,
            kind=EventKind(kind),
            occurred_at=datetime.fromisoformat(occurred_at),
            amount_minor=payload.get("amount_minor"),
            status=payload.get("status"),
            meaning=StatusMeaning(payload.get("meaning", StatusMeaning.NOTHING)),
        )
        if outcome == EventOutcome.ACCEPTED:
            accepted.append(event)
        elif outcome == EventOutcome.FLAGGED:
            flagged.append(event)
    return OrderLife(
        **{name: row[name] for name in OrderLife.__slots__ if name not in {"accepted", "flagged"}},
        accepted=tuple(accepted),
        flagged=tuple(flagged),
    )


# Sampling


async def find_start(session: AsyncSession) -> tuple[UUID, UUID] | None:
    """Merchant and company of some credit line, chosen by chance; None while there are few."""
    row = (
        await session.execute(
            text("SELECT merchant_id, company_id FROM credit_lines TABLESAMPLE SYSTEM (1) ORDER BY random() LIMIT 1")
        )
    ).one_or_none()
    return (row.merchant_id, row.company_id) if row else None


async def find_sample(session: AsyncSession, after: tuple[UUID, UUID] | None, *, companies: int) -> AuditScope | None:
    """The companies of one merchant that follow another, with all their credit lines; None at the end."""
    merchant_id, company_id = after or (UUID(int=0), UUID(int=0))
    rows = (
        await session.execute(
            text(
                """
                WITH first AS (
                    SELECT merchant_id, company_id FROM credit_lines
                    WHERE (merchant_id, company_id) > (:merchant_id, :company_id)
                    ORDER BY merchant_id, company_id LIMIT 1
                ), chosen AS (
                    SELECT DISTINCT line.merchant_id, line.company_id FROM credit_lines line JOIN first USING (merchant_id)
                    WHERE line.company_id >= first.company_id ORDER BY line.company_id LIMIT :companies
                )
                SELECT chosen.merchant_id, chosen.company_id, line.id AS line_id
                FROM chosen JOIN credit_lines line USING (merchant_id, company_id)
                """
            ),
            {"merchant_id": merchant_id, "company_id": company_id, "companies": companies},
        )
    ).all()
    if not rows:
        return None
    return AuditScope(
        merchant_id=rows[0].merchant_id,
        company_ids=tuple(sorted({row.company_id for row in rows})),
        line_ids=tuple(row.line_id for row in rows),
    )
