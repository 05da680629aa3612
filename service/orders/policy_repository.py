"""SQL of the snapshot of a merchant's decisions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from service.companies.models import CompanyGroupRow
from service.core.errors import ServiceError
from service.credit.limits import GroupLimit, LimitLevels
from service.eligibility.models import PolicyRow
from service.eligibility.policy import NO_POLICY, is_withdrawn, parse_policy
from service.merchants.domain import Shop
from service.merchants.models import MerchantRow, ShopRow
from service.merchants.settings import MerchantSettings, ShopSettings, effective_settings, parse_settings
from service.orders.policy import GroupPolicy, MerchantPolicy, ShopPolicy
from service.terms.choice import said_by_settings
from service.terms.definition import parse_terms
from service.terms.holidays import country_holidays
from service.terms.models import PaymentTermsRow

__all__ = ["load_merchant_policy"]


async def load_merchant_policy(session: AsyncSession, merchant_id: UUID) -> MerchantPolicy:
    """Read it all. What is stored broken withholds the method where it matters; it never raises here."""
    merchant = await session.get_one(MerchantRow, merchant_id, populate_existing=True)
    shops = list(await session.scalars(select(ShopRow).where(ShopRow.merchant_id == merchant_id)))
    groups = list(await session.scalars(select(CompanyGroupRow).where(CompanyGroupRow.merchant_id == merchant_id)))
    terms_rows = await session.scalars(
        select(PaymentTermsRow).where(PaymentTermsRow.merchant_id == merchant_id, PaymentTermsRow.is_active)
    )
    latest = await session.scalars(
        select(PolicyRow)
        .ext(distinct_on(PolicyRow.shop_id))
        .where(PolicyRow.merchant_id == merchant_id)
        .order_by(PolicyRow.shop_id, PolicyRow.version.desc())
    )
    policies = {row.shop_id: row for row in latest if not is_withdrawn(row.settings)}
    shop_policies = {shop.id: _read_shop(merchant, shop, policies) for shop in shops}
    return MerchantPolicy(
        version=merchant.settings_version,
        currency=merchant.currency,
        shops=shop_policies,
        groups={
            row.code: GroupPolicy(
                position=row.position,
                default_terms=row.default_terms,
                allowed_terms=tuple(row.allowed_terms) if row.allowed_terms is not None else None,
            )
            for row in groups
        },
        levels=LimitLevels.build(
            [GroupLimit(row.code, row.limit_kind, row.limit_minor, row.limit_currency) for row in groups],
            [(one.shop, one.settings) for one in shop_policies.values() if one.settings is not None],
        ),
        terms={row.code: (parse_terms({**row.definition, "code": row.code}), row.label) for row in terms_rows},
    )


def _read_shop(merchant: MerchantRow, row: ShopRow, policies: Mapping[UUID | None, PolicyRow]) -> ShopPolicy:
    shop = Shop(
        id=row.id,
        merchant_id=row.merchant_id,
        code=row.code,
        name=row.name,
        country=row.country,
        currency=row.currency,
        time_zone=row.time_zone,
        language=row.language,
        settings=row.settings,
        merchant_settings=merchant.settings,
        settings_version=merchant.settings_version,
        created_at=row.created_at,
    )
    # A shop's own policy replaces the merchant's as a whole: two rule sets that mix are more than one can foresee.
    stored = policies.get(row.id) or policies.get(None)
    try:
        settings = effective_settings(shop)
        return ShopPolicy(
            shop=shop,
            settings=settings,
            terms_said=said_by_settings(
                parse_settings(ShopSettings, shop.settings, of="shop"),
                parse_settings(MerchantSettings, shop.merchant_settings, of="merchant"),
            ),
            policy=NO_POLICY if stored is None else parse_policy(stored.rules, stored.settings, version=stored.version),
            is_holiday=country_holidays(settings.business_day_country, settings.business_day_subdivision),
        )
    except ServiceError as error:
        return ShopPolicy(shop=shop, settings=None, policy=NO_POLICY, is_holiday=_no_holiday, broken=error)


def _no_holiday(_day: date) -> bool:
    return False
