"""New rules tried on companies before they go live."""

from __future__ import annotations

from service.eligibility.domain import decide
from service.eligibility.evaluation import CompiledRules
from service.eligibility.inputs import DecisionInputs, ManualOverride, OverridePosition
from service.eligibility.simulation import SimulatedEffect, SimulatedOutcome
from tests.eligibility.cases import TWO_ORDERS, facts, inputs, rules

BEFORE = rules(TWO_ORDERS)
AFTER = rules({**TWO_ORDERS, "value": 4})


def with_orders(count: int) -> DecisionInputs:
    return inputs(facts=facts(completed_orders=count))


def simulate(
    companies: list[tuple[str, DecisionInputs]], *, before: CompiledRules | None, after: CompiledRules | None
) -> list[SimulatedOutcome[str]]:
    return [SimulatedOutcome(company, decide(inputs, before), decide(inputs, after)) for company, inputs in companies]


class TestSimulatedOutcome:
    def test_says_who_gains_and_who_loses(self) -> None:
        companies = [("new", with_orders(1)), ("small", with_orders(3)), ("large", with_orders(4))]
        tightened = {one.company: one.effect for one in simulate(companies, before=BEFORE, after=AFTER)}
        assert tightened == {"new": "unchanged", "small": "loses", "large": "unchanged"}
        loosened = {one.company: one.effect for one in simulate(companies, before=AFTER, after=BEFORE)}
        assert loosened == {"new": "unchanged", "small": "gains", "large": "unchanged"}

    def test_being_referred_is_between_declined_and_approved(self) -> None:
        asking = rules({**TWO_ORDERS, "on_unknown": "refer"})
        companies = [("silent", inputs(facts={}))]
        assert [one.effect for one in simulate(companies, before=BEFORE, after=asking)] == [SimulatedEffect.GAINS]
        assert [one.effect for one in simulate(companies, before=asking, after=BEFORE)] == [SimulatedEffect.LOSES]

    def test_first_rules_and_no_rules_can_be_tried(self) -> None:
        companies = [("large", with_orders(9))]
        assert [one.effect for one in simulate(companies, before=None, after=BEFORE)] == [SimulatedEffect.GAINS]
        assert [one.effect for one in simulate(companies, before=BEFORE, after=None)] == [SimulatedEffect.LOSES]

    def test_what_is_set_by_hand_stays(self) -> None:
        deny = ManualOverride(OverridePosition.DENY, "pays nobody", "ana")
        companies = [("denied", inputs(overrides=(deny,), facts=facts(completed_orders=3)))]
        assert [one.effect for one in simulate(companies, before=AFTER, after=BEFORE)] == [SimulatedEffect.UNCHANGED]

    def test_both_decisions_are_explained(self) -> None:
        (one,) = simulate([("small", with_orders(3))], before=BEFORE, after=AFTER)
        assert one.before.is_approved
        assert [(reason.code, reason.subject) for reason in one.after.reasons] == [("rule_not_met", "completed_orders")]
