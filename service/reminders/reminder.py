"""A reminder as it is kept: what was done about one open item, by which step, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from service.reminders.circumstances import KnownItem
from service.reminders.domain import DueStep, ReminderStatus
from service.reminders.policy import Action, ReminderPolicy, Template

__all__ = ["HistoryLine", "Reminder", "ReminderFilter", "decided"]


_ONLY_NOTIFIES: Final = (Action.NOTIFY,)


class Reminder(NamedTuple):
    """One step for one open item. `demand_minor` is what was asked for when it was decided.

    It is a `reminder_decided` of the database, value by value.
    """

    id: UUID
    open_item_id: UUID
    company_id: UUID
    shop_id: UUID
    mail_id: UUID | None
    policy: str
    policy_version: int
    step: str
    level: int
    occurrence: int
    template: Template | None
    status: ReminderStatus
    reason: str | None
    is_by_hand: bool
    author: str
    currency: str
    demand_minor: int
    planned_on: date
    decided_on: date
    decided_at: datetime
    changed_at: datetime
    pending_actions: tuple[Action, ...] = ()
    actions: tuple[Action, ...] = ()
    acted_at: datetime | None = None


def decided(  # noqa: PLR0913 - everything that a decision is made of
    item: KnownItem,
    due: DueStep,
    policy: ReminderPolicy,
    *,
    reminder_id: UUID,
    mail_id: UUID | None = None,
    demand_minor: int,
    today: date,
    now: datetime,
    author: str,
) -> Reminder:
    """The reminder that a due step becomes: waiting for its mail, or done when it has none."""
    step = due.step
    beside = () if step.actions == _ONLY_NOTIFIES else tuple(each for each in step.actions if each is not Action.NOTIFY)
    return Reminder(
        id=reminder_id,
        open_item_id=item.id,
        company_id=item.company_id,
        shop_id=item.shop_id,
        mail_id=mail_id,
        policy=policy.code,
        policy_version=policy.version,
        step=step.code,
        level=step.level,
        occurrence=due.occurrence,
        template=step.template,
        status=ReminderStatus.QUEUED if step.notifies else ReminderStatus.DONE,
        reason=None,
        is_by_hand=False,
        author=author,
        currency=item.currency,
        demand_minor=demand_minor,
        planned_on=due.planned_on,
        decided_on=today,
        decided_at=now,
        changed_at=now,
        pending_actions=beside,
        actions=beside,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderFilter:
    """What a list of reminders may be narrowed to."""

    company_id: UUID | None = None
    open_item_id: UUID | None = None
    status: ReminderStatus | None = None


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A reminder, its document, and what became of the mail that carried it."""

    reminder: Reminder
    document_ref: str
    mail_status: str | None
