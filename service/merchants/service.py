"""Use cases of tenants: who is calling, which shop is meant, and what a merchant may change about itself."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import available_timezones

from sqlalchemy import Row

from service.core.ids import new_id
from service.core.money import currency_exponent
from service.infra.database import Database
from service.infra.work import Caller, MissingScope, Scope, Work
from service.merchants import repository
from service.merchants.domain import (
    ApiKey,
    Change,
    EffectiveSettings,
    Merchant,
    Shop,
    hash_secret,
    make_secret,
    overlap_end,
)
from service.merchants.errors import (
    IntegratorKeyRequired,
    KeyAlreadyRevoked,
    KeyExpired,
    KeyInvalid,
    ScopesInvalid,
    SettingsBroken,
    ShopRequired,
    TimeZoneUnknown,
)
from service.merchants.repository import Access, bump_settings_version
from service.merchants.settings import MerchantSettings, ShopSettings, effective_settings, parse_settings

__all__ = [
    "SHOP_SCOPES", "Access", "authenticate", "bump_settings_version", "create_key", "create_merchant", "create_shop", "get_merchant",
    "get_own_key", "get_shop", "list_changes", "list_keys", "list_shops", "load_access", "read_shops", "record_change",
    "require_integrator", "resolve_shop",
    "revoke_key", "rotate_key", "settings_of", "update_merchant", "update_shop",
]  # fmt: skip

# A shop's key lies on the shop's server: it can run its business, but not make more keys.
SHOP_SCOPES: Final = frozenset(Scope) - {Scope.KEYS_WRITE}
_SECRET_BYTES: Final = 32

JsonSettings = Mapping[str, Any]


async def authenticate(database: Database, secret: str, *, now: datetime) -> Caller:
    """The caller a secret stands for. Raises KeyInvalid or KeyExpired."""
    access = await load_access(database, secret, now=now)
    await repository.touch_key(database, access, now=now)
    return access.caller


async def load_access(database: Database, secret: str, *, now: datetime) -> Access:
    """As `authenticate`, with what a process needs to remember the answer: until when it holds, and for which settings.

    The secret is hashed and looked up whatever it looks like, so that a wrong one takes as long as a right one.
    """
    access = await repository.find_access(database, hash_secret(secret))
    if access is None or access.revoked_at is not None:
        raise KeyInvalid
    if access.expires_at is not None and access.expires_at <= now:
        raise KeyExpired
    return access


async def resolve_shop(work: Work, shop_code: str | None) -> Shop:
    """The shop a request is about. Raises ShopRequired, or NotFound for a shop the caller may not know of.

    A shop's key means its own shop; naming that one too is accepted. An integrator names one.
    """
    if shop_code is not None:
        return await repository.find_shop_by_code(work, shop_code)
    if work.caller.shop_id is None:
        raise ShopRequired
    return await repository.find_shop(work, work.caller.shop_id)


async def get_shop(work: Work, shop_id: UUID) -> Shop:
    """A shop by its id. Raises NotFound."""
    return await repository.find_shop(work, shop_id)


def settings_of(shop: Shop) -> EffectiveSettings:
    """What holds in a shop. Raises SettingsBroken."""
    return effective_settings(shop)


async def read_shops(work: Work) -> Sequence[tuple[Shop, EffectiveSettings]]:
    """All shops of the merchant with what holds in them; one whose settings are broken is left out (G07)."""
    usable = []
    for shop in await repository.read_all_shops(work):
        try:
            usable.append((shop, effective_settings(shop)))
        except SettingsBroken:
            continue
    return usable


async def record_change(work: Work, change: Change) -> None:
    """Keep who changed what, when and why, in the transaction that changes it. Equal values leave no line."""
    if change.before != change.after:
        await repository.insert_change(work, new_id(), change)


async def list_changes(
    work: Work, *, subject_kind: str | None, subject_id: UUID | None, before: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """The log of changes, newest first."""
    return await repository.list_changes(
        work, subject_kind=subject_kind, subject_id=subject_id, before=before, limit=limit
    )


# Merchants


async def create_merchant(
    work: Work, *, name: str, country: str, currency: str, time_zone: str, settings: MerchantSettings | None = None
) -> Merchant:
    """Create the tenant that `work` already acts for: the command line makes the id first."""
    currency_exponent(currency)
    _require_time_zone(time_zone)
    merchant = Merchant(
        id=work.merchant_id,
        name=name,
        country=country,
        currency=currency,
        time_zone=time_zone,
        settings=_stored(settings),
        settings_version=1,
        created_at=work.now,
    )
    await repository.insert_merchant(work, merchant)
    return merchant


async def get_merchant(work: Work) -> Merchant:
    """The caller's merchant."""
    return await repository.find_merchant(work)


