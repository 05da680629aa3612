"""What a person decides about one document: send the next reminder now, or leave it out."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from service.core.ids import new_id
from service.infra.work import Work
from service.mails.queue_service import queue_mails
from service.receivables.errors import OpenItemNotFound
from service.receivables.repository import find_item
from service.reminders import due_repository, repository
from service.reminders.circumstances import Circumstances, Debtor, KnownItem
from service.reminders.domain import DueStep, NotDue, ReminderStatus, WhyNot, due_step, step_by_hand
from service.reminders.engine_service import reminder_mail
from service.reminders.errors import NextReminderDiffers, NothingToRemind
from service.reminders.loading_service import load
from service.reminders.planning import addresses_for
from service.reminders.reminder import Reminder, decided
from service.reminders.schedule import Schedule

__all__ = ["SeenStep", "send_now", "skip_next"]


@dataclass(frozen=True, slots=True)
class SeenStep:
    """The step that a person saw as the next one, and which of its repetitions, if that matters."""

    step: str
    occurrence: int | None = None


async def send_now(work: Work, item_id: UUID, *, seen: SeenStep | None, reason: str | None) -> Reminder:
    """Send the next step now, whatever its day; with `seen`, only if it is that one.

    Raises OpenItemNotFound, NextReminderDiffers or NothingToRemind, whose `reason` says why.
    """
    debtor, item, around = await _lock(work, item_id)
    due = _next_step(work, debtor, item, around, for_mail=True)
    _require_seen(due, seen)
    reminder = _by_hand(work, debtor, item, due=due, around=around, reason=reason)
    if due.step.notifies:
        if not addresses_for(debtor, due.step, [item], around):
            raise NothingToRemind(reason=WhyNot.NO_ADDRESS.value)
        mail = reminder_mail(due.step, [reminder], shop_id=item.shop_id)
        reminder = reminder._replace(mail_id=mail.id)
        await queue_mails(work, [mail])
    await repository.insert_reminders(work, [reminder])
    await due_repository.look_now(work, [item.id])
    return reminder


async def skip_next(work: Work, item_id: UUID, *, seen: SeenStep | None, reason: str) -> Reminder:
    """Leave the next step out: it counts as done today and is never sent. Raises what `send_now` raises."""
    debtor, item, around = await _lock(work, item_id)
    due = _next_step(work, debtor, item, around, for_mail=False)
    _require_seen(due, seen)
    reminder = _by_hand(work, debtor, item, due=due, around=around, reason=reason)
    reminder = reminder._replace(status=ReminderStatus.SKIPPED, pending_actions=())
    await repository.insert_reminders(work, [reminder])
    await due_repository.look_now(work, [item.id])
    return reminder


async def _lock(work: Work, item_id: UUID) -> tuple[Debtor, KnownItem, Circumstances]:
    """The item with its company locked, so that the engine does not decide the same step meanwhile."""
    known = await find_item(work, item_id)
    if known is None:
        raise OpenItemNotFound
    locked = await due_repository.read_debtors(work, [known.company_id], for_update=True)
    (debtor,), around = await load(work, locked)
    item = next((item for item in debtor.items if item.id == item_id), None)
    if item is None:
        raise NothingToRemind(reason=WhyNot.SETTLED.value)
    return debtor, item, around


def _next_step(work: Work, debtor: Debtor, item: KnownItem, around: Circumstances, *, for_mail: bool) -> DueStep:
    schedule = around.schedule_for(item, debtor)
    if isinstance(schedule, NotDue):
        raise NothingToRemind(reason=schedule.reason.value)
    today = schedule.today(work.now)
    facts = around.facts_of(item, schedule, today=today)
    decision = due_step(facts, schedule, around.past.get(item.id, ()), now=work.now)
    due = step_by_hand(facts, decision, today=today, for_mail=for_mail)
    if isinstance(due, NotDue):
        raise NothingToRemind(reason=due.reason.value)
    return due


def _require_seen(due: DueStep, seen: SeenStep | None) -> None:
    """A second click, or a page of yesterday, must not send the harsher step that came up meanwhile."""
    if seen is None or (seen.step == due.step.code and seen.occurrence in {None, due.occurrence}):
        return
    raise NextReminderDiffers(
        f"The next reminder is `{due.step.code}` ({due.occurrence}), not `{seen.step}` ({seen.occurrence or 'any'}).",
        step=seen.step,
        occurrence=seen.occurrence,
        next_step=due.step.code,
        next_occurrence=due.occurrence,
    )


def _by_hand(
    work: Work, debtor: Debtor, item: KnownItem, *, due: DueStep, around: Circumstances, reason: str | None
) -> Reminder:
    schedule = around.schedule_for(item, debtor)
    assert isinstance(schedule, Schedule), "a step belongs to a policy"
    reminder = decided(
        item,
        due,
        schedule.policy,
        reminder_id=new_id(),
        demand_minor=around.demand_of(item, debtor, now=work.now),
        today=schedule.today(work.now),
        now=work.now,
        author=work.author,
    )
    return reminder._replace(is_by_hand=True, reason=reason)
