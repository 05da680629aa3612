"""All SQL about merchants, shops, keys and the log of changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, and_, bindparam, insert, not_, select, update
from sqlalchemy.exc import IntegrityError

from service.core.errors import NotFound
from service.infra.database import Database
from service.infra.memory import SettingsMemory, give_memory
from service.infra.statements import Statement, columns_of, reader_of
from service.infra.work import Caller, Work
from service.merchants.domain import ApiKey, Change, Merchant, NewSecret, Shop
from service.merchants.errors import ShopCodeTaken
from service.merchants.models import ApiKeyRow, ChangeRow, MerchantRow, ShopRow

# One round trip on a bare connection, because every request begins with it.
_ACCESS_SQL: Final = """
SELECT k.merchant_id, k.id, k.shop_id, k.name, k.scopes, k.expires_at, k.revoked_at, k.last_used_at, m.settings_version
FROM api_keys k JOIN merchants m ON m.id = k.merchant_id
WHERE k.secret_hash = $1
"""
# Guarded, so that of several processes one writes.
_TOUCH_SQL: Final = """
UPDATE api_keys SET last_used_at = $3
WHERE merchant_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at <= $4)
"""
_TOUCH_EVERY: Final = timedelta(minutes=1)
# Kept in the session, whose life is one transaction.
_KNOWN_SHOPS: Final = "merchants.known_shops"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A key as a request presents it: the caller it stands for, and until when and for which settings that is true."""

    caller: Caller
    settings_version: int
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


