"""The engine: claim companies with documents to look at, decide them, and queue the mails that come of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from service.core.ids import new_id
from service.infra.work import Work
from service.mails.domain import MailKind, NewMail
from service.mails.queue_service import queue_mails
from service.reminders import due_repository, repository
from service.reminders.circumstances import Circumstances, Debtor, KnownItem
from service.reminders.domain import DueStep
from service.reminders.due_repository import Relevant
from service.reminders.loading_service import load
from service.reminders.planning import DebtorPlan, judge
from service.reminders.policy import Step
from service.reminders.reminder import Reminder, decided
from service.reminders.schedule import PastReminder

__all__ = ["LOOK_AT_LEAST_EVERY", "carry_out", "remind_debtor", "remind_some", "reminder_mail"]

# However far ahead the next step is: what nobody thought of that changes a decision is noticed within this time.
LOOK_AT_LEAST_EVERY: Final = timedelta(days=7)


async def remind_some(work: Work, *, limit: int) -> int:
    """Decide some of the merchant's companies that have documents to look at; gives how many were claimed.

    Two workers never have the same company: each is locked until its reminders are written.
    """
    return await _remind(work, await due_repository.claim_debtors(work, limit=limit))


async def remind_debtor(work: Work, company_id: UUID) -> None:
    """Decide one company, waiting for whoever has it."""
    await _remind(work, await due_repository.read_debtors(work, [company_id], for_update=True))


async def _remind(work: Work, claimed: Sequence[Debtor]) -> int:
    if claimed:
        debtors, around = await load(work, claimed, only=Relevant(work.now))
        plans = [(debtor, judge(debtor, around, now=work.now, trusts_hints=True)) for debtor in debtors]
        await carry_out(work, plans, around)
    return len(claimed)


async def carry_out(work: Work, plans: Sequence[tuple[Debtor, DebtorPlan]], around: Circumstances) -> None:
    """Queue the mails, write down what was decided, and say when to look again. The companies are locked."""
    mails: list[NewMail] = []
    decided_now: list[Reminder] = []
    for _, plan in plans:
        for notice in plan.notices:
            mail_id = new_id()
            reminders = [_reminder(work, plan, item, due=due, mail_id=mail_id) for item, due in notice.due]
            mails.append(reminder_mail(notice.head_step, reminders, shop_id=notice.head.shop_id))
            decided_now += reminders
        decided_now += [_reminder(work, plan, item, due=due) for item, due in plan.silent]
    await queue_mails(work, mails)
    await repository.insert_reminders(work, decided_now)
    looked_at = [(plan, item) for debtor, plan in plans for item in debtor.items if item.next_look_at <= work.now]
    look_at = {item.id: (item.version, _look_at(work, plan, item, around)) for plan, item in looked_at}
    await due_repository.look_again(work, look_at)


def reminder_mail(step: Step, reminders: Sequence[Reminder], *, shop_id: UUID) -> NewMail:
    """The mail that carries some reminders. What it says, and to whom, is found out when it is sent."""
    assert step.template is not None, "a step that notifies has a template"
    first = reminders[0]
    reminder_ids = [str(one.id) for one in reminders]
    return NewMail(
        id=first.mail_id or new_id(),
        kind=MailKind(step.template),
        cause=f"reminder:{reminder_ids[0]}",
        subject_ids={
            "reminders": reminder_ids,
            "open_items": [str(one.open_item_id) for one in reminders],
        },
        shop_id=shop_id,
        company_id=first.company_id,
    )


def _reminder(work: Work, plan: DebtorPlan, item: KnownItem, *, due: DueStep, mail_id: UUID | None = None) -> Reminder:
    facts, schedule = plan.known[item.id]
    return decided(
        item,
        due,
        schedule.policy,
        reminder_id=new_id(),
        mail_id=mail_id,
        demand_minor=facts.demand_minor,
        today=schedule.today(work.now),
        now=work.now,
        author=work.author,
    )


def _look_at(work: Work, plan: DebtorPlan, item: KnownItem, around: Circumstances) -> datetime:
    """When the item is worth another look if nothing happens: what was decided just now included."""
    latest = work.now + LOOK_AT_LEAST_EVERY
    decision = plan.decisions[item.id]
    if isinstance(decision, DueStep):
        facts, schedule = plan.known[item.id]
        done = PastReminder(decision.step.code, decision.step.level, decision.occurrence, schedule.today(work.now))
        after = around.decide(facts, schedule, [*around.past.get(item.id, ()), done], now=work.now)
        assert not isinstance(after, DueStep), "the highest step was taken"
        decision = after
    return latest if decision.look_again_at is None else min(latest, decision.look_again_at)
