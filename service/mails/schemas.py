"""Bodies of the routes about mails, servers and addresses."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from service.core.mail_addresses import to_wire_address
from service.infra.schemas import FreeText, InstantText, Page, Schema, Text
from service.mails.domain import MailKind, MailStatus
from service.mails.servers import Security

__all__ = [
    "AddressOut", "AddressPage", "AttachmentOut", "CurrentCreditIn", "DeliveryReportIn", "MailAddress", "MailOut", "MailPage",
    "MailServerOut", "MailWithContentOut", "ReasonIn", "ServerIn", "ServerOut", "TestIn", "TestOut",
]  # fmt: skip


def _require_address(address: str) -> str:
    wire = to_wire_address(address)
    if wire is None:
        raise ValueError("is not an address that mails can be sent to")
    return wire


MailAddress = Annotated[
    str,
    StringConstraints(max_length=254),
    AfterValidator(_require_address),
    Field(examples=["accounts@martin.example"]),
]
Reason = Annotated[FreeText | None, Field(description="Kept in the log of changes.")]


class MailOut(Schema):
    """A mail from its cause to its outcome. `unknown`: it may have arrived or not; look, then mark or resend it."""

    id: UUID
    kind: MailKind
    status: MailStatus
    shop: str | None
    company_id: UUID | None
    cause: Annotated[str, Field(description="What led to it; unique.", examples=["order_accepted:018f3b1c-..."])]
    subject_ids: Annotated[dict[str, Any], Field(description="Ids of what it is about.")]
    language: str | None
    recipients: list[str]
    refused_recipients: Annotated[
        dict[str, str], Field(description="Recipients that did not take it, with what their server said.")
    ]
    not_before: InstantText
    attempts: int
    last_error: str | None
    skip_reason: Annotated[str | None, Field(description="Why it was not sent.", examples=["address_undeliverable"])]
    message_id: Annotated[str | None, Field(description="`Message-ID` of the last attempt.")]
    author: str
    created_at: InstantText
    sent_at: InstantText | None


class AttachmentOut(Schema):
    """A file that went along. The file itself is not kept."""

    filename: Annotated[str, Field(examples=["Statement-2026-03-31.pdf"])]
    media_type: str
    size_bytes: Annotated[int | None, Field(description="Null: it could not be made, and the mail went without it.")]


class MailWithContentOut(MailOut):
    """A mail with what it said; null before it was written, and long after it was sent."""

    sender: str | None
    subject: str | None
    text: str | None
    html: str | None
    attachments: list[AttachmentOut]


class MailPage(Page[MailOut]):
    """One page of mails, newest first."""


class ReasonIn(Schema):
    """Why somebody decides about a mail."""

    reason: Reason = None


class CurrentCreditIn(Schema):
    """To whom; the company's own addresses unless some are given."""

    recipients: Annotated[list[MailAddress], Field(max_length=5)] = Field(default_factory=list)


class ServerIn(Schema):
    """A mail server of the merchant's own."""

    host: Annotated[
        str,
        StringConstraints(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9.:-]+$"),
        Field(examples=["smtp.dupont.example"]),
    ]
    port: Annotated[int, Field(ge=1, le=65_535, examples=[587])]
    security: Annotated[
        Security,
        Field(
            strict=False,
            description="`starttls` (usually port 587), `tls` from the first byte (465), or `none` on a private network.",
        ),
    ] = Security.STARTTLS
    username: Annotated[Text | None, Field(max_length=320)] = None
    password: Annotated[
        SecretStr | None,
        Field(
            max_length=500,
            description="Never shown again. Left out, the known one goes on for the same host and user; null takes it away.",
        ),
    ] = None
    reason: Reason = None


class ServerOut(Schema):
    """The merchant's mail server, without its password."""

    host: str
    port: int
    security: Security
    username: str | None
    has_password: bool
    failing_since_at: Annotated[InstantText | None, Field(description="It has not let the service in since.")]
    last_error: str | None
    updated_at: InstantText


class MailServerOut(Schema):
    """The server that mails go over."""

    own: Annotated[ServerOut | None, Field(description="Null: the operator's.")]


class TestIn(Schema):
    """Where the test goes."""

    recipient: MailAddress


class TestOut(Schema):
    """The test is on its way; its mail in the log says what became of it."""

    mail_id: UUID


class DeliveryReportIn(Schema):
    """A delivery report as it arrived."""

    message: Annotated[
        str,
        StringConstraints(min_length=1, max_length=200_000),
        Field(
            description="The whole message with its headers (RFC 3464).",
            examples=["Content-Type: multipart/report; ..."],
        ),
    ]


class AddressOut(Schema):
    """An address that takes no mail. `refused`: a server said so; `bounced`: a report did."""

    id: UUID
    address: str
    source: Annotated[str, Field(examples=["bounced"])]
    reason: str
    mail_id: UUID | None
    found_at: InstantText


class AddressPage(Page[AddressOut]):
    """One page of addresses, newest first."""
