"""Bodies of the routes about company groups."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from service.companies.domain import GroupDefinition, Position
from service.companies.schemas import TermsCode
from service.infra.schemas import FreeText, InstantText, Page, Schema, Text
from service.merchants.settings import LimitSetting

__all__ = ["GroupIn", "GroupOut", "GroupPage"]


class GroupIn(Schema):
    """A group as a whole: what is left out is not set and comes from shop or merchant."""

    name: Annotated[Text, Field(max_length=200)]
    position: Annotated[Position, Field(strict=False)] | None = Field(
        default=None,
        description="Whether its companies are let in or kept out whatever the rules say; null: rules decide.",
    )
    limit: LimitSetting | None = Field(
        default=None, description="The limit of each of its companies that has none of its own."
    )
    default_terms: TermsCode | None = None
    allowed_terms: Annotated[list[TermsCode], Field(max_length=50)] | None = None
    reason: FreeText | None = Field(default=None, description="Kept in the log of changes.")

    def to_definition(self) -> GroupDefinition:
        return GroupDefinition(
            name=self.name,
            position=self.position,
            limit=None if self.limit is None else self.limit.to_domain(),
            default_terms=self.default_terms,
            allowed_terms=None if self.allowed_terms is None else tuple(self.allowed_terms),
        )


class GroupOut(Schema):
    """A group of companies."""

    code: str
    name: str
    position: Position | None
    limit: LimitSetting | None
    default_terms: str | None
    allowed_terms: list[str] | None
    created_at: InstantText
    updated_at: InstantText


class GroupPage(Page[GroupOut]):
    """One page of groups."""
