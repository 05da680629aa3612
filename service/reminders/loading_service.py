"""Read all that decisions about some companies need, in a few statements whatever their number."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from service.core.calendar import IsHoliday, is_weekend
from service.core.mail_addresses import to_wire_address
from service.infra.work import Work
from service.mails.address_repository import find_undeliverable
from service.merchants.domain import EffectiveSettings, Shop
from service.merchants.service import read_shops
from service.reminders import due_repository
from service.reminders.charge_repository import read_charged_for
from service.reminders.circumstances import Circumstances, Debtor, ShopView
from service.reminders.due_repository import EVERYTHING, Relevant
from service.reminders.policy import ReminderPolicy
from service.reminders.policy_repository import read_policies
from service.reminders.schedule import Place
from service.reminders.shipped import SHIPPED
from service.terms.errors import HolidayCalendarUnknown
from service.terms.holidays import country_holidays

__all__ = ["known_policies", "load", "view_of_shop"]

# No policy gives more days of grace after a pause than this, with a day for zones on the other side of the date line.
_PAUSES_FELT_FOR: Final = timedelta(days=62)


async def load(
    work: Work, debtors: Sequence[Debtor], *, only: Relevant = EVERYTHING, besides_mails: Collection[UUID] = ()
) -> tuple[list[Debtor], Circumstances]:
    """The companies with what they owe, all of it or what is relevant, and all that bears on it. What some mails carry
    can be left out of the past."""
    items = await due_repository.read_items(work, debtors, only=only)
    credits_of = await due_repository.read_credits(work, list(items))
    full = [
        debtor._replace(items=tuple(items[debtor.id]), credits=tuple(credits_of.get(debtor.id, ())))
        for debtor in debtors
    ]
    item_ids = [item.id for debtor in full for item in debtor.items]
    subjects = {debtor.id for debtor in full} | {item.line_id for debtor in full for item in debtor.items} | {*item_ids}
    addresses = _addresses_of(full)
    since_on = (work.now - _PAUSES_FELT_FOR).date()
    around = Circumstances(
        merchant_id=work.merchant_id,
        shops={shop.id: view_of_shop(shop, settings) for shop, settings in await read_shops(work)},
        policies=await known_policies(work),
        assignments=await due_repository.read_assignments(work, subjects),
        pauses=await due_repository.read_pauses(work, subjects, since_on=since_on),
        past=await due_repository.read_past(work, item_ids, besides_mails=besides_mails),
        undeliverable=await find_undeliverable(work, addresses),
        charged_for=await read_charged_for(work, item_ids),
    )
    return full, around


def _addresses_of(debtors: Sequence[Debtor]) -> set[str]:
    """As they go over the wire."""
    known = {debtor.invoice_email for debtor in debtors} | {
        item.buyer_email for debtor in debtors for item in debtor.items
    }
    return {to_wire_address(address) or address for address in known if address}


async def known_policies(work: Work) -> dict[str, ReminderPolicy]:
    """The three that come with the service and the merchant's own, by code."""
    return {**await read_policies(work), **SHIPPED}


def view_of_shop(shop: Shop, settings: EffectiveSettings) -> ShopView:
    """Where a shop is and which policy its settings choose."""
    return ShopView(Place(shop.time_zone, _holidays(settings)), settings.reminder_policy)


def _holidays(settings: EffectiveSettings) -> IsHoliday:
    try:
        return country_holidays(settings.business_day_country, settings.business_day_subdivision)
    except HolidayCalendarUnknown:
        # The shop's own country, which nobody had to have a calendar for.
        return is_weekend
