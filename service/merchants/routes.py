"""Routes about the merchant behind a key, its shops, its keys and the log of changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from service.core.errors import NotFound
from service.core.paging import encode_cursor
from service.dependencies import Changing, Paging, Reading, changing, identified, reading
from service.infra.problems import problems
from service.infra.work import Scope, Work
from service.merchants import service
from service.merchants.domain import ApiKey, DefaultLimit, EffectiveSettings, LimitKind, Merchant, Shop
from service.merchants.errors import (
    IntegratorKeyRequired,
    KeyAlreadyRevoked,
    ReminderPolicyUnknown,
    ScopesInvalid,
    SettingsBroken,
    ShopCodeTaken,
    TimeZoneUnknown,
)
from service.merchants.schemas import (
    ChangeOut,
    ChangePage,
    EffectiveSettingsOut,
    KeyIn,
    KeyOut,
    KeyPage,
    KeyRotation,
    MerchantOut,
    MerchantPatch,
    NewKeyOut,
    OwnKeyOut,
    ShopIn,
    ShopOut,
    ShopPage,
    ShopPatch,
)
from service.merchants.settings import BankAccountSetting, LimitSetting, ShopSettings

router = APIRouter(prefix="/v1", tags=["merchants"])

ShopCode = Annotated[
    str, Path(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="The shop's code.", examples=["main"])
]
_PLACE_FIELDS = {"name", "language", "country", "currency", "time_zone"}


@router.get("/merchant", response_model=MerchantOut)
async def show_merchant(edge: Annotated[Reading, reading(Scope.POLICY_READ)]) -> MerchantOut:
    """Show the merchant that the key belongs to."""

    async def use_case(work: Work) -> MerchantOut:
        return _merchant_out(await service.get_merchant(work))

    return await edge.read(use_case)


@router.patch(
    "/merchant",
    response_model=MerchantOut,
    responses=problems(IntegratorKeyRequired, ReminderPolicyUnknown, SettingsBroken, TimeZoneUnknown),
)
async def change_merchant(body: MerchantPatch, edge: Annotated[Changing, changing(Scope.POLICY_WRITE)]) -> Response:
    """Change the merchant's name, place or settings, for all its shops. Not for a shop's key."""

    async def use_case(work: Work) -> MerchantOut:
        fields = body.model_dump(include=_PLACE_FIELDS, exclude_none=True)
        merchant = await service.update_merchant(work, fields=fields, settings=body.settings, reason=body.reason)
        await _check_settings(edge, work, body.settings)
        return _merchant_out(merchant)

    return await edge.change(use_case)


@router.get("/shops", response_model=ShopPage)
async def list_shops(
    edge: Annotated[Reading, reading(Scope.POLICY_READ)], paging: Annotated[Paging, Depends()]
) -> ShopPage:
    """List the shops the key acts for: its own, or all of the merchant for an integrator."""

    async def use_case(work: Work) -> ShopPage:
        shops = await service.list_shops(work, before=paging.before, limit=paging.limit)
        return ShopPage(items=[_shop_out(shop) for shop in shops], next_cursor=_next_cursor(shops, paging))

    return await edge.read(use_case)


@router.post(
    "/shops",
    status_code=201,
    response_model=ShopOut,
    responses=problems(IntegratorKeyRequired, ReminderPolicyUnknown, ShopCodeTaken, TimeZoneUnknown),
)
async def create_shop(body: ShopIn, edge: Annotated[Changing, changing(Scope.POLICY_WRITE)]) -> Response:
    """Open another shop of the merchant. Not for a shop's key."""

    async def use_case(work: Work) -> ShopOut:
        defaults = body.model_dump(include={"country", "currency", "time_zone"}, exclude_none=True)
        shop = await service.create_shop(
            work,
            code=body.code,
            name=body.name,
            language=body.language,
            defaults=defaults,
            settings=body.settings,
        )
        await _check_settings(edge, work, body.settings)
        return _shop_out(shop)

    return await edge.change(use_case, status=201)


