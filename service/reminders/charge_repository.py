"""SQL of late charges, of the rates that merchants record, and of what was open on which day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from service.infra.statements import Statement, columns_of, reader_of, values_of
from service.infra.work import Work
from service.reminders.charge import ChargeKind, ChargeStatus, LateCharge
from service.reminders.models import InterestRateRow, LateChargeRow
from service.reminders.rates import DatedRate, RateBase

__all__ = [
    "insert_charge", "is_charge", "list_charges", "read_charged_for", "read_open_charges", "read_payments_of", "read_rates", "save_rate",
]  # fmt: skip

_CHARGE: Final = columns_of(LateCharge, LateChargeRow)
_read: Final = reader_of(LateCharge)


def _charge(row: Any) -> LateCharge:
    charge: LateCharge = _read(row)
    object.__setattr__(charge, "kind", ChargeKind(charge.kind))
    object.__setattr__(charge, "status", ChargeStatus(charge.status))
    return charge


async def insert_charge(work: Work, charge: LateCharge) -> None:
    """Its cause is unique; the line's lock keeps two writers apart."""
    values = {**values_of(charge), "basis": dict(charge.basis)}
    await work.session.execute(insert(LateChargeRow).values(merchant_id=work.merchant_id, **values))


async def list_charges(work: Work, item_id: UUID) -> list[LateCharge]:
    """What was decided about one open item, newest first."""
    rows = await work.session.execute(
        select(*_CHARGE)
        .where(LateChargeRow.merchant_id == work.merchant_id, LateChargeRow.open_item_id == item_id)
        .order_by(LateChargeRow.id.desc())
    )
    return [_charge(row) for row in rows]


async def is_charge(work: Work, item_id: UUID) -> bool:
    """Whether an open item is itself a late charge: there is no interest on interest."""
    found = await work.session.scalar(
        select(LateChargeRow.id).where(
            LateChargeRow.merchant_id == work.merchant_id, LateChargeRow.charge_item_id == item_id
        )
    )
    return found is not None


_OPEN_CHARGES: Final = Statement(
    text("""
    SELECT charge_item_id, kind FROM late_charges
    WHERE merchant_id = :merchant_id AND charge_item_id = ANY (CAST(:item_ids AS uuid[]))
    """)
)


async def read_open_charges(work: Work, item_ids: Collection[UUID]) -> dict[UUID, ChargeKind]:
    """Which of these open items are late charges, and of which kind."""
    rows = await _OPEN_CHARGES.rows(work.session, merchant_id=work.merchant_id, item_ids=list(item_ids))
    return {item_id: ChargeKind(kind) for item_id, kind in rows}


_CHARGED_FOR: Final = Statement(
    text("""
    SELECT charge.charge_item_id, charge.open_item_id
    FROM late_charges charge
    JOIN open_items document ON document.merchant_id = charge.merchant_id AND document.id = charge.open_item_id
    WHERE charge.merchant_id = :merchant_id AND charge.charge_item_id = ANY (CAST(:item_ids AS uuid[]))
      AND document.open_minor > 0
    """)
)


async def read_charged_for(work: Work, item_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Which of these are late charges on a document that is still open, and on which."""
    rows = await _CHARGED_FOR.rows(work.session, merchant_id=work.merchant_id, item_ids=list(item_ids))
    return {row[0]: row[1] for row in rows}


_PAYMENTS_OF: Final = Statement(
    text("""
    SELECT coalesce(payment.received_on, note.issued_on) AS paid_on, sum(one.amount_minor)::bigint
    FROM allocations one
    LEFT JOIN payments payment ON payment.merchant_id = one.merchant_id AND payment.id = one.payment_id
    LEFT JOIN credit_notes note ON note.merchant_id = one.merchant_id AND note.id = one.credit_note_id
    WHERE one.merchant_id = :merchant_id AND one.open_item_id = :item_id AND one.reversed_at IS NULL
    GROUP BY 1 ORDER BY 1
    """)
)


async def read_payments_of(work: Work, item_id: UUID) -> list[tuple[date, int]]:
    """When how much of an open item was paid."""
    rows = await _PAYMENTS_OF.rows(work.session, merchant_id=work.merchant_id, item_id=item_id)
    return [(paid_on, amount_minor) for paid_on, amount_minor in rows]


async def read_rates(work: Work) -> dict[RateBase, list[DatedRate]]:
    """The reference rates that the merchant recorded, in the order of their days."""
    rows = await work.session.execute(
        select(InterestRateRow.base, InterestRateRow.from_on, InterestRateRow.rate_bp, InterestRateRow.source)
        .where(InterestRateRow.merchant_id == work.merchant_id)
        .order_by(InterestRateRow.from_on)
    )
    rates: dict[RateBase, list[DatedRate]] = {}
    for base, from_on, rate_bp, source in rows:
        rates.setdefault(RateBase(base), []).append(DatedRate(from_on, rate_bp, source))
    return rates


async def save_rate(work: Work, base: RateBase, rate: DatedRate) -> None:
    values = {
        "rate_bp": rate.rate_bp,
        "source": rate.source,
        "author": work.author,
        "recorded_at": work.now,
    }
    await work.session.execute(
        upsert(InterestRateRow)
        .values(merchant_id=work.merchant_id, base=base, from_on=rate.from_on, **values)
        .on_conflict_do_update(index_elements=["merchant_id", "base", "from_on"], set_=values)
    )
