"""Rules as data: a tree of all / any / not over comparisons of facts, read strictly from JSON and written back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeVar

from service.core.errors import FieldProblem
from service.core.money import InvalidAmount, currency_exponent, format_amount, parse_amount
from service.eligibility.errors import RulesInvalid
from service.eligibility.facts import FACTS, FactType

__all__ = [
    "MAX_DEPTH", "MAX_NODES", "OPERATORS", "AllOf", "AnyOf", "Comparison", "Node", "Not", "OnUnknown", "Operator",
    "RuleSet", "RuleValue", "parse_rules", "rules_to_json", "value_to_json",
]  # fmt: skip

MAX_DEPTH: Final = 8
MAX_NODES: Final = 100
_MAX_COUNT: Final = 10**9
_MAX_TEXT: Final = 128
_MAX_LIST: Final = 100
_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)

Word = TypeVar("Word", bound=StrEnum)
RuleValue = int | str | tuple[str, ...] | None


class Operator(StrEnum):
    """How a fact is compared. On a set of texts, `in` means "has any of" and `not_in` "has none of"."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    IN = "in"
    NOT_IN = "not_in"
    IS_TRUE = "is_true"
    IS_FALSE = "is_false"
    CONTAINS = "contains"


class OnUnknown(StrEnum):
    """What an unknown fact does for the applicant: counts against, counts in favour, or asks a person.

    Seen from the applicant, not from the comparison: below a `not` too, "fail" counts against.
    """

    FAIL = "fail"
    PASS = "pass"  # noqa: S105 - the word of the API, not a secret
    REFER = "refer"


_ORDERED: Final = (Operator.EQ, Operator.NE, Operator.GT, Operator.GTE, Operator.LT, Operator.LTE)
_NAMED: Final = (Operator.EQ, Operator.NE, Operator.IN, Operator.NOT_IN)
_WITHOUT_VALUE: Final = (Operator.IS_TRUE, Operator.IS_FALSE)
_WITH_LIST: Final = (Operator.IN, Operator.NOT_IN)

OPERATORS: Final = MappingProxyType(
    {
        FactType.INTEGER: _ORDERED,
        FactType.AMOUNT: _ORDERED,
        FactType.DAYS: _ORDERED,
        FactType.BOOLEAN: _WITHOUT_VALUE,
        FactType.TEXT: _NAMED,
        FactType.COUNTRY: _NAMED,
        FactType.TEXT_SET: (Operator.CONTAINS, Operator.IN, Operator.NOT_IN),
        FactType.VAT_STATUS: _NAMED,
    }
)

# "unknown" is missing on purpose: an unanswered registry is the case that `on_unknown` is for.
_VAT_STATUSES: Final = ("valid", "invalid", "absent")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One leaf. Amounts are minor units of the rule set's currency; `code` is the leaf's name in reasons."""

    fact: str
    op: Operator
    value: RuleValue
    on_unknown: OnUnknown
    code: str


@dataclass(frozen=True, slots=True)
class AllOf:
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    child: Node


Node = Comparison | AllOf | AnyOf | Not


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules that can be evaluated: there is at least one comparison, and every one fits its fact."""

    currency: str
    root: Node


def parse_rules(document: object, *, currency: str) -> RuleSet | None:
    """Rules from decoded JSON. None, `{}` and an empty `all` or `any` at the top mean "no rule configured": None.

    Raises RulesInvalid with every problem found. Amounts are decimal strings of `currency`.
    """
    currency_exponent(currency)
    if document is None or document in ({}, {"all": []}, {"any": []}):
        return None
    reader = _Reader(currency)
    root = reader.node(document, pointer="", depth=1)
    if root is None or reader.problems:
        raise RulesInvalid(reader.problems)
    return RuleSet(currency, root)


def rules_to_json(rules: RuleSet | None) -> dict[str, Any]:
    """The JSON that `parse_rules` reads back to an equal rule set, with defaults written out."""
    return {} if rules is None else _node_to_json(rules.root, rules.currency)


def _node_to_json(node: Node, currency: str) -> dict[str, Any]:
    match node:
        case AllOf(children):
            return {"all": [_node_to_json(child, currency) for child in children]}
        case AnyOf(children):
            return {"any": [_node_to_json(child, currency) for child in children]}
        case Not(child):
            return {"not": _node_to_json(child, currency)}
        case Comparison():
            leaf: dict[str, Any] = {"fact": node.fact, "op": node.op.value}
            if node.op not in _WITHOUT_VALUE:
                leaf["value"] = value_to_json(node.value, FACTS[node.fact].type, currency)
            leaf["on_unknown"] = node.on_unknown.value
            if node.code != node.fact:
                leaf["code"] = node.code
            return leaf


def value_to_json(value: RuleValue, fact_type: FactType, currency: str) -> str | int | list[str] | None:
    """What a comparison requires, as JSON shows it: amounts as decimal strings."""
    if isinstance(value, tuple):
        return list(value)
    if fact_type is FactType.AMOUNT and isinstance(value, int):
        return format_amount(value, currency)
    return value


