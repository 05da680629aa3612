"""Terms as JSON: what is written can be read, what is wrong is named."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.terms.catalogue import READY_MADE_TERMS
from service.terms.definition import parse_terms, to_json
from service.terms.domain import BillingPeriod, BusinessDayAdjustment, EndOfMonth, PaymentTerms
from service.terms.errors import TermsInvalid

JSON_VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.lists(st.integers(), max_size=2)
)
PARTS = [
    "code", "net_days", "months", "end_of_month", "fixed_day", "billing_period", "business_day_adjustment",
    "discount_days", "discount_bp",
]  # fmt: skip


def problems_of(values: dict[str, object]) -> list[tuple[str, str]]:
    with pytest.raises(TermsInvalid) as refused:
        parse_terms(values)
    assert refused.value.code == "terms_invalid"
    assert refused.value.status == 422
    return [(problem["pointer"], problem["code"]) for problem in refused.value.problems]


class TestParseTerms:
    def test_reads_every_part(self) -> None:
        values = {
            "code": "sixty",
            "net_days": 60,
            "months": 1,
            "end_of_month": "end_of_month_then_days",
            "fixed_day": 10,
            "billing_period": "half_monthly",
            "business_day_adjustment": "modified_following",
            "discount_days": 8,
            "discount_bp": 150,
        }
        assert parse_terms(values) == PaymentTerms(
            code="sixty",
            net_days=60,
            months=1,
            end_of_month=EndOfMonth.END_OF_MONTH_THEN_DAYS,
            fixed_day=10,
            billing_period=BillingPeriod.HALF_MONTHLY,
            business_day_adjustment=BusinessDayAdjustment.MODIFIED_FOLLOWING,
            discount_days=8,
            discount_bp=150,
        )

    def test_takes_defaults_for_all_but_the_code(self) -> None:
        assert parse_terms({"code": "cash"}) == PaymentTerms(code="cash")
        assert problems_of({}) == [("/code", "missing")]

    @pytest.mark.parametrize(
        ("name", "value", "code"),
        [
            ("code", 30, "wrong_type"),
            ("code", None, "missing"),
            ("code", "Net 30", "malformed"),
            ("net_days", "30", "wrong_type"),
            ("net_days", 30.0, "wrong_type"),
            ("net_days", True, "wrong_type"),
            ("net_days", None, "wrong_type"),
            ("net_days", 366, "out_of_range"),
            ("net_days", 10**400, "out_of_range"),
            ("months", 25, "out_of_range"),
            ("months", [], "wrong_type"),
            ("fixed_day", 0, "out_of_range"),
            ("fixed_day", "last", "wrong_type"),
            ("end_of_month", "both", "unknown_choice"),
            ("end_of_month", None, "unknown_choice"),
            ("billing_period", "daily", "unknown_choice"),
            ("billing_period", ["monthly"], "unknown_choice"),
            ("business_day_adjustment", "FOLLOWING", "unknown_choice"),
            ("discount_days", 10, "missing"),
            ("colour", "red", "unknown_field"),
            ("a/b~c", 1, "unknown_field"),
        ],
    )
    def test_names_the_part_and_what_is_wrong(self, name: str, value: object, code: str) -> None:
        pointer = {"discount_days": "/discount_bp", "a/b~c": "/a~1b~0c"}.get(name, f"/{name}")
        assert problems_of({"code": "agreed", name: value}) == [(pointer, code)]

    def test_lists_all_problems_one_for_each_part(self) -> None:
        values = {"net_days": -1, "end_of_month": "x", "discount_days": "ten", "discount_bp": 200, "surprise": 1}
        assert problems_of(values) == [
            ("/surprise", "unknown_field"),
            ("/code", "missing"),
            ("/end_of_month", "unknown_choice"),
            ("/discount_days", "wrong_type"),
            ("/net_days", "out_of_range"),
        ]

    def test_the_problems_travel_as_facts_and_sentences(self) -> None:
        with pytest.raises(TermsInvalid) as refused:
            parse_terms({"code": "agreed", "net_days": 400})
        sentence = "net_days must be between 0 and 365"
        assert refused.value.facts == {
            "problems": [{"pointer": "/net_days", "code": "out_of_range", "detail": sentence}]
        }
        assert refused.value.detail == sentence

    def test_a_flood_of_unknown_keys_is_not_echoed(self) -> None:
        flood = dict.fromkeys((str(number) * 1_000 for number in range(1_000)), 1)
        problems = problems_of({"code": "agreed", **flood})
        assert len(problems) == 10
        assert max(len(pointer) for pointer, _ in problems) <= 65

    @settings(max_examples=50)
    @given(st.dictionaries(st.sampled_from(PARTS) | st.text(max_size=8), JSON_VALUES, max_size=9))
    def test_any_mapping_is_read_or_refused(self, values: dict[str, object]) -> None:
        try:
            parsed = parse_terms(values)
        except TermsInvalid:
            return
        assert to_json(parsed).items() >= values.items()


class TestToJson:
    @pytest.mark.parametrize("code", READY_MADE_TERMS)
    def test_ready_made_terms_survive_the_round_trip(self, code: str) -> None:
        written = json.dumps(to_json(READY_MADE_TERMS[code]))
        assert parse_terms(json.loads(written)) == READY_MADE_TERMS[code]

    @settings(max_examples=50)
    @given(
        st.builds(
            PaymentTerms,
            code=st.from_regex(r"[a-z][a-z0-9_]{0,63}", fullmatch=True),
            net_days=st.integers(0, 365),
            months=st.integers(0, 24),
            fixed_day=st.none() | st.integers(1, 31),
            end_of_month=st.sampled_from(EndOfMonth),
            billing_period=st.sampled_from(BillingPeriod),
            business_day_adjustment=st.sampled_from(BusinessDayAdjustment),
            discount_days=st.integers(0, 365),
            discount_bp=st.integers(1, 9_999),
        )
    )
    def test_any_terms_survive_the_round_trip(self, agreed: PaymentTerms) -> None:
        assert parse_terms(json.loads(json.dumps(to_json(agreed)))) == agreed

    def test_writes_every_part(self) -> None:
        assert list(to_json(PaymentTerms(code="cash"))) == PARTS
