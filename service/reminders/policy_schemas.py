"""Bodies about dunning policies and who has which."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from service.core.errors import FieldProblem, ServiceError
from service.core.money import parse_amount
from service.infra.schemas import AmountText, CurrencyCode, FreeText, InstantText, Schema, Text
from service.reminders.definition import policy_to_json
from service.reminders.errors import ReminderPolicyInvalid
from service.reminders.policy import (
    Action,
    Anchor,
    Attachment,
    DayRule,
    Every,
    PolicyVersion,
    Recipient,
    ReminderPolicy,
    Repeat,
    Step,
    Template,
    Tone,
)

__all__ = ["AssignPolicyIn", "ReminderPolicyDetailOut", "ReminderPolicyIn", "ReminderPolicyList", "ReminderPolicyOut"]

PolicyCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$", examples=["patient"])]


class RepeatIn(Schema):
    """A step that comes several times."""

    every: Annotated[Every, Field(strict=False)]
    times: int = Field(description="How many times in all: 2 to 52.", examples=[3])


class ReminderStep(Schema):
    """One step. Notices before anything is late have level 0; after it every step has a higher level."""

    code: PolicyCode = Field(description="Names the step within its policy.", examples=["late_1"])
    level: int = Field(examples=[1])
    anchor: Annotated[Anchor, Field(strict=False)] = Field(description="The day it counts from.")
    offset_days: int = Field(default=0, description="Days from there: before the due date, else after.", examples=[7])
    repeat: RepeatIn | None = None
    days: Annotated[DayRule, Field(strict=False)] = Field(
        default=DayRule.BUSINESS_DAYS, description="Days it may go out on; it waits for one."
    )
    hour: int = Field(default=9, description="Hour in the shop's time zone, 0 to 23.")
    tone: Annotated[Tone, Field(strict=False)] = Tone.GENTLE
    template: Annotated[Template, Field(strict=False)] | None = Field(
        default=None, description="The mail it sends; only with the action `notify`."
    )
    recipients: list[Annotated[Recipient, Field(strict=False)]] = Field(
        default=[Recipient.INVOICE_ADDRESS],
        description="`invoice_address` is who ordered where the company has none; `staff_copy` is a copy for staff.",
    )
    minimum: dict[CurrencyCode, AmountText] = Field(
        default={},
        description="By currency: nothing goes for less than this, over all the mail would ask for.",
        examples=[{"EUR": "5.00"}],
    )
    actions: list[Annotated[Action, Field(strict=False)]] = Field(default=[Action.NOTIFY])
    attachment: Annotated[Attachment, Field(strict=False)] | None = Field(
        default=None,
        description="`statement`: the mail brings a statement of all that is open in its currency, as a PDF of that "
        "moment. Where it cannot be made, the mail goes without it.",
    )

    def to_domain(self) -> Step:
        """Raises InvalidAmount or UnknownCurrency."""
        return Step(
            code=self.code,
            level=self.level,
            anchor=self.anchor,
            offset_days=self.offset_days,
            repeat=None if self.repeat is None else Repeat(self.repeat.every, self.repeat.times),
            days=self.days,
            hour=self.hour,
            tone=self.tone,
            template=self.template,
            recipients=tuple(self.recipients),
            minimum_minor={currency: parse_amount(amount, currency) for currency, amount in self.minimum.items()},
            actions=tuple(self.actions),
            attachment=self.attachment,
        )


class ReminderPolicyIn(Schema):
    """A policy as a whole: what is left out takes its default."""

    name: Annotated[Text, Field(max_length=200)] = Field(examples=["Patient"])
    grace_days: int = Field(default=3, description="Days after a pause, a promise or a dispute has ended: 0 to 60.")
    spacing_days: int = Field(
        default=2, description="Two steps about one document are at least so many days apart: 1 to 60."
    )
    steps: Annotated[list[ReminderStep], Field(max_length=50)] = Field(
        description="In the order in which they come.",
        examples=[
            [
                {"code": "late_1", "level": 1, "anchor": "after_due", "offset_days": 7, "template": "late_1"},
                {
                    "code": "final",
                    "level": 2,
                    "anchor": "previous_step",
                    "offset_days": 14,
                    "template": "final_demand",
                    "actions": ["notify", "freeze_line"],
                },
            ]
        ],
    )
    reason: FreeText | None = Field(default=None, description="Kept with the version.")

    def to_domain(self, code: str) -> ReminderPolicy:
        """Raises ReminderPolicyInvalid."""
        if problems := self._amount_problems():
            raise ReminderPolicyInvalid(problems)
        return ReminderPolicy(
            code=code,
            name=self.name,
            grace_days=self.grace_days,
            spacing_days=self.spacing_days,
            steps=tuple(step.to_domain() for step in self.steps),
        )

    def _amount_problems(self) -> list[FieldProblem]:
        """Minimums that are no amounts of their currency: without those there is no policy to look at."""
        problems = []
        for index, step in enumerate(self.steps):
            for currency, amount in step.minimum.items():
                try:
                    parse_amount(amount, currency)
                except ServiceError as error:
                    pointer = f"/steps/{index}/minimum/{currency}"
                    problems.append(FieldProblem(pointer=pointer, code=error.code, detail=f"{pointer}: {error.detail}"))
        return problems


class ReminderPolicyOut(Schema):
    """A policy as it holds now. Those that come with the service are `shipped` and cannot be changed."""

    code: str
    name: str
    version: int
    shipped: bool
    grace_days: int
    spacing_days: int
    steps: list[ReminderStep]

    @classmethod
    def of(cls, policy: ReminderPolicy, *, shipped: bool) -> ReminderPolicyOut:
        return cls.model_validate(
            {
                "code": policy.code,
                "name": policy.name,
                "version": policy.version,
                "shipped": shipped,
                **policy_to_json(policy),
            }
        )


class ReminderPolicyVersionOut(Schema):
    """What a version said, who wrote it, when and why: reminders name the one that they were decided by."""

    version: int
    name: str
    grace_days: int
    spacing_days: int
    steps: list[ReminderStep]
    retired: bool
    author: str
    reason: str | None
    created_at: InstantText

    @classmethod
    def of(cls, version: PolicyVersion) -> ReminderPolicyVersionOut:
        return cls.model_validate(
            {
                "version": version.policy.version,
                "name": version.policy.name,
                "retired": version.is_retired,
                "author": version.author,
                "reason": version.reason,
                "created_at": version.created_at,
                **policy_to_json(version.policy),
            }
        )


class ReminderPolicyDetailOut(Schema):
    """A policy with its history, newest version first."""

    policy: ReminderPolicyOut
    versions: list[ReminderPolicyVersionOut]


class ReminderPolicyList(Schema):
    """All policies that can be chosen. `next_cursor` is always null: there are at most 53."""

    items: list[ReminderPolicyOut]
    next_cursor: None = None


class AssignPolicyIn(Schema):
    """Which policy, by code; `none` for no reminders at all, null for what holds without it."""

    policy: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")] | None = Field(examples=["gentle"])
    reason: FreeText | None = None
