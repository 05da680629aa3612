"""What holds in a shop: its own settings, else the merchant's, else the documented default; broken ones withhold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from service.merchants.domain import BankAccount, CreditScope, DefaultLimit, LimitKind, Shop
from service.merchants.errors import SettingsBroken
from service.merchants.schemas import ShopPatch
from service.merchants.settings import LimitSetting, MerchantSettings, ShopSettings, effective_settings


def shop_with(own: dict[str, Any] | None = None, merchant: dict[str, Any] | None = None) -> Shop:
    return Shop(
        id=uuid4(),
        merchant_id=uuid4(),
        code="main",
        name="Main",
        country="BE",
        currency="EUR",
        time_zone="Europe/Brussels",
        language="fr",
        settings=own or {},
        merchant_settings=merchant or {},
        settings_version=1,
        created_at=datetime(2026, 3, 2, tzinfo=UTC),
    )


class TestNames:
    @pytest.mark.parametrize("character", ["\n", "\r", "\t", "\x00", "\x7f", "\x85", "\u2028"])
    def test_that_stand_in_a_header_or_a_payment_code_are_one_line(self, character: str):
        name = f"Dupont{character}Bcc: all@dupont.example"
        with pytest.raises(ValidationError):
            ShopSettings.model_validate({"mail_sender_name": name})
        with pytest.raises(ValidationError):
            ShopSettings.model_validate({"bank_account": {"holder": name, "iban": "BE68539007547034"}})
        with pytest.raises(ValidationError):
            ShopPatch.model_validate({"name": name})

    def test_may_have_any_letters(self):
        name = "Ľubomír & Söhne – 東京"
        assert ShopSettings.model_validate({"mail_sender_name": f" {name}\n"}).mail_sender_name == name


class TestEffectiveSettings:
    def test_defaults_give_no_credit_and_thirty_days(self):
        settings = effective_settings(shop_with())
        assert settings.start_statuses == ("shipped", "delivered", "completed")
        assert settings.cancel_statuses == ("cancelled",)
        assert settings.hold_minutes == 60
        assert settings.credit_scope is CreditScope.MERCHANT
        assert (settings.shop_default_limit, settings.merchant_default_limit) == (None, None)
        assert (settings.default_terms, settings.allowed_terms) == ("net_30", ("net_30",))
        assert (settings.business_day_country, settings.business_day_subdivision) == ("BE", None)
        assert (settings.terms_agreed_in_contract, settings.show_due_estimates) == (False, True)
        assert (settings.bank_account, settings.reminder_policy) == (None, "none")

    def test_shop_beats_merchant_field_by_field(self):
        settings = effective_settings(
            shop_with(
                {"hold_minutes": 5, "show_due_estimates": False, "cancel_statuses": []},
                {"hold_minutes": 90, "default_terms": "net_45", "cancel_statuses": ["void"]},
            )
        )
        assert (settings.hold_minutes, settings.default_terms) == (5, "net_45")
        assert settings.allowed_terms == ("net_45",)
        assert settings.show_due_estimates is False
        assert settings.cancel_statuses == ()

    def test_limits_of_both_are_kept_apart(self):
        settings = effective_settings(
            shop_with(
                {"default_limit": {"kind": "amount", "amount": "500.50", "currency": "EUR"}},
                {"default_limit": {"kind": "unlimited"}},
            )
        )
        assert settings.shop_default_limit == DefaultLimit(LimitKind.AMOUNT, 50_050, "EUR")
        assert settings.merchant_default_limit == DefaultLimit(LimitKind.UNLIMITED)

    @pytest.mark.parametrize(
        ("own", "merchant", "expected"),
        [
            ({}, {"business_day_country": "DE", "business_day_subdivision": "BY"}, ("DE", "BY")),
            ({"business_day_subdivision": "VLG"}, {}, ("BE", "VLG")),
            (
                {"business_day_country": "FR"},
                {"business_day_country": "DE", "business_day_subdivision": "BY"},
                ("FR", None),
            ),
        ],
    )
    def test_a_region_stays_with_its_country(self, own: dict[str, Any], merchant: dict[str, Any], expected: object):
        settings = effective_settings(shop_with(own, merchant))
        assert (settings.business_day_country, settings.business_day_subdivision) == expected

    def test_a_line_belongs_to_the_shop_only_where_each_shop_has_its_own(self):
        shop = shop_with()
        assert effective_settings(shop).credit_shop_id(shop.id) is None
        per_shop = effective_settings(shop_with(merchant={"credit_scope": "shop"}))
        assert per_shop.credit_shop_id(shop.id) == shop.id

    @pytest.mark.parametrize(
        ("own", "merchant", "of", "fields"),
        [
            ({"hold_minutes": 0}, {}, "shop", ["hold_minutes"]),
            ({"hold_minutes": "60"}, {}, "shop", ["hold_minutes"]),
            ({"from_the_future": 1, "start_statuses": []}, {}, "shop", ["from_the_future", "start_statuses"]),
            ({"credit_scope": "shop"}, {}, "shop", ["credit_scope"]),
            ({"business_day_country": "ZZ"}, {}, "shop", ["(all)"]),
            ({"business_day_country": "FR", "business_day_subdivision": "BY"}, {}, "shop", ["(all)"]),
            ({}, {"credit_scope": "galaxy"}, "merchant", ["credit_scope"]),
            (
                {},
                {"default_limit": {"kind": "amount", "amount": "5.001", "currency": "EUR"}},
                "merchant",
                ["default_limit"],
            ),
        ],
    )
    def test_unknown_or_impossible_stored_settings_are_broken(
        self, own: dict[str, Any], merchant: dict[str, Any], of: str, fields: list[str]
    ):
        with pytest.raises(SettingsBroken) as caught:
            effective_settings(shop_with(own, merchant))
        assert caught.value.facts == {"settings_of": of, "fields": fields}


class TestLimitSetting:
    @pytest.mark.parametrize(
        "limit",
        [
            {"kind": "none"},
            {"kind": "unlimited"},
            {"kind": "amount", "amount": "0", "currency": "EUR"},
            {"kind": "amount", "amount": "1500", "currency": "JPY"},
        ],
    )
    def test_survives_the_way_through_the_domain(self, limit: dict[str, Any]):
        parsed = LimitSetting.model_validate(limit)
        assert LimitSetting.from_domain(parsed.to_domain()).to_domain() == parsed.to_domain()

    @pytest.mark.parametrize(
        "limit",
        [
            {"kind": "amount"},
            {"kind": "amount", "amount": "5.00"},
            {"kind": "none", "amount": "5.00", "currency": "EUR"},
            {"kind": "unlimited", "currency": "EUR"},
            {"kind": "amount", "amount": "-1.00", "currency": "EUR"},
            {"kind": "amount", "amount": "5.5", "currency": "JPY"},
            {"kind": "amount", "amount": "5.00", "currency": "XXX"},
            {"kind": "amount", "amount": 5, "currency": "EUR"},
            {"kind": "everything"},
        ],
    )
    def test_says_what_an_amount_means_or_is_refused(self, limit: dict[str, Any]):
        with pytest.raises(ValidationError):
            LimitSetting.model_validate(limit)


class TestBankAccount:
    def test_is_kept_without_spaces(self):
        settings = effective_settings(
            shop_with(
                {"bank_account": {"holder": "Dupont", "iban": "fr76 3000 6000 0112 3456 7890 189", "bic": "agrifrpp"}}
            )
        )
        assert settings.bank_account == BankAccount("Dupont", "FR7630006000011234567890189", "AGRIFRPP")

    def test_of_the_merchant_is_a_shop_s_too(self):
        account = {"holder": "Dupont", "iban": "BE68539007547034"}
        settings = effective_settings(shop_with({}, {"bank_account": account}))
        assert settings.bank_account == BankAccount("Dupont", "BE68539007547034", None)

    @pytest.mark.parametrize(
        "account",
        [
            {"holder": "Dupont"},
            {"holder": "", "iban": "BE68539007547034"},
            {"holder": "Dupont", "iban": "BE68539007547035"},
            {"holder": "Dupont", "iban": "BE6853900754703"},
            {"holder": "Dupont", "iban": "ZZ68539007547034"},
            {"holder": "Dupont", "iban": "BE68539007547034", "bic": "AGRI"},
        ],
    )
    def test_that_no_bank_would_accept_is_refused(self, account: dict[str, Any]):
        with pytest.raises(ValidationError):
            ShopSettings.model_validate({"bank_account": account})


class TestSchemas:
    def test_a_merchant_may_decide_all_that_a_shop_may(self):
        assert set(ShopSettings.model_fields) < set(MerchantSettings.model_fields)
