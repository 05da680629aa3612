"""A policy tried on all companies: what is asked, and what came of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from service.eligibility.domain import Outcome
from service.eligibility.simulation import SimulatedEffect, SimulatedOutcome

__all__ = ["NamedCompany", "SimulatedOrder", "Simulation", "SimulationDraft"]


class NamedCompany(NamedTuple):
    """A company as a list shows it."""

    id: UUID
    legal_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedOrder:
    """The order that every company is imagined to place. Without an amount, the smallest that both policies take,
    in the currency of each company's own credit line."""

    amount_minor: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationDraft:
    """A policy to be tried at a shop. `settings` name a currency or leave it to the shop."""

    rules: object
    settings: Mapping[str, Any]
    order: SimulatedOrder
    listed: int


@dataclass
class Simulation:
    """What came of it. Listed are the first companies that gain and the first that lose, oldest company first."""

    policy_version: int
    order_amount_minor: int
    order_currency: str
    companies: int = 0
    before: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    after: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    effects: dict[SimulatedEffect, int] = field(default_factory=lambda: dict.fromkeys(SimulatedEffect, 0))
    changed: dict[SimulatedEffect, list[SimulatedOutcome[NamedCompany]]] = field(
        default_factory=lambda: {SimulatedEffect.GAINS: [], SimulatedEffect.LOSES: []}
    )
    refs: dict[UUID, list[str]] = field(default_factory=dict)

    def count(self, outcome: SimulatedOutcome[NamedCompany], *, listed: int) -> None:
        """Take in one company's outcome; list it if it changes something and there is room."""
        effect = outcome.effect
        self.companies += 1
        self.before[outcome.before.outcome] += 1
        self.after[outcome.after.outcome] += 1
        self.effects[effect] += 1
        if effect is not SimulatedEffect.UNCHANGED and len(self.changed[effect]) < listed:
            self.changed[effect].append(outcome)
