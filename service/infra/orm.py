"""The base of all tables: one naming convention, so that a violated constraint can be told by its name."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import BigInteger, Date, DateTime, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

__all__ = ["NAMING_CONVENTION", "Base"]

NAMING_CONVENTION: Final[dict[str, str]] = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What every table inherits.

    Python types map to the only column types the service uses: instants are `timestamptz`, integers are
    64 bits (money is minor units and grows), free data is `jsonb`. A CHECK must be given a short name.
    """

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: Uuid(as_uuid=True),
        datetime: DateTime(timezone=True),
        date: Date(),
        int: BigInteger(),
        str: Text(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
    }
