"""Use cases of payment terms: define them, show what they do, and say which of them a company may choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from service.companies.service import find_company, read_groups
from service.core.clock import day_in_zone
from service.infra.work import Work
from service.merchants.domain import Change, Merchant
from service.merchants.service import bump_settings_version, get_merchant, record_change, resolve_shop
from service.merchants.settings import DEFAULT_TERMS, MerchantSettings, ShopSettings, parse_settings
from service.terms import repository
from service.terms.catalogue import READY_MADE_TERMS
from service.terms.choice import AllowedTerms, TermsLevel, TermsStatement, allowed_terms_for, said_by_settings
from service.terms.definition import parse_terms, to_json
from service.terms.domain import DueDate, PaymentTerms, describe, due_date
from service.terms.errors import TermsNotFound, TooManyTerms
from service.terms.explanation import TermsExplanation, TermsPlace, explain_terms, holidays_of
from service.terms.repository import StoredTerms

__all__ = [
    "ExplainedTerms", "PreviewPlace", "PreviewedTerms", "company_terms", "get_terms", "install_catalogue", "labels_of", "list_terms", "preview_terms",
    "put_terms", "remove_terms",
]  # fmt: skip

_MAX_TERMS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedTerms:
    """Terms with what they do at this merchant's place."""

    stored: StoredTerms
    explanation: TermsExplanation


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedTerms:
    """Terms that are not kept anywhere, with the due dates asked for."""

    terms: PaymentTerms
    label: str
    explanation: TermsExplanation
    due_dates: tuple[tuple[date, DueDate], ...]


async def install_catalogue(work: Work) -> int:
    """Give a merchant the ready-made terms; those whose code is taken stay as they are. Returns how many are new."""
    ready_made = [
        StoredTerms(terms=terms, label=describe(terms), is_active=True, created_at=work.now, updated_at=work.now)
        for terms in READY_MADE_TERMS.values()
    ]
    installed = await repository.insert_missing_terms(work, ready_made)
    if installed:
        await bump_settings_version(work)
    return installed


async def list_terms(work: Work) -> list[ExplainedTerms]:
    """All terms of the merchant by code, inactive ones too."""
    merchant = await get_merchant(work)
    place, year = _place_of(merchant), _year_at(merchant, work)
    return [
        ExplainedTerms(stored=stored, explanation=explain_terms(stored.terms, place, year))
        for stored in await repository.list_terms(work)
    ]


async def get_terms(work: Work, code: str) -> ExplainedTerms:
    """Raises TermsNotFound."""
    stored = await repository.read_terms(work, code)
    if stored is None:
        raise TermsNotFound
    return await _explained(work, stored)


async def put_terms(
    work: Work,
    code: str,
    definition: Mapping[str, object],
    *,
    label: str | None = None,
    is_active: bool = True,
    reason: str | None = None,
) -> ExplainedTerms:
    """Define terms as a whole; no order that exists moves. Limits of the law give warnings, never a refusal.

    Raises TermsInvalid and TooManyTerms.
    """
    terms = parse_terms({**definition, "code": code})
    before = await repository.read_terms(work, code)
    if before is None and await repository.count_terms(work) >= _MAX_TERMS:
        raise TooManyTerms
    after = StoredTerms(
        terms=terms,
        label=label or describe(terms),
        is_active=is_active,
        created_at=work.now if before is None else before.created_at,
        updated_at=work.now,
    )
    if before is not None and replace(after, updated_at=before.updated_at) == before:
        return await _explained(work, before)
    await repository.save_terms(work, after)
    await _record(work, code, before=before, after=after, reason=reason)
    return await _explained(work, after)


async def remove_terms(work: Work, code: str, *, reason: str | None = None) -> ExplainedTerms | None:
    """Delete terms that nobody names. Named ones become inactive and are given back: whoever names them is told so.

    Raises TermsNotFound.
    """
    before = await repository.read_terms(work, code)
    if before is None:
        raise TermsNotFound
    if not await _is_in_use(work, code):
        await repository.delete_terms(work, code)
        await _record(work, code, before=before, after=None, reason=reason)
        return None
    after = replace(before, is_active=False, updated_at=work.now)
    if before.is_active:
        await repository.save_terms(work, after)
        await _record(work, code, before=before, after=after, reason=reason)
    return await _explained(work, after if before.is_active else before)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPlace:
    """What a preview looks at in place of what the merchant's settings say; None leaves it to them."""

    law_country: str | None = None
    is_agreed: bool | None = None
    is_consolidated: bool | None = None


