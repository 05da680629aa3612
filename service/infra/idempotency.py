"""Idempotency keys: the same key with the same request gets the first answer again, with another request an error (S12)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Index, LargeBinary, SmallInteger, String, bindparam, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from service.core.errors import ServiceError
from service.infra.columns import Instant, PrimaryId
from service.infra.orm import Base
from service.infra.statements import Statement
from service.infra.work import Caller

__all__ = [
    "MAX_KEY_LENGTH", "IdempotencyKeyMissing", "IdempotencyKeyReused", "IdempotencyKeyRow", "StoredAnswer",
    "find_answer", "forget_answers_before", "hash_request", "keep_answer",
]  # fmt: skip

MAX_KEY_LENGTH: Final = 255


class IdempotencyKeyMissing(ServiceError):
    """Every request that changes something carries a key, so that it can be repeated after a lost answer."""

    code = "idempotency_key_missing"
    status = 400
    title = "The Idempotency-Key header is missing or longer than 255 characters"


class IdempotencyKeyReused(ServiceError):
    """The key has already been used for a request with other content."""

    code = "idempotency_key_reused"
    status = 409
    title = "This Idempotency-Key was used for another request"


class IdempotencyKeyRow(Base):
    """The first answer to a keyed request. `scope_id` is the shop, or the merchant for integrators, so that a rotated
    key still finds the answers of its predecessor."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_created_at", "created_at"),)

    merchant_id: Mapped[PrimaryId]
    scope_id: Mapped[PrimaryId]
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int] = mapped_column(SmallInteger)
    response: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Instant]


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What was answered the first time, byte for byte."""

    request_hash: bytes
    status: int
    response: bytes

    def require_same_request(self, request_hash: bytes) -> None:
        """Raises IdempotencyKeyReused when the key was used for something else."""
        if self.request_hash != request_hash:
            raise IdempotencyKeyReused


def hash_request(method: str, target: str, body: bytes) -> bytes:
    """What makes two requests the same: method, path with query, and the bytes of the body."""
    return hashlib.sha256(b"\n".join((method.encode(), target.encode(), body))).digest()


_HOLD_BACK: Final = Statement(
    select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("name", type_=String), 0)))
)
_FIND: Final = Statement(
    select(IdempotencyKeyRow.request_hash, IdempotencyKeyRow.status, IdempotencyKeyRow.response).where(
        IdempotencyKeyRow.merchant_id == bindparam("merchant_id"),
        IdempotencyKeyRow.scope_id == bindparam("scope_id"),
        IdempotencyKeyRow.key == bindparam("key"),
    )
)
_KEEP: Final = Statement(
    insert(IdempotencyKeyRow).values(
        merchant_id=bindparam("merchant_id"),
        scope_id=bindparam("scope_id"),
        key=bindparam("key"),
        request_hash=bindparam("request_hash"),
        status=bindparam("status"),
        response=bindparam("response"),
        created_at=bindparam("created_at"),
    )
)


async def find_answer(session: AsyncSession, caller: Caller, key: str) -> StoredAnswer | None:
    """The first answer to this key, if there is one. Holds back a second request with the same key until commit.

    The advisory lock is what makes two simultaneous requests one after the other: without it the second would run
    against the effects of the first and answer with an error of its own instead of the first answer.
    """
    await _HOLD_BACK.execute(session, name=f"{caller.merchant_id}/{caller.scope_id}/{key}")
    row = await _FIND.row(session, merchant_id=caller.merchant_id, scope_id=caller.scope_id, key=key)
    return StoredAnswer(*row) if row else None


async def keep_answer(session: AsyncSession, caller: Caller, key: str, *, answer: StoredAnswer, now: datetime) -> None:
    """Keep the answer in the transaction whose effects it describes."""
    await _KEEP.execute(
        session,
        merchant_id=caller.merchant_id,
        scope_id=caller.scope_id,
        key=key,
        request_hash=answer.request_hash,
        status=answer.status,
        response=answer.response,
        created_at=now,
    )


async def forget_answers_before(session: AsyncSession, before: datetime, *, limit: int) -> int:
    """Forget at most `limit` answers older than the retention; returns how many."""
    old = (
        select(IdempotencyKeyRow.merchant_id, IdempotencyKeyRow.scope_id, IdempotencyKeyRow.key)
        .where(IdempotencyKeyRow.created_at < before)
        .limit(limit)
        .subquery()
    )
    result = await session.execute(
        delete(IdempotencyKeyRow)
        .where(
            IdempotencyKeyRow.merchant_id == old.c.merchant_id,
            IdempotencyKeyRow.scope_id == old.c.scope_id,
            IdempotencyKeyRow.key == old.c.key,
        )
        .returning(IdempotencyKeyRow.key)
    )
    return len(result.all())
