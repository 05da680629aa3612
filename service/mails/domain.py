"""What a mail is on its way from its cause to its outcome."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from service.core.ids import new_id
from service.mails.views import MailView

__all__ = [
    "LEASE", "RETRY_DELAYS", "EnclosedFile", "Enclosure", "Envelope", "LoggedMail", "MailContent", "MailFilter", "MailKind", "MailStatus",
    "NewMail", "Outcome", "Prepared", "QueuedMail", "SendResult", "Skipped", "retry_at",
]  # fmt: skip

# A claim ends by itself only if its worker has been killed: a worker gives up on a batch long before.
LEASE: Final = timedelta(minutes=15)
# The wait before each repetition; after the last one the mail has failed. Together three days: over a long weekend.
RETRY_DELAYS: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(hours=16),
    timedelta(hours=16),
    timedelta(hours=24),
)
_SPREAD: Final = 0.2


class MailKind(StrEnum):
    """What a mail is about; also the folder of its template."""

    ORDER_ACCEPTED = "order_accepted"
    DUE_DATE_FIXED = "due_date_fixed"
    CREDIT_CHANGED = "credit_changed"
    CURRENT_CREDIT = "current_credit"
    BEFORE_DUE = "before_due"
    DUE_TODAY = "due_today"
    LATE_1 = "late_1"
    LATE_2 = "late_2"
    LATE_3 = "late_3"
    FINAL_DEMAND = "final_demand"
    PAYMENT_RECEIVED = "payment_received"
    STATEMENT = "statement"
    PLAN_PROPOSED = "plan_proposed"
    PLAN_APPROVED = "plan_approved"
    PLAN_REFUSED = "plan_refused"
    PLAN_BROKEN = "plan_broken"
    REQUEST_RECEIVED = "request_received"
    REQUEST_APPROVED = "request_approved"
    REQUEST_DECLINED = "request_declined"
    DIGEST = "digest"
    TEST = "test"


class MailStatus(StrEnum):
    """`unknown`: it may have been sent or not; a person looks. `refused`: for good. `failed`: given up after retries."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMail:
    """A mail to be. `cause` is unique for a merchant: queueing it again changes nothing.

    What it says is found out when it is sent; `subject_ids` names what it is about. Recipients and language may be
    left to then, too.
    """

    kind: MailKind
    cause: str
    subject_ids: Mapping[str, Any]
    shop_id: UUID | None = None
    company_id: UUID | None = None
    language: str | None = None
    recipients: tuple[str, ...] = ()
    not_before: datetime | None = None
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedMail:
    """A mail that a worker has claimed. `number` is its attempt and guards the result against a late one."""

    merchant_id: UUID
    id: UUID
    shop_id: UUID | None
    company_id: UUID | None
    kind: MailKind
    cause: str
    subject_ids: Mapping[str, Any]
    language: str | None
    recipients: tuple[str, ...]
    number: int
    failures: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that goes along. It is made when the mail is written, after the transaction that prepared the mail.

    Where it cannot be made, a mail that needs it is tried again later; any other goes without it.
    """

    filename: str
    media_type: str
    draw: Callable[[], Awaitable[bytes]]
    is_needed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What a mail will say, to whom and in which language, by the facts of this moment.

    `copies` are members of staff: they get the same mail without the company seeing it. `view.attachments` names the
    enclosures.
    """

    view: MailView
    recipients: tuple[str, ...]
    language: str
    copies: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """Why a mail is not sent any more: a stable word for machines and a sentence for people."""

    reason: str
    detail: str = ""


class Outcome(StrEnum):
    """What one attempt came to. `temporary` is tried again by itself; `unknown` never."""

    SENT = "sent"
    REFUSED = "refused"
    TEMPORARY = "temporary"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A mail as it goes over the wire."""

    mail_id: UUID
    sender: str
    recipients: tuple[str, ...]
    message: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """What came of sending one envelope. `refused` has what the server said of each recipient that it did not take."""

    outcome: Outcome
    detail: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnclosedFile:
    """What is kept of a file that went along; without a size it could not be made, and the mail went without it."""

    filename: str
    media_type: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailContent:
    """A mail as it was sent."""

    sender: str
    subject: str
    text: str
    html: str
    attachments: tuple[EnclosedFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedMail:
    """A mail as the log shows it."""

    id: UUID
    shop_id: UUID | None
    shop_code: str | None
    company_id: UUID | None
    kind: MailKind
    cause: str
    subject_ids: Mapping[str, Any]
    language: str | None
    recipients: tuple[str, ...]
    status: MailStatus
    not_before: datetime
    attempts: int
    last_error: str | None
    skip_reason: str | None
    refused_recipients: Mapping[str, str]
    message_id: str | None
    author: str
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFilter:
    """What a list of mails may be narrowed to."""

    company_id: UUID | None = None
    kind: MailKind | None = None
    status: MailStatus | None = None


def retry_at(now: datetime, *, failures: int, mail_id: UUID) -> datetime | None:
    """When to try again after so many failures in a row, or None when that was the last attempt.

    Waits are stretched by up to a fifth, so that what failed together does not come back together; the random end of
    the id is as good as dice for that.
    """
    assert failures >= 1
    if failures > len(RETRY_DELAYS):
        return None
    return now + RETRY_DELAYS[failures - 1] * (1 + _SPREAD * (mail_id.int % 1000) / 1000)
