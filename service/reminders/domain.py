"""What is due for one open item and why not, and which mail a company gets of it. Pure: facts in, decision out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from service.reminders.policy import Step
from service.reminders.schedule import Anchors, PastReminder, Planned, Schedule

__all__ = [
    "Block", "Decision", "DueStep", "ItemFacts", "NextStep", "NotDue", "Pause", "PauseFilter", "PauseScope", "ReminderStatus", "WhyNot",
    "blocks_of", "demand_minor", "due_step", "is_below_minimum", "step_by_hand",
]  # fmt: skip

_ONE_DAY: Final = timedelta(days=1)


class WhyNot(StrEnum):
    """Why no reminder goes, in words that people read and machines branch on."""

    SETTLED = "settled"
    NO_POLICY = "no_policy"
    POLICY_UNKNOWN = "policy_unknown"
    DISPUTED = "disputed"
    DISPUTE_JUST_RESOLVED = "dispute_just_resolved"
    PAUSED = "paused"
    PROMISED = "promised"
    NOT_YET = "not_yet"
    OUTSIDE_HOURS = "outside_hours"
    FINISHED = "finished"
    BELOW_MINIMUM = "below_minimum"
    COVERED_BY_CREDIT = "covered_by_credit"
    NO_ADDRESS = "no_address"
    COMPANY_JUST_REMINDED = "company_just_reminded"
    LATE_CHARGE = "late_charge"
    UNDELIVERED = "undelivered"
    DECIDED_ANEW = "decided_anew"
    SETTINGS_BROKEN = "settings_broken"


class ReminderStatus(StrEnum):
    """What became of a step. `withdrawn` never reached anybody and may come again; the others count.

    `undelivered`: its mail was not taken, and a person decides about the mail before anything else goes.
    """

    QUEUED = "queued"
    ISSUED = "issued"
    UNDELIVERED = "undelivered"
    DONE = "done"
    SKIPPED = "skipped"
    WITHDRAWN = "withdrawn"


# A person may be quicker than the policy, and send for less; he ends a pause or a dispute before he writes.
_ABOUT_TIME: Final = frozenset({WhyNot.NOT_YET, WhyNot.OUTSIDE_HOURS})


class PauseScope(StrEnum):
    """What a pause covers."""

    OPEN_ITEM = "open_item"
    LINE = "credit_line"
    COMPANY = "company"
    MERCHANT = "merchant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Reminders stopped on purpose. `until_on` is its last day; None lasts until somebody ends it."""

    id: UUID
    scope: PauseScope
    subject_id: UUID
    reason: str
    author: str
    paused_at: datetime
    until_on: date | None
    resumed_at: datetime | None = None
    resumed_by: str | None = None
    resume_reason: str | None = None

    def is_over(self, today: date) -> bool:
        return self.resumed_at is not None or (self.until_on is not None and self.until_on < today)


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseFilter:
    """What a list of pauses may be narrowed to."""

    subject_ids: frozenset[UUID] | None = None
    scope: PauseScope | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Something that stops an item's reminders. `resumes_on` is the first day they may go again; None is open-ended."""

    reason: WhyNot
    resumes_on: date | None


