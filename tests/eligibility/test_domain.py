"""The precedence of S18 as a table, and what still binds whoever was let in."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any, ClassVar

import pytest

from service.credit.domain import CreditLimit, LimitKind, LimitSource, LineStatus
from service.eligibility.domain import Decision, Outcome, StaffOverrideEffect, Step, StepAnswer, decide
from service.eligibility.inputs import (
    CompanyStanding,
    ManualOverride,
    OverLimit,
    OverridePosition,
    PolicySettings,
    StaffOverride,
)
from service.eligibility.reasons import PUBLIC_REASON, Reason, ReasonCode
from tests.eligibility.cases import NOW, TWO_ORDERS, credit, fact, facts, inputs, rules

RULES = rules(TWO_ORDERS)
DENIED = ManualOverride(OverridePosition.DENY, "pays nobody", "ana")
ALLOWED = ManualOverride(OverridePosition.ALLOW, "known for years", "ben")
APPROVED, DECLINED, REFERRED = Outcome.APPROVED, Outcome.DECLINED, Outcome.REFERRED


def answer(decision: Decision, step: Step) -> StepAnswer:
    return decision.findings[list(Step).index(step)].answer


def codes(decision: Decision) -> list[ReasonCode]:
    return [reason.code for reason in decision.reasons]


# Each step of the precedence, strongest first: what makes it speak, which way it goes, and the rules it needs.
PRECEDENCE: list[tuple[Step, dict[str, Any], Outcome]] = [
    (Step.COMPANY, {"standing": CompanyStanding.GUEST}, DECLINED),
    (Step.LINE, {"credit": credit(status=LineStatus.FROZEN)}, DECLINED),
    (Step.MANUAL_DENY, {"overrides": (DENIED,)}, DECLINED),
    (Step.MANUAL_ALLOW, {"overrides": (ALLOWED,)}, APPROVED),
    (Step.GROUP_DENY, {"denied_by_groups": ("late",)}, DECLINED),
    (Step.GROUP_ALLOW, {"allowed_by_groups": ("vip",)}, APPROVED),
    (Step.RULES, {}, DECLINED),
]


def together(*changes: dict[str, Any]) -> dict[str, Any]:
    """Several steps speaking at once; overrides add up instead of replacing each other."""
    merged = {key: value for change in changes for key, value in change.items()}
    merged["overrides"] = tuple(one for change in changes for one in change.get("overrides", ()))
    return merged


class TestPrecedence:
    FAILING_RULES: ClassVar = {"facts": facts(completed_orders=1)}

    @pytest.mark.parametrize(("step", "change", "outcome"), PRECEDENCE)
    def test_each_step_decides_over_the_rules(self, step: Step, change: dict[str, Any], outcome: Outcome) -> None:
        # The rules are made to say the opposite of the step, so that only the step can have decided.
        opposite = {} if outcome is DECLINED and step is not Step.RULES else self.FAILING_RULES
        decision = decide(inputs(**together(change, opposite)), RULES)
        assert (decision.outcome, decision.decided_by) == (outcome, step)

    @pytest.mark.parametrize("is_swapped", [False, True])
    @pytest.mark.parametrize(("stronger", "weaker"), list(pairwise(PRECEDENCE)))
    def test_the_stronger_of_two_neighbours_decides(
        self,
        stronger: tuple[Step, dict[str, Any], Outcome],
        weaker: tuple[Step, dict[str, Any], Outcome],
        is_swapped: bool,
    ) -> None:
        step, change, outcome = stronger
        changes = (weaker[1], change) if is_swapped else (change, weaker[1])
        against = self.FAILING_RULES if outcome is APPROVED or weaker[0] is Step.RULES else {}
        decision = decide(inputs(**together(*changes, against)), RULES)
        assert (decision.outcome, decision.decided_by) == (outcome, step)
        assert answer(decision, weaker[0]) is (StepAnswer.APPROVE if weaker[2] is APPROVED else StepAnswer.DECLINE)

    def test_every_pair_follows_the_order_of_the_table(self) -> None:
        for index, (step, change, outcome) in enumerate(PRECEDENCE):
            for _, weaker, _ in PRECEDENCE[index + 1 :]:
                decision = decide(inputs(**together(change, weaker, self.FAILING_RULES)), RULES)
                assert (decision.outcome, decision.decided_by) == (outcome, step)

    def test_rules_that_are_met_let_in(self) -> None:
        decision = decide(inputs(), RULES)
        assert (decision.outcome, decision.decided_by, codes(decision)) == (APPROVED, Step.RULES, ["rules_met"])
        assert decision.is_approved
        assert decision.public_reason is None

    def test_without_rules_nobody_is_let_in(self) -> None:
        decision = decide(inputs(), None)
        assert (decision.outcome, decision.decided_by) == (DECLINED, Step.DEFAULT_DENY)
        assert codes(decision) == ["no_rules_configured"]

    @pytest.mark.parametrize(
        ("change", "step"),
        [({"overrides": (ALLOWED,)}, Step.MANUAL_ALLOW), ({"allowed_by_groups": ("vip",)}, Step.GROUP_ALLOW)],
    )
    def test_without_rules_people_and_groups_let_in(self, change: dict[str, Any], step: Step) -> None:
        decision = decide(inputs(**change), None)
        assert (decision.outcome, decision.decided_by) == (APPROVED, step)
        assert answer(decision, Step.DEFAULT_DENY) is StepAnswer.DECLINE

    def test_an_earlier_decision_hides_no_later_step(self) -> None:
        decision = decide(
            inputs(
                standing=CompanyStanding.UNKNOWN,
                credit=credit(status=LineStatus.CLOSED, limit_minor=1),
                overrides=(DENIED, ALLOWED),
                denied_by_groups=("late",),
                allowed_by_groups=("vip",),
                facts=facts(completed_orders=1, unpaid_orders=9, overdue_days=9),
                settings=PolicySettings(unpaid_orders_allowed=0, overdue_margin_days=0, maximum_order_minor=1),
            ),
            RULES,
        )
        assert {step: answer(decision, step).value for step in Step} == {
            "company": "decline",
            "line": "decline",
            "manual_deny": "decline",
            "manual_allow": "approve",
            "group_deny": "decline",
            "group_allow": "approve",
            "rules": "decline",
            "default_deny": "silent",
            "unpaid_block": "decline",
            "overdue_block": "decline",
            "order_amount": "decline",
            "credit": "decline",
            "staff_override": "silent",
        }


class TestCompanyAndLine:
    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"standing": CompanyStanding.GUEST}, ReasonCode.GUEST),
            ({"standing": CompanyStanding.UNKNOWN}, ReasonCode.COMPANY_UNKNOWN),
            ({"buyer_may_use_credit": False}, ReasonCode.BUYER_NOT_ALLOWED),
            ({"credit": None}, ReasonCode.NO_CREDIT_LINE),
            ({"credit": credit(status=LineStatus.FROZEN)}, ReasonCode.LINE_FROZEN),
            ({"credit": credit(status=LineStatus.CLOSED)}, ReasonCode.LINE_CLOSED),
        ],
    )
    def test_refuses_however_much_room_there_is(self, change: dict[str, Any], code: ReasonCode) -> None:
        decision = decide(inputs(**together({"overrides": (ALLOWED,), "allowed_by_groups": ("vip",)}, change)), RULES)
        assert (decision.outcome, codes(decision)) == (DECLINED, [code])

    def test_the_order_is_in_the_lines_currency(self) -> None:
        with pytest.raises(AssertionError, match="the line's currency"):
            decide(inputs(currency="USD"), RULES)


class TestManualOverride:
    def test_an_ended_override_has_no_effect(self) -> None:
        ended = ManualOverride(OverridePosition.DENY, "pays nobody", "ana", NOW)
        assert decide(inputs(overrides=(ended,)), RULES).decided_by is Step.RULES

    def test_an_override_binds_until_just_before_its_end(self) -> None:
        ending = ManualOverride(OverridePosition.DENY, "pays nobody", "ana", NOW + timedelta(microseconds=1))
        assert decide(inputs(overrides=(ending,)), RULES).decided_by is Step.MANUAL_DENY

    def test_its_reason_is_the_reason(self) -> None:
        assert decide(inputs(overrides=(DENIED,)), RULES).reasons == (Reason(ReasonCode.MANUAL_DENY, "pays nobody"),)


class TestGroups:
    def test_any_group_that_denies_denies(self) -> None:
        decision = decide(inputs(denied_by_groups=("late", "new"), allowed_by_groups=("vip", "b2b")), RULES)
        assert decision.reasons == (Reason(ReasonCode.GROUP_DENY, "late"), Reason(ReasonCode.GROUP_DENY, "new"))

    def test_any_group_that_allows_allows(self) -> None:
        decision = decide(inputs(allowed_by_groups=("b2b",), facts={}), RULES)
        assert decision.reasons == (Reason(ReasonCode.GROUP_ALLOW, "b2b"),)


class TestRules:
    BOTH: ClassVar = {
        "all": [
            {**TWO_ORDERS, "code": "two_orders"},
            {"fact": "vat_status", "op": "eq", "value": "valid", "on_unknown": "refer"},
        ]
    }

    def test_each_rule_that_failed_is_a_reason(self) -> None:
        decision = decide(inputs(facts=facts(completed_orders=1, vat_status="invalid")), rules(self.BOTH))
        assert decision.outcome is DECLINED
        assert decision.reasons == (
            Reason(ReasonCode.RULE_NOT_MET, "two_orders"),
            Reason(ReasonCode.RULE_NOT_MET, "vat_status"),
        )

    def test_an_unknown_fact_that_counts_against_is_told_apart(self) -> None:
        decision = decide(inputs(facts=facts(vat_status="valid")), rules(self.BOTH))
        assert decision.reasons == (Reason(ReasonCode.RULE_UNKNOWN, "two_orders"),)

    def test_an_unknown_fact_may_be_referred_to_a_person(self) -> None:
        decision = decide(inputs(facts=facts(completed_orders=2, vat_status="unknown")), rules(self.BOTH))
        assert (decision.outcome, decision.decided_by) == (REFERRED, Step.RULES)
        assert decision.reasons == (Reason(ReasonCode.RULE_UNKNOWN, "vat_status"),)
        assert decision.public_reason == PUBLIC_REASON

    def test_a_referral_does_not_outlive_a_condition_that_declines(self) -> None:
        decision = decide(inputs(facts=facts(completed_orders=2), credit=credit(limit_minor=9_999)), rules(self.BOTH))
        assert (decision.outcome, decision.decided_by) == (DECLINED, Step.CREDIT)

    def test_the_order_itself_is_a_fact_whatever_the_shop_says_of_it(self) -> None:
        small = rules({"fact": "order_amount", "op": "lte", "value": "100.00"})
        lying = {"order_amount": fact(1, currency="EUR")}
        assert decide(inputs(amount_minor=10_000, facts=lying), small).outcome is APPROVED
        assert decide(inputs(amount_minor=10_001, facts=lying), small).outcome is DECLINED

    def test_a_guest_is_known_to_be_one(self) -> None:
        decision = decide(inputs(standing=CompanyStanding.GUEST), rules({"fact": "is_guest", "op": "is_true"}))
        assert answer(decision, Step.RULES) is StepAnswer.APPROVE
        assert decision.outcome is DECLINED


class TestBlocks:
    @pytest.mark.parametrize(
        ("allowed", "unpaid", "outcome"),
        [(None, 9, APPROVED), (0, 0, APPROVED), (0, 1, DECLINED), (2, 2, APPROVED), (2, 3, DECLINED)],
    )
    def test_unpaid_orders(self, allowed: int | None, unpaid: int, outcome: Outcome) -> None:
        known = facts(completed_orders=5, unpaid_orders=unpaid)
        settings = PolicySettings(unpaid_orders_allowed=allowed)
        assert decide(inputs(facts=known, settings=settings), RULES).outcome is outcome

    @pytest.mark.parametrize(
        ("margin", "overdue", "outcome"),
        [(None, 90, APPROVED), (0, 0, APPROVED), (0, 1, DECLINED), (5, 5, APPROVED), (5, 6, DECLINED)],
    )
    def test_overdue_days(self, margin: int | None, overdue: int, outcome: Outcome) -> None:
        known = facts(completed_orders=5, overdue_days=overdue)
        settings = PolicySettings(overdue_margin_days=margin)
        assert decide(inputs(facts=known, settings=settings), RULES).outcome is outcome

    def test_unpaid_within_the_term_is_no_overdue(self) -> None:
        known = facts(completed_orders=5, overdue_days=0, unpaid_orders=3)
        assert decide(inputs(facts=known, settings=PolicySettings(overdue_margin_days=0)), RULES).is_approved

    @pytest.mark.parametrize(
        ("settings", "code"),
        [
            (PolicySettings(unpaid_orders_allowed=3), ReasonCode.UNPAID_ORDERS_UNKNOWN),
            (PolicySettings(overdue_margin_days=3), ReasonCode.OVERDUE_UNKNOWN),
        ],
    )
    @pytest.mark.parametrize("unknown", [{}, {"unpaid_orders": None, "overdue_days": None}])
    def test_not_knowing_blocks(self, settings: PolicySettings, code: ReasonCode, unknown: dict[str, None]) -> None:
        decision = decide(inputs(facts=facts(completed_orders=5, **unknown), settings=settings), RULES)
        assert (decision.outcome, codes(decision)) == (DECLINED, [code])

    def test_all_that_apply_are_reasons(self) -> None:
        decision = decide(
            inputs(
                facts=facts(completed_orders=5, unpaid_orders=2, overdue_days=7),
                settings=PolicySettings(unpaid_orders_allowed=1, overdue_margin_days=5),
                credit=credit(limit_minor=9_000),
            ),
            RULES,
        )
        assert decision.decided_by is Step.UNPAID_BLOCK
        assert decision.reasons == (
            Reason(ReasonCode.UNPAID_ORDERS, "2"),
            Reason(ReasonCode.OVERDUE, "7"),
            Reason(ReasonCode.OVER_LIMIT, "10.00"),
        )

    @pytest.mark.parametrize(
        ("change", "allow_exceed", "outcome"),
        [
            ({"overrides": (ALLOWED,)}, True, APPROVED),
            ({"overrides": (ALLOWED,)}, False, DECLINED),
            ({"allowed_by_groups": ("vip",)}, True, DECLINED),
            ({}, True, DECLINED),
        ],
    )
    def test_are_lifted_by_hand_together_with_the_limit_only(
        self, change: dict[str, Any], allow_exceed: bool, outcome: Outcome
    ) -> None:
        known = facts(completed_orders=5, unpaid_orders=9, overdue_days=90)
        settings = PolicySettings(unpaid_orders_allowed=0, overdue_margin_days=0)
        line = credit(allow_exceed=allow_exceed)
        assert decide(inputs(facts=known, settings=settings, credit=line, **change), RULES).outcome is outcome

    def test_a_lifted_block_is_still_told(self) -> None:
        decision = decide(
            inputs(
                overrides=(ALLOWED,),
                credit=credit(allow_exceed=True),
                settings=PolicySettings(unpaid_orders_allowed=0),
            ),
            None,
        )
        assert codes(decision) == ["manual_allow", "blocks_lifted"]


class TestOrderAmount:
    BOUNDS = PolicySettings(minimum_order_minor=5_000, maximum_order_minor=20_000)

    @pytest.mark.parametrize(
        ("amount_minor", "reasons"),
        [
            (4_999, [Reason(ReasonCode.BELOW_MINIMUM_ORDER, "50.00")]),
            (5_000, []),
            (20_000, []),
            (20_001, [Reason(ReasonCode.ABOVE_MAXIMUM_ORDER, "200.00")]),
        ],
    )
    def test_bounds_are_inside(self, amount_minor: int, reasons: list[Reason]) -> None:
        decision = decide(inputs(amount_minor=amount_minor, settings=self.BOUNDS), RULES)
        assert list(decision.reasons) == (reasons or [Reason(ReasonCode.RULES_MET)])

    def test_bind_the_company_let_in_by_hand_too(self) -> None:
        line = credit(allow_exceed=True)
        decision = decide(inputs(amount_minor=20_001, settings=self.BOUNDS, overrides=(ALLOWED,), credit=line), RULES)
        assert decision.outcome is DECLINED

    @pytest.mark.parametrize("amount_minor", [0, -1])
    def test_there_must_be_something_to_pay(self, amount_minor: int) -> None:
        assert codes(decide(inputs(amount_minor=amount_minor), RULES)) == ["nothing_to_pay"]

    def test_one_minor_unit_is_something(self) -> None:
        assert decide(inputs(amount_minor=1), RULES).is_approved


class TestCredit:
    @pytest.mark.parametrize("change", [{}, {"overrides": (ALLOWED,)}, {"allowed_by_groups": ("vip",)}])
    @pytest.mark.parametrize(("amount_minor", "outcome"), [(40_000, APPROVED), (40_001, DECLINED)])
    def test_the_limit_is_reached_but_not_passed_however_one_was_let_in(
        self, change: dict[str, Any], amount_minor: int, outcome: Outcome
    ) -> None:
        line = credit(limit_minor=100_000, used_minor=60_000)
        assert decide(inputs(amount_minor=amount_minor, credit=line, **change), RULES).outcome is outcome

    def test_says_by_how_much_it_does_not_fit(self) -> None:
        decision = decide(inputs(credit=credit(limit_minor=9_999)), RULES)
        assert decision.reasons == (Reason(ReasonCode.OVER_LIMIT, "0.01"),)

    @pytest.mark.parametrize(
        ("over_limit", "allow_exceed", "outcome", "code"),
        [
            (OverLimit.DECLINE, False, DECLINED, ReasonCode.OVER_LIMIT),
            (OverLimit.REFER, False, REFERRED, ReasonCode.OVER_LIMIT),
            (OverLimit.DECLINE, True, APPROVED, ReasonCode.OVER_LIMIT_ALLOWED),
            (OverLimit.REFER, True, APPROVED, ReasonCode.OVER_LIMIT_ALLOWED),
        ],
    )
    def test_what_happens_above_the_limit_is_a_choice(
        self, over_limit: OverLimit, allow_exceed: bool, outcome: Outcome, code: ReasonCode
    ) -> None:
        line = credit(limit_minor=9_000, allow_exceed=allow_exceed)
        decision = decide(inputs(credit=line, settings=PolicySettings(over_limit=over_limit)), RULES)
        assert decision.outcome is outcome
        assert decision.reasons[-1] == Reason(code, "10.00")

    @pytest.mark.parametrize("limit_minor", [None, 0])
    def test_no_limit_is_no_credit_and_cannot_be_exceeded(self, limit_minor: int | None) -> None:
        line = credit(limit_minor=limit_minor, allow_exceed=True, tolerance_minor=50_000)
        decision = decide(inputs(credit=line, settings=PolicySettings(over_limit=OverLimit.REFER)), RULES)
        assert (decision.outcome, codes(decision)) == (DECLINED, ["no_credit_limit"])

    def test_unlimited_fits_everything(self) -> None:
        line = credit(used_minor=10**12)
        unlimited = line._replace(limit=CreditLimit(LimitKind.UNLIMITED, None, LimitSource.GROUP))
        assert decide(inputs(amount_minor=10**12, credit=unlimited), RULES).is_approved


class TestStaffOverride:
    OVERRIDE = StaffOverride("ana", "paid half in advance")

    @pytest.mark.parametrize(
        "change",
        [
            {"credit": credit(status=LineStatus.FROZEN)},
            {"credit": credit(limit_minor=None)},
            {"credit": credit(limit_minor=1)},
            {"buyer_may_use_credit": False},
            {"overrides": (DENIED,)},
            {"denied_by_groups": ("late",)},
            {"facts": {}},
            {"settings": PolicySettings(unpaid_orders_allowed=0)},
            {"settings": PolicySettings(maximum_order_minor=1)},
        ],
    )
    def test_approves_what_was_refused_and_keeps_what_it_overruled(self, change: dict[str, Any]) -> None:
        refused = decide(inputs(**change), RULES)
        decision = decide(inputs(**change, staff_override=self.OVERRIDE), RULES)
        assert (decision.outcome, decision.decided_by) == (APPROVED, Step.STAFF_OVERRIDE)
        assert decision.reasons == (Reason(ReasonCode.STAFF_OVERRIDE, "ana"),)
        assert decision.staff_override_effect is StaffOverrideEffect.APPLIED
        assert decision.overruled == (refused.outcome, refused.decided_by, refused.reasons)

    def test_approves_a_referral(self) -> None:
        settings = PolicySettings(over_limit=OverLimit.REFER)
        decision = decide(inputs(credit=credit(limit_minor=1), settings=settings, staff_override=self.OVERRIDE), RULES)
        assert decision.is_approved
        assert decision.overruled is not None
        assert decision.overruled.outcome is REFERRED

    @pytest.mark.parametrize(
        "change",
        [
            {"standing": CompanyStanding.GUEST},
            {"standing": CompanyStanding.UNKNOWN},
            {"credit": None},
            {"credit": credit(status=LineStatus.CLOSED)},
            {"amount_minor": 0},
            {"overrides": (DENIED,), "credit": credit(status=LineStatus.CLOSED)},
            {"overrides": (DENIED,), "amount_minor": 0},
        ],
    )
    def test_is_refused_where_nobody_would_owe_or_nothing_is_agreed(self, change: dict[str, Any]) -> None:
        decision = decide(inputs(**change, staff_override=self.OVERRIDE), RULES)
        without = decide(inputs(**change), RULES)
        assert (decision.outcome, decision.reasons) == (DECLINED, without.reasons)
        assert decision.staff_override_effect is StaffOverrideEffect.REFUSED
        assert decision.overruled is None

    def test_is_not_needed_where_the_order_is_approved_anyway(self) -> None:
        decision = decide(inputs(staff_override=self.OVERRIDE), RULES)
        assert (decision.decided_by, decision.staff_override_effect) == (Step.RULES, StaffOverrideEffect.NOT_NEEDED)

    def test_without_one_nothing_is_said_of_it(self) -> None:
        assert decide(inputs(), RULES).staff_override_effect is None
