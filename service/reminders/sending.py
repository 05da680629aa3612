"""The last look before a reminder goes: is it still right, by the facts of this moment (S43)? Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.reminders.domain import DueStep, NotDue, WhyNot, due_step, is_below_minimum
from service.reminders.planning import Circumstances, Debtor, KnownItem, addresses_for, is_asked_for
from service.reminders.policy import Step
from service.reminders.reminder import Reminder
from service.reminders.schedule import Schedule

__all__ = ["Dropped", "StillRight", "last_look"]

# Decided at a proper hour; that the server took its time until night does not change what is owed.
_ABOUT_THE_HOUR = frozenset({WhyNot.OUTSIDE_HOURS})


@dataclass(frozen=True, slots=True)
class StillRight:
    """What goes: the step that speaks, what was decided for it, all documents it names, and what fell out of it."""

    step: Step
    schedule: Schedule
    kept: tuple[Reminder, ...]
    items: tuple[KnownItem, ...]
    demanded: tuple[int, ...]
    addresses: tuple[str, ...]
    withdrawn: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class Dropped:
    """Nothing goes: the reason for the mail, and for each reminder."""

    reason: str
    withdrawn: Mapping[UUID, str]


def last_look(
    reminders: Sequence[Reminder], debtor: Debtor, around: Circumstances, *, template: str, now: datetime
) -> StillRight | Dropped:
    """What is left of a mail. `around` knows nothing of the mail's own reminders.

    When what made it this kind of mail has fallen out, nothing goes: the rest is decided anew, for a milder one.
    """
    items = {item.id: item for item in debtor.items}
    kept: list[tuple[Reminder, KnownItem, Step, Schedule]] = []
    withdrawn: dict[UUID, str] = {}
    for reminder in reminders:
        item = items.get(reminder.open_item_id)
        found = WhyNot.SETTLED if item is None else _still_due(reminder, item, debtor, around, now=now)
        if isinstance(found, WhyNot):
            withdrawn[reminder.id] = found.value
        elif item is not None:
            kept.append((reminder, item, *found))
    if not kept:
        # Without any reminder left it is an old mail that somebody sends again: its documents have gone on without it.
        return Dropped(next(iter(withdrawn.values()), WhyNot.DECIDED_ANEW.value), withdrawn)
    head, _, step, schedule = min(kept, key=lambda one: (-one[0].level, one[1].due_on, one[1].document_ref))
    everything = {reminder.id: WhyNot.DECIDED_ANEW.value for reminder, *_ in kept}
    if step.template is None or step.template.value != template:
        return Dropped(WhyNot.DECIDED_ANEW.value, withdrawn | everything)
    listed = _listed([item for _, item, *_ in kept], step, debtor, around, now=now)
    demanded = tuple(around.demand_of(item, debtor, now=now) for item in listed)
    total = sum(demanded) - debtor.credit_minor(head.currency)
    if total <= 0 or (not head.is_by_hand and is_below_minimum(step, currency=head.currency, total_minor=total)):
        reason = WhyNot.COVERED_BY_CREDIT if debtor.credit_minor(head.currency) else WhyNot.BELOW_MINIMUM
        return Dropped(reason.value, withdrawn | dict.fromkeys(everything, reason.value))
    addresses = addresses_for(debtor, step, [item for _, item, *_ in kept], around)
    if not addresses:
        reason = WhyNot.NO_ADDRESS
        return Dropped(reason.value, withdrawn | dict.fromkeys(everything, reason.value))
    reminders_kept = tuple(reminder for reminder, *_ in kept)
    return StillRight(step, schedule, reminders_kept, listed, demanded, addresses, withdrawn)


def _still_due(
    reminder: Reminder, item: KnownItem, debtor: Debtor, around: Circumstances, *, now: datetime
) -> WhyNot | tuple[Step, Schedule]:
    schedule = around.schedule_for(item, debtor)
    if isinstance(schedule, NotDue):
        return schedule.reason
    index = schedule.policy.index_of(reminder.step)
    if index is None:
        return WhyNot.DECIDED_ANEW
    step, today = schedule.policy.steps[index], schedule.today(now)
    if step.is_void_when_late and today > item.due_on:
        # That it is due today, or will be, was true when it was decided.
        return WhyNot.DECIDED_ANEW
    facts = around.facts_of(item, schedule, today=today)
    if facts.blocks:
        return facts.blocks[0].reason
    if not reminder.is_by_hand:
        decision = due_step(facts, schedule, around.past.get(item.id, ()), now=now)
        if not isinstance(decision, DueStep) and decision.reason not in _ABOUT_THE_HOUR:
            return decision.reason
    return step, schedule


def _listed(
    kept: Sequence[KnownItem], step: Step, debtor: Debtor, around: Circumstances, *, now: datetime
) -> tuple[KnownItem, ...]:
    kept_ids = {item.id for item in kept}
    currency = kept[0].currency
    late = [
        item
        for item in debtor.items
        if step.waits_until_late
        and item.currency == currency
        and item.id not in kept_ids
        and is_asked_for(item, debtor, around, now=now)
    ]
    return tuple(sorted([*kept, *late], key=lambda item: (item.due_on, item.document_ref)))
