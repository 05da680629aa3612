"""Three-valued logic over facts: what each comparison measures, and what unknown facts do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import product
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.eligibility.evaluation import Truth, compile_rules
from service.eligibility.facts import Fact
from tests.eligibility.cases import TWO_ORDERS, fact, facts, rules
from tests.eligibility.strategies import fact_maps, known_facts_of, rule_documents

FAIL, UNKNOWN, PASS = Truth.FAIL, Truth.UNKNOWN, Truth.PASS
THREE = (FAIL, UNKNOWN, PASS)
PAIRS = list(product(THREE, THREE))


def facts_for(**truths: Truth) -> Mapping[str, Fact]:
    measured = {FAIL: 1, PASS: 2}
    return {name: fact(measured[truth]) for name, truth in truths.items() if truth is not UNKNOWN}


def verdict(document: object, known: Mapping[str, Fact]) -> Truth:
    return rules(document).evaluate(known).verdict


# Kleene's strong logic of three values, written out.
AND = {
    (FAIL, FAIL): FAIL,
    (FAIL, UNKNOWN): FAIL,
    (FAIL, PASS): FAIL,
    (UNKNOWN, FAIL): FAIL,
    (UNKNOWN, UNKNOWN): UNKNOWN,
    (UNKNOWN, PASS): UNKNOWN,
    (PASS, FAIL): FAIL,
    (PASS, UNKNOWN): UNKNOWN,
    (PASS, PASS): PASS,
}
OR = {
    (FAIL, FAIL): FAIL,
    (FAIL, UNKNOWN): UNKNOWN,
    (FAIL, PASS): PASS,
    (UNKNOWN, FAIL): UNKNOWN,
    (UNKNOWN, UNKNOWN): UNKNOWN,
    (UNKNOWN, PASS): PASS,
    (PASS, FAIL): PASS,
    (PASS, UNKNOWN): PASS,
    (PASS, PASS): PASS,
}
NOT = {FAIL: PASS, UNKNOWN: UNKNOWN, PASS: FAIL}


class TestThreeValuedLogic:
    LEFT: ClassVar = {"fact": "completed_orders", "op": "gte", "value": 2, "on_unknown": "refer"}
    RIGHT: ClassVar = {"fact": "employees", "op": "gte", "value": 2, "on_unknown": "refer"}

    @pytest.mark.parametrize(("left", "right"), PAIRS)
    def test_all(self, left: Truth, right: Truth) -> None:
        known = facts_for(completed_orders=left, employees=right)
        assert verdict({"all": [self.LEFT, self.RIGHT]}, known) is AND[left, right]

    @pytest.mark.parametrize(("left", "right"), PAIRS)
    def test_any(self, left: Truth, right: Truth) -> None:
        known = facts_for(completed_orders=left, employees=right)
        assert verdict({"any": [self.LEFT, self.RIGHT]}, known) is OR[left, right]

    @pytest.mark.parametrize("truth", THREE)
    def test_not(self, truth: Truth) -> None:
        assert verdict({"not": self.LEFT}, facts_for(completed_orders=truth)) is NOT[truth]

    @pytest.mark.parametrize(("left", "right"), PAIRS)
    def test_not_over_a_group(self, left: Truth, right: Truth) -> None:
        known = facts_for(completed_orders=left, employees=right)
        assert verdict({"not": {"all": [self.LEFT, self.RIGHT]}}, known) is NOT[AND[left, right]]
        assert verdict({"not": {"any": [self.LEFT, {"not": self.RIGHT}]}}, known) is NOT[OR[left, NOT[right]]]

    @pytest.mark.parametrize("truth", THREE)
    def test_a_group_of_one_is_that_one(self, truth: Truth) -> None:
        known = facts_for(completed_orders=truth)
        assert verdict({"all": [{"any": [{"all": [self.LEFT]}]}]}, known) is truth


class TestOnUnknown:
    @pytest.mark.parametrize(("choice", "expected"), [("fail", FAIL), ("pass", PASS), ("refer", UNKNOWN)])
    def test_says_what_an_unknown_fact_does(self, choice: str, expected: Truth) -> None:
        assert verdict({**TWO_ORDERS, "on_unknown": choice}, {}) is expected

    @pytest.mark.parametrize(("choice", "expected"), [("fail", FAIL), ("pass", PASS), ("refer", UNKNOWN)])
    def test_says_it_for_the_applicant_below_a_not_as_well(self, choice: str, expected: Truth) -> None:
        late = {"fact": "overdue_days", "op": "gt", "value": 30, "on_unknown": choice}
        assert verdict({"not": late}, {}) is expected
        assert verdict({"not": {"not": late}}, {}) is expected

    def test_fails_unless_something_else_is_said(self) -> None:
        assert verdict(TWO_ORDERS, {}) is FAIL

    @settings(max_examples=40)
    @given(document=rule_documents(), known=fact_maps(), data=st.data())
    def test_failing_on_unknown_is_never_better_than_knowing(
        self, document: dict[str, Any], known: Mapping[str, Fact], data: st.DataObject
    ) -> None:
        harsh = rules(_with_on_unknown(document, "fail"))
        gap = data.draw(st.sampled_from(sorted(harsh.facts_used)))
        without = {name: one for name, one in known.items() if name != gap}
        with_it = {**without, gap: data.draw(known_facts_of(gap))}
        assert harsh.evaluate(without).verdict <= harsh.evaluate(with_it).verdict
        kind = rules(_with_on_unknown(document, "pass"))
        assert kind.evaluate(without).verdict >= kind.evaluate(with_it).verdict


def _with_on_unknown(document: dict[str, Any], choice: str) -> dict[str, Any]:
    match document:
        case {"all": children}:
            return {"all": [_with_on_unknown(child, choice) for child in children]}
        case {"any": children}:
            return {"any": [_with_on_unknown(child, choice) for child in children]}
        case {"not": child}:
            return {"not": _with_on_unknown(child, choice)}
        case _:
            return {**document, "on_unknown": choice}


class TestComparisons:
    @pytest.mark.parametrize(
        ("op", "below", "exactly", "above"),
        [
            ("eq", FAIL, PASS, FAIL),
            ("ne", PASS, FAIL, PASS),
            ("gt", FAIL, FAIL, PASS),
            ("gte", FAIL, PASS, PASS),
            ("lt", PASS, FAIL, FAIL),
            ("lte", PASS, PASS, FAIL),
        ],
    )
    def test_of_numbers_on_both_sides_of_the_boundary(
        self, op: str, below: Truth, exactly: Truth, above: Truth
    ) -> None:
        document = {"fact": "employees", "op": op, "value": 50}
        answers = [verdict(document, facts(employees=measured)) for measured in (49, 50, 51)]
        assert answers == [below, exactly, above]

    @pytest.mark.parametrize(("amount_minor", "expected"), [(49_999, FAIL), (50_000, PASS)])
    def test_of_amounts_to_the_minor_unit(self, amount_minor: int, expected: Truth) -> None:
        document = {"fact": "net_spend_12m", "op": "gte", "value": "500.00"}
        assert verdict(document, {"net_spend_12m": fact(amount_minor, currency="EUR")}) is expected

    @pytest.mark.parametrize(
        ("op", "value", "measured", "expected"),
        [
            ("eq", "FR", "FR", PASS),
            ("ne", "FR", "FR", FAIL),
            ("in", ["FR", "BE"], "BE", PASS),
            ("in", ["FR", "BE"], "DE", FAIL),
            ("not_in", ["FR", "BE"], "BE", FAIL),
            ("not_in", ["FR", "BE"], "DE", PASS),
        ],
    )
    def test_of_names(self, op: str, value: object, measured: str, expected: Truth) -> None:
        assert verdict({"fact": "country", "op": op, "value": value}, facts(country=measured)) is expected

    @pytest.mark.parametrize(
        ("op", "value", "measured", "expected"),
        [
            ("contains", "b2b", {"b2b", "new"}, PASS),
            ("contains", "b2b", {"b2b2"}, FAIL),
            ("contains", "b2b", set(), FAIL),
            ("in", ["b2b", "vip"], {"vip", "new"}, PASS),
            ("in", ["b2b", "vip"], {"new"}, FAIL),
            ("not_in", ["b2b", "vip"], {"new"}, PASS),
            ("not_in", ["b2b", "vip"], {"new", "b2b"}, FAIL),
        ],
    )
    def test_of_sets(self, op: str, value: object, measured: set[str], expected: Truth) -> None:
        known = facts(groups=frozenset(measured))
        assert verdict({"fact": "groups", "op": op, "value": value}, known) is expected

    @pytest.mark.parametrize(
        ("op", "measured", "expected"),
        [("is_true", True, PASS), ("is_true", False, FAIL), ("is_false", True, FAIL), ("is_false", False, PASS)],
    )
    def test_of_booleans(self, op: str, measured: bool, expected: Truth) -> None:
        assert verdict({"fact": "running_contract", "op": op}, facts(running_contract=measured)) is expected


class TestUnknownFacts:
    SPEND: ClassVar = {"fact": "net_spend_12m", "op": "gte", "value": "500.00", "on_unknown": "refer"}

    def test_a_missing_fact_is_not_zero(self) -> None:
        assert verdict({"fact": "unpaid_orders", "op": "lte", "value": 0, "on_unknown": "refer"}, {}) is UNKNOWN

    def test_a_fact_without_a_value_is_unknown(self) -> None:
        assert verdict({**TWO_ORDERS, "on_unknown": "refer"}, facts(completed_orders=None)) is UNKNOWN

    @pytest.mark.parametrize("currency", ["USD", None])
    def test_an_amount_in_another_currency_is_unknown_and_never_converted(self, currency: str | None) -> None:
        assert verdict(self.SPEND, {"net_spend_12m": fact(90_000, currency=currency)}) is UNKNOWN

    @pytest.mark.parametrize("measured", ["5", True, 5.0, (5,)])
    def test_a_value_of_another_type_is_unknown(self, measured: object) -> None:
        assert verdict({**TWO_ORDERS, "on_unknown": "refer"}, facts(completed_orders=measured)) is UNKNOWN

    def test_a_registry_that_has_not_answered_is_unknown(self) -> None:
        document = {"fact": "vat_status", "op": "ne", "value": "invalid", "on_unknown": "refer"}
        assert verdict(document, facts(vat_status="unknown")) is UNKNOWN
        assert verdict(document, facts(vat_status="absent")) is PASS

    def test_a_member_of_an_enumeration_is_its_word(self) -> None:
        class Registry(StrEnum):
            VALID = "valid"

        document = {"fact": "vat_status", "op": "in", "value": ["valid"]}
        assert verdict(document, facts(vat_status=Registry.VALID)) is PASS


class TestLeafAnswers:
    DOCUMENT: ClassVar = {
        "all": [
            {"fact": "completed_orders", "op": "gte", "value": 2, "code": "two_orders"},
            {
                "any": [
                    {"fact": "net_spend_12m", "op": "gte", "value": "500"},
                    {"fact": "running_contract", "op": "is_true"},
                ]
            },
            {"not": {"fact": "groups", "op": "contains", "value": "retail"}},
            {"fact": "country", "op": "in", "value": ["FR", "BE"]},
        ]
    }

    def test_each_says_what_was_measured_required_and_by_whom(self) -> None:
        known = {
            "completed_orders": Fact(1, "shop", date(2026, 3, 1)),
            "net_spend_12m": Fact(49_999, "erp", datetime(2026, 2, 27, 8, tzinfo=UTC), "EUR"),
            "groups": Fact(frozenset({"retail", "b2b"}), "shop"),
            "country": Fact(None, "shop", date(2026, 3, 1)),
        }
        answers = [answer.to_trace() for answer in rules(self.DOCUMENT).evaluate(known).answers]
        assert answers == [
            {
                "code": "two_orders",
                "fact": "completed_orders",
                "op": "gte",
                "required": 2,
                "measured": 1,
                "answer": "fail",
                "source": "shop",
                "as_of": "2026-03-01",
            },
            {
                "fact": "net_spend_12m",
                "op": "gte",
                "required": "500.00",
                "measured": "499.99",
                "answer": "fail",
                "source": "erp",
                "as_of": "2026-02-27",
            },
            {
                "fact": "running_contract",
                "op": "is_true",
                "required": True,
                "measured": None,
                "answer": "unknown",
                "counts_as": "fail",
            },
            {
                "fact": "groups",
                "op": "contains",
                "required": "retail",
                "measured": ["b2b", "retail"],
                "answer": "pass",
                "counts_as": "fail",
                "source": "shop",
            },
            {
                "fact": "country",
                "op": "in",
                "required": ["FR", "BE"],
                "measured": None,
                "answer": "unknown",
                "counts_as": "fail",
                "source": "shop",
                "as_of": "2026-03-01",
            },
        ]

    @settings(max_examples=40)
    @given(document=rule_documents(), known=fact_maps())
    def test_every_leaf_answers_whatever_the_others_say(
        self, document: dict[str, Any], known: Mapping[str, Fact]
    ) -> None:
        result = rules(document).evaluate(known)
        assert [answer.leaf.fact for answer in result.answers] == list(_facts_in_order(document))

    @settings(max_examples=40)
    @given(document=rule_documents(), known=fact_maps())
    def test_what_was_decisive_explains_the_verdict(self, document: dict[str, Any], known: Mapping[str, Fact]) -> None:
        result = rules(document).evaluate(known)
        assert bool(result.decisive) is (result.verdict is not PASS)
        assert all(answer.counts_as is result.verdict for answer in result.decisive)

    @pytest.mark.parametrize("broken", [Fact(90_000, "shop", None, "USD"), Fact("much", "shop", None, "EUR")])
    def test_what_cannot_be_compared_is_not_shown_as_if_it_were(self, broken: Fact) -> None:
        document = {"fact": "net_spend_12m", "op": "gte", "value": "500.00"}
        (answer,) = rules(document).evaluate({"net_spend_12m": broken}).answers
        assert answer.to_trace()["measured"] is None

    def test_a_failed_leaf_of_a_group_that_passed_is_not_decisive(self) -> None:
        known = facts(running_contract=True, completed_orders=1, country="FR")
        document = {
            "all": [
                {"any": [{"fact": "running_contract", "op": "is_true"}, {"fact": "employees", "op": "gt", "value": 9}]},
                TWO_ORDERS,
            ]
        }
        result = rules(document).evaluate(known)
        assert [answer.leaf.fact for answer in result.decisive] == ["completed_orders"]


def _facts_in_order(document: dict[str, Any]) -> list[str]:
    match document:
        case {"all": children} | {"any": children}:
            return [name for child in children for name in _facts_in_order(child)]
        case {"not": child}:
            return _facts_in_order(child)
        case _:
            return [document["fact"]]


class TestCompileRules:
    def test_no_rule_stays_no_rule(self) -> None:
        assert compile_rules(None, version=1) is None

    def test_says_which_facts_are_worth_fetching(self) -> None:
        assert rules({"any": [TWO_ORDERS, {"not": TWO_ORDERS}]}).facts_used == {"completed_orders"}