async def update_merchant(
    work: Work, *, fields: Mapping[str, str], settings: MerchantSettings | None, reason: str | None
) -> Merchant:
    """Change what is given; a setting given as null goes back to its default. Not for a shop's key."""
    require_integrator(work, instead="Change the shop's own settings with PATCH /v1/shops/{code}.")
    before = await repository.find_merchant(work, for_update=True)
    after = {**asdict(before), **fields, "settings": _merged(before.settings, settings)}
    _require_usable(fields)
    parse_settings(MerchantSettings, after["settings"], of="merchant")
    await repository.update_merchant(work, {**fields, "settings": after["settings"]})
    await _record_changes(work, "merchant", before.id, before=asdict(before), after=after, reason=reason)
    await bump_settings_version(work)
    return await repository.find_merchant(work)


# Shops


async def create_shop(
    work: Work,
    *,
    code: str,
    name: str,
    language: str,
    defaults: Mapping[str, str],
    settings: ShopSettings | None = None,
) -> Shop:
    """Open a shop. `defaults` may give country, currency and time_zone; else they are the merchant's."""
    require_integrator(work)
    _require_usable(defaults)
    merchant = await repository.find_merchant(work)
    shop = Shop(
        id=new_id(),
        merchant_id=merchant.id,
        code=code,
        name=name,
        country=defaults.get("country", merchant.country),
        currency=defaults.get("currency", merchant.currency),
        time_zone=defaults.get("time_zone", merchant.time_zone),
        language=language,
        settings=_stored(settings),
        merchant_settings=merchant.settings,
        settings_version=merchant.settings_version + 1,
        created_at=work.now,
    )
    await repository.insert_shop(work, shop)
    await record_change(work, Change(subject_kind="shop", subject_id=shop.id, field="code", before=None, after=code))
    await bump_settings_version(work)
    return shop


async def list_shops(work: Work, *, before: UUID | None, limit: int) -> Sequence[Shop]:
    """The shops the caller may know of, newest first."""
    return await repository.list_shops(work, before=before, limit=limit)


async def update_shop(
    work: Work, code: str, *, fields: Mapping[str, str], settings: ShopSettings | None, reason: str | None
) -> Shop:
    """Change what is given; a setting given as null falls back to the merchant's again."""
    before = await repository.find_shop_by_code(work, code, for_update=True)
    _require_usable(fields)
    after = {**asdict(before), **fields, "settings": _merged(before.settings, settings)}
    parse_settings(ShopSettings, after["settings"], of="shop")
    await repository.update_shop(work, before.id, {**fields, "settings": after["settings"]})
    await _record_changes(work, "shop", before.id, before=asdict(before), after=after, reason=reason)
    await bump_settings_version(work)
    return await repository.find_shop(work, before.id)


def _merged(stored: JsonSettings, patch: ShopSettings | None) -> dict[str, Any]:
    """The stored settings with the given ones put in; null takes one out."""
    if patch is None:
        return dict(stored)
    given = patch.model_dump(mode="json", exclude_unset=True)
    return {name: value for name, value in {**stored, **given}.items() if value is not None}


def _stored(settings: ShopSettings | None) -> dict[str, Any]:
    return settings.model_dump(mode="json", exclude_none=True) if settings is not None else {}


async def _record_changes(
    work: Work, kind: str, subject_id: UUID, *, before: JsonSettings, after: JsonSettings, reason: str | None
) -> None:
    old = {**before, **before["settings"]}
    new = {**after, **after["settings"]}
    for field in sorted({*_EDITABLE, *before["settings"], *after["settings"]}):
        change = Change(
            subject_kind=kind,
            subject_id=subject_id,
            field=field,
            before=old.get(field),
            after=new.get(field),
            reason=reason,
        )
        await record_change(work, change)


