"""What a merchant or a shop can decide, strictly typed, and how both make what holds in one shop."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Final, Literal, Self, TypeVar

import holidays
from pydantic import AfterValidator, Field, StringConstraints, ValidationError, field_validator, model_validator
from stdnum import bic as bics
from stdnum import iban as ibans

from service.core.errors import ServiceError
from service.core.mail_addresses import to_plain_address
from service.core.money import format_amount, parse_amount
from service.infra.schemas import AmountText, Code, CountryCode, CurrencyCode, Line, Schema, Text
from service.merchants.domain import (
    BankAccount,
    CreditScope,
    DefaultLimit,
    EffectiveSettings,
    LimitKind,
    MailSettings,
    Shop,
)
from service.merchants.errors import SettingsBroken

__all__ = ["BankAccountSetting", "LimitSetting", "MerchantSettings", "ShopSettings", "effective_settings"]

DEFAULT_START_STATUSES: Final = ("shipped", "delivered", "completed")
DEFAULT_CANCEL_STATUSES: Final = ("cancelled",)
DEFAULT_HOLD_MINUTES: Final = 60
DEFAULT_TERMS: Final = "net_30"
DEFAULT_REMINDER_POLICY: Final = "none"
DEFAULT_PORTAL_LINK_DAYS: Final = 60
# Sent when something happens, unless a merchant says otherwise. Reminders have policies of their own.
DEFAULT_AUTOMATIC_MAILS: Final = ("order_accepted", "due_date_fixed", "credit_changed", "payment_received")
AutomaticMail = Literal["order_accepted", "due_date_fixed", "credit_changed", "payment_received"]

Statuses = Annotated[list[Code], Field(min_length=1, max_length=50)]


class LimitSetting(Schema):
    """A credit limit. `none` gives no credit; only `amount` has an amount and a currency."""

    kind: Annotated[LimitKind, Field(strict=False)]
    amount: AmountText | None = None
    currency: CurrencyCode | None = None

    @model_validator(mode="after")
    def _require_amount(self) -> LimitSetting:
        if (self.kind is LimitKind.AMOUNT) != (self.amount is not None) or (self.amount is None) != (
            self.currency is None
        ):
            raise ValueError("an amount and its currency belong to the kind `amount`, and only to it")
        if self.amount is not None and self.currency is not None:
            try:
                minor = parse_amount(self.amount, self.currency)
            except ServiceError as error:
                raise ValueError(error.title) from None
            if minor < 0:
                raise ValueError("a limit is not negative")
        return self

    def to_domain(self) -> DefaultLimit:
        if self.amount is None or self.currency is None:
            return DefaultLimit(kind=self.kind)
        return DefaultLimit(self.kind, parse_amount(self.amount, self.currency), self.currency)

    @classmethod
    def from_domain(cls, limit: DefaultLimit) -> LimitSetting:
        if limit.amount_minor is None or limit.currency is None:
            return cls.model_validate({"kind": limit.kind})
        amount = format_amount(limit.amount_minor, limit.currency)
        return cls.model_validate({"kind": limit.kind, "amount": amount, "currency": limit.currency})


class BankAccountSetting(Schema):
    """The account that buyers transfer money to, as it is printed on invoices and in mails."""

    holder: Annotated[Line, Field(max_length=70, examples=["Dupont Négoce SAS"])]
    iban: Annotated[
        str,
        StringConstraints(max_length=64),
        Field(
            description="Kept without spaces. Country, length and check digits have to fit (ISO 13616).",
            examples=["FR7630006000011234567890189"],
        ),
    ]
    bic: Annotated[
        str | None, Field(description="Of the bank (ISO 9362); needed outside the EEA only.", examples=["AGRIFRPP"])
    ] = None

    @field_validator("iban")
    @classmethod
    def _require_valid_iban(cls, iban: str) -> str:
        # The lists of bank codes by country that could be asked as well do not know every bank that exists.
        if not ibans.is_valid(iban, check_country=False):
            raise ValueError("is not a valid IBAN")
        return str(ibans.compact(iban))

    @field_validator("bic")
    @classmethod
    def _require_valid_bic(cls, bic: str | None) -> str | None:
        if bic is None:
            return None
        if not bics.is_valid(bic):
            raise ValueError("is not a valid BIC")
        return str(bics.compact(bic))

    def to_domain(self) -> BankAccount:
        return BankAccount(holder=self.holder, iban=self.iban, bic=self.bic)


def _require_mail_address(address: str) -> str:
    wire = to_plain_address(address)
    if wire is None:
        raise ValueError("is not an address that mails can be sent to")
    return wire


MailAddress = Annotated[str, StringConstraints(max_length=254), AfterValidator(_require_mail_address)]


class ShopSettings(Schema):
    """What a shop decides for itself. What is absent or null falls back to the merchant's value, then to the default."""

    start_statuses: Statuses | None = Field(
        default=None,
        description="Order statuses, as the shop names them, whose first arrival fixes the due date. "
        f"Default: {', '.join(DEFAULT_START_STATUSES)}.",
        examples=[["shipped"]],
    )
    cancel_statuses: Annotated[list[Code], Field(max_length=50)] | None = Field(
        default=None,
        description=f"Order statuses that cancel an order. Default: {', '.join(DEFAULT_CANCEL_STATUSES)}.",
        examples=[["cancelled"]],
    )
    hold_minutes: Annotated[int, Field(ge=1, le=10_080)] | None = Field(
        default=None,
        description="How long a hold reserves credit before an order is attached. "
        f"Default: {DEFAULT_HOLD_MINUTES} minutes, at most a week.",
        examples=[60],
    )
    default_limit: LimitSetting | None = Field(
        default=None, description="The limit of companies without one of their own. Default: none, so no credit."
    )
    default_terms: Code | None = Field(
        default=None, description=f"Code of the payment terms used unless chosen otherwise. Default: {DEFAULT_TERMS}."
    )
    allowed_terms: Annotated[list[Code], Field(min_length=1, max_length=50)] | None = Field(
        default=None,
        description="Codes of the terms a buyer may choose from. Default: the default terms only.",
        examples=[["net_30", "net_60"]],
    )
    business_day_country: CountryCode | None = Field(
        default=None, description="Whose public holidays move a due date. Default: the shop's country."
    )
    business_day_subdivision: Code | None = Field(
        default=None, description="Region within that country, as ISO 3166-2 names it after the dash.", examples=["75"]
    )
    terms_agreed_in_contract: bool | None = Field(
        default=None,
        description="Whether longer terms are agreed in a contract, which the legal maximum may depend on. Default: no.",
    )
    show_due_estimates: bool | None = Field(
        default=None, description="Whether buyers see a due date before it is fixed. Default: yes."
    )
    bank_account: BankAccountSetting | None = Field(
        default=None, description="Where buyers transfer money to. Default: none, so nothing is printed."
    )
    reminder_policy: Code | None = Field(
        default=None,
        description="Code of the dunning policy: `gentle`, `standard`, `firm`, `none`, or one of your own that exists. "
        f"Default: {DEFAULT_REMINDER_POLICY}.",
        examples=["standard"],
    )
    mail_sender_name: Annotated[Line, Field(max_length=100)] | None = Field(
        default=None, description="Name that mails come from. Default: the shop's.", examples=["Dupont Négoce"]
    )
    mail_sender_address: MailAddress | None = Field(
        default=None,
        description="Address that mails come from; needs a mail server of the merchant's own. Default: the operator's.",
        examples=["accounts@dupont.example"],
    )
    mail_reply_to: MailAddress | None = Field(
        default=None,
        description="Where answers to mails go. Default: the sender's address.",
        examples=["accounts@dupont.example"],
    )
    mail_copy_to: MailAddress | None = Field(
        default=None, description="Member of staff who gets a copy of every mail to a company. Default: nobody."
    )
    mail_staff_address: MailAddress | None = Field(
        default=None,
        description="Where the daily digest and the copies of final demands go. Default: where answers go.",
        examples=["credit@dupont.example"],
    )
    automatic_mails: Annotated[list[AutomaticMail], Field(max_length=10)] | None = Field(
        default=None,
        description="Mails that go out by themselves when something happens. Default: all of them.",
        examples=[["order_accepted", "payment_received"]],
    )

    portal_link_days: Annotated[int, Field(ge=0, le=730)] | None = Field(
        default=None,
        description="How many days a link to a company's account works, from when it was made; also for links that are "
        f"out. 0: mails have no links, and none works. Default: {DEFAULT_PORTAL_LINK_DAYS}.",
        examples=[60],
    )

    @model_validator(mode="after")
    def _require_holiday_calendar(self) -> Self:
        if self.business_day_country is not None:
            regions = _holiday_regions().get(self.business_day_country)
            if regions is None:
                raise ValueError("no calendar of public holidays is known for `business_day_country`")
            if self.business_day_subdivision is not None and self.business_day_subdivision not in regions:
                raise ValueError("`business_day_subdivision` is no region of `business_day_country`")
        return self


