"""What holds for any company, any rules and any order."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from service.credit.domain import CreditLimit, CreditPosition, LimitKind, LimitSource, LineStatus
from service.eligibility.domain import Outcome, Step, decide
from service.eligibility.evaluation import CompiledRules
from service.eligibility.inputs import (
    CompanyStanding,
    DecisionInputs,
    ManualOverride,
    OverLimit,
    OverridePosition,
    PolicySettings,
    StaffOverride,
)
from service.eligibility.trace import to_trace
from service.ledger.domain import Balances
from tests.eligibility.cases import NOW, rules
from tests.eligibility.strategies import fact_maps, rule_documents

RANKS = {Outcome.DECLINED: 0, Outcome.REFERRED: 1, Outcome.APPROVED: 2}

# Small amounts, so that limits, bounds and exposures are often met to the unit.
amounts = st.integers(0, 6)
limits = st.one_of(
    st.sampled_from([LimitKind.NONE, LimitKind.UNLIMITED]).map(lambda kind: CreditLimit(kind, None, LimitSource.SHOP)),
    amounts.map(lambda minor: CreditLimit(LimitKind.AMOUNT, minor, LimitSource.COMPANY, "C-1")),
)
limits_with_room = st.integers(5, 12).map(lambda minor: CreditLimit(LimitKind.AMOUNT, minor, LimitSource.GROUP, "vip"))
positions = st.builds(
    CreditPosition,
    currency=st.just("EUR"),
    status=st.sampled_from([LineStatus.ACTIVE] * 4 + [LineStatus.FROZEN, LineStatus.CLOSED]),
    limit=limits,
    balances=st.builds(Balances, held=amounts, receivable=amounts, on_account=amounts),
    tolerance_minor=st.integers(0, 2),
    tolerance_bp=st.sampled_from([0, 5_000]),
    allow_exceed=st.booleans(),
)
overrides = st.builds(
    ManualOverride,
    position=st.sampled_from(OverridePosition),
    reason=st.just("because"),
    author=st.just("ana"),
    until=st.sampled_from([None, NOW, NOW + timedelta(days=1)]),
)
optional_small = st.none() | amounts
policy_settings = st.builds(
    PolicySettings,
    unpaid_orders_allowed=optional_small,
    overdue_margin_days=optional_small,
    minimum_order_minor=optional_small,
    maximum_order_minor=st.none() | st.integers(3, 9),
    over_limit=st.sampled_from(OverLimit),
)
decision_inputs = st.builds(
    DecisionInputs,
    amount_minor=amounts,
    currency=st.just("EUR"),
    now=st.just(NOW),
    credit=st.none() | positions,
    facts=fact_maps(),
    standing=st.sampled_from([CompanyStanding.KNOWN] * 4 + [CompanyStanding.UNKNOWN, CompanyStanding.GUEST]),
    buyer_may_use_credit=st.sampled_from([True, True, True, False]),
    overrides=st.lists(overrides, max_size=2).map(tuple),
    denied_by_groups=st.sampled_from([(), (), ("late",)]),
    allowed_by_groups=st.sampled_from([(), (), ("vip",)]),
    settings=policy_settings,
    staff_override=st.sampled_from([None, None, StaffOverride("ben", "asked for")]),
)
rule_sets = st.none() | rule_documents().map(rules)

# Usually let in and often close to the limit, so that what is said of approvals is not proved on declines alone.
admitted_inputs = st.builds(
    DecisionInputs._replace,
    decision_inputs,
    amount_minor=st.integers(1, 4),
    credit=st.builds(CreditPosition._replace, positions, status=st.just(LineStatus.ACTIVE), limit=limits_with_room),
    standing=st.just(CompanyStanding.KNOWN),
    buyer_may_use_credit=st.just(True),
    overrides=st.sampled_from([(), (ManualOverride(OverridePosition.ALLOW, "known for years", "ben"),)]),
    denied_by_groups=st.just(()),
    allowed_by_groups=st.sampled_from([(), ("vip",)]),
    settings=st.just(PolicySettings()) | policy_settings,
    staff_override=st.just(None),
)
likely_inputs = admitted_inputs | decision_inputs


# Enough to find a broken rule within a run or two, few enough to stay in seconds.
few = settings(max_examples=40)


class TestDecide:
    @few
    @given(inputs=likely_inputs, compiled=rule_sets, denial=st.sampled_from(["override", "group"]))
    def test_a_further_denial_never_helps(
        self, inputs: DecisionInputs, compiled: CompiledRules | None, denial: str
    ) -> None:
        if denial == "override":
            deny = ManualOverride(OverridePosition.DENY, "pays nobody", "ana")
            denied = inputs._replace(overrides=(*inputs.overrides, deny))
        else:
            denied = inputs._replace(denied_by_groups=(*inputs.denied_by_groups, "another"))
        assert RANKS[decide(denied, compiled).outcome] <= RANKS[decide(inputs, compiled).outcome]

    @few
    @given(inputs=likely_inputs, compiled=rule_sets, raised=limits)
    def test_a_higher_limit_never_hurts(
        self, inputs: DecisionInputs, compiled: CompiledRules | None, raised: CreditLimit
    ) -> None:
        if inputs.credit is None:
            return
        lower, higher = sorted((inputs.credit.limit, raised), key=_height)
        before = decide(inputs._replace(credit=inputs.credit._replace(limit=lower)), compiled)
        after = decide(inputs._replace(credit=inputs.credit._replace(limit=higher)), compiled)
        assert RANKS[after.outcome] >= RANKS[before.outcome]

    @few
    @given(inputs=likely_inputs, compiled=rule_sets)
    def test_nobody_passes_the_ceiling_unless_it_may_be_passed(
        self, inputs: DecisionInputs, compiled: CompiledRules | None
    ) -> None:
        decision = decide(inputs._replace(staff_override=None), compiled)
        if not decision.is_approved:
            return
        line = inputs.credit
        assert line is not None
        assert line.limit.gives_credit
        ceiling = line.ceiling_minor
        assert line.allow_exceed or ceiling is None or line.exposure_minor + inputs.amount_minor <= ceiling

    @few
    @given(inputs=likely_inputs, compiled=rule_sets)
    def test_no_guest_no_stranger_and_no_closed_line_is_ever_approved(
        self, inputs: DecisionInputs, compiled: CompiledRules | None
    ) -> None:
        if decide(inputs, compiled).is_approved:
            assert inputs.standing is CompanyStanding.KNOWN
            assert inputs.credit is not None
            assert inputs.credit.status is not LineStatus.CLOSED

    @few
    @given(inputs=likely_inputs, compiled=rule_sets)
    def test_every_outcome_has_its_reasons(self, inputs: DecisionInputs, compiled: CompiledRules | None) -> None:
        decision = decide(inputs, compiled)
        assert decision.reasons
        assert (decision.public_reason is None) is decision.is_approved


class TestTrace:
    @few
    @given(inputs=likely_inputs, compiled=rule_sets)
    def test_lists_all_steps_and_all_leaves_as_plain_json(
        self, inputs: DecisionInputs, compiled: CompiledRules | None
    ) -> None:
        trace = to_trace(decide(inputs, compiled))
        assert sorted(step for steps in trace["steps"].values() for step in steps) == sorted(Step)
        assert len(trace.get("rules", [])) == (0 if compiled is None else len(compiled.leaves))
        assert json.loads(json.dumps(trace)) == trace
        assert _types_in(trace) <= {dict, list, str, int, bool, type(None)}


def _height(limit: CreditLimit) -> tuple[int, int]:
    kinds = [LimitKind.NONE, LimitKind.AMOUNT, LimitKind.UNLIMITED]
    return kinds.index(limit.kind), limit.amount_minor or 0


def _types_in(value: Any) -> set[type]:
    if isinstance(value, dict):
        return {dict}.union(*map(_types_in, value), *map(_types_in, value.values()))
    if isinstance(value, list):
        return {list}.union(*map(_types_in, value))
    return {type(value)}