@router.get("/shops/{code}", response_model=ShopOut)
async def show_shop(code: ShopCode, edge: Annotated[Reading, reading(Scope.POLICY_READ)]) -> ShopOut:
    """Show a shop."""

    async def use_case(work: Work) -> ShopOut:
        return _shop_out(await service.resolve_shop(work, code))

    return await edge.read(use_case)


@router.get("/shops/{code}/settings", response_model=EffectiveSettingsOut, responses=problems(SettingsBroken))
async def show_effective_settings(
    code: ShopCode, edge: Annotated[Reading, reading(Scope.POLICY_READ)]
) -> EffectiveSettingsOut:
    """Show what holds in a shop. While stored settings are broken, the shop offers no terms, and this says why."""

    async def use_case(work: Work) -> EffectiveSettingsOut:
        shop = await service.resolve_shop(work, code)
        return _settings_out(shop, service.settings_of(shop))

    return await edge.read(use_case)


@router.patch(
    "/shops/{code}", response_model=ShopOut, responses=problems(ReminderPolicyUnknown, SettingsBroken, TimeZoneUnknown)
)
async def change_shop(
    code: ShopCode, body: ShopPatch, edge: Annotated[Changing, changing(Scope.POLICY_WRITE)]
) -> Response:
    """Change a shop's name, place or settings. Orders that exist keep what they were placed with."""

    async def use_case(work: Work) -> ShopOut:
        fields = body.model_dump(include=_PLACE_FIELDS, exclude_none=True)
        shop = await service.update_shop(work, code, fields=fields, settings=body.settings, reason=body.reason)
        await _check_settings(edge, work, body.settings)
        return _shop_out(shop)

    return await edge.change(use_case)


@router.get("/key", response_model=OwnKeyOut)
async def show_own_key(edge: Annotated[Reading, identified()]) -> OwnKeyOut:
    """Show what the key that asks may do, for whom and until when. Every key may ask."""

    async def use_case(work: Work) -> OwnKeyOut:
        key, merchant = await service.get_own_key(work), await service.get_merchant(work)
        return OwnKeyOut(
            id=key.id,
            name=key.name,
            merchant=merchant.name,
            shop=key.shop_code,
            scopes=[Scope(scope) for scope in key.scopes],
            expires_at=key.expires_at,
            now=work.now,
        )

    return await edge.read(use_case)


@router.get("/keys", response_model=KeyPage)
async def list_keys(
    edge: Annotated[Reading, reading(Scope.KEYS_WRITE)], paging: Annotated[Paging, Depends()]
) -> KeyPage:
    """List all keys of the merchant, also those that ended."""

    async def use_case(work: Work) -> KeyPage:
        keys = await service.list_keys(work, before=paging.before, limit=paging.limit)
        return KeyPage(items=[_key_out(key) for key in keys], next_cursor=_next_cursor(keys, paging))

    return await edge.read(use_case)


@router.post(
    "/keys",
    status_code=201,
    response_model=NewKeyOut,
    responses=problems(IntegratorKeyRequired, NotFound, ScopesInvalid),
)
async def create_key(body: KeyIn, edge: Annotated[Changing, changing(Scope.KEYS_WRITE)]) -> Response:
    """Make a key. Its secret is in this answer and nowhere else."""

    async def use_case(work: Work) -> NewKeyOut:
        key, secret = await service.create_key(
            work, name=body.name, shop_code=body.shop, scopes=body.scopes, expires_at=body.expires_at
        )
        return _new_key_out(key, secret)

    return await edge.change(use_case, status=201, shown_once=frozenset({"secret"}))


@router.post("/keys/{key_id}/rotate", status_code=201, response_model=NewKeyOut, responses=problems(KeyAlreadyRevoked))
async def rotate_key(
    key_id: UUID, body: KeyRotation, edge: Annotated[Changing, changing(Scope.KEYS_WRITE)]
) -> Response:
    """Make a successor with the same rights; the old key works beside it until the overlap ends."""

    async def use_case(work: Work) -> NewKeyOut:
        key, secret = await service.rotate_key(work, key_id, overlap=timedelta(hours=body.overlap_hours))
        return _new_key_out(key, secret)

    return await edge.change(use_case, status=201, shown_once=frozenset({"secret"}))


