"""Column types that all tables share, so that money, instants and ids look the same everywhere."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, String, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import mapped_column

__all__ = ["Currency", "Instant", "JsonList", "JsonObject", "Minor", "PrimaryId", "RowId", "TextList", "one_of"]

PrimaryId = Annotated[UUID, mapped_column(Uuid, primary_key=True)]
RowId = Annotated[UUID, mapped_column(Uuid)]
Minor = Annotated[int, mapped_column(BigInteger)]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Currency = Annotated[str, mapped_column(String(3))]
JsonObject = Annotated[dict[str, Any], mapped_column(JSONB)]
JsonList = Annotated[list[dict[str, Any]], mapped_column(JSONB)]
TextList = Annotated[list[str], mapped_column(ARRAY(String))]


def one_of(column: str, *values: str, optional: bool = False) -> CheckConstraint:
    """A CHECK that a text column holds one of the words; words are easier to migrate than a PostgreSQL enum."""
    words = ", ".join(f"'{value}'" for value in values)
    condition = f"{column} IN ({words})"
    return CheckConstraint(f"{column} IS NULL OR {condition}" if optional else condition, name=f"{column}_known")
