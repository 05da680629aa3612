"""What a policy will have done for a company by a later moment, if nothing else happens until then. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from service.reminders.circumstances import Circumstances, Debtor
from service.reminders.domain import DueStep, NotDue
from service.reminders.planning import judge
from service.reminders.schedule import PastReminder

__all__ = ["foresee"]

# Far more looks than a year of any policy takes; what waits for credit to be used up is looked at every day.
_MOST_LOOKS: Final = 1_000


def foresee(debtor: Debtor, around: Circumstances, *, since: datetime, until: datetime) -> Circumstances:
    """The same circumstances with what is done from one moment up to the other, by the functions that do it.

    What a step does beside its mail is not played: a late fee that is charged meanwhile is missing.
    """
    past = {item.id: list(around.past.get(item.id, ())) for item in debtor.items}
    foreseen = replace(around, past=past)
    moment = since
    for _ in range(_MOST_LOOKS):
        if moment >= until:
            break
        plan = judge(debtor, foreseen, now=moment)
        mailed = {item.id for notice in plan.notices for item, _ in notice.due}
        is_done = False
        for item_id, decision in plan.decisions.items():
            if isinstance(decision, DueStep):
                today = plan.known[item_id][1].today(moment)
                step = decision.step
                done = PastReminder(step.code, step.level, decision.occurrence, today, was_told=item_id in mailed)
                past[item_id].append(done)
                is_done = True
        if is_done:
            # What comes next is known now.
            continue
        looks = [decision.look_again_at for decision in plan.decisions.values() if isinstance(decision, NotDue)]
        moment = min((look for look in looks if look is not None and look > moment), default=until)
    return foreseen