_EDITABLE: Final = ("name", "country", "currency", "time_zone", "language")


def _require_usable(fields: Mapping[str, str]) -> None:
    if "currency" in fields:
        currency_exponent(fields["currency"])
    if "time_zone" in fields:
        _require_time_zone(fields["time_zone"])


def _require_time_zone(name: str) -> None:
    # PostgreSQL computes days, too, and reads a name without an area its own way: its CET knows no summer.
    if name != "UTC" and not ("/" in name and name in available_timezones()):
        raise TimeZoneUnknown


def require_integrator(work: Work, *, instead: str = "") -> None:
    """Raises IntegratorKeyRequired for a shop's key, saying what that one can do `instead`."""
    if work.caller.shop_id is not None:
        raise IntegratorKeyRequired(instead)


# Keys


async def create_key(
    work: Work,
    *,
    name: str,
    shop_code: str | None,
    scopes: Collection[str] | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its secret, which nobody can read again. Without a shop it is an integrator's.

    Raises ScopesInvalid: a key gets at most what its giver has, and a shop's key never `keys:write`.
    """
    require_integrator(work)
    shop = await repository.find_shop_by_code(work, shop_code) if shop_code is not None else None
    allowed = SHOP_SCOPES if shop is not None else frozenset(Scope)
    granted = frozenset(scopes) if scopes is not None else allowed & work.caller.scopes
    refused = granted - (allowed & work.caller.scopes)
    if refused or not granted:
        raise ScopesInvalid(scopes=sorted(refused)[:20])
    secret = make_secret(secrets.token_urlsafe(_SECRET_BYTES), is_shop=shop is not None)
    key = ApiKey(
        id=new_id(),
        shop_id=shop.id if shop else None,
        shop_code=shop.code if shop else None,
        name=name,
        hint=secret.hint,
        scopes=tuple(sorted(granted)),
        created_at=work.now,
        expires_at=expires_at,
        revoked_at=None,
        last_used_at=None,
    )
    await repository.insert_key(work, key, secret)
    await _record_key_change(work, key, field="created_at", before=None, after=work.now.isoformat())
    return key, secret.text


async def get_own_key(work: Work) -> ApiKey:
    """The key that asks."""
    assert work.caller.key_id is not None, "a request is made with a key"
    return await repository.find_key(work, work.caller.key_id)


async def list_keys(work: Work, *, before: UUID | None, limit: int) -> Sequence[ApiKey]:
    """All keys of the merchant, newest first."""
    return await repository.list_keys(work, before=before, limit=limit)


async def rotate_key(work: Work, key_id: UUID, *, overlap: timedelta) -> tuple[ApiKey, str]:
    """A successor with the same rights. The old key works on until the overlap ends. Raises KeyAlreadyRevoked."""
    old = await repository.find_key(work, key_id, for_update=True)
    if not old.is_usable(work.now):
        raise KeyAlreadyRevoked
    if not work.caller.scopes.issuperset(old.scopes):
        raise MissingScope(scope=min(set(old.scopes) - work.caller.scopes))
    key, secret = await create_key(
        work, name=old.name, shop_code=old.shop_code, scopes=old.scopes, expires_at=old.expires_at
    )
    end = overlap_end(expires_at=old.expires_at, now=work.now, overlap=overlap)
    await repository.update_key(work, old.id, {"expires_at": end})
    before = old.expires_at.isoformat() if old.expires_at else None
    await _record_key_change(work, old, field="expires_at", before=before, after=end.isoformat())
    return key, secret


async def revoke_key(work: Work, key_id: UUID) -> None:
    """End a key at once. A second time changes nothing."""
    key = await repository.find_key(work, key_id, for_update=True)
    if key.revoked_at is None:
        await repository.update_key(work, key.id, {"revoked_at": work.now})
        await _record_key_change(work, key, field="revoked_at", before=None, after=work.now.isoformat())


async def _record_key_change(work: Work, key: ApiKey, *, field: str, before: str | None, after: str) -> None:
    await record_change(work, Change(subject_kind="key", subject_id=key.id, field=field, before=before, after=after))
    await bump_settings_version(work)
