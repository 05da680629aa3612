"""Random rules, and random facts for them to be asked about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from service.core.money import format_amount
from service.eligibility.facts import FACTS, Fact, FactDefinition, FactType
from service.eligibility.rules import OPERATORS, OnUnknown, Operator

# Few and small values, so that random rules and random facts often meet on a boundary.
_COUNTS = st.integers(0, 3)
_WORDS = {
    FactType.TEXT: ["fr", "de", "en"],
    FactType.COUNTRY: ["FR", "BE", "DE"],
    FactType.TEXT_SET: ["b2b", "retail", "new"],
    FactType.VAT_STATUS: ["valid", "invalid", "absent"],
}


def comparisons() -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(list(FACTS.values())).flatmap(_comparison_of)


def _comparison_of(definition: FactDefinition) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(OPERATORS[definition.type]).flatmap(lambda op: _comparison_by(definition, op))


def _comparison_by(definition: FactDefinition, op: Operator) -> st.SearchStrategy[dict[str, Any]]:
    required: dict[str, st.SearchStrategy[Any]] = {
        "fact": st.just(definition.name),
        "op": st.just(op.value),
    }
    if definition.type in _WORDS:
        words = st.sampled_from(_WORDS[definition.type])
        is_list = op in (Operator.IN, Operator.NOT_IN)
        required["value"] = st.lists(words, min_size=1, max_size=3, unique=True) if is_list else words
    elif definition.type is FactType.AMOUNT:
        required["value"] = _COUNTS.map(lambda minor: format_amount(minor, "EUR"))
    elif definition.type is not FactType.BOOLEAN:
        required["value"] = _COUNTS
    optional = {
        "on_unknown": st.sampled_from([choice.value for choice in OnUnknown]),
        "code": st.sampled_from(["first", "second"]),
    }
    return st.fixed_dictionaries(required, optional=optional)


def rule_documents() -> st.SearchStrategy[dict[str, Any]]:
    def grow(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
        groups = st.lists(inner, min_size=1, max_size=3)
        return st.one_of(
            st.fixed_dictionaries({"all": groups}),
            st.fixed_dictionaries({"any": groups}),
            st.fixed_dictionaries({"not": inner}),
        )

    return st.recursive(comparisons(), grow, max_leaves=6).filter(lambda document: _depth(document) <= 8)


def _depth(document: dict[str, Any]) -> int:
    match document:
        case {"all": children} | {"any": children}:
            return 1 + max(_depth(child) for child in children)
        case {"not": child}:
            return 1 + _depth(child)
        case _:
            return 1


def fact_maps() -> st.SearchStrategy[Mapping[str, Fact]]:
    """Some facts known, others missing or known to be unknown."""
    return st.fixed_dictionaries({}, optional={name: facts_of(name) for name in FACTS})


def facts_of(name: str) -> st.SearchStrategy[Fact]:
    return st.none().map(lambda value: Fact(value, "shop")) | known_facts_of(name)


def known_facts_of(name: str) -> st.SearchStrategy[Fact]:
    fact_type = FACTS[name].type
    match fact_type:
        case FactType.AMOUNT:
            return _COUNTS.map(lambda value: Fact(value, "shop", None, "EUR"))
        case FactType.INTEGER | FactType.DAYS:
            return _COUNTS.map(lambda value: Fact(value, "shop"))
        case FactType.BOOLEAN:
            return st.booleans().map(lambda value: Fact(value, "shop"))
        case FactType.TEXT_SET:
            words = st.sampled_from(_WORDS[fact_type])
            return st.frozensets(words).map(lambda value: Fact(value, "shop"))
        case _:
            return st.sampled_from(_WORDS[fact_type]).map(lambda value: Fact(value, "shop"))
