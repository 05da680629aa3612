"""Rules are read strictly from JSON, every problem is named by its place, and written back the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.core.money import UnknownCurrency
from service.eligibility.errors import RulesInvalid
from service.eligibility.facts import FACTS, FactType
from service.eligibility.rules import (
    MAX_DEPTH,
    MAX_NODES,
    OPERATORS,
    AllOf,
    AnyOf,
    Comparison,
    Not,
    OnUnknown,
    Operator,
    parse_rules,
    rules_to_json,
)
from tests.eligibility.cases import TWO_ORDERS
from tests.eligibility.strategies import rule_documents


def problems(document: object, *, currency: str = "EUR") -> list[tuple[str, str]]:
    with pytest.raises(RulesInvalid) as refused:
        parse_rules(document, currency=currency)
    assert refused.value.facts == {"problems": [dict(problem) for problem in refused.value.problems]}
    return [(problem["pointer"], problem["code"]) for problem in refused.value.problems]


def leaf(fact: str, op: str, value: Any = None, **more: Any) -> dict[str, Any]:
    return {"fact": fact, "op": op, **({} if value is None else {"value": value}), **more}


def nested(depth: int, *, word: str) -> dict[str, Any]:
    """A rule set whose deepest rule sits on this level."""
    document: dict[str, Any] = TWO_ORDERS
    for _ in range(depth - 1):
        document = {word: document if word == "not" else [document]}
    return document


def _anything(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = st.sampled_from(["all", "any", "not", "fact", "op", "value", "on_unknown", "code", "other"])
    return st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4)


class TestParseRules:
    @pytest.mark.parametrize("document", [None, {}, {"all": []}, {"any": []}])
    def test_nothing_said_means_no_rule_configured(self, document: object) -> None:
        assert parse_rules(document, currency="EUR") is None

    def test_reads_groups_and_comparisons(self) -> None:
        document = {
            "all": [
                leaf("vat_status", "eq", "valid", on_unknown="refer"),
                {"any": [leaf("net_spend_12m", "gte", "500.50"), leaf("running_contract", "is_true")]},
                {"not": leaf("country", "in", ["RU", "BY"], code="sanctioned")},
            ]
        }
        read = parse_rules(document, currency="EUR")
        assert read is not None
        assert read.root == AllOf(
            (
                Comparison("vat_status", Operator.EQ, "valid", OnUnknown.REFER, "vat_status"),
                AnyOf(
                    (
                        Comparison("net_spend_12m", Operator.GTE, 50_050, OnUnknown.FAIL, "net_spend_12m"),
                        Comparison("running_contract", Operator.IS_TRUE, None, OnUnknown.FAIL, "running_contract"),
                    )
                ),
                Not(Comparison("country", Operator.IN, ("RU", "BY"), OnUnknown.FAIL, "sanctioned")),
            )
        )

    @pytest.mark.parametrize(("currency", "amount_minor"), [("JPY", 500), ("EUR", 50_000), ("KWD", 500_000)])
    def test_amounts_are_of_the_policys_currency(self, currency: str, amount_minor: int) -> None:
        read = parse_rules(leaf("turnover", "gt", "500"), currency=currency)
        assert read is not None
        assert isinstance(read.root, Comparison)
        assert read.root.value == amount_minor

    def test_refuses_an_unknown_currency(self) -> None:
        with pytest.raises(UnknownCurrency):
            parse_rules(TWO_ORDERS, currency="EUX")

    def test_names_every_wrong_rule_by_its_place(self) -> None:
        document = {"all": [leaf("shoe_size", "gt", 4), TWO_ORDERS, {"not": leaf("employees", "contains", 3)}]}
        assert problems(document) == [("/all/0/fact", "unknown_fact"), ("/all/2/not/op", "op_not_for_type")]

    @pytest.mark.parametrize(
        ("document", "problem"),
        [
            ([], ("", "wrong_type")),
            ("all", ("", "wrong_type")),
            ({"some": []}, ("", "unknown_rule")),
            ({"all": [TWO_ORDERS], "any": [TWO_ORDERS]}, ("", "unknown_rule")),
            ({"all": [{}]}, ("/all/0", "unknown_rule")),
            ({"all": TWO_ORDERS}, ("/all", "wrong_type")),
            ({"any": [TWO_ORDERS, {"all": []}]}, ("/any/1/all", "empty_group")),
            ({"not": [TWO_ORDERS]}, ("/not", "wrong_type")),
            ({"fact": "completed_orders"}, ("/op", "op_not_for_type")),
            ({"op": "gte", "value": 2}, ("/fact", "unknown_fact")),
            (leaf("completed_orders", "between", 2), ("/op", "op_not_for_type")),
            ({**TWO_ORDERS, "op": ["gte"]}, ("/op", "op_not_for_type")),
            ({**TWO_ORDERS, "fact": ["completed_orders"]}, ("/fact", "unknown_fact")),
            ({**TWO_ORDERS, "weight": 3}, ("", "unknown_key")),
            ({**TWO_ORDERS, "on_unknown": "ignore"}, ("/on_unknown", "wrong_type")),
            ({**TWO_ORDERS, "code": ""}, ("/code", "wrong_type")),
            ({**TWO_ORDERS, "code": "a\x00b"}, ("/code", "wrong_type")),
            ({**TWO_ORDERS, "code": "x" * 129}, ("/code", "wrong_type")),
            (leaf("completed_orders", "gte"), ("/value", "value_missing")),
            ({**leaf("running_contract", "is_true"), "value": True}, ("/value", "value_not_allowed")),
        ],
    )
    def test_refuses_what_is_no_rule(self, document: object, problem: tuple[str, str]) -> None:
        assert problems(document) == [problem]

    @pytest.mark.parametrize(
        ("fact", "op", "value"),
        [
            ("completed_orders", "gte", "2"),
            ("completed_orders", "gte", True),
            ("completed_orders", "gte", 2.0),
            ("completed_orders", "gte", -1),
            ("completed_orders", "gte", 10**9 + 1),
            ("completed_orders", "gte", [2]),
            ("net_spend_12m", "gte", 500),
            ("country", "eq", "fr"),
            ("country", "eq", "FRA"),
            ("country", "eq", "ÉÉ"),
            ("country", "in", "FR"),
            ("country", "in", []),
            ("country", "in", ["FR"] + ["X"] * 100),
            ("groups", "contains", ["b2b"]),
            ("groups", "contains", ""),
            ("language", "eq", 5),
            ("language", "eq", "\ud800"),
            ("vat_status", "eq", "unknown"),
            ("vat_status", "eq", "VALID"),
        ],
    )
    def test_refuses_a_value_of_another_type(self, fact: str, op: str, value: object) -> None:
        assert problems({"fact": fact, "op": op, "value": value}) == [("/value", "wrong_type")]

    @pytest.mark.parametrize("amount", ["1e3", "500.505", "", "1,000", "10000000000000.00", "nan"])
    def test_refuses_an_amount_the_currency_does_not_know(self, amount: str) -> None:
        assert problems(leaf("turnover", "gte", amount)) == [("/value", "amount_invalid")]

    def test_points_at_the_wrong_item_of_a_list(self) -> None:
        assert problems(leaf("country", "in", ["FR", "be"])) == [("/value/1", "wrong_type")]

    def test_refuses_a_list_that_repeats_itself(self) -> None:
        assert problems(leaf("country", "in", ["FR", "FR"])) == [("/value", "duplicate_value")]

    @pytest.mark.parametrize(("word", "step"), [("not", "/not"), ("all", "/all/0"), ("any", "/any/0")])
    def test_allows_the_deepest_level_and_refuses_one_more(self, word: str, step: str) -> None:
        assert parse_rules(nested(MAX_DEPTH, word=word), currency="EUR") is not None
        assert problems(nested(MAX_DEPTH + 1, word=word)) == [(step * MAX_DEPTH, "too_deep")]

    @pytest.mark.parametrize("length", [1, 128])
    def test_allows_the_shortest_and_the_longest_text(self, length: int) -> None:
        assert parse_rules(leaf("groups", "contains", "x" * length), currency="EUR") is not None

    def test_allows_the_most_rules(self) -> None:
        assert parse_rules({"all": [TWO_ORDERS] * (MAX_NODES - 1)}, currency="EUR") is not None

    def test_refuses_one_rule_more(self) -> None:
        assert problems({"all": [TWO_ORDERS] * MAX_NODES}) == [(f"/all/{MAX_NODES - 1}", "too_many_nodes")]

    def test_stops_reading_a_huge_document(self) -> None:
        wide = {"any": [leaf("shoe_size", "gt", 4)] * 50_000}
        assert len(problems({"all": [wide] * 1_000})) <= MAX_NODES + 1

    @pytest.mark.parametrize(("fact_type", "op"), [(fact_type, op) for fact_type in FactType for op in Operator])
    def test_a_type_takes_its_own_operators_only(self, fact_type: FactType, op: Operator) -> None:
        name = next(name for name, definition in FACTS.items() if definition.type is fact_type)
        document = {"fact": name, "op": op.value}
        # Without a value the operator is still judged first, so that only its own problem shows.
        is_known = op in OPERATORS[fact_type]
        if is_known and fact_type is FactType.BOOLEAN:
            assert parse_rules(document, currency="EUR") is not None
        else:
            assert problems(document) == [("/value", "value_missing") if is_known else ("/op", "op_not_for_type")]

    @given(
        document=st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), _anything, max_leaves=12)
    )
    def test_anything_is_either_read_or_refused(self, document: object) -> None:
        try:
            read = parse_rules(document, currency="EUR")
        except RulesInvalid:
            return
        assert parse_rules(rules_to_json(read), currency="EUR") == read


class TestRulesToJson:
    @settings(max_examples=40)
    @given(document=rule_documents())
    def test_reads_back_to_an_equal_rule_set(self, document: dict[str, Any]) -> None:
        read = parse_rules(document, currency="EUR")
        assert parse_rules(rules_to_json(read), currency="EUR") == read

    def test_writes_defaults_out(self) -> None:
        read = parse_rules({"not": leaf("net_spend_total", "lt", "12")}, currency="EUR")
        assert rules_to_json(read) == {
            "not": {"fact": "net_spend_total", "op": "lt", "value": "12.00", "on_unknown": "fail"}
        }

    def test_no_rule_is_an_empty_object(self) -> None:
        assert rules_to_json(None) == {}