class ItemFacts(NamedTuple):
    """What a decision about one open item is made of. `demand_minor` is what is open and not promised."""

    item_id: UUID
    demand_minor: int
    open_minor: int
    anchors: Anchors
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step and when it may go out, if nothing changes until then."""

    step: Step
    occurrence: int
    planned_on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class DueStep:
    """The highest step that is due. All lower ones are passed over (S44)."""

    step: Step
    occurrence: int
    planned_on: date


@dataclass(frozen=True, slots=True)
class NotDue:
    """Why nothing is due, the next step if one is known, and when it is worth to look again without any change."""

    reason: WhyNot
    look_again_at: datetime | None = None
    next: NextStep | None = None


Decision = DueStep | NotDue


def demand_minor(*, open_minor: int, promised_minor: int | None, promise_holds: bool) -> int:
    """A promise stops exactly what it covers: what is open beyond it is still asked for."""
    return max(0, open_minor - promised_minor) if promise_holds and promised_minor is not None else open_minor


def blocks_of(  # noqa: PLR0913 - the facts that can block
    *,
    disputed: bool,
    undisputed_on: date | None,
    promised_on: date | None,
    covers_all: bool,
    pauses: Sequence[Pause],
    grace_days: int,
    today: date,
) -> tuple[Block, ...]:
    """Everything that stops an item now. What ended is followed by some days of grace."""
    blocks = []
    grace = (1 + grace_days) * _ONE_DAY
    if disputed:
        blocks.append(Block(WhyNot.DISPUTED, None))
    elif undisputed_on is not None and today < undisputed_on + grace:
        blocks.append(Block(WhyNot.DISPUTE_JUST_RESOLVED, undisputed_on + grace))
    if promised_on is not None and covers_all and today < promised_on + grace:
        blocks.append(Block(WhyNot.PROMISED, promised_on + grace))
    for pause in pauses:
        resumes_on = None if pause.until_on is None else pause.until_on + grace
        if pause.resumed_at is None and (resumes_on is None or today < resumes_on):
            blocks.append(Block(WhyNot.PAUSED, resumes_on))
    return tuple(blocks)


def due_step(facts: ItemFacts, schedule: Schedule | None, past: Sequence[PastReminder], *, now: datetime) -> Decision:
    """The highest due step of one item, or why not. `past` holds what counts: carried out or skipped, not
    withdrawn; the last one last."""
    if facts.open_minor <= 0:
        return NotDue(WhyNot.SETTLED)
    if schedule is None:
        return NotDue(WhyNot.NO_POLICY)
    local = schedule.local(now)
    today = local.date()
    if any(block.resumes_on is None for block in facts.blocks):
        return NotDue(next(block.reason for block in facts.blocks if block.resumes_on is None))
    if past and past[-1].is_undelivered:
        # Nothing harsher goes to somebody who was never told.
        return NotDue(WhyNot.UNDELIVERED)
    block = max(facts.blocks, key=lambda one: one.resumes_on or today, default=None)
    not_before = _not_before(schedule, past, block)
    due, upcoming = _rest(facts, schedule, past, not_before=not_before, today=today, now=now)
    first_late_on = facts.anchors.due_on + _ONE_DAY
    if due is None and today < first_late_on:
        # What follows a notice that cannot go any more counts from the due date, once that is over.
        _, once_late = _rest(facts, schedule, past, not_before=not_before, today=first_late_on, now=now)
        upcoming = min(filter(None, (upcoming, once_late)), key=lambda step: step.at, default=None)
    if due is None:
        reason = block.reason if block is not None else WhyNot.NOT_YET if upcoming else WhyNot.FINISHED
        return NotDue(reason, upcoming.at if upcoming else None, upcoming)
    if not schedule.is_open(due.step, local):
        opens_at = schedule.opens_at(due.step, local)
        return NotDue(WhyNot.OUTSIDE_HOURS, opens_at, NextStep(due.step, due.occurrence, due.planned_on, opens_at))
    return DueStep(due.step, due.occurrence, due.planned_on)


def _rest(
    facts: ItemFacts,
    schedule: Schedule,
    past: Sequence[PastReminder],
    *,
    not_before: date | None,
    today: date,
    now: datetime,
) -> tuple[Planned | None, NextStep | None]:
    """The highest step whose time has come, and the first of those to come, by what is known on a day."""
    due: Planned | None = None
    upcoming: NextStep | None = None
    for planned in schedule.rest(facts.anchors, past, today=today):
        step = planned.step
        day = schedule.day_of(planned, facts.anchors, not_before=not_before)
        if step.is_void_when_late and max(day, today) > facts.anchors.due_on:
            continue
        at = schedule.begins_at(step, day)
        if at <= now:
            due = planned
        elif upcoming is None or at < upcoming.at:
            upcoming = NextStep(step, planned.occurrence, planned.planned_on, at)
    return due, upcoming


def step_by_hand(facts: ItemFacts, decision: Decision, *, today: date, for_mail: bool) -> DueStep | NotDue:
    """The step that a person may send now (`for_mail`) or leave out, whatever its day; or why there is none."""
    if isinstance(decision, NotDue):
        if decision.next is None or (for_mail and decision.reason not in _ABOUT_TIME):
            return decision
        decision = DueStep(decision.next.step, decision.next.occurrence, decision.next.planned_on)
    if for_mail and decision.step.waits_until_late and today <= facts.anchors.due_on:
        # Nobody is told that he is late before he is.
        return NotDue(WhyNot.NOT_YET)
    return decision


def _not_before(schedule: Schedule, past: Sequence[PastReminder], block: Block | None) -> date | None:
    """Two steps keep their distance, and nothing goes before a block is over."""
    days = [one.decided_on + schedule.policy.spacing_days * _ONE_DAY for one in past]
    if block is not None and block.resumes_on is not None:
        days.append(block.resumes_on)
    return max(days, default=None)


def is_below_minimum(step: Step, *, currency: str, total_minor: int) -> bool:
    """Whether all that the company would be reminded of is too little for this step (S48). Exactly the minimum goes."""
    return total_minor < step.minimum_minor.get(currency, 1)
