"""Bodies of the simulation of a policy."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from service.core.money import format_amount, parse_amount
from service.eligibility.domain import Decision, Outcome
from service.eligibility.schemas import PolicyDraft, RuleReasonOut
from service.eligibility.simulation import SimulatedEffect, SimulatedOutcome
from service.infra.schemas import AmountText, CurrencyCode, Ref, Schema
from service.orders.simulation import NamedCompany, SimulatedOrder, Simulation, SimulationDraft

__all__ = ["SimulationIn", "SimulationOut"]


class SimulationIn(PolicyDraft):
    """A policy to be tried, and the order that every company is imagined to place."""

    amount: Annotated[AmountText, Field(pattern=r"^(0|[1-9][0-9]{0,12})(\.[0-9]{1,3})?$")] | None = Field(
        default=None,
        description="Gross amount of the imagined order. Without it, the smallest that both policies take: one minor unit "
        "or the higher of their minimum orders, in the currency of each company's credit line.",
    )
    currency: CurrencyCode | None = Field(
        default=None, description="Of `amount`; a company whose credit is in another currency is then declined."
    )
    limit: Annotated[int, Field(ge=0, le=1_000)] = Field(
        default=200, description="How many of those that gain, and how many of those that lose, to list."
    )

    @model_validator(mode="after")
    def _require_both(self) -> SimulationIn:
        if (self.amount is None) != (self.currency is None):
            raise ValueError("amount and currency come together")
        return self

    def to_draft(self) -> SimulationDraft:
        """Raises InvalidAmount or UnknownCurrency."""
        amount_minor = None
        if self.amount is not None and self.currency is not None:
            amount_minor = max(1, parse_amount(self.amount, self.currency))
        return SimulationDraft(
            rules=self.rules,
            settings=self.to_settings(),
            order=SimulatedOrder(amount_minor=amount_minor, currency=self.currency),
            listed=self.limit,
        )


class SimulatedCountsOut(Schema):
    """How many companies would be answered how."""

    approved: int
    referred: int
    declined: int

    @classmethod
    def of(cls, counts: dict[Outcome, int]) -> SimulatedCountsOut:
        return cls(
            approved=counts[Outcome.APPROVED], referred=counts[Outcome.REFERRED], declined=counts[Outcome.DECLINED]
        )


class SimulatedAnswerOut(Schema):
    """What one policy says to one company."""

    outcome: Outcome
    reasons: list[RuleReasonOut]

    @classmethod
    def of(cls, decision: Decision) -> SimulatedAnswerOut:
        return cls(outcome=decision.outcome, reasons=[RuleReasonOut.of(reason) for reason in decision.reasons])


class SimulatedChangeOut(Schema):
    """A company for which the policies differ, with both answers."""

    company_id: UUID
    legal_name: str
    refs: list[Ref]
    before: SimulatedAnswerOut
    after: SimulatedAnswerOut

    @classmethod
    def of(cls, outcome: SimulatedOutcome[NamedCompany], refs: list[str]) -> SimulatedChangeOut:
        return cls(
            company_id=outcome.company.id,
            legal_name=outcome.company.legal_name,
            refs=refs,
            before=SimulatedAnswerOut.of(outcome.before),
            after=SimulatedAnswerOut.of(outcome.after),
        )


class SimulationOut(Schema):
    """What the policy would change. `gaining` and `losing` list the first companies of each, oldest first.

    Declined to referred is a gain, approved to referred a loss. Limits, overrides and groups stay as they are: a
    company denied by hand gains from no rule.
    """

    policy_version: int = Field(description="Of the policy in force that it was compared with; 0: none.")
    amount: AmountText
    currency: CurrencyCode
    companies: int
    before: SimulatedCountsOut
    after: SimulatedCountsOut
    gain: int
    lose: int
    unchanged: int
    gaining: list[SimulatedChangeOut]
    losing: list[SimulatedChangeOut]

    @classmethod
    def of(cls, simulation: Simulation) -> SimulationOut:
        def listed(effect: SimulatedEffect) -> list[SimulatedChangeOut]:
            return [
                SimulatedChangeOut.of(outcome, simulation.refs.get(outcome.company.id, []))
                for outcome in simulation.changed[effect]
            ]

        return cls(
            policy_version=simulation.policy_version,
            amount=format_amount(simulation.order_amount_minor, simulation.order_currency),
            currency=simulation.order_currency,
            companies=simulation.companies,
            before=SimulatedCountsOut.of(simulation.before),
            after=SimulatedCountsOut.of(simulation.after),
            gain=simulation.effects[SimulatedEffect.GAINS],
            lose=simulation.effects[SimulatedEffect.LOSES],
            unchanged=simulation.effects[SimulatedEffect.UNCHANGED],
            gaining=listed(SimulatedEffect.GAINS),
            losing=listed(SimulatedEffect.LOSES),
        )
