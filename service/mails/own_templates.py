"""Merchants' own templates as they are kept: for which mail, in which versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.mails.domain import MailKind

__all__ = ["OwnTemplate", "StoredTemplate", "TemplatePlace"]


@dataclass(frozen=True, slots=True)
class OwnTemplate:
    """The three texts of a merchant's own template."""

    subject: str
    text: str
    html: str

    def part(self, name: str) -> str:
        return {"subject.txt": self.subject, "body.txt": self.text, "body.html": self.html}[name]


@dataclass(frozen=True, slots=True)
class TemplatePlace:
    """Which mail of whom in which language; `shop_id` None is the merchant's, for all shops without one."""

    kind: MailKind
    language: str
    shop_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTemplate:
    """A version. `texts` None says that the shipped template holds again from there on."""

    id: UUID
    place: TemplatePlace
    shop_code: str | None
    version: int
    texts: OwnTemplate | None
    reason: str | None
    author: str
    created_at: datetime
    broken_at: datetime | None
    broken_detail: str | None
