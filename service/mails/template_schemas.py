"""Bodies of the routes about templates."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from service.infra.schemas import FreeText, InstantText, Schema
from service.mails.domain import MailKind
from service.mails.own_templates import OwnTemplate
from service.mails.sandbox import MAX_SOURCE

__all__ = [
    "KindOut",
    "KindsOut",
    "TemplateIn",
    "TemplateListOut",
    "TemplateOut",
    "TemplatePreviewIn",
    "TemplatePreviewOut",
    "TemplateReasonIn",
    "VariableOut",
    "VersionOut",
    "VersionsOut",
]  # fmt: skip

Source = Annotated[str, StringConstraints(min_length=1, max_length=MAX_SOURCE)]
Reason = Annotated[FreeText | None, Field(description="Kept with the version and in the log of changes.")]


class TextsIn(Schema):
    """The three texts of a mail, in Jinja2 with the listed variables and nothing else."""

    subject: Annotated[Source, Field(examples=["{{ total_due }} is overdue"])]
    text: Annotated[Source, Field(description="The plain text.", examples=["Please pay {{ total_due }}."])]
    html: Annotated[
        Source,
        Field(
            description='The HTML. `{% extends "_base/layout.html" %}` gives the usual frame.',
            examples=["<p>Please pay {{ total_due }}.</p>"],
        ),
    ]

    def to_domain(self) -> OwnTemplate:
        return OwnTemplate(self.subject, self.text, self.html)


class TemplateIn(TextsIn):
    """A new version of an own template."""

    reason: Reason = None


class TemplatePreviewIn(TextsIn):
    """Texts to try on a made-up mail."""

    sample: Annotated[int, Field(ge=0, le=20, description="Which made-up mail; there are several of each kind.")] = 0


class TemplatePreviewOut(Schema):
    """The made-up mail. The HTML shows the payment code as a picture of its own."""

    subject: str
    text: str
    html: str


class TemplateReasonIn(Schema):
    """Why an earlier version, or the shipped one, is to hold again."""

    reason: Reason = None


class TemplateOut(Schema):
    """What a mail is written with. `is_own` false: the shipped texts, or for a shop the merchant's."""

    kind: MailKind
    language: str
    shop: str | None
    is_own: bool
    version: int | None
    subject: str
    text: str
    html: str
    broken_at: Annotated[
        InstantText | None, Field(description="It failed on a real mail, which went out with the shipped texts.")
    ]
    broken_detail: str | None


class VersionOut(Schema):
    """A version. `is_shipped`: from there on the shipped texts held again."""

    id: UUID
    kind: MailKind
    language: str
    shop: str | None
    version: int
    is_shipped: bool
    reason: str | None
    author: str
    created_at: InstantText
    broken_at: InstantText | None
    broken_detail: str | None


class VersionsOut(Schema):
    """Versions, newest first. Pass the last `version` as `before` for more."""

    items: list[VersionOut]


class TemplateListOut(Schema):
    """All own templates that hold now."""

    items: list[VersionOut]


class VariableOut(Schema):
    """A name that templates of a kind know."""

    name: Annotated[str, Field(examples=["documents[].open_amount"])]
    type: Annotated[str, Field(description="`text`, `number`, `yes or no`, `list` or `group`.")]
    description: str


class KindOut(Schema):
    """A kind of mail with the names its templates know."""

    kind: MailKind
    languages: list[str]
    variables: list[VariableOut]


class KindsOut(Schema):
    """All kinds of mails."""

    items: list[KindOut]
    parts: Annotated[list[str], Field(description="Parts that templates can extend or include.")]
    filters: list[str]
