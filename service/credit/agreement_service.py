"""The credit of one company as staff see and change it: which line is meant, what it allows, what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from service.core.clock import day_in_zone
from service.core.money import currency_exponent
from service.credit import repository
from service.credit import service as credit_lines
from service.credit.domain import CreditPosition, LineStatus
from service.credit.history import HistoryEntry, posting_of
from service.credit.limits import LineAgreement
from service.credit.lines import AgreedLimit, CreditLine
from service.credit.views import CreditPlace, LineView
from service.infra.work import Work
from service.ledger.domain import Balances, EntryKind
from service.ledger.repository import list_entries
from service.merchants.domain import CreditScope
from service.merchants.service import get_merchant, read_shops, resolve_shop, settings_of

__all__ = [
    "change_limit", "change_status", "end_temporary_limit", "list_history", "place_of", "set_temporary_limit", "view_credit",
]  # fmt: skip


async def place_of(
    work: Work, company_id: UUID, *, shop_code: str | None, currency: str | None = None, needs_shop: bool = False
) -> CreditPlace:
    """Where a request about a company's credit is at home. Raises UnknownCurrency, ShopRequired or SettingsBroken.

    The currency is the shop's, or the merchant's, unless given. With `needs_shop` a merchant who gives credit per
    shop has to say which one is meant.
    """
    shop = None
    if shop_code is not None or work.caller.shop_id is not None:
        shop = await resolve_shop(work, shop_code)
    if shop is not None:
        scope, home_currency, time_zone = settings_of(shop).credit_scope, shop.currency, shop.time_zone
    else:
        merchant = await get_merchant(work)
        shops = await read_shops(work)
        scope = shops[0][1].credit_scope if shops else CreditScope.MERCHANT
        home_currency, time_zone = merchant.currency, merchant.time_zone
        if needs_shop and scope is CreditScope.SHOP:
            shop = await resolve_shop(work, None)
    currency = currency or home_currency
    currency_exponent(currency)
    return CreditPlace(company_id=company_id, shop=shop, scope=scope, currency=currency, time_zone=time_zone)


# Reading


async def view_credit(work: Work, place: CreditPlace) -> list[LineView]:
    """All lines of the company that the caller may see, those of one shop first.

    Where nothing is open yet in the place's currency, what the first order would find is added.
    """
    asking_shop_id = place.shop.id if place.shop else None
    positions = await credit_lines.read_positions(work, place.company_id, asking_shop_id=asking_shop_id)
    if work.caller.shop_id is not None:
        positions = [(line, position) for line, position in positions if line.shop_id in {None, work.caller.shop_id}]
    today = day_in_zone(work.now, place.time_zone)
    overdue = await repository.read_overdue(work, line_ids=[line.id for line, _ in positions], today=today)
    codes = {shop.id: shop.code for shop, _ in await read_shops(work)}
    views = [
        LineView(
            line=line,
            shop_code=codes.get(line.shop_id) if line.shop_id else None,
            position=position,
            overdue_minor=overdue.get(line.id, 0),
        )
        for line, position in positions
    ]
    if not any(_serves(line, place) for line, _ in positions):
        views.append(await _unopened(work, place))
    return views


def _serves(line: CreditLine, place: CreditPlace) -> bool:
    """Whether orders at this place would use the line."""
    at_shop = place.shop is None or line.shop_id in {None, place.shop.id}
    return at_shop and line.currency == place.currency


async def _unopened(work: Work, place: CreditPlace) -> LineView:
    levels = await credit_lines.load_limit_levels(work)
    groups = await repository.read_groups(work, place.company_id)
    agreement = LineAgreement(currency=place.currency, shop_id=place.shop.id if place.shop else None)
    position = CreditPosition(
        currency=place.currency,
        status=LineStatus.ACTIVE,
        limit=levels.effective(agreement, groups=groups, now=work.now),
        balances=Balances(),
    )
    shop_code = place.shop.code if place.shop and place.scope is CreditScope.SHOP else None
    return LineView(line=None, shop_code=shop_code, position=position, overdue_minor=0)


async def list_history(work: Work, place: CreditPlace, *, before: UUID | None, limit: int) -> Sequence[HistoryEntry]:
    """What happened to the line of this place, newest first; nothing when it was never opened."""
    line = await _find_line(work, place)
    if line is None:
        return []
    return [
        HistoryEntry(
            id=entry.id,
            line_id=entry.line_id,
            kind=EntryKind(entry.kind),
            currency=line.currency,
            reference=entry.reference,
            subject_id=entry.subject_id,
            effective_on=entry.effective_on,
            recorded_at=entry.recorded_at,
            author=entry.author,
            reason=entry.reason,
            postings=tuple(
                posting_of(one.debit_account, one.credit_account, amount_minor=one.amount_minor, phase=one.phase)
                for one in postings
            ),
            exposure_after_minor=entry.exposure_after_minor,
            available_after_minor=entry.available_after_minor,
        )
        for entry, postings in await list_entries(work, line_id=line.id, before=before, limit=limit)
    ]


# Changing: a line that does not exist yet is opened, so that a company can be given or refused credit before it orders


async def change_limit(work: Work, place: CreditPlace, *, agreed: AgreedLimit, reason: str) -> LineView:
    """Set the company's own limit; None inherits again. Raises LineClosed."""
    line = await _open_line(work, place)
    await credit_lines.change_limit(work, line.id, agreed=agreed, reason=reason)
    return await _view(work, place, line.id)


