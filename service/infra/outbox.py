"""The outbox: domain events written in the transaction that caused them, to be delivered later by the worker."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, String, bindparam, insert, text
from sqlalchemy.orm import Mapped, mapped_column

from service.core.ids import new_id
from service.infra.columns import Instant, JsonObject, PrimaryId, RowId
from service.infra.orm import Base
from service.infra.statements import Statement
from service.infra.work import Work

__all__ = ["OutboxMessageRow", "announce"]


class OutboxMessageRow(Base):
    """Something that happened and that others may want to know. `sequence` orders what concerns one subject."""

    __tablename__ = "outbox_messages"
    __table_args__ = (
        Index("ix_outbox_messages_to_fan_out", "sequence", postgresql_where=text("fanned_out_at IS NULL")),
        Index("ix_outbox_messages_fanned_out_at", "fanned_out_at"),
    )

    merchant_id: Mapped[PrimaryId]
    id: Mapped[PrimaryId]
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    event_type: Mapped[str] = mapped_column(String(64))
    shop_id: Mapped[RowId | None]
    subject_id: Mapped[RowId]
    payload: Mapped[JsonObject]
    created_at: Mapped[Instant]
    fanned_out_at: Mapped[Instant | None]


_INSERT: Final = Statement(
    insert(OutboxMessageRow).values(
        merchant_id=bindparam("merchant_id"),
        id=bindparam("id"),
        event_type=bindparam("event_type"),
        shop_id=bindparam("shop_id"),
        subject_id=bindparam("subject_id"),
        payload=bindparam("payload"),
        created_at=bindparam("created_at"),
    )
)


async def announce(
    work: Work, event_type: str, *, subject_id: UUID, shop_id: UUID | None, payload: dict[str, Any]
) -> UUID:
    """Tell the world, if and when this transaction commits. The payload is JSON as integrators will read it.

    Messages of one `subject_id` reach each subscriber in order. `shop_id` is the shop it concerns, if only one.
    Gives the message's id, by which receivers know it.
    """
    message_id = new_id()
    await _INSERT.execute(
        work.session,
        merchant_id=work.merchant_id,
        id=message_id,
        event_type=event_type,
        shop_id=shop_id,
        subject_id=subject_id,
        payload=payload,
        created_at=work.now,
    )
    return message_id
