"""Rules made ready to run: one pass over all leaves, three-valued, nothing skipped (S20).

Compiled once per policy version and kept by the caller. Three-valued logic after Kleene is arithmetic here:
fail < unknown < pass, so that `all` is the minimum and `any` the maximum. A `not` is pushed down to the leaves
while compiling (all becomes any, pass becomes fail), so that what an unknown fact does is always said from the
applicant's side.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import lru_cache
from typing import Any, Final, NamedTuple, assert_never

from service.core.money import format_amount
from service.core.records import maker_of
from service.eligibility.facts import FACTS, Fact, FactType
from service.eligibility.rules import (
    AllOf,
    AnyOf,
    Comparison,
    Node,
    Not,
    OnUnknown,
    Operator,
    RuleSet,
    value_to_json,
)

__all__ = ["CompiledRules", "Leaf", "LeafAnswer", "RulesResult", "Truth", "compile_rules"]


class Truth(IntEnum):
    """Answer of a rule. The order is the logic: `all` takes the lowest, `any` the highest."""

    FAIL = 0
    UNKNOWN = 1
    PASS = 2


_WORDS: Final = ("fail", "unknown", "pass")
# Naming a member of an enumeration costs more than a comparison, and these are named for every leaf.
_FAIL, _UNKNOWN, _PASS = Truth


@dataclass(frozen=True, slots=True)
class Leaf:
    """A comparison with all that is known before a fact is seen.

    `if_*` is what each answer counts for, seen from the applicant: below a `not`, true counts as fail. `traced` is what
    the trace says of each `Truth`, apart from what was measured; `show` writes that, None where it is shown as it is.
    """

    comparison: Comparison
    fact: str
    python_type: type
    currency: str | None
    unknown_word: str | None
    test: Callable[[Any, Any], bool]
    required: Any
    if_true: Truth
    if_false: Truth
    if_unknown: Truth
    show: Callable[[Any], Any] | None
    traced: tuple[dict[str, Any], ...]

    def ask(self, fact: Fact | None) -> LeafAnswer:
        """Compare. A value of another type or currency is unknown, never a guess."""
        if fact is None:
            return _make_answer((self, _UNKNOWN, self.if_unknown, None))
        value, _, _, currency = fact
        if (
            (type(value) is not self.python_type and not (self.python_type is str and isinstance(value, str)))
            or currency != self.currency
            or value == self.unknown_word
        ):
            return _make_answer((self, _UNKNOWN, self.if_unknown, fact))
        if self.test(value, self.required):
            return _make_answer((self, _PASS, self.if_true, fact))
        return _make_answer((self, _FAIL, self.if_false, fact))


class LeafAnswer(NamedTuple):
    """What one comparison found: `truth` is its own answer, `counts_as` what `not` and `on_unknown` make of it."""

    leaf: Leaf
    truth: Truth
    counts_as: Truth
    fact: Fact | None

    def to_trace(self) -> dict[str, Any]:
        """Strings, integers, booleans and lists of strings only."""
        leaf, truth, _, fact = self
        entry = leaf.traced[truth].copy()
        if fact is not None:
            value, entry["source"], as_of, _ = fact
            if truth is not _UNKNOWN:
                entry["measured"] = value if leaf.show is None else leaf.show(value)
            if as_of is not None:
                entry["as_of"] = _day_text(as_of)
        return entry


_make_answer: Final = maker_of(LeafAnswer)


@lru_cache(maxsize=4096)
def _day_text(day: date) -> str:
    """Every trace names the same few days."""
    return day.isoformat()[:10]


class RulesResult(NamedTuple):
    """The verdict, and every leaf's answer in the order in which the rules are written."""

    verdict: Truth
    answers: tuple[LeafAnswer, ...]
    decisive: tuple[LeafAnswer, ...]


class _Gate(NamedTuple):
    """`all` or `any` over earlier slots: the leaves come first, then the gates, children before parents."""

    combine: Callable[[tuple[Truth, ...]], Truth]
    pick: Callable[[list[Truth]], tuple[Truth, ...]]
    children: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """Immutable and safe to share. `facts_used` tells the caller which facts are worth fetching."""

    currency: str
    version: int
    leaves: tuple[Leaf, ...]
    gates: tuple[_Gate, ...]
    facts_used: frozenset[str]

    def evaluate(self, facts: Mapping[str, Fact]) -> RulesResult:
        """Ask every leaf, whatever the others say."""
        answers = [leaf.ask(facts.get(leaf.fact)) for leaf in self.leaves]
        slots = [answer.counts_as for answer in answers]
        for gate in self.gates:
            slots.append(gate.combine(gate.pick(slots)))
        verdict = slots[-1]
        if verdict is _PASS:
            return RulesResult(verdict, tuple(answers), ())
        return RulesResult(verdict, tuple(answers), tuple(answers[slot] for slot in sorted(self._decisive(slots))))

    def _decisive(self, slots: list[Truth]) -> Iterator[int]:
        """The leaves the verdict hangs on: a failed leaf of an `any` that passed otherwise is nobody's reason."""
        leaf_count = len(self.leaves)
        verdict = slots[-1]
        waiting = [len(slots) - 1]
        while waiting:
            slot = waiting.pop()
            if slot < leaf_count:
                yield slot
            else:
                children = self.gates[slot - leaf_count].children
                waiting.extend(child for child in children if slots[child] is verdict)


