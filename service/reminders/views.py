"""Where documents stand and what would go, as plain values for those who show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from service.mails.domain import MailKind, Prepared
from service.mails.rendering import Rendered
from service.reminders.circumstances import Chooser, Debtor, KnownItem
from service.reminders.domain import NextStep, NotDue, Pause, WhyNot
from service.reminders.planning import Notice
from service.reminders.schedule import PastReminder

__all__ = ["CompanyState", "HeldItem", "ItemState", "PreviewPage", "PreviewedMail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemState:
    """One open item. `why_not` is None when a reminder is due now. `pauses` hold today; `paused_until` is the last day of
    the longest pause that is felt, in the days of grace after it too, and None without an end."""

    open_item_id: UUID
    document: str
    company_id: UUID
    currency: str
    open_minor: int
    due_on: date
    policy: str | None
    level: int | None
    last_reminder: PastReminder | None
    why_not: WhyNot | None
    next: NextStep | None
    resumes_on: date | None
    paused_until: date | None
    pauses: tuple[Pause, ...]
    can_send_now: bool
    can_skip: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyState:
    """A company with its open items. `policy` is what holds in one shop; None when no shop is meant or its settings are
    broken. `pauses` are those that hold today for more than one document."""

    policy: str | None
    chosen_by: Chooser
    pauses: tuple[Pause, ...]
    items: tuple[ItemState, ...]


@dataclass(frozen=True, slots=True)
class PreviewedMail:
    """One mail that would go."""

    debtor: Debtor
    notice: Notice
    prepared: Prepared
    rendered: Rendered
    kind: MailKind


@dataclass(frozen=True, slots=True)
class HeldItem:
    """A document of which nothing would go, and why."""

    debtor: Debtor
    item: KnownItem
    decision: NotDue


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """What a page of companies comes to. `last_id` is where the next one goes on, None at the end."""

    mails: tuple[PreviewedMail, ...]
    silent: tuple[tuple[KnownItem, str], ...]
    held: tuple[HeldItem, ...]
    last_id: UUID | None
