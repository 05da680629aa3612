"""Reminder policies as plain JSON: written in full, read back as they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.core.money import format_amount, parse_amount
from service.reminders.policy import (
    Action,
    Anchor,
    Attachment,
    DayRule,
    Every,
    Recipient,
    ReminderPolicy,
    Repeat,
    Step,
    Template,
    Tone,
)

__all__ = ["policy_from_json", "policy_to_json", "step_from_json"]


def policy_to_json(policy: ReminderPolicy) -> dict[str, Any]:
    """What makes the policy, without the code and version that it is kept under."""
    return {
        "grace_days": policy.grace_days,
        "spacing_days": policy.spacing_days,
        "steps": [_step_to_json(step) for step in policy.steps],
    }


def policy_from_json(values: Mapping[str, Any], *, code: str, name: str, version: int) -> ReminderPolicy:
    """Raises ReminderPolicyInvalid."""
    return ReminderPolicy(
        code=code,
        name=name,
        version=version,
        grace_days=values["grace_days"],
        spacing_days=values["spacing_days"],
        steps=tuple(step_from_json(step) for step in values["steps"]),
    )


def _step_to_json(step: Step) -> dict[str, Any]:
    return {
        "code": step.code,
        "level": step.level,
        "anchor": step.anchor.value,
        "offset_days": step.offset_days,
        "repeat": None if step.repeat is None else {"every": step.repeat.every.value, "times": step.repeat.times},
        "days": step.days.value,
        "hour": step.hour,
        "tone": step.tone.value,
        "template": None if step.template is None else step.template.value,
        "recipients": [recipient.value for recipient in step.recipients],
        "minimum": {currency: format_amount(minor, currency) for currency, minor in step.minimum_minor.items()},
        "actions": [action.value for action in step.actions],
        "attachment": None if step.attachment is None else step.attachment.value,
    }


def step_from_json(values: Mapping[str, Any]) -> Step:
    """Raises InvalidAmount or UnknownCurrency for a minimum that is none."""
    repeat = values["repeat"]
    # Versions that were kept before there were attachments do not name any.
    attachment = values.get("attachment")
    return Step(
        code=values["code"],
        level=values["level"],
        anchor=Anchor(values["anchor"]),
        offset_days=values["offset_days"],
        repeat=None if repeat is None else Repeat(Every(repeat["every"]), repeat["times"]),
        days=DayRule(values["days"]),
        hour=values["hour"],
        tone=Tone(values["tone"]),
        template=None if values["template"] is None else Template(values["template"]),
        recipients=tuple(Recipient(recipient) for recipient in values["recipients"]),
        minimum_minor={currency: parse_amount(amount, currency) for currency, amount in values["minimum"].items()},
        actions=tuple(Action(action) for action in values["actions"]),
        attachment=None if attachment is None else Attachment(attachment),
    )
