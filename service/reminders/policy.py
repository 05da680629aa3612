"""A dunning policy: steps from the first friendly notice to the final demand, in the order in which they come. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from service.core.errors import FieldProblem, ServiceError
from service.core.money import currency_exponent
from service.reminders.errors import ReminderPolicyInvalid

__all__ = [
    "MAX_STEPS", "NO_POLICY", "Action", "Anchor", "Attachment", "DayRule", "Every", "PolicyVersion", "Recipient", "ReminderPolicy", "Repeat", "Step",
    "Template", "Tone",
]  # fmt: skip

# What settings and assignments say to switch reminders off.
NO_POLICY: Final = "none"
MAX_STEPS: Final = 20
_MAX_OFFSET_DAYS: Final = 365
_MAX_TIMES: Final = 52
_MAX_REST_DAYS: Final = 60
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)


class Anchor(StrEnum):
    """The day that a step counts from."""

    ORDER_DATE = "order_date"
    INVOICE_DATE = "invoice_date"
    BEFORE_DUE = "before_due"
    AFTER_DUE = "after_due"
    PREVIOUS_STEP = "previous_step"


class Every(StrEnum):
    """How far apart the repetitions of a step are."""

    WEEK = "week"
    MONTH = "month"


class DayRule(StrEnum):
    """On which days a step may go out."""

    ANY = "any"
    BUSINESS_DAYS = "business_days"
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"


class Tone(StrEnum):
    """How a step speaks; the template may listen to it."""

    GENTLE = "gentle"
    STANDARD = "standard"
    FIRM = "firm"


class Template(StrEnum):
    """The kind of mail that a step sends."""

    BEFORE_DUE = "before_due"
    DUE_TODAY = "due_today"
    LATE_1 = "late_1"
    LATE_2 = "late_2"
    LATE_3 = "late_3"
    FINAL_DEMAND = "final_demand"

    @property
    def speaks_of_lateness(self) -> bool:
        return self not in _BEFORE_LATE


# What these say is wrong from the day after the due date on.
_BEFORE_LATE: Final = frozenset({Template.BEFORE_DUE, Template.DUE_TODAY})


class Recipient(StrEnum):
    """Who gets the mail."""

    INVOICE_ADDRESS = "invoice_address"
    BUYER = "buyer"
    STAFF_COPY = "staff_copy"


class Attachment(StrEnum):
    """What a step's mail brings along."""

    STATEMENT = "statement"


class Action(StrEnum):
    """What a step does."""

    NOTIFY = "notify"
    TELL_STAFF = "tell_staff"
    FREEZE_LINE = "freeze_line"
    LATE_FEE = "late_fee"
    HAND_OVER = "hand_over"


@dataclass(frozen=True, slots=True)
class Repeat:
    """A step that comes `times` times in all."""

    every: Every
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. Level 0 are notices before anything is late; above it, every step has a higher level than the one before.

    Nothing is sent for less than `minimum_minor` of a currency, over all that the company is reminded of at once.
    """

    code: str
    level: int
    anchor: Anchor
    offset_days: int = 0
    repeat: Repeat | None = None
    days: DayRule = DayRule.BUSINESS_DAYS
    hour: int = 9
    tone: Tone = Tone.GENTLE
    template: Template | None = None
    recipients: tuple[Recipient, ...] = (Recipient.INVOICE_ADDRESS,)
    minimum_minor: Mapping[str, int] = field(default_factory=dict)
    actions: tuple[Action, ...] = (Action.NOTIFY,)
    attachment: Attachment | None = None

    @property
    def times(self) -> int:
        return self.repeat.times if self.repeat else 1

    @property
    def notifies(self) -> bool:
        return Action.NOTIFY in self.actions

    @property
    def is_void_when_late(self) -> bool:
        """A notice that a document will be due is not made up for once it is late."""
        return self.template is not None and not self.template.speaks_of_lateness

    @property
    def waits_until_late(self) -> bool:
        """Due today is not late (S27), whatever day the step counts from."""
        return self.template is not None and self.template.speaks_of_lateness


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderPolicy:
    """A policy as it was at one version. Raises ReminderPolicyInvalid, which lists everything that is wrong.

    `grace_days` are given after a pause, a promise or a dispute has ended. Two steps about one document are at least
    `spacing_days` apart, whatever was missed.
    """

    code: str
    name: str
    steps: tuple[Step, ...]
    version: int = 1
    grace_days: int = 3
    spacing_days: int = 2

    def __post_init__(self) -> None:
        problems = [*_own_problems(self), *_step_problems(self.steps)]
        if problems:
            raise ReminderPolicyInvalid(problems)

    def index_of(self, step_code: str) -> int | None:
        return next((index for index, step in enumerate(self.steps) if step.code == step_code), None)


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One version of a merchant's own policy, who wrote it, when and why."""

    policy: ReminderPolicy
    is_retired: bool
    author: str
    reason: str | None
    created_at: datetime


def _problem(pointer: str, code: str, detail: str) -> FieldProblem:
    return FieldProblem(pointer=pointer, code=code, detail=f"{pointer} {detail}")


