"""What the pure tests of reminders share: policies of a few steps, documents, and a run from day to day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from service.reminders.domain import DueStep, ItemFacts, NotDue, due_step
from service.reminders.policy import Anchor, DayRule, ReminderPolicy, Step, Template
from service.reminders.schedule import Anchors, PastReminder, Place, Schedule
from service.reminders.shipped import SHIPPED

ITEM = UUID(int=1)
PARIS = Place("Europe/Paris")


def step(code: str, level: int, anchor: Anchor, offset_days: int = 0, **more: Any) -> Step:
    """A step that may go out on any day at nine, unless said otherwise."""
    template = Template.BEFORE_DUE if level == 0 else Template.LATE_1
    given = {"days": DayRule.ANY, "template": template, **more}
    return Step(code=code, level=level, anchor=anchor, offset_days=offset_days, **given)


def policy(*steps: Step, **more: Any) -> ReminderPolicy:
    return ReminderPolicy(code="tests", name="Tests", steps=steps, **{"spacing_days": 1, "grace_days": 3, **more})


LATE = policy(
    step("late_1", 1, Anchor.AFTER_DUE, 3),
    step("late_2", 2, Anchor.AFTER_DUE, 10),
    step("late_3", 3, Anchor.AFTER_DUE, 20),
)


def facts(due_on: date, **more: Any) -> ItemFacts:
    issued_on = more.pop("issued_on", due_on - timedelta(days=30))
    given = {
        "item_id": ITEM,
        "open_minor": 10_000,
        "demand_minor": 10_000,
        "anchors": Anchors(more.pop("ordered_on", issued_on), issued_on, due_on),
        **more,
    }
    return ItemFacts(**given)


def at(day: date, hour: int = 10, zone: str = "Europe/Paris") -> datetime:
    """That hour where the shop is."""
    return datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC)


@dataclass
class Dunned:
    """A document that is looked at again and again, and remembers what was done."""

    facts: ItemFacts
    policy: ReminderPolicy
    place: Place = PARIS
    past: list[PastReminder] = field(default_factory=list)

    def look(self, now: datetime) -> DueStep | NotDue:
        schedule = Schedule(self.policy, self.place)
        decision = due_step(self.facts, schedule, self.past, now=now)
        if isinstance(decision, DueStep):
            day = schedule.local(now).date()
            self.past.append(PastReminder(decision.step.code, decision.step.level, decision.occurrence, day))
        return decision

    def change(self, **facts: Any) -> None:
        self.facts = self.facts._replace(**facts)

    def run(self, first: date, last: date, *, hour: int = 10) -> list[tuple[str, int, date]]:
        """Look once a day; gives step, occurrence and day of all that was done meanwhile."""
        before = len(self.past)
        for day in days(first, last):
            self.look(at(day, hour, self.place.time_zone))
        return [(one.step, one.occurrence, one.decided_on) for one in self.past[before:]]


def days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def shipped(code: str) -> ReminderPolicy:
    return SHIPPED[code]
