"""Links that staff make by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.companies.repository import read_portal_access
from service.companies.service import find_company
from service.infra.portal_links import PortalLink, PortalLinks
from service.infra.work import Scope, Work
from service.merchants.domain import Change
from service.merchants.service import read_shops, record_change, resolve_shop
from service.portal.errors import PortalAddressUnknown, PortalLinksOff, PortalUnavailable

__all__ = ["MadeLink", "make_link"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeLink:
    """A link, and until when it works if neither the settings change nor somebody ends it."""

    url: str
    issued_at: datetime
    expires_at: datetime


async def make_link(work: Work, reference: str, *, links: PortalLinks, shop_code: str | None = None) -> MadeLink:
    """A link to a company's account. One that a shop's key asks for shows what is owed to that shop.

    Raises CompanyNotFound, PortalAddressUnknown, PortalLinksOff, and MissingScope: who gives the account away may see it.
    """
    work.caller.require(Scope.PAYMENTS_READ)
    company = await find_company(work, reference, shop_code=shop_code)
    if not links.can_be_made:
        raise PortalAddressUnknown
    shop = await resolve_shop(work, shop_code) if shop_code is not None or work.caller.shop_id is not None else None
    wanted = [settings for each, settings in await read_shops(work) if shop is None or each.id == shop.id]
    if not wanted:
        raise PortalUnavailable
    if not wanted[0].portal_link_days:
        raise PortalLinksOff
    issued_at = work.now.replace(microsecond=0)
    link = PortalLink(
        merchant_id=work.merchant_id,
        company_id=company.id,
        shop_id=None if shop is None else shop.id,
        version=(await read_portal_access(work, [company.id]))[company.id].version,
        issued_at=issued_at,
        only_shop=work.caller.shop_id is not None,
    )
    expires_at = issued_at + timedelta(days=wanted[0].portal_link_days)
    change = Change(
        subject_kind="company",
        subject_id=company.id,
        field="portal_link",
        before=None,
        after={"shop": None if shop is None else shop.code, "expires_at": expires_at.isoformat()},
    )
    await record_change(work, change)
    return MadeLink(url=links.url_of(link), issued_at=issued_at, expires_at=expires_at)
