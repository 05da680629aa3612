"""What a step does beside its mail, in a transaction of its own: freeze the line, charge by law, tell people."""

from __future__ import annotations

from typing import Final, assert_never
from uuid import UUID

import structlog

from service.credit.domain import LineStatus
from service.credit.service import change_status, lock_line
from service.infra.outbox import announce
from service.infra.work import Work
from service.payments.items_service import item_facts
from service.receivables.domain import OpenItem
from service.receivables.repository import read_items
from service.reminders import repository
from service.reminders.charge import ChargeKind
from service.reminders.charges_service import charge_late
from service.reminders.errors import NothingToCharge, RateUnknown
from service.reminders.policy import Action
from service.reminders.reminder import Reminder

__all__ = ["act_on_reminder"]

_log: Final = structlog.get_logger()


async def act_on_reminder(work: Work, reminder_id: UUID) -> bool:
    """Do what a step still has to do; False when somebody else has. Of what was settled meanwhile nothing is done."""
    reminder = await repository.lock_reminder(work, reminder_id)
    if reminder is None or not reminder.pending_actions:
        return False
    item = (await read_items(work, [reminder.open_item_id]))[reminder.open_item_id]
    done: list[Action] = []
    if not item.is_settled and item.disputed_at is None:
        done = [action for action in reminder.pending_actions if await _act(work, action, reminder, item)]
    await repository.note_actions(work, reminder_id, done)
    return True


async def _act(work: Work, action: Action, reminder: Reminder, item: OpenItem) -> bool:
    match action:
        case Action.FREEZE_LINE:
            return await _freeze(work, reminder, item)
        case Action.LATE_FEE:
            return await _charge(work, reminder, item)
        case Action.TELL_STAFF | Action.HAND_OVER:
            payload = item_facts(item) | {
                "reminder_id": str(reminder.id),
                "action": action.value,
                "step": reminder.step,
                "level": reminder.level,
            }
            await announce(work, "reminder.escalated", subject_id=item.id, shop_id=item.shop_id, payload=payload)
            return True
        case Action.NOTIFY:
            raise AssertionError("a mail is no action beside itself")
        case _:
            assert_never(action)


async def _freeze(work: Work, reminder: Reminder, item: OpenItem) -> bool:
    """The line refuses every new order from now on; the reason says which document did it. A person unfreezes it."""
    locked = await lock_line(work, item.line_id)
    if locked.line.status != LineStatus.ACTIVE:
        return False
    reason = f"Reminder {reminder.step} of policy {reminder.policy} about {item.document_ref}"
    await change_status(work, item.line_id, status=LineStatus.FROZEN, reason=reason)
    return True


async def _charge(work: Work, reminder: Reminder, item: OpenItem) -> bool:
    """As of the day that the mail says. Where the law or a rate is not known, a person decides."""
    charged = False
    for kind in ChargeKind:
        try:
            await charge_late(work, item.id, [kind], until_on=reminder.decided_on, reason=f"Reminder {reminder.step}")
            charged = True
        except (NothingToCharge, RateUnknown) as refused:
            _log.info("reminders.not_charged", open_item_id=str(item.id), kind=kind.value, code=refused.code)
    return charged
