"""Open a link: find out whether it still works, and read what it shows or prints, all at one instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from service.companies.domain import Company
from service.companies.repository import read_company, read_portal_access
from service.core.clock import day_in_zone
from service.infra.database import Database
from service.infra.portal_links import PortalLink
from service.infra.work import Caller, Work
from service.invoicing.repository import read_open_credits
from service.invoicing.sheet import Sheet
from service.invoicing.statement_service import statement_sheet
from service.mails.composing import sender_view
from service.merchants.domain import EffectiveSettings, Merchant, Shop
from service.merchants.service import get_merchant, read_shops
from service.portal import repository
from service.portal.errors import LinkEnded, LinkUnknown, PortalUnavailable
from service.portal.facts import Account, OpenDocument, ReminderStop
from service.reminders.domain import PauseScope
from service.reminders.due_repository import read_pauses

__all__ = ["MOST_DOCUMENTS", "MOST_ORDERS", "open_account", "open_statement"]

# What one page lists; what is beyond is summed up.
MOST_DOCUMENTS: Final = 200
MOST_ORDERS: Final = 50


async def open_account(database: Database, link: PortalLink, *, now: datetime) -> Account:
    """What a link shows. Raises LinkUnknown, LinkEnded for one that is too old or was ended, or PortalUnavailable."""
    async with database.read(snapshot=True) as session:
        work = _work_of(session, link, now=now)
        opened = await _open(work, link)
        company, shop = opened.company, opened.shop
        documents = await repository.read_documents(work, company.id, limit=MOST_DOCUMENTS)
        return Account(
            merchant_name=opened.merchant.name,
            company_name=company.legal_name,
            language=opened.language,
            shop=shop,
            shops=opened.shops,
            today=day_in_zone(now, shop.time_zone),
            valid_until=opened.valid_until,
            documents=documents,
            sums=await repository.read_sums(work, company.id),
            credits=await read_open_credits(work, company.id),
            orders=await repository.read_orders_under_way(work, company.id, limit=MOST_ORDERS + 1),
            stops=await _stops(work, company, documents, shop=shop),
        )


async def open_statement(database: Database, link: PortalLink, *, now: datetime) -> Sheet:
    """The same to be printed, by `invoicing`. Raises what `open_account` does."""
    async with database.read(snapshot=True) as session:
        work = _work_of(session, link, now=now)
        opened = await _open(work, link)
        only_shop = opened.shop if link.only_shop else None
        return await statement_sheet(work, opened.company, shop=only_shop, stated_by=opened.shop)


def _work_of(session: AsyncSession, link: PortalLink, *, now: datetime) -> Work:
    shop_id = link.shop_id if link.only_shop else None
    caller = Caller(merchant_id=link.merchant_id, shop_id=shop_id, name="portal", scopes=frozenset())
    return Work(session=session, caller=caller, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """Whose account a link that works opens, and in whose name it was given."""

    merchant: Merchant
    company: Company
    shop: Shop
    shops: Mapping[UUID, EffectiveSettings]
    valid_until: datetime

    @property
    def language(self) -> str:
        return self.company.language or self.shop.language


async def _open(work: Work, link: PortalLink) -> _Opened:
    shops = await read_shops(work)
    shop, settings = _shop_of(link, shops)
    company = await read_company(work, link.company_id)
    if company is None:
        raise LinkUnknown
    opened = _Opened(
        merchant=await get_merchant(work),
        company=company,
        shop=shop,
        shops={each.id: wanted for each, wanted in shops},
        valid_until=link.issued_at + timedelta(days=settings.portal_link_days),
    )
    access = (await read_portal_access(work, [company.id]))[company.id]
    if work.now >= opened.valid_until or link.version != access.version:
        sender = sender_view(shop, settings, merchant_name=opened.merchant.name)
        raise LinkEnded(language=opened.language, sender=sender.name, reply_to=sender.reply_to)
    return opened


def _shop_of(link: PortalLink, shops: Sequence[tuple[Shop, EffectiveSettings]]) -> tuple[Shop, EffectiveSettings]:
    """In whose name the link was given; the merchant's first shop where that is nobody's."""
    found = next(((shop, settings) for shop, settings in shops if link.shop_id in {None, shop.id}), None)
    if found is None:
        raise PortalUnavailable
    return found


async def _stops(
    work: Work, company: Company, documents: Sequence[OpenDocument], *, shop: Shop
) -> Mapping[UUID, ReminderStop]:
    """Documents that nobody is reminded for, since it, its credit line or the company is paused."""
    today = day_in_zone(work.now, shop.time_zone)
    subjects = {company.id, *(each.id for each in documents), *(each.line_id for each in documents)}
    pauses = await read_pauses(work, subjects, since_on=today)
    stops: dict[UUID, ReminderStop] = {}
    for document in documents:
        found = [
            pause.until_on
            for subject in (document.id, document.line_id, company.id)
            for pause in pauses.get(subject, ())
            # That everybody is left in peace over the holidays is no news about this document.
            if pause.scope is not PauseScope.MERCHANT and not pause.is_over(today)
        ]
        if found:
            days = [day for day in found if day is not None]
            stops[document.id] = ReminderStop(max(days) if len(days) == len(found) else None)
    return stops