def compile_rules(rules: RuleSet | None, *, version: int) -> CompiledRules | None:
    """None stays None: no rule configured, which means default deny (S24)."""
    if rules is None:
        return None
    compiler = _Compiler(rules.currency)
    compiler.collect(rules.root, is_negated=False)
    root = compiler.wire(rules.root, is_negated=False)
    assert root == len(compiler.leaves) + len(compiler.gates) - 1, "the root is the last slot"
    return CompiledRules(
        currency=rules.currency,
        version=version,
        leaves=tuple(compiler.leaves),
        gates=tuple(compiler.gates),
        facts_used=frozenset(leaf.fact for leaf in compiler.leaves),
    )


class _Compiler:
    """Two walks over the tree: leaves get the first slots, in the order written, then gates get theirs."""

    def __init__(self, currency: str) -> None:
        self.leaves: list[Leaf] = []
        self.gates: list[_Gate] = []
        self._currency = currency
        self._leaves_wired = 0

    def collect(self, node: Node, *, is_negated: bool) -> None:
        match node:
            case Comparison():
                self.leaves.append(_compile_leaf(node, self._currency, is_negated=is_negated))
            case AllOf(children) | AnyOf(children):
                for child in children:
                    self.collect(child, is_negated=is_negated)
            case Not(child):
                self.collect(child, is_negated=not is_negated)
            case _:
                assert_never(node)

    def wire(self, node: Node, *, is_negated: bool) -> int:
        """The slot that holds the node's answer."""
        match node:
            case Comparison():
                self._leaves_wired += 1
                return self._leaves_wired - 1
            case Not(child):
                return self.wire(child, is_negated=not is_negated)
            case AllOf(children) | AnyOf(children):
                slots = tuple(self.wire(child, is_negated=is_negated) for child in children)
                if len(slots) == 1:
                    return slots[0]
                combine = min if isinstance(node, AllOf) is not is_negated else max
                self.gates.append(_Gate(combine, operator.itemgetter(*slots), slots))
                return len(self.leaves) + len(self.gates) - 1
            case _:
                assert_never(node)


def _compile_leaf(comparison: Comparison, currency: str, *, is_negated: bool) -> Leaf:
    fact_type = FACTS[comparison.fact].type
    value: Any = comparison.value
    required_shown = value_to_json(value, fact_type, currency)
    if comparison.op in _BOOLEAN_REQUIRED:
        required_shown = value = _BOOLEAN_REQUIRED[comparison.op]
    head = {"fact": comparison.fact, "op": comparison.op.value, "required": required_shown}
    if comparison.code != comparison.fact:
        head["code"] = comparison.code
    tests = _SET_TESTS if fact_type is FactType.TEXT_SET else _TESTS
    if_true, if_false = (Truth.FAIL, Truth.PASS) if is_negated else (Truth.PASS, Truth.FAIL)
    if_unknown = _ON_UNKNOWN[comparison.on_unknown]
    return Leaf(
        comparison=comparison,
        fact=comparison.fact,
        python_type=_PYTHON_TYPES[fact_type],
        currency=currency if fact_type is FactType.AMOUNT else None,
        unknown_word="unknown" if fact_type is FactType.VAT_STATUS else None,
        test=tests[comparison.op],
        required=frozenset(value) if isinstance(value, tuple) else value,
        if_true=if_true,
        if_false=if_false,
        if_unknown=if_unknown,
        show=_shown_by(fact_type, currency),
        traced=tuple(
            _traced(head, truth, counts_as)
            for truth, counts_as in zip(Truth, (if_false, if_unknown, if_true), strict=True)
        ),
    )


def _traced(head: Mapping[str, Any], truth: Truth, counts_as: Truth) -> dict[str, Any]:
    entry = {**head, "measured": None, "answer": _WORDS[truth]}
    return entry if counts_as is truth else {**entry, "counts_as": _WORDS[counts_as]}


def _shown_by(fact_type: FactType, currency: str) -> Callable[[Any], Any] | None:
    match fact_type:
        case FactType.AMOUNT:
            return lambda amount_minor: format_amount(amount_minor, currency)
        case FactType.TEXT_SET:
            return sorted
        case _:
            return None


def _is_in(measured: object, allowed: frozenset[object]) -> bool:
    return measured in allowed


def _is_not_in(measured: object, refused: frozenset[object]) -> bool:
    return measured not in refused


def _has_any(measured: frozenset[str], wanted: frozenset[str]) -> bool:
    return not measured.isdisjoint(wanted)


_ON_UNKNOWN: Final = {OnUnknown.FAIL: Truth.FAIL, OnUnknown.PASS: Truth.PASS, OnUnknown.REFER: Truth.UNKNOWN}
_BOOLEAN_REQUIRED: Final = {Operator.IS_TRUE: True, Operator.IS_FALSE: False}
_PYTHON_TYPES: Final[dict[FactType, type]] = {
    FactType.INTEGER: int,
    FactType.AMOUNT: int,
    FactType.DAYS: int,
    FactType.BOOLEAN: bool,
    FactType.TEXT: str,
    FactType.COUNTRY: str,
    FactType.TEXT_SET: frozenset,
    FactType.VAT_STATUS: str,
}
_TESTS: Final[dict[Operator, Callable[[Any, Any], bool]]] = {
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
    Operator.GT: operator.gt,
    Operator.GTE: operator.ge,
    Operator.LT: operator.lt,
    Operator.LTE: operator.le,
    Operator.IN: _is_in,
    Operator.NOT_IN: _is_not_in,
    Operator.IS_TRUE: operator.eq,
    Operator.IS_FALSE: operator.eq,
}
_SET_TESTS: Final[dict[Operator, Callable[[Any, Any], bool]]] = {
    Operator.CONTAINS: operator.contains,
    Operator.IN: _has_any,
    Operator.NOT_IN: frozenset.isdisjoint,
}