def _own_problems(policy: ReminderPolicy) -> list[FieldProblem]:
    problems = []
    if not _CODE.fullmatch(policy.code) or policy.code == NO_POLICY:
        problems.append(_problem("/code", "code_unusable", "must be lower-case letters, digits and _, and not `none`"))
    if not 0 < len(policy.steps) <= MAX_STEPS:
        problems.append(_problem("/steps", "out_of_range", f"must be 1 to {MAX_STEPS} steps"))
    if not 0 <= policy.grace_days <= _MAX_REST_DAYS:
        problems.append(_problem("/grace_days", "out_of_range", f"must be 0 to {_MAX_REST_DAYS}"))
    if not 1 <= policy.spacing_days <= _MAX_REST_DAYS:
        problems.append(_problem("/spacing_days", "out_of_range", f"must be 1 to {_MAX_REST_DAYS}"))
    return problems


def _step_problems(steps: tuple[Step, ...]) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    seen: set[str] = set()
    for index, step in enumerate(steps):
        at = f"/steps/{index}"
        if not _CODE.fullmatch(step.code):
            problems.append(_problem(f"{at}/code", "code_unusable", "must be lower-case letters, digits and _"))
        if step.code in seen:
            problems.append(_problem(f"{at}/code", "repeated", "names a step that is there already"))
        seen.add(step.code)
        before = steps[index - 1] if index else None
        problems += _level_problems(at, step, before)
        problems += _day_problems(at, step, is_first=before is None)
        problems += _mail_problems(at, step)
        problems += _minimum_problems(at, step)
    return problems


def _level_problems(at: str, step: Step, before: Step | None) -> list[FieldProblem]:
    if not 0 <= step.level <= MAX_STEPS:
        return [_problem(f"{at}/level", "out_of_range", f"must be 0 to {MAX_STEPS}")]
    if before is not None and (step.level < before.level or step.level == before.level != 0):
        return [_problem(f"{at}/level", "not_rising", "must be above the level of the step before; only 0 may repeat")]
    if step.level == 0 and step.waits_until_late:
        return [_problem(f"{at}/level", "not_rising", "is 0 for notices only: a mail about lateness has a level above")]
    return []


def _day_problems(at: str, step: Step, *, is_first: bool) -> list[FieldProblem]:
    problems = []
    if not 0 <= step.offset_days <= _MAX_OFFSET_DAYS:
        problems.append(_problem(f"{at}/offset_days", "out_of_range", f"must be 0 to {_MAX_OFFSET_DAYS}"))
    if not 0 <= step.hour <= 23:
        problems.append(_problem(f"{at}/hour", "out_of_range", "must be 0 to 23"))
    if step.repeat is not None and not 2 <= step.repeat.times <= _MAX_TIMES:
        problems.append(_problem(f"{at}/repeat/times", "out_of_range", f"must be 2 to {_MAX_TIMES}"))
    if step.repeat is not None and step.anchor is Anchor.BEFORE_DUE:
        problems.append(_problem(f"{at}/repeat", "not_repeatable", "cannot be given for a step before the due date"))
    if is_first and step.anchor is Anchor.PREVIOUS_STEP:
        problems.append(_problem(f"{at}/anchor", "no_previous_step", "cannot count from a step before the first"))
    if step.template is Template.DUE_TODAY and (step.offset_days or step.anchor not in _DUE_DAY):
        detail = "says that something is due today: count 0 days from the due date"
        problems.append(_problem(f"{at}/template", "not_on_the_due_date", detail))
    if step.anchor is Anchor.BEFORE_DUE and step.waits_until_late:
        problems.append(_problem(f"{at}/template", "late_before_due", "speaks of lateness before the due date"))
    return problems


_DUE_DAY: Final = frozenset({Anchor.BEFORE_DUE, Anchor.AFTER_DUE})


def _mail_problems(at: str, step: Step) -> list[FieldProblem]:
    problems = []
    if not step.actions or len(set(step.actions)) < len(step.actions):
        problems.append(_problem(f"{at}/actions", "unusable", "must name at least one action, and each once"))
    if step.notifies != (step.template is not None):
        problems.append(
            _problem(f"{at}/template", "template_mismatch", "belongs to the action `notify`, and only to it")
        )
    if step.attachment is not None and not step.notifies:
        problems.append(_problem(f"{at}/attachment", "attachment_mismatch", "belongs to a step that sends a mail"))
    addressed = [recipient for recipient in step.recipients if recipient is not Recipient.STAFF_COPY]
    if step.notifies and (not addressed or len(set(step.recipients)) < len(step.recipients)):
        detail = "must name the invoice address or the buyer, and each recipient once"
        problems.append(_problem(f"{at}/recipients", "unusable", detail))
    if Action.LATE_FEE in step.actions and step.level == 0:
        problems.append(_problem(f"{at}/actions", "fee_before_late", "cannot charge before something is late"))
    return problems


def _minimum_problems(at: str, step: Step) -> list[FieldProblem]:
    problems = []
    for currency, minimum in step.minimum_minor.items():
        try:
            currency_exponent(currency)
        except ServiceError:
            problems.append(_problem(f"{at}/minimum/{currency[:8]}", "currency_unknown", "is not an ISO 4217 code"))
        if minimum < 0:
            problems.append(_problem(f"{at}/minimum/{currency[:8]}", "out_of_range", "must not be negative"))
    return problems