class _Wrong(Exception):
    """One thing wrong at one place; carried up to the rule that contains it, so that its neighbours are read on."""

    def __init__(self, pointer: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.problem = FieldProblem(pointer=pointer, code=code, detail=detail)


class _Reader:
    """Walks the document once and collects the problems of all its rules, at most one of each rule."""

    def __init__(self, currency: str) -> None:
        self.problems: list[FieldProblem] = []
        self._currency = currency
        self._nodes = 0

    def node(self, raw: object, *, pointer: str, depth: int) -> Node | None:
        self._nodes += 1
        try:
            return self._read(raw, pointer, depth)
        except _Wrong as wrong:
            self.problems.append(wrong.problem)
            return None

    def _read(self, raw: object, pointer: str, depth: int) -> Node | None:
        if self._nodes > MAX_NODES:
            raise _Wrong(pointer, "too_many_nodes", f"A rule set has at most {MAX_NODES} rules and groups")
        if depth > MAX_DEPTH:
            raise _Wrong(pointer, "too_deep", f"Rules are nested at most {MAX_DEPTH} levels deep")
        if not isinstance(raw, dict):
            raise _Wrong(pointer, "wrong_type", "A rule is an object")
        if "fact" in raw or "op" in raw:
            return self._comparison(raw, pointer)
        match list(raw.items()):
            case [("all", children)]:
                return AllOf(self._children(children, f"{pointer}/all", depth))
            case [("any", children)]:
                return AnyOf(self._children(children, f"{pointer}/any", depth))
            case [("not", child)]:
                inner = self.node(child, pointer=f"{pointer}/not", depth=depth + 1)
                return None if inner is None else Not(inner)
            case _:
                raise _Wrong(
                    pointer, "unknown_rule", "A rule is a comparison with fact and op, or exactly one of all, any, not"
                )

    def _children(self, raw: object, pointer: str, depth: int) -> tuple[Node, ...]:
        if not isinstance(raw, list):
            raise _Wrong(pointer, "wrong_type", "A group is a list of rules")
        if not raw:
            raise _Wrong(pointer, "empty_group", "A group has at least one rule")
        children = []
        for index, child in enumerate(raw):
            node = self.node(child, pointer=f"{pointer}/{index}", depth=depth + 1)
            if node is not None:
                children.append(node)
            if self._nodes > MAX_NODES:
                break
        return tuple(children)

    def _comparison(self, raw: dict[str, object], pointer: str) -> Comparison:
        for key in raw:
            if key not in ("fact", "op", "value", "on_unknown", "code"):
                raise _Wrong(pointer, "unknown_key", f"A comparison has no key {str(key)[:40]!r}")
        fact = raw.get("fact")
        if not isinstance(fact, str) or fact not in FACTS:
            raise _Wrong(f"{pointer}/fact", "unknown_fact", "There is no such fact in the catalogue")
        fact_type = FACTS[fact].type
        op = _member(Operator, raw.get("op"))
        if op is None or op not in OPERATORS[fact_type]:
            allowed = ", ".join(OPERATORS[fact_type])
            raise _Wrong(f"{pointer}/op", "op_not_for_type", f"{fact} is compared by one of: {allowed}")
        on_unknown = _member(OnUnknown, raw.get("on_unknown", "fail"))
        if on_unknown is None:
            raise _Wrong(f"{pointer}/on_unknown", "wrong_type", "on_unknown is one of: fail, pass, refer")
        value = self._value(raw, op, fact_type=fact_type, pointer=f"{pointer}/value")
        return Comparison(fact, op, value, on_unknown, _text(raw.get("code", fact), f"{pointer}/code"))

    def _value(self, raw: dict[str, object], op: Operator, *, fact_type: FactType, pointer: str) -> RuleValue:
        if op in _WITHOUT_VALUE:
            if "value" in raw:
                raise _Wrong(pointer, "value_not_allowed", f"{op} takes no value")
            return None
        if "value" not in raw:
            raise _Wrong(pointer, "value_missing", f"{op} needs a value")
        value = raw["value"]
        if op in _WITH_LIST:
            return _texts(value, fact_type, pointer)
        match fact_type:
            case FactType.AMOUNT:
                return _amount(value, self._currency, pointer)
            case FactType.INTEGER | FactType.DAYS:
                return _count(value, pointer)
            case _:
                return _word(value, fact_type, pointer)


def _count(value: object, pointer: str) -> int:
    if type(value) is int and 0 <= value <= _MAX_COUNT:
        return value
    raise _Wrong(pointer, "wrong_type", f"The value is a whole number from 0 to {_MAX_COUNT}")


def _amount(value: object, currency: str, pointer: str) -> int:
    if not isinstance(value, str):
        raise _Wrong(pointer, "wrong_type", f"The value is a decimal string of {currency}")
    try:
        return parse_amount(value, currency)
    except InvalidAmount:
        raise _Wrong(pointer, "amount_invalid", f"The value is not a decimal string of {currency}") from None


def _texts(value: object, fact_type: FactType, pointer: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= _MAX_LIST:
        raise _Wrong(pointer, "wrong_type", f"The value is a list of 1 to {_MAX_LIST} texts")
    texts = tuple(_word(item, fact_type, f"{pointer}/{index}") for index, item in enumerate(value))
    if len(set(texts)) < len(texts):
        raise _Wrong(pointer, "duplicate_value", "The list names a value twice")
    return texts


def _word(value: object, fact_type: FactType, pointer: str) -> str:
    text = _text(value, pointer)
    if fact_type is FactType.VAT_STATUS and text not in _VAT_STATUSES:
        allowed = ", ".join(_VAT_STATUSES)
        raise _Wrong(pointer, "wrong_type", f"The value is one of: {allowed}; for unknown say on_unknown")
    if fact_type is FactType.COUNTRY and not _COUNTRY.fullmatch(text):
        raise _Wrong(pointer, "wrong_type", "The value is a country of two capital letters (ISO 3166-1)")
    return text


def _text(value: object, pointer: str) -> str:
    if isinstance(value, str) and 1 <= len(value) <= _MAX_TEXT and value.isprintable():
        return value
    raise _Wrong(pointer, "wrong_type", f"The value is a printable text of 1 to {_MAX_TEXT} characters")


def _member(words: type[Word], value: object) -> Word | None:
    return next((word for word in words if word.value == value), None)
