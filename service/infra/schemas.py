"""What all request and response bodies share: strict types, no unknown fields, text that a database can hold."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Final, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

__all__ = [
    "AmountText", "Code", "CountryCode", "CurrencyCode", "Day", "FreeText", "InstantText", "Language", "Line", "Page", "Ref",
    "Schema", "Text",
]  # fmt: skip

Item = TypeVar("Item")

_EARLIEST_YEAR: Final = 1900
_LATEST_YEAR: Final = 2200
_CONTROL_CHARACTERS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_LINE_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _refuse_control_characters(value: str) -> str:
    if _CONTROL_CHARACTERS.search(value):
        raise ValueError("must not contain control characters")
    # A lone surrogate is valid JSON ("\ud800") but cannot be stored as UTF-8.
    if not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError("must be valid Unicode") from None
    return value


def _refuse_line_breaks(value: str) -> str:
    # A name stands in a header of a mail or a line of a payment code, where the next line means something else.
    if _LINE_BREAKS.search(value):
        raise ValueError("must be one line, without control characters")
    return value


def _parse_day(value: object) -> object:
    if isinstance(value, str):
        return date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII) else value
    return value


def _parse_instant(value: object) -> object:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _require_plausible_year(value: datetime) -> datetime:
    # At both ends of the calendar an offset leads out of it, which neither Python nor PostgreSQL can store.
    if not _EARLIEST_YEAR <= value.year <= _LATEST_YEAR:
        raise ValueError(f"must be between the years {_EARLIEST_YEAR} and {_LATEST_YEAR}")
    return value


class Schema(BaseModel):
    """Base of all bodies: what is not named is refused, and nothing is coerced.

    Answers are as strict here, so that ours are what they say; the document lets them grow.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=300, strip_whitespace=True),
    AfterValidator(_refuse_control_characters),
]
Line = Annotated[Text, AfterValidator(_refuse_line_breaks)]
FreeText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1000, strip_whitespace=True),
    AfterValidator(_refuse_control_characters),
]
Ref = Annotated[
    str,
    StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:#@+-]*$"),
    Field(description="A reference of the caller's own: letters, digits and `._:#@+-`.", examples=["C-1042"]),
]
Code = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$"),
    Field(examples=["net_30"]),
]
CountryCode = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{2}$"), Field(description="ISO 3166-1 alpha-2.", examples=["FR"])
]
CurrencyCode = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(description="ISO 4217.", examples=["EUR"])
]
Language = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$"), Field(description="BCP 47.", examples=["fr"])
]
AmountText = Annotated[
    str,
    StringConstraints(max_length=20, pattern=r"^-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,3})?$"),
    Field(description="A decimal string in the currency beside it; never a JSON number.", examples=["1234.50"]),
]
Day = Annotated[date, BeforeValidator(_parse_day), Field(description="A calendar day.", examples=["2026-03-31"])]
InstantText = Annotated[
    AwareDatetime,
    BeforeValidator(_parse_instant),
    AfterValidator(_require_plausible_year),
    PlainSerializer(
        lambda value: value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        return_type=str,
        when_used="json",
    ),
    # The serializer only says that it is a text.
    WithJsonSchema({"type": "string", "format": "date-time"}),
    Field(description="An instant with its offset (RFC 3339).", examples=["2026-03-02T09:00:00Z"]),
]


class Page(Schema, Generic[Item]):
    """One page of a list. Pass `next_cursor` back as `cursor` for the following one; empty means the end."""

    items: list[Item]
    next_cursor: str | None