async def find_access(database: Database, secret_hash: bytes) -> Access | None:
    """The key with this hash, usable or not."""
    async with database.hot_connection() as connection:
        row = await connection.fetchrow(_ACCESS_SQL, secret_hash)
    if row is None:
        return None
    caller = Caller(
        merchant_id=row["merchant_id"],
        shop_id=row["shop_id"],
        name=row["name"],
        scopes=frozenset(row["scopes"]),
        key_id=row["id"],
    )
    return Access(
        caller=caller,
        settings_version=row["settings_version"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        last_used_at=row["last_used_at"],
    )


async def touch_key(database: Database, access: Access, *, now: datetime) -> None:
    """Remember that the key is in use, at most once a minute: a write for each request would cost more than it tells."""
    if access.last_used_at is not None and now - access.last_used_at < _TOUCH_EVERY:
        return
    async with database.hot_connection() as connection:
        await connection.execute(_TOUCH_SQL, access.caller.merchant_id, access.caller.key_id, now, now - _TOUCH_EVERY)


async def bump_settings_version(work: Work) -> None:
    """Tell every process that what it may have cached of this merchant is old, as soon as this commits."""
    # Another transaction may come to the same version with other settings, should this one be undone.
    give_memory(work.session, SettingsMemory())
    work.session.info.pop(_KNOWN_SHOPS, None)
    await work.session.execute(
        update(MerchantRow)
        .where(MerchantRow.id == work.merchant_id)
        .values(settings_version=MerchantRow.settings_version + 1)
    )


_MERCHANT: Final = select(*columns_of(Merchant, MerchantRow)).where(MerchantRow.id == bindparam("merchant_id"))
_FIND_MERCHANT: Final = Statement(_MERCHANT)
_LOCK_MERCHANT: Final = Statement(_MERCHANT.with_for_update())
_read_merchant: Final = reader_of(Merchant)


async def find_merchant(work: Work, *, for_update: bool = False) -> Merchant:
    """The caller's own merchant."""
    statement = _LOCK_MERCHANT if for_update else _FIND_MERCHANT
    row = await statement.row(work.session, merchant_id=work.merchant_id)
    if row is None:
        raise NotFound
    return _read_merchant(row)


async def insert_merchant(work: Work, merchant: Merchant) -> None:
    await work.session.execute(
        insert(MerchantRow).values(
            id=merchant.id,
            name=merchant.name,
            country=merchant.country,
            currency=merchant.currency,
            time_zone=merchant.time_zone,
            settings=dict(merchant.settings),
            created_at=merchant.created_at,
        )
    )


async def update_merchant(work: Work, values: dict[str, Any]) -> None:
    await work.session.execute(update(MerchantRow).where(MerchantRow.id == work.merchant_id).values(**values))


_SHOPS: Final = (
    select(
        ShopRow.id,
        ShopRow.merchant_id,
        ShopRow.code,
        ShopRow.name,
        ShopRow.country,
        ShopRow.currency,
        ShopRow.time_zone,
        ShopRow.language,
        ShopRow.settings,
        MerchantRow.settings.label("merchant_settings"),
        MerchantRow.settings_version,
        ShopRow.created_at,
    )
    .join(MerchantRow, MerchantRow.id == ShopRow.merchant_id)
    .where(ShopRow.merchant_id == bindparam("merchant_id"))
)
_read_shop: Final = reader_of(Shop)
_ALL: Final = Statement(_SHOPS)
_BY_CODE: Final = _SHOPS.where(ShopRow.code == bindparam("code"))
_FIND_BY_CODE: Final = Statement(_BY_CODE)
_LOCK_BY_CODE: Final = Statement(_BY_CODE.with_for_update(of=ShopRow))
_FIND_BY_ID: Final = Statement(_SHOPS.where(ShopRow.id == bindparam("shop_id")))


async def read_all_shops(work: Work) -> Sequence[Shop]:
    """Every shop of the merchant, whoever asks: a rule that spans shops needs them all."""
    return [_read_shop(row) for row in await _ALL.rows(work.session, merchant_id=work.merchant_id)]


async def find_shop_by_code(work: Work, code: str, *, for_update: bool = False) -> Shop:
    """Raises NotFound for another merchant's shop, and for another shop's key."""
    statement = _LOCK_BY_CODE if for_update else _FIND_BY_CODE
    return _shop(work, await statement.row(work.session, merchant_id=work.merchant_id, code=code))


async def find_shop(work: Work, shop_id: UUID) -> Shop:
    """The shop as this transaction first read it, or after it changed settings. Raises NotFound."""
    known: dict[UUID, Shop] = work.session.info.setdefault(_KNOWN_SHOPS, {})
    if shop_id not in known:
        row = await _FIND_BY_ID.row(work.session, merchant_id=work.merchant_id, shop_id=shop_id)
        known[shop_id] = _shop(work, row)
    return known[shop_id]


async def list_shops(work: Work, *, before: UUID | None, limit: int) -> Sequence[Shop]:
    statement = _SHOPS.order_by(ShopRow.id.desc()).limit(limit)
    if work.caller.shop_id is not None:
        statement = statement.where(ShopRow.id == work.caller.shop_id)
    if before is not None:
        statement = statement.where(ShopRow.id < before)
    return [_read_shop(row) for row in await work.session.execute(statement, {"merchant_id": work.merchant_id})]


def _shop(work: Work, row: Sequence[Any] | None) -> Shop:
    """A shop that the caller may know of: its own, or any of the merchant's for an integrator."""
    shop = _read_shop(row) if row is not None else None
    if shop is None or work.caller.shop_id not in {None, shop.id}:
        raise NotFound
    return shop


async def insert_shop(work: Work, shop: Shop) -> None:
    """Raises ShopCodeTaken."""
    try:
        await work.session.execute(
            insert(ShopRow).values(
                merchant_id=shop.merchant_id,
                id=shop.id,
                code=shop.code,
                name=shop.name,
                country=shop.country,
                currency=shop.currency,
                time_zone=shop.time_zone,
                language=shop.language,
                settings=dict(shop.settings),
                created_at=shop.created_at,
            )
        )
    except IntegrityError as error:
        if "uq_shops_code" in str(error.orig):
            raise ShopCodeTaken(shop=shop.code) from None
        raise


async def update_shop(work: Work, shop_id: UUID, values: dict[str, Any]) -> None:
    await work.session.execute(
        update(ShopRow).where(ShopRow.merchant_id == work.merchant_id, ShopRow.id == shop_id).values(**values)
    )


def _keys(work: Work) -> Select[*tuple[Any, ...]]:
    return (
        select(
            ApiKeyRow.id,
            ApiKeyRow.shop_id,
            ShopRow.code.label("shop_code"),
            ApiKeyRow.name,
            ApiKeyRow.hint,
            ApiKeyRow.scopes,
            ApiKeyRow.created_at,
            ApiKeyRow.expires_at,
            ApiKeyRow.revoked_at,
            ApiKeyRow.last_used_at,
        )
        .outerjoin(ShopRow, and_(ShopRow.merchant_id == ApiKeyRow.merchant_id, ShopRow.id == ApiKeyRow.shop_id))
        .where(ApiKeyRow.merchant_id == work.merchant_id)
    )


async def find_key(work: Work, key_id: UUID, *, for_update: bool = False) -> ApiKey:
    """Raises NotFound."""
    statement = _keys(work).where(ApiKeyRow.id == key_id)
    if for_update:
        statement = statement.with_for_update(of=ApiKeyRow)
    row = (await work.session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound
    return _key(row)


async def list_keys(work: Work, *, before: UUID | None, limit: int) -> Sequence[ApiKey]:
    statement = _keys(work).order_by(ApiKeyRow.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(ApiKeyRow.id < before)
    return [_key(row) for row in await work.session.execute(statement)]


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(**{**row._mapping, "scopes": tuple(row.scopes)})


async def insert_key(work: Work, key: ApiKey, secret: NewSecret) -> None:
    await work.session.execute(
        insert(ApiKeyRow).values(
            merchant_id=work.merchant_id,
            id=key.id,
            shop_id=key.shop_id,
            name=key.name,
            secret_hash=secret.hash,
            hint=secret.hint,
            scopes=list(key.scopes),
            created_at=key.created_at,
            expires_at=key.expires_at,
        )
    )


async def update_key(work: Work, key_id: UUID, values: dict[str, Any]) -> None:
    await work.session.execute(
        update(ApiKeyRow).where(ApiKeyRow.merchant_id == work.merchant_id, ApiKeyRow.id == key_id).values(**values)
    )


async def insert_change(work: Work, change_id: UUID, change: Change) -> None:
    await work.session.execute(
        insert(ChangeRow).values(
            merchant_id=work.merchant_id,
            id=change_id,
            subject_kind=change.subject_kind,
            subject_id=change.subject_id,
            field=change.field,
            before=change.before,
            after=change.after,
            author=work.author,
            reason=change.reason,
            changed_at=work.now,
        )
    )


# What concerns one shop, and is nothing to the key of another one.
_PER_SHOP_KINDS: Final = ("shop", "key")


async def list_changes(
    work: Work, *, subject_kind: str | None, subject_id: UUID | None, before: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    statement = (
        select(ChangeRow.__table__).where(ChangeRow.merchant_id == work.merchant_id).order_by(ChangeRow.id.desc())
    ).limit(limit)
    if subject_kind is not None:
        statement = statement.where(ChangeRow.subject_kind == subject_kind)
    if subject_id is not None:
        statement = statement.where(ChangeRow.subject_id == subject_id)
    if work.caller.shop_id is not None:
        of_others = and_(ChangeRow.subject_kind.in_(_PER_SHOP_KINDS), ChangeRow.subject_id != work.caller.shop_id)
        statement = statement.where(not_(of_others))
    if before is not None:
        statement = statement.where(ChangeRow.id < before)
    return (await work.session.execute(statement)).all()


async def list_merchants_named(work: Work, name: str) -> Sequence[UUID]:
    """For the command line: the merchants of this name."""
    statement = select(MerchantRow.id).where(MerchantRow.name == name).order_by(MerchantRow.id)
    return list(await work.session.scalars(statement))
