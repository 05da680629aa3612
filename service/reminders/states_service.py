"""Where open items stand: the level they have reached, what comes next and when, and what stops them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from service.companies.service import find_company
from service.core.clock import day_in_zone
from service.infra.work import Work
from service.merchants.service import resolve_shop
from service.orders.errors import OrderNotFound
from service.orders.repository import find_order
from service.receivables.errors import OpenItemNotFound
from service.receivables.repository import find_item, find_item_of_order
from service.reminders import due_repository, repository
from service.reminders.circumstances import Circumstances, Debtor, KnownItem
from service.reminders.domain import Decision, DueStep, NextStep, NotDue, PauseScope, WhyNot, step_by_hand
from service.reminders.errors import OrderNotInvoiced, ReminderNotFound
from service.reminders.loading_service import load
from service.reminders.pauses_service import merchant_today
from service.reminders.planning import addresses_for, judge
from service.reminders.reminder import HistoryLine, ReminderFilter
from service.reminders.schedule import PastReminder, Schedule
from service.reminders.views import CompanyState, ItemState

__all__ = [
    "get_reminder", "item_id_of_order", "list_reminders", "state_of_company", "state_of_item", "state_of_order",
]  # fmt: skip


async def state_of_item(work: Work, item_id: UUID) -> ItemState:
    """Raises OpenItemNotFound."""
    item = await find_item(work, item_id)
    if item is None:
        raise OpenItemNotFound
    debtor, around = await _load(work, item.company_id)
    states = _states(work, debtor, around)
    found = next((state for state in states if state.open_item_id == item_id), None)
    if found is not None:
        return found
    past = (await due_repository.read_past(work, [item_id])).get(item_id, [])
    return ItemState(
        open_item_id=item.id,
        document=item.document_ref,
        company_id=item.company_id,
        currency=item.currency,
        open_minor=item.open_minor,
        due_on=item.due_on,
        policy=None,
        level=past[-1].level if past else None,
        last_reminder=past[-1] if past else None,
        why_not=WhyNot.SETTLED,
        next=None,
        resumes_on=None,
        paused_until=None,
        pauses=(),
        can_send_now=False,
        can_skip=False,
    )


async def state_of_order(work: Work, order_ref: str, *, shop_code: str | None) -> ItemState:
    """The state of an order's open item. Raises OrderNotFound or OrderNotInvoiced."""
    return await state_of_item(work, await item_id_of_order(work, order_ref, shop_code=shop_code))


async def item_id_of_order(work: Work, order_ref: str, *, shop_code: str | None) -> UUID:
    """The open item of an order. Raises OrderNotFound or OrderNotInvoiced."""
    shop = await resolve_shop(work, shop_code)
    order = await find_order(work, shop_id=shop.id, ref=order_ref)
    if order is None:
        raise OrderNotFound
    item = await find_item_of_order(work, order.id)
    if item is None:
        raise OrderNotInvoiced
    return item.id


async def state_of_company(work: Work, ref: str, *, shop_code: str | None) -> CompanyState:
    """The policy that holds for a company in the shop that is meant, what is paused, and all its open items that the
    caller may see, oldest due date first. Raises CompanyNotFound."""
    company = await find_company(work, ref, shop_code=shop_code)
    debtor, around = await _load(work, company.id)
    shop_id = work.caller.scope_id if shop_code is None else (await resolve_shop(work, shop_code)).id
    policy, chosen_by = around.assignments.choice_for(debtor, around.shops.get(shop_id))
    today = await merchant_today(work)
    pauses = [
        pause
        for of_subject in around.pauses.values()
        for pause in of_subject
        if pause.scope is not PauseScope.OPEN_ITEM and not pause.is_over(today)
    ]
    return CompanyState(
        policy=policy,
        chosen_by=chosen_by,
        pauses=tuple(sorted(pauses, key=lambda pause: pause.id)),
        items=tuple(_states(work, debtor, around)),
    )


async def _load(work: Work, company_id: UUID) -> tuple[Debtor, Circumstances]:
    (debtor,), around = await load(work, await due_repository.read_debtors(work, [company_id]))
    return debtor, around


def _states(work: Work, debtor: Debtor, around: Circumstances) -> list[ItemState]:
    plan = judge(debtor, around, now=work.now)
    return [
        _state(work, debtor, item, decision=plan.decisions[item.id], around=around)
        for item in debtor.items
        if work.caller.shop_id in {None, item.shop_id}
    ]


def _state(work: Work, debtor: Debtor, item: KnownItem, *, decision: Decision, around: Circumstances) -> ItemState:
    schedule = around.schedule_for(item, debtor)
    past: Sequence[PastReminder] = around.past.get(item.id, ())
    shop = around.shops.get(item.shop_id)
    today = day_in_zone(work.now, shop.place.time_zone) if shop else work.now.date()
    pauses = around.pauses_of(item)
    grace, resumes_on, can_send_now, can_skip = timedelta(), None, False, False
    if isinstance(schedule, Schedule):
        grace = timedelta(days=schedule.policy.grace_days)
        facts = around.facts_of(item, schedule, today=today)
        if facts.blocks and all(block.resumes_on is not None for block in facts.blocks):
            resumes_on = max(block.resumes_on for block in facts.blocks if block.resumes_on is not None)
        alone = around.decide(facts, schedule, past, now=work.now)
        to_send = step_by_hand(facts, alone, today=today, for_mail=True)
        can_send_now = isinstance(to_send, DueStep) and (
            not to_send.step.notifies or bool(addresses_for(debtor, to_send.step, [item], around))
        )
        can_skip = isinstance(step_by_hand(facts, alone, today=today, for_mail=False), DueStep)
    ends = [pause.until_on for pause in pauses if pause.until_on is None or today <= pause.until_on + grace]
    return ItemState(
        open_item_id=item.id,
        document=item.document_ref,
        company_id=item.company_id,
        currency=item.currency,
        open_minor=item.open_minor,
        due_on=item.due_on,
        policy=schedule.policy.code if isinstance(schedule, Schedule) else None,
        level=past[-1].level if past else None,
        last_reminder=past[-1] if past else None,
        why_not=decision.reason if isinstance(decision, NotDue) else None,
        next=_next(decision, now=work.now),
        resumes_on=resumes_on,
        paused_until=None if None in ends else max((end for end in ends if end is not None), default=None),
        pauses=tuple(pause for pause in pauses if not pause.is_over(today)),
        can_send_now=can_send_now,
        can_skip=can_skip,
    )


def _next(decision: Decision, *, now: datetime) -> NextStep | None:
    if isinstance(decision, DueStep):
        return NextStep(decision.step, decision.occurrence, decision.planned_on, now)
    return decision.next


# History


async def list_reminders(work: Work, wanted: ReminderFilter, *, before: UUID | None, limit: int) -> list[HistoryLine]:
    """What was done, newest first; also what was withdrawn, with its reason."""
    return await repository.list_reminders(work, wanted, before=before, limit=limit)


async def get_reminder(work: Work, reminder_id: UUID) -> HistoryLine:
    """Raises ReminderNotFound."""
    line = await repository.find_reminder(work, reminder_id)
    if line is None:
        raise ReminderNotFound
    return line
