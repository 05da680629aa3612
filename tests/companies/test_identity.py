"""Who the debtor is: pure rules about numbers."""

from __future__ import annotations

import pytest

from service.companies.errors import CompanyConflict
from service.companies.identity import (
    Debtor,
    LegalNumbers,
    MatchedBy,
    find_debtor,
    normalise_registration_number,
)
from service.core.ids import CompanyId, new_id
from tests.companies.api import SIREN, VAT_NUMBER


def numbers(vat: str | None = None, registration: str | None = None, *, country: str = "FR") -> LegalNumbers:
    return LegalNumbers(country=country, vat_number=vat, registration_number=registration)


def debtor(vat: str | None = None, registration: str | None = None, *, country: str = "FR") -> Debtor:
    return Debtor(CompanyId(new_id()), numbers(vat, registration, country=country))


class TestNormaliseRegistrationNumber:
    @pytest.mark.parametrize(
        ("text", "country", "expected"),
        [
            ("303 265 045", "FR", SIREN),
            ("30326504500011", "FR", SIREN),
            ("30326504500012", "FR", "30326504500012"),
            ("30326504500011", "DE", "30326504500011"),
            ("hrb 123-456/b", "DE", "HRB123456B"),
            ("ＨＲＢ１", "DE", "HRB1"),
            (" . - ", "FR", None),
            ("", "FR", None),
        ],
    )
    def test_one_spelling_for_one_company(self, text, country, expected):
        assert normalise_registration_number(text, country=country) == expected


class TestFindDebtor:
    def test_nobody_with_these_numbers_is_a_new_debtor(self):
        assert find_debtor(None, numbers=numbers(VAT_NUMBER), candidates=[]) is None

    def test_without_numbers_nobody_is_found(self):
        assert find_debtor(None, numbers=numbers(), candidates=[debtor(VAT_NUMBER)]) is None

    def test_the_vat_number_is_looked_at_first(self):
        known = debtor(VAT_NUMBER, SIREN)
        assert find_debtor(None, numbers=numbers(VAT_NUMBER, SIREN), candidates=[known]) == (
            known, MatchedBy.VAT_NUMBER,
        )  # fmt: skip

    def test_a_reference_that_has_a_company_keeps_it_whatever_else_changes(self):
        current = debtor(VAT_NUMBER)
        assert find_debtor(current, numbers=numbers("DE136695976"), candidates=[]) == (current, MatchedBy.REF)

    def test_the_own_numbers_of_the_references_company_are_no_conflict(self):
        current = debtor(VAT_NUMBER, SIREN)
        assert find_debtor(current, numbers=numbers(VAT_NUMBER, SIREN), candidates=[current]) == (
            current, MatchedBy.REF,
        )  # fmt: skip

    def test_a_number_of_another_company_than_the_references_is_refused(self):
        other = debtor(VAT_NUMBER)
        with pytest.raises(CompanyConflict) as refused:
            find_debtor(debtor(), numbers=numbers(VAT_NUMBER), candidates=[other])
        assert refused.value.facts == {"company_id": str(other.company_id), "matched_by": "vat_number"}

    def test_a_siren_and_the_vat_number_around_it_are_one_company(self):
        by_siren, by_vat = debtor(registration=SIREN), debtor(VAT_NUMBER)
        assert find_debtor(None, numbers=numbers(VAT_NUMBER), candidates=[by_siren]) == (
            by_siren, MatchedBy.VAT_NUMBER,
        )  # fmt: skip
        assert find_debtor(None, numbers=numbers(registration=SIREN), candidates=[by_vat]) == (
            by_vat, MatchedBy.REGISTRATION_NUMBER,
        )  # fmt: skip

    def test_who_has_the_number_itself_comes_before_who_it_only_follows_from(self):
        member_of_a_vat_group = debtor(VAT_NUMBER, "404833048")
        head_of_the_group = debtor(registration=SIREN)
        found = find_debtor(None, numbers=numbers(VAT_NUMBER), candidates=[head_of_the_group, member_of_a_vat_group])
        assert found == (member_of_a_vat_group, MatchedBy.VAT_NUMBER)

    @pytest.mark.parametrize("vat", ["FR300000007", "FRXX999999999"])
    def test_a_french_number_with_letters_or_without_a_siren_tells_nothing_more(self, vat):
        assert list(numbers(vat).derived_keys()) == []

    def test_a_foreign_registration_tells_no_french_vat_number(self):
        assert list(numbers(registration=SIREN, country="DE").derived_keys()) == []

    def test_a_shared_vat_number_with_two_registrations_is_refused(self):
        with pytest.raises(CompanyConflict):
            find_debtor(
                None,
                numbers=numbers("DE136695976", "HRB2", country="DE"),
                candidates=[debtor("DE136695976", "HRB1", country="DE")],
            )

    def test_a_shared_registration_with_two_vat_numbers_of_one_country_is_refused(self):
        with pytest.raises(CompanyConflict):
            find_debtor(None, numbers=numbers(VAT_NUMBER, SIREN), candidates=[debtor("FR83404833048", SIREN)])

    def test_vat_numbers_of_two_countries_are_no_contradiction(self):
        known = debtor("DE136695976", SIREN)
        assert find_debtor(None, numbers=numbers(VAT_NUMBER, SIREN), candidates=[known]) == (
            known, MatchedBy.REGISTRATION_NUMBER,
        )  # fmt: skip
