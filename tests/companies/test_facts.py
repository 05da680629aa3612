"""Facts: which report of one counts. Properties over any order of arrival."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.companies.errors import AmountFactMalformed
from service.companies.facts import CompanyFact, fact_from_json, fact_to_json, merge_facts

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)

zones = st.integers(min_value=-12, max_value=14).map(lambda hours: timezone(timedelta(hours=hours)))
instants = st.integers(min_value=0, max_value=1000).flatmap(
    lambda hours: zones.map((NOW - timedelta(hours=hours)).astimezone)
)
values = st.one_of(
    st.booleans(), st.integers(-(10**15), 10**15), st.text(max_size=20), st.lists(st.text(max_size=5)).map(tuple)
)
facts = st.builds(CompanyFact, value=values, source=st.sampled_from(["shop", "erp"]), as_of=instants)


class TestMergeFacts:
    @given(reports=st.lists(facts, min_size=1, max_size=8, unique_by=lambda fact: fact.as_of), order=st.randoms())
    def test_the_newest_counts_in_whatever_order_reports_arrive(self, reports, order):
        arriving = list(reports)
        order.shuffle(arriving)
        known: dict[str, CompanyFact] = {}
        for fact in arriving:
            known = merge_facts(known, {"employees": fact}, now=NOW)
        assert known["employees"] == max(reports, key=lambda fact: fact.as_of)

    @given(fact=facts)
    def test_a_repeat_changes_nothing(self, fact):
        once = merge_facts({}, {"employees": fact}, now=NOW)
        assert merge_facts(once, {"employees": fact}, now=NOW) == once

    def test_of_the_same_instant_the_later_report_counts(self):
        first = CompanyFact(value=1, source="shop", as_of=NOW)
        second = CompanyFact(value=2, source="shop", as_of=NOW)
        assert merge_facts({"employees": first}, {"employees": second}, now=NOW) == {"employees": second}

    def test_changes_nothing_it_was_given(self):
        known = {"employees": CompanyFact(value=1, source="shop", as_of=NOW)}
        merge_facts(known, {"employees": None}, now=NOW)
        assert set(known) == {"employees"}


class TestFactAsJson:
    @given(fact=facts)
    def test_reads_back_what_it_wrote(self, fact):
        assert fact_from_json(fact_to_json(fact)) == fact

    @given(fact=facts)
    def test_begins_its_date_with_the_day_in_utc(self, fact):
        assert fact_to_json(fact)["as_of"][:10] == fact.as_of.astimezone(UTC).date().isoformat()

    def test_has_a_currency_only_as_an_amount(self):
        fact = CompanyFact(value="12.50", source="erp", as_of=NOW, currency="EUR")
        assert fact_to_json(fact) == {
            "value": "12.50", "source": "erp", "as_of": "2026-03-02T09:00:00.000000Z", "currency": "EUR",
        }  # fmt: skip
        assert "currency" not in fact_to_json(CompanyFact(value=1, source="erp", as_of=NOW))


class TestCompanyFact:
    @pytest.mark.parametrize(("value", "currency"), [(12, "EUR"), ("12.505", "EUR"), ("12.5", "JPY"), ("1e3", "EUR")])
    def test_an_amount_is_a_decimal_string_of_its_currency(self, value, currency):
        with pytest.raises(AmountFactMalformed):
            CompanyFact(value=value, source="erp", as_of=NOW, currency=currency)

    def test_an_amount_that_is_not_known_any_more_is_no_amount(self):
        assert CompanyFact(value=None, source="erp", as_of=NOW, currency="EUR").value is None
