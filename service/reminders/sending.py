"""The last look before a reminder goes: is it still right, by the facts of this moment (S43)? Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.reminders.circumstances import Circumstances, Credit, Debtor, KnownItem
from service.reminders.domain import DueStep, NotDue, WhyNot, is_below_minimum
from service.reminders.planning import addresses_for, credits_for, in_order, named_besides
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
    credits: tuple[Credit, ...] = ()


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
    because = [item for _, item, *_ in kept]
    listed = in_order([*because, *named_besides(because, step, debtor, around, now=now)])
    demanded = tuple(around.demand_of(item, debtor, now=now) for item in listed)
    credits_left = credits_for(listed, debtor, around, now=now) if debtor.credits else ()
    total = sum(demanded) - sum(credit.amount_minor for credit in credits_left)
    if total <= 0 or (not head.is_by_hand and is_below_minimum(step, currency=head.currency, total_minor=total)):
        reason = WhyNot.COVERED_BY_CREDIT if credits_left else WhyNot.BELOW_MINIMUM
        return Dropped(reason.value, withdrawn | dict.fromkeys(everything, reason.value))
    addresses = addresses_for(debtor, step, because, around)
    if not addresses:
        reason = WhyNot.NO_ADDRESS
        return Dropped(reason.value, withdrawn | dict.fromkeys(everything, reason.value))
    reminders_kept = tuple(reminder for reminder, *_ in kept)
    return StillRight(step, schedule, reminders_kept, listed, demanded, addresses, withdrawn, credits_left)


def _still_due(
    reminder: Reminder, item: KnownItem, debtor: Debtor, around: Circumstances, *, now: datetime
) -> WhyNot | tuple[Step, Schedule]:
    schedule = around.schedule_for(item, debtor)
    if isinstance(schedule, NotDue):
        return schedule.reason
    index = schedule.policy.index_of(reminder.step)
    if index is None:
        return WhyNot.DECIDED_ANEW
    if item.id in around.charged_for and not reminder.is_by_hand:
        return WhyNot.LATE_CHARGE
    step, today = schedule.policy.steps[index], schedule.today(now)
    if step.is_void_when_late and today > item.due_on:
        # That it is due today, or will be, was true when it was decided.
        return WhyNot.DECIDED_ANEW
    facts = around.facts_of(item, schedule, today=today)
    if facts.blocks:
        return facts.blocks[0].reason
    if not reminder.is_by_hand:
        decision = around.decide(facts, schedule, around.past.get(item.id, ()), now=now)
        if not isinstance(decision, DueStep) and decision.reason not in _ABOUT_THE_HOUR:
            return decision.reason
    return step, schedule