async def preview_terms(
    work: Work, definition: Mapping[str, object], *, at: PreviewPlace, base_dates: tuple[date, ...] = ()
) -> PreviewedTerms:
    """What terms would do, without keeping them. Raises TermsInvalid and BaseDateOutOfRange."""
    terms = parse_terms({"code": "preview", **definition})
    merchant = await get_merchant(work)
    place = _place_of(merchant)
    place = replace(
        place,
        law_country=at.law_country or place.law_country,
        is_agreed=place.is_agreed if at.is_agreed is None else at.is_agreed,
        is_consolidated=at.is_consolidated,
    )
    is_holiday = holidays_of(place)
    return PreviewedTerms(
        terms=terms,
        label=describe(terms),
        explanation=explain_terms(terms, place, _year_at(merchant, work)),
        due_dates=tuple((base_on, due_date(terms, base_on, is_holiday)) for base_on in base_dates),
    )


async def company_terms(work: Work, reference: str, *, shop_code: str | None = None) -> AllowedTerms:
    """Which terms a company may choose in a shop, and who decided so. Raises CompanyNotFound and SettingsBroken.

    An integrator who names no shop gets what holds where the shop decides nothing.
    """
    company = await find_company(work, reference, shop_code=shop_code)
    said = [TermsStatement(level=TermsLevel.COMPANY, default=company.default_terms, allowed=company.allowed_terms)]
    for group in await read_groups(work, company.groups):
        definition = group.definition
        said.append(
            TermsStatement(level=TermsLevel.GROUP, default=definition.default_terms, allowed=definition.allowed_terms)
        )
    shop = None
    if shop_code is not None or work.caller.shop_id is not None:
        shop = parse_settings(ShopSettings, (await resolve_shop(work, shop_code)).settings, of="shop")
    merchant = parse_settings(MerchantSettings, (await get_merchant(work)).settings, of="merchant")
    said.extend(said_by_settings(shop, merchant))
    return allowed_terms_for(said, known=await repository.read_active_codes(work))


async def labels_of(work: Work, codes: Sequence[str]) -> dict[str, str]:
    """What these terms are called, in their order."""
    labels = {stored.terms.code: stored.label for stored in await repository.list_terms(work)}
    return {code: labels[code] for code in codes}


async def _is_in_use(work: Work, code: str) -> bool:
    if await repository.is_in_use(work, code):
        return True
    # Named by nobody, the product's own default still stands for every merchant that chose none.
    return code == DEFAULT_TERMS and "default_terms" not in (await get_merchant(work)).settings


async def _explained(work: Work, stored: StoredTerms) -> ExplainedTerms:
    merchant = await get_merchant(work)
    explanation = explain_terms(stored.terms, _place_of(merchant), _year_at(merchant, work))
    return ExplainedTerms(stored=stored, explanation=explanation)


def _place_of(merchant: Merchant) -> TermsPlace:
    """As the merchant's settings say; a shop may have other holidays, which show in its own due dates."""
    settings = parse_settings(MerchantSettings, merchant.settings, of="merchant")
    return TermsPlace(
        law_country=merchant.country,
        holiday_country=settings.business_day_country or merchant.country,
        holiday_subdivision=settings.business_day_subdivision,
        is_agreed=settings.terms_agreed_in_contract or False,
    )


def _year_at(merchant: Merchant, work: Work) -> int:
    return day_in_zone(work.now, merchant.time_zone).year


async def _record(
    work: Work, code: str, *, before: StoredTerms | None, after: StoredTerms | None, reason: str | None
) -> None:
    change = Change(
        subject_kind="payment_terms",
        # Terms have a code and no id; the log finds them by their merchant and that code.
        subject_id=work.merchant_id,
        field=code,
        before=None if before is None else _logged(before),
        after=None if after is None else _logged(after),
        reason=reason,
    )
    await record_change(work, change)
    await bump_settings_version(work)


def _logged(stored: StoredTerms) -> dict[str, Any]:
    return {"label": stored.label, "is_active": stored.is_active, "definition": to_json(stored.terms)}
