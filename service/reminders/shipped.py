"""The three policies that come with the service: set `reminder_policy` to the code of one, and it works."""

from __future__ import annotations

from typing import Any, Final

from service.reminders.policy import (
    Action,
    Anchor,
    Attachment,
    Every,
    Recipient,
    ReminderPolicy,
    Repeat,
    Step,
    Template,
    Tone,
)

__all__ = ["SHIPPED"]

# Less than this costs more to ask for than it brings.
_SMALL: Final = {"EUR": 500, "GBP": 500, "CHF": 500, "USD": 500, "CAD": 500, "PLN": 2_000, "SEK": 5_000, "DKK": 4_000}
_WITH_COPY: Final = (Recipient.INVOICE_ADDRESS, Recipient.STAFF_COPY)


def _step(code: str, level: int, anchor: Anchor, offset_days: int, **more: Any) -> Step:
    """A mail that carries its own code as its template."""
    given = {"template": Template(code), "minimum_minor": _SMALL, **more}
    return Step(code=code, level=level, anchor=anchor, offset_days=offset_days, **given)


_BEFORE_DUE: Final = _step("before_due", 0, Anchor.BEFORE_DUE, 3, tone=Tone.GENTLE)

_GENTLE: Final = ReminderPolicy(
    code="gentle",
    name="Gentle",
    grace_days=5,
    spacing_days=5,
    steps=(
        _step("late_1", 1, Anchor.AFTER_DUE, 7, tone=Tone.GENTLE),
        _step(
            "late_2",
            2,
            Anchor.PREVIOUS_STEP,
            14,
            repeat=Repeat(Every.MONTH, 3),
            tone=Tone.GENTLE,
        ),
        Step(code="tell_staff", level=3, anchor=Anchor.PREVIOUS_STEP, offset_days=14, actions=(Action.TELL_STAFF,)),
    ),
)

_STANDARD: Final = ReminderPolicy(
    code="standard",
    name="Standard",
    steps=(
        _BEFORE_DUE,
        _step("late_1", 1, Anchor.AFTER_DUE, 3, tone=Tone.GENTLE),
        _step("late_2", 2, Anchor.PREVIOUS_STEP, 7, tone=Tone.STANDARD),
        _step("late_3", 3, Anchor.PREVIOUS_STEP, 10, tone=Tone.STANDARD),
        _step(
            "final_demand",
            4,
            Anchor.PREVIOUS_STEP,
            14,
            tone=Tone.FIRM,
            recipients=_WITH_COPY,
            actions=(Action.NOTIFY, Action.TELL_STAFF, Action.FREEZE_LINE),
            attachment=Attachment.STATEMENT,
        ),
    ),
)

_FIRM: Final = ReminderPolicy(
    code="firm",
    name="Firm",
    grace_days=2,
    spacing_days=1,
    steps=(
        _BEFORE_DUE,
        _step("due_today", 0, Anchor.AFTER_DUE, 0, tone=Tone.GENTLE),
        _step("late_1", 1, Anchor.AFTER_DUE, 1, tone=Tone.STANDARD),
        _step(
            "late_2",
            2,
            Anchor.PREVIOUS_STEP,
            7,
            repeat=Repeat(Every.WEEK, 2),
            tone=Tone.STANDARD,
        ),
        _step(
            "late_3",
            3,
            Anchor.PREVIOUS_STEP,
            7,
            tone=Tone.STANDARD,
            actions=(Action.NOTIFY, Action.FREEZE_LINE),
        ),
        _step(
            "final_demand",
            4,
            Anchor.PREVIOUS_STEP,
            8,
            tone=Tone.FIRM,
            recipients=_WITH_COPY,
            actions=(Action.NOTIFY, Action.TELL_STAFF),
            attachment=Attachment.STATEMENT,
        ),
        Step(
            code="hand_over",
            level=5,
            anchor=Anchor.PREVIOUS_STEP,
            offset_days=15,
            actions=(Action.TELL_STAFF, Action.HAND_OVER),
        ),
    ),
)

SHIPPED: Final = {policy.code: policy for policy in (_GENTLE, _STANDARD, _FIRM)}
