"""When the steps of a policy fall for one document: days where the shop is, and the instants that they begin at. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple, assert_never
from zoneinfo import ZoneInfo

from service.core.calendar import IsHoliday, add_months, is_weekend, next_business_day, previous_business_day
from service.reminders.policy import Anchor, DayRule, Every, ReminderPolicy, Step

__all__ = ["Anchors", "PastReminder", "Place", "Planned", "Schedule"]

# Nobody wants to read a demand at midnight. Steps that begin later may go until the day ends.
_LAST_HOUR: Final = 20
_ONE_DAY: Final = timedelta(days=1)
_WEEKDAYS: Final = (DayRule.MONDAY, DayRule.TUESDAY, DayRule.WEDNESDAY, DayRule.THURSDAY, DayRule.FRIDAY)


class Anchors(NamedTuple):
    """The days of a document that steps count from."""

    ordered_on: date | None
    issued_on: date
    due_on: date


@dataclass(frozen=True, slots=True)
class Place:
    """Where the shop is: its zone, and the days on which nobody works there."""

    time_zone: str
    is_holiday: IsHoliday = is_weekend

    def day_begins_at(self, moment: datetime) -> datetime:
        """When the day began there that a moment belongs to."""
        zone = ZoneInfo(self.time_zone)
        return datetime.combine(moment.astimezone(zone).date(), time(), zone).astimezone(UTC)


class PastReminder(NamedTuple):
    """A step that was carried out or skipped for a document, on a day where the shop is. `was_told`: by a mail."""

    step: str
    level: int
    occurrence: int
    decided_on: date
    is_undelivered: bool = False
    was_told: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """A step that is still to come. `planned_on` is the day that the policy names, before anything moved it."""

    step: Step
    occurrence: int
    planned_on: date


@dataclass(frozen=True)
class Schedule:
    """A policy at one place. Remembers the instants and days that it has computed: many documents share them."""

    policy: ReminderPolicy
    place: Place
    _zone: ZoneInfo = field(init=False)
    _instants: dict[tuple[date, int], datetime] = field(init=False, default_factory=dict)
    _days: dict[datetime, date] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_zone", ZoneInfo(self.place.time_zone))

    def local(self, now: datetime) -> datetime:
        return now.astimezone(self._zone)

    def today(self, now: datetime) -> date:
        """The day where the shop is."""
        known = self._days.get(now)
        if known is None:
            known = self._days[now] = self.local(now).date()
        return known

    def begins_at(self, step: Step, day: date) -> datetime:
        """The hour of the step on that day. An hour that the clocks skip is the one after it."""
        key = (day, step.hour)
        known = self._instants.get(key)
        if known is None:
            known = self._instants[key] = datetime.combine(day, time(step.hour), self._zone).astimezone(UTC)
        return known

    def is_open(self, step: Step, local: datetime) -> bool:
        """Whether the step may go out at this moment: what was missed waits for such a one, too."""
        last_hour = _LAST_HOUR if step.hour < _LAST_HOUR else 24
        return step.hour <= local.hour < last_hour and self._allowed(step, local.date()) == local.date()

    def opens_at(self, step: Step, local: datetime) -> datetime:
        """The next moment at which it may go out, when it may not now."""
        day = local.date() if local.hour < step.hour else local.date() + _ONE_DAY
        return self.begins_at(step, self._allowed(step, day))

    def first_moment(self, step: Step, day: date) -> datetime:
        """When the step may go out on that day, or on the next one that it allows."""
        return self.begins_at(step, self._allowed(step, day))

    def day_of(self, planned: Planned, anchors: Anchors, *, not_before: date | None) -> date:
        """The day it may go out: never before lateness when it speaks of it, on a day that the step allows."""
        day, step = planned.planned_on, planned.step
        if step.anchor is Anchor.BEFORE_DUE and step.days is DayRule.BUSINESS_DAYS:
            day = previous_business_day(day, self.place.is_holiday)
        if step.waits_until_late:
            day = max(day, anchors.due_on + _ONE_DAY)
        if not_before is not None:
            day = max(day, not_before)
        return self._allowed(step, day)

    def _allowed(self, step: Step, day: date) -> date:
        match step.days:
            case DayRule.ANY:
                return day
            case DayRule.BUSINESS_DAYS:
                return next_business_day(day, self.place.is_holiday)
            case weekday:
                return day + (_WEEKDAYS.index(weekday) - day.weekday()) % 7 * _ONE_DAY

    def rest(self, anchors: Anchors, past: Sequence[PastReminder], *, today: date) -> Iterator[Planned]:
        """What is left of the policy after what was done, in its order; only steps whose day is known by now.

        A level never falls, and nothing that was passed over comes back.
        """
        steps = self.policy.steps
        last = self._last(past)
        for index in range(self._first_index(last), len(steps)):
            step = steps[index]
            done = 0
            if last is not None:
                if step.code == last.step:
                    done = last.occurrence
                elif step.level <= last.level and last.level > 0:
                    continue
            for occurrence in range(done + 1, step.times + 1):
                day = self._planned_on(index, occurrence, anchors, past, today=today)
                if day is None:
                    break
                yield Planned(step, occurrence, day)

    def _last(self, past: Sequence[PastReminder]) -> PastReminder | None:
        if not past:
            return None
        return max(past, key=lambda one: (one.level, self._index(one.step), one.occurrence, one.decided_on))

    def _index(self, step_code: str) -> int:
        """Its place in the policy; steps of another policy come before all of this one's on the same level."""
        index = self.policy.index_of(step_code)
        return -1 if index is None else index

    def _first_index(self, last: PastReminder | None) -> int:
        return 0 if last is None else max(0, self._index(last.step))

    def _planned_on(
        self, index: int, occurrence: int, anchors: Anchors, past: Sequence[PastReminder], *, today: date
    ) -> date | None:
        step = self.policy.steps[index]
        days = step.offset_days * _ONE_DAY
        match step.anchor:
            case Anchor.ORDER_DATE:
                return _repeated(step, (anchors.ordered_on or anchors.issued_on) + days, occurrence - 1)
            case Anchor.INVOICE_DATE:
                return _repeated(step, anchors.issued_on + days, occurrence - 1)
            case Anchor.BEFORE_DUE:
                return anchors.due_on - days
            case Anchor.AFTER_DUE:
                return _repeated(step, anchors.due_on + days, occurrence - 1)
            case Anchor.PREVIOUS_STEP:
                own = next((one for one in reversed(past) if one.step == step.code), None)
                if own is not None:
                    return _repeated(step, own.decided_on, occurrence - own.occurrence)
                before = self._done_before(index, anchors, past, today=today)
                return None if before is None else _repeated(step, before + days, occurrence - 1)
            case _:
                assert_never(step.anchor)

    def _done_before(self, index: int, anchors: Anchors, past: Sequence[PastReminder], *, today: date) -> date | None:
        """The day that the step before was done with, or passed because it says nothing true any more."""
        before = self.policy.steps[index - 1]
        done = [one for one in past if one.step == before.code and one.occurrence == before.times]
        if done:
            return max(one.decided_on for one in done)
        if before.is_void_when_late and today > anchors.due_on:
            return anchors.due_on
        # Chosen while another policy had reached this point: its last reminder is the step before.
        foreign = [one for one in past if self._index(one.step) < 0]
        last = self._last(past)
        if last is not None and last in foreign and last.level >= before.level:
            return last.decided_on
        return None


def _repeated(step: Step, first: date, times: int) -> date:
    """Months step from the original day: 31 January, 28 February, 31 March (S30)."""
    if step.repeat is None or times == 0:
        return first
    return first + 7 * times * _ONE_DAY if step.repeat.every is Every.WEEK else add_months(first, times)