async def set_temporary_limit(
    work: Work, place: CreditPlace, *, amount_minor: int, until: datetime, reason: str
) -> LineView:
    """A limit that replaces the company's own until an instant (N04). Raises LineClosed or TemporaryLimitInPast."""
    line = await _open_line(work, place)
    await credit_lines.set_temporary_limit(work, line.id, amount_minor=amount_minor, until=until, reason=reason)
    return await _view(work, place, line.id)


async def end_temporary_limit(work: Work, place: CreditPlace, *, reason: str | None) -> LineView:
    """Let the usual limit bind again. Without a temporary one nothing changes. Raises LineClosed."""
    line = await _find_line(work, place)
    if line is None:
        return await _unopened(work, place)
    if line.temporary_limit_minor is not None:
        await credit_lines.set_temporary_limit(work, line.id, amount_minor=None, until=None, reason=reason)
    return await _view(work, place, line.id)


async def change_status(work: Work, place: CreditPlace, *, status: LineStatus, reason: str) -> LineView:
    """Freeze, unfreeze or close the line. Raises LineClosed or LineStatusUnchanged."""
    line = await _open_line(work, place)
    await credit_lines.change_status(work, line.id, status=status, reason=reason)
    return await _view(work, place, line.id)


async def _view(work: Work, place: CreditPlace, line_id: UUID) -> LineView:
    views = await view_credit(work, place)
    return next(view for view in views if view.line is not None and view.line.id == line_id)


async def _open_line(work: Work, place: CreditPlace) -> CreditLine:
    line = await _find_line(work, place)
    if line is not None:
        return line
    shop_id = _line_shop_id(place)
    return await credit_lines.open_line(work, company_id=place.company_id, shop_id=shop_id, currency=place.currency)


async def _find_line(work: Work, place: CreditPlace) -> CreditLine | None:
    """The line that orders at this place use.

    A line of the shop's own outranks the common one also where credit is given for all shops: it is left from a
    time when it was not, and the checkout still uses it.
    """
    if place.shop is not None:
        own = await repository.find_line(
            work, company_id=place.company_id, shop_id=place.shop.id, currency=place.currency
        )
        if own is not None or place.scope is CreditScope.SHOP:
            return own
    return await repository.find_line(work, company_id=place.company_id, shop_id=None, currency=place.currency)


def _line_shop_id(place: CreditPlace) -> UUID | None:
    return place.shop.id if place.shop is not None and place.scope is CreditScope.SHOP else None
