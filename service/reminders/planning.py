"""What one company gets at one moment: each of its open items decided, and the mails that come of it. Pure.

The engine, the preview and the last look before a mail is sent all ask here, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from service.reminders.circumstances import Circumstances, Credit, Debtor, KnownItem
from service.reminders.domain import Decision, DueStep, ItemFacts, NextStep, NotDue, WhyNot, is_below_minimum
from service.reminders.policy import Recipient, Step
from service.reminders.schedule import Schedule

__all__ = [
    "DebtorPlan", "Notice", "addresses_for", "credits_for", "in_order", "is_asked_for", "judge", "named_besides",
]  # fmt: skip

_ONE_DAY: Final = timedelta(days=1)


class Notice(NamedTuple):
    """One mail to a company in one currency: what made it due, what else is late, and the step that speaks for all."""

    head: KnownItem
    head_step: Step
    due: tuple[tuple[KnownItem, DueStep], ...]
    also_late: tuple[KnownItem, ...]
    total_minor: int
    addresses: tuple[str, ...]
    credits: tuple[Credit, ...] = ()

    @property
    def currency(self) -> str:
        return self.head.currency

    @property
    def listed(self) -> tuple[KnownItem, ...]:
        """All documents it names, oldest due date first."""
        return in_order([*(item for item, _ in self.due), *self.also_late])


def in_order(items: Iterable[KnownItem]) -> tuple[KnownItem, ...]:
    """Oldest due date first."""
    return tuple(sorted(items, key=lambda item: (item.due_on, item.document_ref)))


class DebtorPlan(NamedTuple):
    """Everything decided about a company: per item, the mails, and steps that send none."""

    decisions: Mapping[UUID, Decision]
    known: Mapping[UUID, tuple[ItemFacts, Schedule]]
    notices: tuple[Notice, ...]
    silent: tuple[tuple[KnownItem, DueStep], ...]


def judge(debtor: Debtor, around: Circumstances, *, now: datetime, trusts_hints: bool = False) -> DebtorPlan:
    """Decide all open items of a company, and gather what is late into one mail for each currency (S47).

    The engine, which looks at every item when its time has come, leaves out those whose time has not.
    """
    decisions: dict[UUID, Decision] = {}
    known: dict[UUID, tuple[ItemFacts, Schedule]] = {}
    due: list[tuple[KnownItem, DueStep]] = []
    for item in debtor.items:
        if trusts_hints and item.next_look_at > now:
            decisions[item.id] = NotDue(WhyNot.NOT_YET, item.next_look_at)
            continue
        schedule = around.schedule_for(item, debtor)
        if isinstance(schedule, NotDue):
            decisions[item.id] = schedule
            continue
        if item.id in around.charged_for:
            # Nothing happens to the charge itself when its document is settled: it is looked at every day.
            decisions[item.id] = NotDue(WhyNot.LATE_CHARGE, now + _ONE_DAY)
            continue
        facts = around.facts_of(item, schedule, today=schedule.today(now))
        known[item.id] = facts, schedule
        decision = decisions[item.id] = around.decide(facts, schedule, around.past.get(item.id, ()), now=now)
        if isinstance(decision, DueStep):
            due.append((item, decision))
    notices = []
    # What is not late yet is no part of a claim: a notice about it is a mail of its own.
    mailed: dict[tuple[str, bool], list[tuple[KnownItem, DueStep]]] = {}
    for item, due_now in due:
        if due_now.step.notifies:
            mailed.setdefault((item.currency, due_now.step.waits_until_late), []).append((item, due_now))
    for group in sorted(mailed):
        of_group = mailed[group]
        _, is_late = group
        waits_until = _waits_until(debtor, around, of_group, known, now=now) if is_late and around.past else None
        if waits_until is not None:
            decisions.update({item.id: _waiting(due_now, waits_until) for item, due_now in of_group})
            continue
        demanded = sum(known[item.id][0].demand_minor for item, _ in of_group)
        notice = _notice(debtor, around, tuple(of_group), demanded_minor=demanded, now=now)
        if isinstance(notice, Notice):
            notices.append(notice)
        else:
            decisions.update({item.id: notice for item, _ in of_group})
    silent = tuple((item, due_now) for item, due_now in due if not due_now.step.notifies)
    return DebtorPlan(decisions, known, tuple(notices), silent)


def _waits_until(
    debtor: Debtor,
    around: Circumstances,
    due: Sequence[tuple[KnownItem, DueStep]],
    known: Mapping[UUID, tuple[ItemFacts, Schedule]],
    *,
    now: datetime,
) -> datetime | None:
    """Two mails about what is late keep their distance, whichever documents they begin with: until when, if that is to come.

    What is due until then goes in one mail.
    """
    head, head_step = _head(due)
    _, schedule = known[head.id]
    told_on = max(
        (
            one.decided_on
            for item in debtor.items
            if item.currency == head.currency
            for one in around.past.get(item.id, ())
            if one.was_told and one.level > 0
        ),
        default=None,
    )
    if told_on is None:
        return None
    at = schedule.first_moment(head_step.step, told_on + schedule.policy.spacing_days * _ONE_DAY)
    return at if at > now else None


def _waiting(due: DueStep, until: datetime) -> NotDue:
    return NotDue(WhyNot.COMPANY_JUST_REMINDED, until, NextStep(due.step, due.occurrence, due.planned_on, until))


def _head(due: Sequence[tuple[KnownItem, DueStep]]) -> tuple[KnownItem, DueStep]:
    """The highest level speaks for all; of several, the oldest document."""
    return min(due, key=lambda pair: (-pair[1].step.level, pair[0].due_on, pair[0].document_ref))


def _notice(
    debtor: Debtor,
    around: Circumstances,
    due: tuple[tuple[KnownItem, DueStep], ...],
    *,
    demanded_minor: int,
    now: datetime,
) -> Notice | NotDue:
    """The mail that what is due in one currency, and asks for so much, comes to, or why there is none."""
    head, head_step = _head(due)
    because = [item for item, _ in due]
    also_late: tuple[KnownItem, ...] = ()
    if len(debtor.items) > len(due):
        also_late = named_besides(because, head_step.step, debtor, around, now=now)
    total = demanded_minor + sum(around.demand_of(item, debtor, now=now) for item in also_late)
    credits_left = credits_for([*because, *also_late], debtor, around, now=now) if debtor.credits else ()
    credit = sum(each.amount_minor for each in credits_left)
    if is_below_minimum(head_step.step, currency=head.currency, total_minor=total - credit):
        return NotDue(WhyNot.COVERED_BY_CREDIT if credit else WhyNot.BELOW_MINIMUM, now + _ONE_DAY)
    addresses = addresses_for(debtor, head_step.step, because, around)
    if not addresses:
        return NotDue(WhyNot.NO_ADDRESS, now + _ONE_DAY)
    return Notice(head, head_step.step, due, also_late, total, addresses, credits_left)


def named_besides(
    because: Sequence[KnownItem], step: Step, debtor: Debtor, around: Circumstances, *, now: datetime
) -> tuple[KnownItem, ...]:
    """What a mail names besides the documents that it goes because of: all that is late in their currency (S47).

    But nothing of which a harsher mail has spoken: a friendly word after a final demand would take that back. A late
    charge is named where its document is.
    """
    if not step.waits_until_late:
        return ()
    named = {item.id for item in because}
    late = [
        item
        for item in debtor.items
        if item.currency == because[0].currency
        and item.id not in named
        and all(one.level <= step.level for one in around.past.get(item.id, ()))
        and is_asked_for(item, debtor, around, now=now)
    ]
    named |= {item.id for item in late}
    return tuple(item for item in late if around.charged_for.get(item.id, item.id) in named)


def credits_for(
    listed: Sequence[KnownItem], debtor: Debtor, around: Circumstances, *, now: datetime
) -> tuple[Credit, ...]:
    """What a mail may take off, oldest first: of the company's credit, what other late documents do not need."""
    currency, listed_ids = listed[0].currency, {item.id for item in listed}
    needed_minor = sum(
        around.demand_of(item, debtor, now=now)
        for item in debtor.items
        if item.currency == currency and item.id not in listed_ids and is_asked_for(item, debtor, around, now=now)
    )
    left: list[Credit] = []
    for credit in sorted(debtor.credits, key=lambda each: each.issued_on):
        if credit.currency == currency:
            used_minor = min(needed_minor, credit.amount_minor)
            needed_minor -= used_minor
            if used_minor < credit.amount_minor:
                left.append(replace(credit, amount_minor=credit.amount_minor - used_minor))
    return tuple(left)


def is_asked_for(item: KnownItem, debtor: Debtor, around: Circumstances, *, now: datetime) -> bool:
    """Whether a document that has no step due itself is named all the same: it is late, and nothing stops it."""
    schedule = around.schedule_for(item, debtor)
    if isinstance(schedule, NotDue):
        return False
    today = schedule.today(now)
    if today <= item.due_on:
        return False
    facts = around.facts_of(item, schedule, today=today)
    return not facts.blocks and facts.demand_minor > 0


def addresses_for(debtor: Debtor, step: Step, items: Sequence[KnownItem], around: Circumstances) -> tuple[str, ...]:
    """Who of the company gets the mail. A company without an invoice address that takes mail is written to through who
    ordered."""
    buyers = tuple(
        dict.fromkeys(item.buyer_email for item in items if item.buyer_email and around.takes_mail(item.buyer_email))
    )
    found: list[str] = []
    if Recipient.INVOICE_ADDRESS in step.recipients:
        invoice_email = debtor.invoice_email
        found += [invoice_email] if invoice_email and around.takes_mail(invoice_email) else buyers
    if Recipient.BUYER in step.recipients:
        found += buyers
    return tuple(dict.fromkeys(found))
