"""Tables of mails and their contents, of addresses that take none, of servers and of templates."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.infra.columns import Instant, JsonList, JsonObject, PrimaryId, RowId, TextList, one_of
from service.infra.orm import Base

__all__ = [
    "BounceRow", "MailContentRow", "MailRateRow", "MailRow", "MailServerRow", "MailTemplateRow", "UndeliverableRow",
]  # fmt: skip


class MailRow(Base):
    """One mail from its cause to its outcome. `attempts` counts every claim and guards its result; `failures` those
    since it was last queued and picks the wait before the next one. `step` says how far a claimed one has come."""

    __tablename__ = "mails"
    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "shop_id"], ["shops.merchant_id", "shops.id"], ondelete="RESTRICT"),
        one_of("status", "queued", "sending", "sent", "refused", "skipped", "unknown", "failed"),
        one_of("step", "claimed", "calling", optional=True),
        CheckConstraint("(status = 'sending') = (claimed_until IS NOT NULL)", name="claimed_while_sending"),
        CheckConstraint("(status = 'sending') = (step IS NOT NULL)", name="step_while_sending"),
        CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="sent_at_a_time"),
        Index("uq_mails_cause", "merchant_id", "cause", unique=True),
        Index("ix_mails_company", "merchant_id", "company_id", "id"),
        Index("ix_mails_due", "merchant_id", "not_before", "id", postgresql_where=text("status = 'queued'")),
        Index("ix_mails_claimed", "claimed_until", postgresql_where=text("status = 'sending'")),
        Index(
            "ix_mails_to_look_at",
            "merchant_id",
            "status",
            "id",
            postgresql_where=text("status IN ('refused', 'unknown', 'failed')"),
        ),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    merchant_id: Mapped[PrimaryId] = mapped_column(ForeignKey("merchants.id", ondelete="RESTRICT"))
    id: Mapped[PrimaryId]
    shop_id: Mapped[RowId | None]
    company_id: Mapped[RowId | None]
    kind: Mapped[str] = mapped_column(String(32))
    cause: Mapped[str] = mapped_column(String(200))
    subject_ids: Mapped[JsonObject]
    language: Mapped[str | None] = mapped_column(String(8))
    recipients: Mapped[TextList] = mapped_column(server_default=text("'{}'"))
    status: Mapped[str] = mapped_column(String(16), server_default=text("'queued'"))
    not_before: Mapped[Instant]
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    failures: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    claimed_until: Mapped[Instant | None]
    step: Mapped[str | None] = mapped_column(String(8))
    last_error: Mapped[str | None] = mapped_column(String(500))
    skip_reason: Mapped[str | None] = mapped_column(String(64))
    refused_recipients: Mapped[JsonObject] = mapped_column(server_default=text("'{}'"))
    message_id: Mapped[str | None] = mapped_column(String(320))
    author: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[Instant]
    sent_at: Mapped[Instant | None]


class MailContentRow(Base):
    """A mail as it went out, written before the call. Forgotten after a time; the mail's own row stays."""

    __tablename__ = "mail_contents"
    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "mail_id"], ["mails.merchant_id", "mails.id"], ondelete="RESTRICT"),
        Index("ix_mail_contents_written_at", "written_at"),
    )

    merchant_id: Mapped[PrimaryId]
    mail_id: Mapped[PrimaryId]
    sender: Mapped[str] = mapped_column(String(400))
    subject: Mapped[str] = mapped_column(Text)
    # Text and HTML, compressed before they get here: that takes the database several times as long.
    bodies: Mapped[bytes] = mapped_column(LargeBinary)
    # Name, kind and size of each file that went along; not what was in them.
    attachments: Mapped[JsonList] = mapped_column(server_default=text("'[]'"))
    written_at: Mapped[Instant]


class UndeliverableRow(Base):
    """An address that takes no mail: a server refused it for good, or a bounce said so. Cleared by a person."""

    __tablename__ = "undeliverable_addresses"
    __table_args__ = (
        one_of("source", "refused", "bounced"),
        Index("uq_undeliverable_addresses_address", "merchant_id", "address", unique=True),
    )

    merchant_id: Mapped[PrimaryId] = mapped_column(ForeignKey("merchants.id", ondelete="RESTRICT"))
    id: Mapped[PrimaryId]
    address: Mapped[str] = mapped_column(String(320))
    source: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(500))
    mail_id: Mapped[RowId | None]
    found_at: Mapped[Instant]


class BounceRow(Base):
    """A delivery report that came back for one recipient of one mail. A repeated report leaves no second row."""

    __tablename__ = "mail_bounces"
    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "mail_id"], ["mails.merchant_id", "mails.id"], ondelete="RESTRICT"),
        one_of("action", "failed", "delayed", "delivered", "relayed", "expanded"),
    )

    merchant_id: Mapped[PrimaryId]
    mail_id: Mapped[PrimaryId]
    recipient: Mapped[str] = mapped_column(String(320), primary_key=True)
    action: Mapped[str] = mapped_column(String(16), primary_key=True)
    status_code: Mapped[str | None] = mapped_column(String(16))
    diagnostic: Mapped[str | None] = mapped_column(String(500))
    received_at: Mapped[Instant]


class MailServerRow(Base):
    """A merchant's own server. The password is encrypted at rest. `failing_since_at`: it did not let us in."""

    __tablename__ = "mail_servers"
    __table_args__ = (one_of("security", "none", "starttls", "tls"),)

    merchant_id: Mapped[PrimaryId] = mapped_column(ForeignKey("merchants.id", ondelete="RESTRICT"))
    host: Mapped[str] = mapped_column(String(255))
    port: Mapped[int] = mapped_column(Integer)
    security: Mapped[str] = mapped_column(String(8))
    username: Mapped[str | None] = mapped_column(String(320))
    password: Mapped[bytes | None] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    failing_since_at: Mapped[Instant | None]
    last_error: Mapped[str | None] = mapped_column(String(500))
    updated_at: Mapped[Instant]


class MailRateRow(Base):
    """How many mails of a merchant were begun in the minute that runs, over all workers."""

    __tablename__ = "mail_rates"

    merchant_id: Mapped[PrimaryId] = mapped_column(ForeignKey("merchants.id", ondelete="RESTRICT"))
    minute_at: Mapped[Instant]
    begun: Mapped[int] = mapped_column(Integer)


class MailTemplateRow(Base):
    """A version of a merchant's own text of a mail. The highest version holds; without texts it is the shipped one.

    `broken_at`: it failed when a mail was to be written, which was then sent with the shipped text.
    """

    __tablename__ = "mail_templates"
    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "shop_id"], ["shops.merchant_id", "shops.id"], ondelete="RESTRICT"),
        CheckConstraint(
            "is_shipped = (subject IS NULL AND text IS NULL AND html IS NULL)", name="texts_unless_shipped"
        ),
        Index(
            "uq_mail_templates_version",
            "merchant_id",
            "shop_id",
            "kind",
            "language",
            "version",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    merchant_id: Mapped[PrimaryId] = mapped_column(ForeignKey("merchants.id", ondelete="RESTRICT"))
    id: Mapped[PrimaryId]
    shop_id: Mapped[RowId | None]
    kind: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(8))
    version: Mapped[int] = mapped_column(Integer)
    is_shipped: Mapped[bool] = mapped_column(Boolean)
    subject: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str | None] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(String(1000))
    author: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[Instant]
    broken_at: Mapped[Instant | None]
    broken_detail: Mapped[str | None] = mapped_column(String(500))
