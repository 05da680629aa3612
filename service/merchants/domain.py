"""Merchants, shops, keys and effective settings as plain values."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

__all__ = [
    "ApiKey", "BankAccount", "Change", "CreditScope", "DefaultLimit", "EffectiveSettings", "LimitKind", "MailSettings",
    "Merchant", "NewSecret", "Shop", "hash_secret", "make_secret", "overlap_end",
]  # fmt: skip

_HINT_LENGTH: Final = 4


class CreditScope(StrEnum):
    """Whether a company has one limit at the merchant, or one at each shop (G14)."""

    MERCHANT = "merchant"
    SHOP = "shop"


class LimitKind(StrEnum):
    """What a limit says (S14). A level that says nothing has no limit at all and inherits from a wider one."""

    NONE = "none"
    AMOUNT = "amount"
    UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True)
class DefaultLimit:
    """The limit of companies that nobody gave another."""

    kind: LimitKind
    amount_minor: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Where buyers transfer money to. IBAN and BIC without spaces."""

    holder: str
    iban: str
    bic: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """In whose name mails are written, who gets copies, and which go out by themselves. None: nobody said.

    `staff_address` is where the merchant's own people read what concerns them; answers go there unless it is said.
    """

    sender_name: str | None
    sender_address: str | None
    reply_to: str | None
    copy_to: str | None
    staff_address: str | None
    automatic: frozenset[str]
    per_minute: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveSettings:
    """What holds in one shop: its own settings, else the merchant's, else the documented default."""

    start_statuses: tuple[str, ...]
    cancel_statuses: tuple[str, ...]
    hold_minutes: int
    credit_scope: CreditScope
    shop_default_limit: DefaultLimit | None
    merchant_default_limit: DefaultLimit | None
    default_terms: str
    allowed_terms: tuple[str, ...]
    business_day_country: str
    business_day_subdivision: str | None
    terms_agreed_in_contract: bool
    show_due_estimates: bool
    bank_account: BankAccount | None
    reminder_policy: str
    mail: MailSettings
    portal_link_days: int
    requester_vat_number: str | None

    def credit_shop_id(self, shop_id: UUID) -> UUID | None:
        """The shop that a credit line of this shop belongs to; None where all shops share one."""
        return shop_id if self.credit_scope is CreditScope.SHOP else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """A tenant. `settings` are as stored, unread."""

    id: UUID
    name: str
    country: str
    currency: str
    time_zone: str
    settings: Mapping[str, Any]
    settings_version: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """One storefront. Both settings are as stored, unread: a broken one must not hide the shop itself."""

    id: UUID
    merchant_id: UUID
    code: str
    name: str
    country: str
    currency: str
    time_zone: str
    language: str
    settings: Mapping[str, Any]
    merchant_settings: Mapping[str, Any]
    settings_version: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What may be known of a key: everything but its secret."""

    id: UUID
    shop_id: UUID | None
    shop_code: str | None
    name: str
    hint: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def is_usable(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the log of changes. `before` and `after` are JSON values."""

    subject_kind: str
    subject_id: UUID
    field: str
    before: Any
    after: Any
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A fresh secret. `text` is shown once and never stored."""

    text: str
    hash: bytes
    hint: str


def make_secret(random_text: str, *, is_shop: bool) -> NewSecret:
    """The prefix says what leaked when a scanner finds one."""
    text = f"enc_{'shop' if is_shop else 'int'}_{random_text}"
    return NewSecret(text=text, hash=hash_secret(text), hint=text[-_HINT_LENGTH:])


def hash_secret(secret: str) -> bytes:
    """Secrets are random and long, so one round of SHA-256 is enough and makes them cheap to look up."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def overlap_end(*, expires_at: datetime | None, now: datetime, overlap: timedelta) -> datetime:
    """When a rotated key stops: after the overlap, and never later than it would have anyway."""
    end = now + overlap
    return end if expires_at is None else min(end, expires_at)