@cache
def _holiday_regions() -> Mapping[str, frozenset[str]]:
    known = holidays.list_supported_countries(include_aliases=False)
    return {country: frozenset(regions) for country, regions in known.items()}


class MerchantSettings(ShopSettings):
    """What a merchant decides for all shops."""

    mail_per_minute: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None, description="How many mails are sent in a minute at most. Default: no limit.", examples=[60]
    )
    credit_scope: Annotated[CreditScope, Field(strict=False)] | None = Field(
        default=None, description="One limit per company over all shops, or one at each shop. Default: merchant."
    )
    requester_vat_number: Text | None = Field(
        default=None,
        description="The merchant's own VAT number, given to the registry as proof of who checked.",
        examples=["FR40303265045"],
    )


Settings = TypeVar("Settings", bound=ShopSettings)


def parse_settings(kind: type[Settings], stored: Mapping[str, Any], *, of: str) -> Settings:
    """Stored settings as values; raises SettingsBroken when any of them is unknown or impossible."""
    try:
        return kind.model_validate(stored)
    except ValidationError as error:
        fields = sorted({str(each["loc"][0])[:64] if each["loc"] else "(all)" for each in error.errors()})
        raise SettingsBroken(settings_of=of, fields=fields) from None


def effective_settings(shop: Shop) -> EffectiveSettings:
    """What holds in this shop. Raises SettingsBroken: then the payment method is withheld there."""
    own = parse_settings(ShopSettings, shop.settings, of="shop")
    merchant = parse_settings(MerchantSettings, shop.merchant_settings, of="merchant")

    def pick(name: str, default: Any) -> Any:
        for settings in (own, merchant):
            value = getattr(settings, name)
            if value is not None:
                return value
        return default

    default_terms = pick("default_terms", DEFAULT_TERMS)
    return EffectiveSettings(
        start_statuses=tuple(pick("start_statuses", DEFAULT_START_STATUSES)),
        cancel_statuses=tuple(pick("cancel_statuses", DEFAULT_CANCEL_STATUSES)),
        hold_minutes=pick("hold_minutes", DEFAULT_HOLD_MINUTES),
        credit_scope=CreditScope(merchant.credit_scope or CreditScope.MERCHANT),
        shop_default_limit=own.default_limit.to_domain() if own.default_limit else None,
        merchant_default_limit=merchant.default_limit.to_domain() if merchant.default_limit else None,
        default_terms=default_terms,
        allowed_terms=tuple(pick("allowed_terms", (default_terms,))),
        business_day_country=pick("business_day_country", shop.country),
        business_day_subdivision=_subdivision(own, merchant),
        terms_agreed_in_contract=pick("terms_agreed_in_contract", default=False),
        show_due_estimates=pick("show_due_estimates", default=True),
        bank_account=bank_account.to_domain() if (bank_account := pick("bank_account", None)) else None,
        reminder_policy=pick("reminder_policy", DEFAULT_REMINDER_POLICY),
        mail=MailSettings(
            sender_name=pick("mail_sender_name", None),
            sender_address=pick("mail_sender_address", None),
            reply_to=pick("mail_reply_to", None),
            copy_to=pick("mail_copy_to", None),
            staff_address=pick("mail_staff_address", None) or pick("mail_reply_to", None),
            automatic=frozenset(pick("automatic_mails", DEFAULT_AUTOMATIC_MAILS)),
            per_minute=merchant.mail_per_minute,
        ),
        portal_link_days=pick("portal_link_days", DEFAULT_PORTAL_LINK_DAYS),
        requester_vat_number=merchant.requester_vat_number,
    )


def _subdivision(own: ShopSettings, merchant: MerchantSettings) -> str | None:
    """A region belongs to the country beside it: a shop that names another country does not inherit the region."""
    if own.business_day_country is not None or own.business_day_subdivision is not None:
        return own.business_day_subdivision
    return merchant.business_day_subdivision