@router.delete("/keys/{key_id}", status_code=204)
async def revoke_key(key_id: UUID, edge: Annotated[Changing, changing(Scope.KEYS_WRITE)]) -> Response:
    """End a key at once."""

    async def use_case(work: Work) -> None:
        await service.revoke_key(work, key_id)

    return await edge.change(use_case)


@router.get("/changes", response_model=ChangePage)
async def list_changes(
    edge: Annotated[Reading, reading(Scope.POLICY_READ)],
    paging: Annotated[Paging, Depends()],
    subject_kind: Annotated[
        str | None, Query(max_length=32, pattern=r"^[a-z_]+$", description="What changed.", examples=["shop"])
    ] = None,
    subject_id: Annotated[UUID | None, Query(description="Which one.")] = None,
) -> ChangePage:
    """List who changed which setting, limit or override, when and why."""

    async def use_case(work: Work) -> ChangePage:
        rows = await service.list_changes(
            work, subject_kind=subject_kind, subject_id=subject_id, before=paging.before, limit=paging.limit
        )
        items = [ChangeOut(**{name: row._mapping[name] for name in ChangeOut.model_fields}) for row in rows]
        return ChangePage(items=items, next_cursor=_next_cursor(rows, paging))

    return await edge.read(use_case)


async def _check_settings(edge: Changing, work: Work, settings: ShopSettings | None) -> None:
    """After the change, whose lock keeps away whoever would take away what was chosen; a refusal undoes both."""
    if settings is not None:
        await edge.context.check_settings(work, settings)


def _next_cursor(rows: Sequence[Any], paging: Paging) -> str | None:
    return encode_cursor(rows[-1].id) if len(rows) == paging.limit else None


def _merchant_out(merchant: Merchant) -> MerchantOut:
    return MerchantOut(
        id=merchant.id,
        name=merchant.name,
        country=merchant.country,
        currency=merchant.currency,
        time_zone=merchant.time_zone,
        settings=dict(merchant.settings),
        created_at=merchant.created_at,
    )


def _shop_out(shop: Shop) -> ShopOut:
    return ShopOut(
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


def _settings_out(shop: Shop, settings: EffectiveSettings) -> EffectiveSettingsOut:
    limit = settings.shop_default_limit or settings.merchant_default_limit or DefaultLimit(LimitKind.NONE)
    account = settings.bank_account
    return EffectiveSettingsOut(
        start_statuses=list(settings.start_statuses),
        cancel_statuses=list(settings.cancel_statuses),
        hold_minutes=settings.hold_minutes,
        credit_scope=settings.credit_scope,
        default_limit=LimitSetting.from_domain(limit),
        default_terms=settings.default_terms,
        allowed_terms=list(settings.allowed_terms),
        business_day_country=settings.business_day_country,
        business_day_subdivision=settings.business_day_subdivision,
        terms_agreed_in_contract=settings.terms_agreed_in_contract,
        show_due_estimates=settings.show_due_estimates,
        bank_account=None if account is None else BankAccountSetting(**asdict(account)),
        reminder_policy=settings.reminder_policy,
        mail_sender_name=settings.mail.sender_name or shop.name,
        mail_sender_address=settings.mail.sender_address,
        mail_reply_to=settings.mail.reply_to,
        mail_copy_to=settings.mail.copy_to,
        mail_staff_address=settings.mail.staff_address,
        mail_per_minute=settings.mail.per_minute,
        automatic_mails=sorted(settings.mail.automatic),
        portal_link_days=settings.portal_link_days,
        requester_vat_number=settings.requester_vat_number,
    )


def _key_fields(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "shop": key.shop_code,
        "hint": key.hint,
        "scopes": list(key.scopes),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    }


def _key_out(key: ApiKey) -> KeyOut:
    return KeyOut(**_key_fields(key))


def _new_key_out(key: ApiKey, secret: str) -> NewKeyOut:
    return NewKeyOut(**_key_fields(key), secret=secret)
