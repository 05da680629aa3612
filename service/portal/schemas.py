"""Bodies of the routes about links to accounts."""

from __future__ import annotations

from pydantic import Field

from service.infra.schemas import FreeText, InstantText, Schema

__all__ = ["PortalLinkOut", "RevokeLinksIn"]


class PortalLinkOut(Schema):
    """A link that opens a company's account to whoever has it."""

    url: str = Field(examples=["https://credit.example/portal/gAAAAABp…"])
    issued_at: InstantText
    expires_at: InstantText = Field(
        description="By the setting `portal_link_days` of now; a change of it moves this day."
    )


class RevokeLinksIn(Schema):
    """Why links are ended."""

    reason: FreeText | None = Field(default=None, description="Kept in the log of changes.")
