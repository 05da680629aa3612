"""What can be wrong with a request about reminders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from service.core.errors import FieldProblem, NotFound, ServiceError

__all__ = [
    "NextReminderDiffers", "NothingToCharge", "NothingToRemind", "OrderNotInvoiced", "PauseAlreadyOver", "PauseInPast",
    "PauseNotFound", "PolicyInUse", "RateUnknown", "ReminderNotFound", "ReminderPolicyInvalid", "ReminderPolicyNotFound",
    "ReminderPolicyShipped", "RemindersError", "TooManyReminderPolicies",
]  # fmt: skip


class RemindersError(ServiceError):
    """Base of what this domain refuses."""

    code = "reminders_error"
    status = 409
    title = "The reminders do not allow this"


class ReminderPolicyInvalid(RemindersError):
    """A policy that says something impossible; every problem is listed, not only the first."""

    code = "reminder_policy_invalid"
    status = 422
    title = "The reminder policy is not valid"

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        assert problems, "a refusal names its reasons"
        self.problems = tuple(problems)
        listed: list[dict[str, Any]] = [dict(problem) for problem in problems]
        super().__init__("; ".join(problem["detail"] for problem in problems), problems=listed)


class ReminderPolicyNotFound(NotFound):
    """Neither one of the three that come with the service nor one of the merchant's own."""

    code = "reminder_policy_not_found"
    title = "There is no reminder policy of this code"


class ReminderPolicyShipped(RemindersError):
    """What comes with the service stays what it is; a merchant's own policy has another code."""

    code = "reminder_policy_shipped"
    title = "A policy that comes with the service cannot be changed; give yours another code"


class PolicyInUse(RemindersError):
    """Somebody would be left without the reminders that were chosen for him."""

    code = "reminder_policy_in_use"
    title = "The reminder policy is still chosen somewhere"


class TooManyReminderPolicies(RemindersError):
    """All of them are read with every run."""

    code = "reminder_policies_too_many"
    title = "A merchant can have at most 50 reminder policies"


class PauseNotFound(NotFound):
    """No pause with this id that the key may see."""

    code = "reminder_pause_not_found"
    title = "There is no such pause"


class PauseInPast(RemindersError):
    """A pause ends today or later."""

    code = "reminder_pause_in_past"
    status = 422
    title = "The pause would already be over"


class PauseAlreadyOver(RemindersError):
    """It was ended by a person, or its last day is over."""

    code = "reminder_pause_over"
    title = "The pause is already over"


class NothingToRemind(RemindersError):
    """`reason` says why: it is settled, blocked, has no policy, or its last step was done."""

    code = "nothing_to_remind"
    title = "There is no reminder that could go out for this document"


class NextReminderDiffers(RemindersError):
    """The step that the caller saw is not the next one any more, as after a second click; read anew and decide again."""

    code = "next_reminder_differs"
    title = "Another reminder comes next than the one that was meant"


class OrderNotInvoiced(RemindersError):
    """Before the term of an order has begun nothing of it is due, so there is nothing to stop (S28)."""

    code = "order_not_invoiced"
    title = "The order has no open item yet"


class ReminderNotFound(NotFound):
    """No reminder with this id that the key may see."""

    code = "reminder_not_found"
    title = "There is no such reminder"


class RateUnknown(RemindersError):
    """Interest is never computed with a guessed rate: record the half-year's rate first."""

    code = "late_interest_rate_unknown"
    title = "The rate of late interest is not known for this country and time"


class NothingToCharge(RemindersError):
    """It is not late, or all of it was charged or waived before."""

    code = "nothing_to_charge"
    title = "There is nothing to charge on this document"
