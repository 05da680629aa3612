"""Reading VAT numbers, the offline check, and when the registry is asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.companies.vat import (
    VIES_PREFIXES,
    OfflineVatCheck,
    VatCheckResult,
    VatNumber,
    VatReason,
    VatSource,
    VatStatus,
    check_vat_offline,
    compact_vat_text,
    next_check_at,
    standing_vat_check,
)

CHECKED_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

ONE_PER_VIES_PREFIX = [
    "ATU13585627", "BE0428759497", "BG175074752", "CY10259033P", "CZ25123891", "DE136695976", "DK13585628",
    "EE100931558", "EL094259216", "ESB58378431", "FI20774740", "FR40303265045", "HR33392005961", "HU12892312",
    "IE6433435F", "IT00743110157", "LT119511515", "LU15027442", "LV40003521600", "MT11679112", "NL004495445B01",
    "PL5260001246", "PT501964843", "RO18547290", "SE123456789701", "SI50223054", "SK2022749619", "XI980780684",
]  # fmt: skip


def result(status: VatStatus, *, checked_at: datetime = CHECKED_AT) -> VatCheckResult:
    reason = VatReason.REGISTRY_UNAVAILABLE if status is VatStatus.UNKNOWN else None
    return VatCheckResult(status=status, checked_at=checked_at, source=VatSource.VIES, reason_code=reason)


class TestCheckVatOffline:
    @pytest.mark.parametrize("text", ONE_PER_VIES_PREFIX)
    def test_well_formed_numbers_of_the_registry_are_unknown_until_it_is_asked(self, text):
        expected = VatNumber(text[:2], text[2:])
        assert check_vat_offline(text, country=expected.country) == OfflineVatCheck(
            status=VatStatus.UNKNOWN, number=expected, reason_code=VatReason.NOT_YET_CHECKED
        )

    def test_the_samples_leave_no_member_state_out(self):
        assert {text[:2] for text in ONE_PER_VIES_PREFIX} == VIES_PREFIXES

    @pytest.mark.parametrize("text", ONE_PER_VIES_PREFIX)
    def test_reads_the_national_form_by_the_company_country(self, text):
        country = VatNumber(text[:2], text[2:]).country
        # Northern Ireland shares its form with Great Britain, so only the written prefix can tell it.
        expected = text.replace("XI", "GB")
        assert str(check_vat_offline(text[2:], country=country).number) == expected

    @pytest.mark.parametrize(
        ("typed", "country", "canonical"),
        [
            ("FR 40 303 265 045", "FR", "FR40303265045"),
            ("fr40-303.265.045", "FR", "FR40303265045"),
            ("ＦＲ４０３０３２６５０４５", "FR", "FR40303265045"),
            ("FR\u00a040\u202f303\u200b265045", "FR", "FR40303265045"),
            ("GR094259216", "GR", "EL094259216"),
            ("el 094259216", "GR", "EL094259216"),
            ("BE (0)428.759.497", "BE", "BE0428759497"),
            ("BE 428.759.497", "BE", "BE0428759497"),
            ("NL4495445B01", "NL", "NL004495445B01"),
            ("CHE-107.787.577 MWST", "CH", "CHE107787577"),
            ("CHE-107.787.577 TVA", "CH", "CHE107787577"),
            ("CHE107787577", "LI", "CHE107787577"),
            ("NO 995 525 828 MVA", "NO", "NO995525828MVA"),
            ("995525828", "NO", "NO995525828MVA"),
            ("UK 980 7806 84", "GB", "GB980780684"),
            ("GB980780684", "IM", "GB980780684"),
            ("40303265045", "MC", "FR40303265045"),
            ("40303265045", "RE", "FR40303265045"),
        ],
    )
    def test_one_number_however_it_is_typed(self, typed, country, canonical):
        assert str(check_vat_offline(typed, country=country).number) == canonical

    def test_a_written_prefix_wins_over_the_company_country(self):
        assert check_vat_offline("DE136695976", country="FR").number == VatNumber("DE", "136695976")

    @pytest.mark.parametrize("national", ["FR300000007", "DK300000072"])
    def test_a_french_key_of_two_letters_is_not_taken_for_a_prefix(self, national):
        expected = VatNumber("FR", national)
        assert check_vat_offline(national, country="FR").number == expected
        assert check_vat_offline(f"FR{national}", country="FR").number == expected

    @pytest.mark.parametrize("text", ["GB980780684", "CHE107787577MWST", "NO995525828MVA"])
    def test_countries_outside_the_registry_stay_unknown(self, text):
        check = check_vat_offline(text, country=text[:2])
        assert check.status is VatStatus.UNKNOWN
        assert check.number is not None
        assert not check.number.is_in_vies
        assert check.reason_code is VatReason.REGISTRY_NOT_COVERED

    @pytest.mark.parametrize(("text", "country"), [("12-3456789", "US"), ("DEBX901212AB1", "MX")])
    def test_a_tax_id_of_an_unknown_form_is_not_called_invalid(self, text, country):
        assert check_vat_offline(text, country=country) == OfflineVatCheck(
            status=VatStatus.UNKNOWN, reason_code=VatReason.REGISTRY_NOT_COVERED
        )

    @pytest.mark.parametrize("text", [None, "", "   ", "---", "\x00\t"])
    def test_nothing_typed_is_absent(self, text):
        assert check_vat_offline(text, country="FR") == OfflineVatCheck(status=VatStatus.ABSENT)

    @pytest.mark.parametrize(
        ("text", "country", "reason"),
        [
            ("FR41303265045", "FR", VatReason.NUMBER_CHECKSUM_WRONG),
            ("NL123456789B12", "NL", VatReason.NUMBER_CHECKSUM_WRONG),
            ("GR123456780", "GR", VatReason.NUMBER_CHECKSUM_WRONG),
            ("CHE107787578", "CH", VatReason.NUMBER_CHECKSUM_WRONG),
            ("FR4030326504", "FR", VatReason.NUMBER_MALFORMED),
            ("FR", "FR", VatReason.NUMBER_MALFORMED),
            ("pending", "DE", VatReason.NUMBER_MALFORMED),
            ("FR٤٠٣٠٣٢٦٥٠٤٥", "FR", VatReason.NUMBER_MALFORMED),
            ("FR" + "4" * 1_000_000, "FR", VatReason.NUMBER_MALFORMED),
        ],
    )
    def test_what_cannot_exist_is_invalid_and_says_why(self, text, country, reason):
        assert check_vat_offline(text, country=country) == OfflineVatCheck(status=VatStatus.INVALID, reason_code=reason)

    @given(
        text=st.one_of(
            st.text(max_size=40),
            st.builds(
                lambda prefix, rest: prefix + rest,
                st.sampled_from([*sorted(VIES_PREFIXES), "GR", "GB", "CH", "NO", "EU", "IM"]),
                st.text(alphabet="0123456789ABEUX+*- ", max_size=16),
            ),
        ),
        country=st.sampled_from(["FR", "GR", "GB", "CH", "NO", "US", "IE", "ES", ""]),
    )
    def test_any_text_gets_an_answer_and_reading_it_again_changes_nothing(self, text, country):
        check = check_vat_offline(text, country=country)
        assert check.status is not VatStatus.VALID
        if check.number is not None:
            assert check_vat_offline(str(check.number), country=check.number.country).number == check.number


class TestCompactVatText:
    def test_keeps_letters_digits_and_the_two_signs_of_old_irish_numbers(self):
        assert compact_vat_text(" ie 8d/79_739.i+* \x00") == "IE8D79739I+*"

    def test_is_bounded(self):
        assert len(compact_vat_text("9" * 1_000_000)) == 64

    def test_is_bounded_where_one_character_unfolds_to_many(self):
        assert len(compact_vat_text("\ufdfa" * 1_000)) <= 64


class TestVatNumber:
    @pytest.mark.parametrize(("prefix", "country"), [("EL", "GR"), ("XI", "GB"), ("FR", "FR"), ("CH", "CH")])
    def test_knows_the_country_of_its_tax_office(self, prefix, country):
        assert VatNumber(prefix, "1").country == country


class TestVatCheckResult:
    def test_does_not_show_name_and_address_in_its_representation(self):
        shown = repr(
            VatCheckResult(
                status=VatStatus.VALID, checked_at=CHECKED_AT, source=VatSource.VIES, name="Ada", address="1 Rue X"
            )
        )
        assert "Ada" not in shown
        assert "Rue" not in shown

    def test_an_unknown_answer_without_a_reason_cannot_be_made(self):
        with pytest.raises(AssertionError, match="reason"):
            VatCheckResult(status=VatStatus.UNKNOWN, checked_at=CHECKED_AT, source=VatSource.VIES)


class TestNextCheckAt:
    def test_a_valid_number_is_asked_again_after_90_days(self):
        assert next_check_at(VatStatus.VALID, CHECKED_AT, 0) == CHECKED_AT + timedelta(days=90)

    def test_an_invalid_number_is_asked_again_after_30_days(self):
        assert next_check_at(VatStatus.INVALID, CHECKED_AT, 0) == CHECKED_AT + timedelta(days=30)

    @pytest.mark.parametrize(
        ("attempts", "minutes"),
        [(1, 15), (2, 30), (3, 60), (4, 120), (5, 240), (6, 480), (7, 960), (8, 1440), (9, 1440), (10**9, 1440)],
    )
    def test_an_unknown_one_is_asked_ever_more_seldom_up_to_once_a_day(self, attempts, minutes):
        due_at = next_check_at(VatStatus.UNKNOWN, CHECKED_AT, attempts, reason_code=VatReason.MEMBER_STATE_UNAVAILABLE)
        assert due_at == CHECKED_AT + timedelta(minutes=minutes)

    def test_a_number_no_registry_covers_is_not_asked_every_day(self):
        due_at = next_check_at(VatStatus.UNKNOWN, CHECKED_AT, 1, reason_code=VatReason.REGISTRY_NOT_COVERED)
        assert due_at == CHECKED_AT + timedelta(days=90)

    def test_without_a_number_there_is_nothing_to_ask(self):
        assert next_check_at(VatStatus.ABSENT, CHECKED_AT, 0) is None


class TestStandingVatCheck:
    @pytest.mark.parametrize("clear", [VatStatus.VALID, VatStatus.INVALID])
    def test_an_outage_does_not_take_a_clear_answer_away(self, clear):
        previous = result(clear)
        fresh = result(VatStatus.UNKNOWN, checked_at=CHECKED_AT + timedelta(days=180) - timedelta(seconds=1))
        assert standing_vat_check(previous, fresh) is previous

    def test_an_answer_unconfirmed_for_180_days_no_longer_counts(self):
        fresh = result(VatStatus.UNKNOWN, checked_at=CHECKED_AT + timedelta(days=180))
        assert standing_vat_check(result(VatStatus.VALID), fresh) is fresh

    @pytest.mark.parametrize("fresh_status", [VatStatus.VALID, VatStatus.INVALID])
    def test_a_clear_answer_replaces_any_other(self, fresh_status):
        fresh = result(fresh_status, checked_at=CHECKED_AT + timedelta(days=1))
        assert standing_vat_check(result(VatStatus.VALID), fresh) is fresh

    def test_the_first_answer_stands_even_when_unknown(self):
        fresh = result(VatStatus.UNKNOWN)
        assert standing_vat_check(None, fresh) is fresh
