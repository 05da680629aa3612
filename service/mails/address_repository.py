"""SQL of addresses that take no mail."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from service.core.ids import new_id
from service.infra.statements import Statement
from service.infra.work import Work
from service.mails.models import UndeliverableRow

__all__ = ["UndeliverableAddress", "clear_address", "find_undeliverable", "list_undeliverable", "mark_undeliverable"]

_MAX_REASON: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeliverableAddress:
    """An address, who said that it takes no mail, and of which mail."""

    id: UUID
    address: str
    source: str
    reason: str
    mail_id: UUID | None
    found_at: datetime


_FIND: Final = Statement(
    text("""
    SELECT address FROM undeliverable_addresses
    WHERE merchant_id = :merchant_id AND address = ANY (CAST(:addresses AS text[]))
    """)
)


async def find_undeliverable(work: Work, addresses: Collection[str]) -> set[str]:
    """Which of these addresses, as they go over the wire, take no mail."""
    if not addresses:
        return set()
    rows = await _FIND.rows(work.session, merchant_id=work.merchant_id, addresses=list(addresses))
    return {address for (address,) in rows}


async def mark_undeliverable(work: Work, found: Mapping[str, tuple[str, UUID | None]], *, source: str) -> None:
    """Remember addresses with the reason and the mail that showed it; what is known already stays as it is."""
    if found:
        values = [
            {
                "merchant_id": work.merchant_id,
                "id": new_id(),
                "address": address,
                "source": source,
                "reason": reason[:_MAX_REASON],
                "mail_id": mail_id,
                "found_at": work.now,
            }
            for address, (reason, mail_id) in found.items()
        ]
        await work.session.execute(insert(UndeliverableRow).on_conflict_do_nothing(), values)


async def list_undeliverable(work: Work, *, before: UUID | None, limit: int) -> Sequence[UndeliverableAddress]:
    """Newest first."""
    statement = select(
        UndeliverableRow.id,
        UndeliverableRow.address,
        UndeliverableRow.source,
        UndeliverableRow.reason,
        UndeliverableRow.mail_id,
        UndeliverableRow.found_at,
    ).where(UndeliverableRow.merchant_id == work.merchant_id)
    if before is not None:
        statement = statement.where(UndeliverableRow.id < before)
    rows = await work.session.execute(statement.order_by(UndeliverableRow.id.desc()).limit(limit))
    return [UndeliverableAddress(**row._mapping) for row in rows]


async def clear_address(work: Work, address: str) -> bool:
    """Take an address to be good again; False if nothing was known against it."""
    cleared = await work.session.execute(
        delete(UndeliverableRow)
        .where(UndeliverableRow.merchant_id == work.merchant_id, UndeliverableRow.address == address)
        .returning(UndeliverableRow.address)
    )
    return cleared.first() is not None
