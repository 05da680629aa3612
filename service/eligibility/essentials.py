"""The handful of requirements that most merchants need, as one simple form: rules are made of them, and read back.

Rules that say anything else are *custom*: they are shown as such, and never guessed at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from service.eligibility.rules import AllOf, Comparison, Node, OnUnknown, Operator, RuleSet

__all__ = ["Admission", "Essentials", "Requirements", "essentials_of", "rules_of"]


class Admission(StrEnum):
    """Whom the rules let in. People and groups decide beside them, and before them."""

    BY_HAND = "by_hand"
    REQUIREMENTS = "requirements"
    EVERYONE = "everyone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """What a company must meet, all of it. Spend in minor units of the policy's currency; None asks for nothing."""

    valid_vat_number: bool = False
    vat_unknown: OnUnknown = OnUnknown.REFER
    completed_orders: int | None = None
    net_spend_12m_minor: int | None = None

    @property
    def is_empty(self) -> bool:
        return not self.valid_vat_number and self.completed_orders is None and self.net_spend_12m_minor is None


@dataclass(frozen=True, slots=True)
class Essentials:
    """Whom the rules let in, and by which requirements; those belong to that admission only."""

    admission: Admission
    requirements: Requirements = Requirements()

    def __post_init__(self) -> None:
        assert self.requirements.is_empty == (self.admission is not Admission.REQUIREMENTS), "requirements, or none"


# Guests are declined whatever the rules say, so that this lets in everyone who may be let in at all.
_EVERYONE: Final = Comparison("is_guest", Operator.IS_FALSE, None, OnUnknown.FAIL, "is_guest")


def rules_of(essentials: Essentials, *, currency: str) -> RuleSet | None:
    """The rules that say so; None where only people and groups let companies in."""
    match essentials.admission:
        case Admission.BY_HAND:
            return None
        case Admission.EVERYONE:
            return RuleSet(currency, _EVERYONE)
        case Admission.REQUIREMENTS:
            return RuleSet(currency, AllOf(tuple(_comparisons(essentials.requirements))))


def _comparisons(requirements: Requirements) -> Iterator[Comparison]:
    if requirements.valid_vat_number:
        yield Comparison("vat_status", Operator.EQ, "valid", requirements.vat_unknown, "vat_status")
    if requirements.completed_orders is not None:
        yield _at_least("completed_orders", requirements.completed_orders)
    if requirements.net_spend_12m_minor is not None:
        yield _at_least("net_spend_12m", requirements.net_spend_12m_minor)


def _at_least(fact: str, value: int) -> Comparison:
    return Comparison(fact, Operator.GTE, value, OnUnknown.FAIL, fact)


def essentials_of(rules: RuleSet | None) -> Essentials | None:
    """The essentials that these rules are made of; None for custom ones."""
    if rules is None:
        return Essentials(Admission.BY_HAND)
    if _same(rules.root, _EVERYONE):
        return Essentials(Admission.EVERYONE)
    requirements = _requirements_of(rules.root)
    if requirements.is_empty:
        return None
    essentials = Essentials(Admission.REQUIREMENTS, requirements)
    written = rules_of(essentials, currency=rules.currency)
    # Whatever was not recognised, or said twice, is missing from what the requirements are written as.
    return essentials if written is not None and _same(written.root, rules.root) else None


def _requirements_of(root: Node) -> Requirements:
    found: dict[str, Any] = {}
    for leaf in _leaves(root):
        match leaf:
            case Comparison("vat_status", Operator.EQ, "valid", on_unknown):
                found |= {"valid_vat_number": True, "vat_unknown": on_unknown}
            case Comparison("completed_orders", Operator.GTE, int(value)):
                found["completed_orders"] = value
            case Comparison("net_spend_12m", Operator.GTE, int(value)):
                found["net_spend_12m_minor"] = value
    return Requirements(**found)


def _leaves(root: Node) -> tuple[Node, ...]:
    return root.children if isinstance(root, AllOf) else (root,)


def _same(one: Node, other: Node) -> bool:
    """The same leaves, in whatever order and under whatever names."""

    def shown(node: Node) -> object:
        return (node.fact, node.op, node.value, node.on_unknown) if isinstance(node, Comparison) else node

    ours, theirs = [shown(leaf) for leaf in _leaves(one)], [shown(leaf) for leaf in _leaves(other)]
    return len(ours) == len(theirs) and all(leaf in theirs for leaf in ours)
