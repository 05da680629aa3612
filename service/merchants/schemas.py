"""Bodies of the routes about merchants, shops, keys and changes."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from service.infra.schemas import Code, CountryCode, CurrencyCode, InstantText, Language, Line, Page, Schema, Text
from service.infra.work import Scope
from service.merchants.domain import CreditScope
from service.merchants.settings import BankAccountSetting, LimitSetting, MerchantSettings, ShopSettings

__all__ = [
    "ChangeOut", "ChangePage", "EffectiveSettingsOut", "KeyIn", "KeyOut", "KeyPage", "KeyRotation", "MerchantOut", "MerchantPatch", "NewKeyOut", "OwnKeyOut",
    "ShopIn", "ShopOut", "ShopPage", "ShopPatch",
]  # fmt: skip

Name = Annotated[Line, Field(max_length=200)]
TimeZoneName = Annotated[
    Text, Field(max_length=64, description="A name of the IANA time zone database.", examples=["Europe/Paris"])
]
Reason = Annotated[Text, Field(description="Kept in the log of changes.", examples=["Agreed with the bookkeeper"])]


class MerchantOut(Schema):
    """The merchant behind the key. `settings` are as stored; absent ones have their documented default."""

    id: UUID
    name: str
    country: str
    currency: str
    time_zone: str
    settings: dict[str, Any] = Field(description="Settings that were decided; the others have their default.")
    created_at: InstantText


class MerchantPatch(Schema):
    """What to change. A setting given as null goes back to its default."""

    name: Name | None = None
    country: CountryCode | None = None
    currency: CurrencyCode | None = None
    time_zone: TimeZoneName | None = None
    settings: MerchantSettings | None = None
    reason: Reason | None = None


class ShopOut(Schema):
    """A shop. `settings` are its own, as stored."""

    id: UUID
    code: str
    name: str
    country: str
    currency: str
    time_zone: str
    language: str
    settings: dict[str, Any] = Field(description="What this shop decided itself; the rest is the merchant's.")
    created_at: InstantText


class EffectiveSettingsOut(Schema):
    """What holds in a shop: its own settings, else the merchant's, else the documented default."""

    start_statuses: list[str]
    cancel_statuses: list[str]
    hold_minutes: int
    credit_scope: CreditScope
    default_limit: LimitSetting = Field(description="The shop's or the merchant's; `none` where neither decided.")
    default_terms: str
    allowed_terms: list[str]
    business_day_country: str
    business_day_subdivision: str | None
    terms_agreed_in_contract: bool
    show_due_estimates: bool
    bank_account: BankAccountSetting | None
    reminder_policy: str
    mail_sender_name: str = Field(description="The shop's name unless another is set.")
    mail_sender_address: str | None = Field(description="Null: the operator's.")
    mail_reply_to: str | None
    mail_copy_to: str | None
    mail_staff_address: str | None
    mail_per_minute: int | None
    automatic_mails: list[str]
    portal_link_days: int
    requester_vat_number: str | None


class ShopIn(Schema):
    """A new shop. Country, currency and time zone are the merchant's unless given."""

    code: Code
    name: Name
    language: Language = "en"
    country: CountryCode | None = None
    currency: CurrencyCode | None = None
    time_zone: TimeZoneName | None = None
    settings: ShopSettings | None = None


class ShopPatch(Schema):
    """What to change. A setting given as null falls back to the merchant's."""

    name: Name | None = None
    language: Language | None = None
    country: CountryCode | None = None
    currency: CurrencyCode | None = None
    time_zone: TimeZoneName | None = None
    settings: ShopSettings | None = None
    reason: Reason | None = None


class OwnKeyOut(Schema):
    """What a key may know of itself, and of those it acts for."""

    id: UUID
    name: str
    merchant: str = Field(description="Name of the merchant it acts for.", examples=["Dupont Négoce"])
    shop: Code | None = Field(description="Code of the shop it is bound to; null: an integrator's key.")
    scopes: list[Scope]
    expires_at: InstantText | None
    now: InstantText = Field(description="What time the service thinks it is, to compare clocks with.")


class KeyIn(Schema):
    """A new key: of one shop, or without `shop` an integrator's. Without `scopes` it gets all it can have."""

    name: Name
    shop: Code | None = None
    scopes: Annotated[list[Annotated[Scope, Field(strict=False)]], Field(min_length=1, max_length=50)] | None = None
    expires_at: InstantText | None = None


class KeyOut(Schema):
    """A key without its secret; `hint` is the end of it."""

    id: UUID
    name: str
    shop: str | None
    hint: str
    scopes: list[str]
    created_at: InstantText
    expires_at: InstantText | None
    revoked_at: InstantText | None
    last_used_at: InstantText | None


class NewKeyOut(KeyOut):
    """A key with its secret, which only this answer shows. The answer to a repeated request has null there."""

    secret: str | None = Field(examples=["enc_shop_Jx0…"])


class KeyRotation(Schema):
    """How long the old key works beside its successor."""

    overlap_hours: Annotated[int, Field(ge=0, le=24 * 90)] = 24


class ChangeOut(Schema):
    """Who changed what, when and why."""

    id: UUID
    subject_kind: str
    subject_id: UUID
    field: str
    before: Any | None
    after: Any | None
    author: str
    reason: str | None
    changed_at: InstantText


class ShopPage(Page[ShopOut]):
    """One page of shops."""


class KeyPage(Page[KeyOut]):
    """One page of keys."""


class ChangePage(Page[ChangeOut]):
    """One page of the log of changes."""
