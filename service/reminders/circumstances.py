"""What decisions about a company are made of: its documents and credit, its shops, policies, pauses, and what was done. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from service.core.mail_addresses import to_wire_address
from service.reminders.domain import (
    Block,
    Decision,
    ItemFacts,
    NotDue,
    Pause,
    WhyNot,
    blocks_of,
    demand_minor,
    due_step,
)
from service.reminders.policy import NO_POLICY, ReminderPolicy
from service.reminders.schedule import Anchors, PastReminder, Place, Schedule

__all__ = ["Assignments", "Chooser", "Circumstances", "Credit", "Debtor", "KnownItem", "ShopView"]

_ONE_DAY: Final = timedelta(days=1)
_NOTHING: Final[tuple[Pause, ...]] = ()


class KnownItem(NamedTuple):
    """An open item as reminders see it. `version` tells whether it has changed since; until `next_look_at` nothing is due
    for it unless it changes."""

    id: UUID
    company_id: UUID
    shop_id: UUID
    line_id: UUID
    document_ref: str
    currency: str
    amount_minor: int
    open_minor: int
    issued_on: date
    due_on: date
    is_disputed: bool
    undisputed_at: datetime | None
    promised_on: date | None
    promised_minor: int | None
    version: int
    payment_number: int
    ordered_on: date | None
    buyer_email: str | None
    next_look_at: datetime

    def days_late(self, today: date) -> int:
        return max(0, (today - self.due_on).days)


@dataclass(frozen=True, slots=True)
class Credit:
    """Money on account or a credit note of which something is left."""

    reference: str
    currency: str
    issued_on: date
    amount_minor: int


class Debtor(NamedTuple):
    """A company with all its open items and what it has with the merchant."""

    id: UUID
    legal_name: str
    language: str
    invoice_email: str | None
    groups: tuple[str, ...]
    items: tuple[KnownItem, ...] = ()
    credits: tuple[Credit, ...] = ()


@dataclass(frozen=True, slots=True)
class ShopView:
    """What a shop says about reminders: its place and the policy of its settings, None when they cannot be read."""

    place: Place
    policy: str | None


class Chooser(StrEnum):
    """Whose choice of a policy holds for a company: its own, that of one of its groups, or what its shop's settings say."""

    COMPANY = "company"
    GROUP = "group"
    SHOP = "shop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignments:
    """Who was given a policy of his own, by open item, company and group."""

    items: Mapping[UUID, str] = field(default_factory=dict)
    companies: Mapping[UUID, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)

    def code_for(self, item: KnownItem, debtor: Debtor, shop: ShopView) -> str | None:
        """Narrower beats wider: open item, company, the first of its groups that has one, shop and merchant."""
        return self.items.get(item.id) or self.choice_for(debtor, shop)[0]

    def choice_for(self, debtor: Debtor, shop: ShopView | None) -> tuple[str | None, Chooser]:
        """What holds for a company's documents in a shop that were given none of their own, and by whose choice."""
        code = self.companies.get(debtor.id)
        if code is not None:
            return code, Chooser.COMPANY
        if self.groups:
            for group in debtor.groups:
                if group in self.groups:
                    return self.groups[group], Chooser.GROUP
        return shop.policy if shop else None, Chooser.SHOP


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What decisions are made in: shops, policies, who has which, pauses, what was done before, and which addresses of
    the companies take no mail, as they go over the wire.

    Plans of payment will stop their documents here: as one more source of blocks beside pauses.
    """

    merchant_id: UUID
    shops: Mapping[UUID, ShopView]
    policies: Mapping[str, ReminderPolicy]
    assignments: Assignments
    pauses: Mapping[UUID, Sequence[Pause]]
    past: Mapping[UUID, Sequence[PastReminder]]
    # Late charges, each with the document it was charged for and that is still open: what is said of that goes for it.
    charged_for: Mapping[UUID, UUID] = field(default_factory=dict)
    undeliverable: Collection[str] = frozenset()
    _schedules: dict[tuple[str, UUID], Schedule] = field(init=False, default_factory=dict)
    _decisions: dict[tuple[Any, ...], Decision] = field(init=False, default_factory=dict)

    def schedule_for(self, item: KnownItem, debtor: Debtor) -> Schedule | NotDue:
        """The policy of an item at its shop, or why there is none."""
        shop = self.shops.get(item.shop_id)
        if shop is None:
            return NotDue(WhyNot.SETTINGS_BROKEN)
        code = self.assignments.code_for(item, debtor, shop)
        if code is None:
            return NotDue(WhyNot.SETTINGS_BROKEN)
        key = (code, item.shop_id)
        known = self._schedules.get(key)
        if known is not None:
            return known
        if code == NO_POLICY:
            return NotDue(WhyNot.NO_POLICY)
        policy = self.policies.get(code)
        if policy is None:
            return NotDue(WhyNot.POLICY_UNKNOWN)
        schedule = self._schedules[key] = Schedule(policy, shop.place)
        return schedule

    def facts_of(self, item: KnownItem, schedule: Schedule, *, today: date) -> ItemFacts:
        """An item today, with everything that stops it."""
        grace_days = schedule.policy.grace_days
        promise_holds = item.promised_on is not None and today <= item.promised_on + grace_days * _ONE_DAY
        demanded = demand_minor(
            open_minor=item.open_minor, promised_minor=item.promised_minor, promise_holds=promise_holds
        )
        pauses = self.pauses_of(item) if self.pauses else _NOTHING
        blocks: tuple[Block, ...] = ()
        if item.is_disputed or item.undisputed_at is not None or promise_holds or pauses:
            undisputed_at = item.undisputed_at
            blocks = blocks_of(
                disputed=item.is_disputed,
                undisputed_on=None if undisputed_at is None else schedule.local(undisputed_at).date(),
                promised_on=item.promised_on,
                covers_all=demanded == 0,
                pauses=pauses,
                grace_days=grace_days,
                today=today,
            )
        return ItemFacts(
            item_id=item.id,
            demand_minor=demanded,
            open_minor=item.open_minor,
            anchors=Anchors(item.ordered_on, item.issued_on, item.due_on),
            blocks=blocks,
        )

    def decide(self, facts: ItemFacts, schedule: Schedule, past: Sequence[PastReminder], *, now: datetime) -> Decision:
        """`due_step`, remembered: what nothing stops is decided alike when its days and its past are alike."""
        if facts.blocks or facts.open_minor <= 0:
            return due_step(facts, schedule, past, now=now)
        key = (id(schedule), facts.anchors, tuple(past), now)
        known = self._decisions.get(key)
        if known is None:
            known = self._decisions[key] = due_step(facts, schedule, past, now=now)
        return known

    def demand_of(self, item: KnownItem, debtor: Debtor, *, now: datetime) -> int:
        """What is asked for of an item that has a policy."""
        schedule = self.schedule_for(item, debtor)
        assert isinstance(schedule, Schedule), "only what has a policy is asked for"
        return self.facts_of(item, schedule, today=schedule.today(now)).demand_minor

    def takes_mail(self, address: str) -> bool:
        """Whether nothing is known against an address."""
        wire = to_wire_address(address)
        return wire is not None and wire not in self.undeliverable

    def pauses_of(self, item: KnownItem) -> tuple[Pause, ...]:
        subjects = (item.id, item.line_id, item.company_id)
        found = [pause for subject in subjects for pause in self.pauses.get(subject, ())]
        return (*found, *self.pauses.get(self.merchant_id, ()))
