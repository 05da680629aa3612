"""The decision whether a company may order on terms now: a fixed precedence, every step asked, all of it explained.

Pure and on the hot path: nothing is fetched, copied deeply or formatted here; `to_trace` in `trace.py` writes it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple, assert_never

from service.core.money import format_amount
from service.credit.domain import CreditPosition, LineStatus
from service.eligibility.evaluation import CompiledRules, RulesResult, Truth
from service.eligibility.facts import Fact
from service.eligibility.inputs import CompanyStanding, DecisionInputs, OverLimit, OverridePosition
from service.eligibility.reasons import PUBLIC_REASON, Reason, ReasonCode

__all__ = ["Decision", "Finding", "Outcome", "Settlement", "StaffOverrideEffect", "Step", "StepAnswer", "decide"]


class Outcome(StrEnum):
    """Referred means that a person with the right to approve must decide."""

    APPROVED = "approved"
    DECLINED = "declined"
    REFERRED = "referred"


class Step(StrEnum):
    """All that is asked, in the order of precedence (S18). Up to `default_deny` it is about being let in at all."""

    COMPANY = "company"
    LINE = "line"
    MANUAL_DENY = "manual_deny"
    MANUAL_ALLOW = "manual_allow"
    GROUP_DENY = "group_deny"
    GROUP_ALLOW = "group_allow"
    RULES = "rules"
    DEFAULT_DENY = "default_deny"
    UNPAID_BLOCK = "unpaid_block"
    OVERDUE_BLOCK = "overdue_block"
    ORDER_AMOUNT = "order_amount"
    CREDIT = "credit"
    STAFF_OVERRIDE = "staff_override"


class StepAnswer(StrEnum):
    """What a step says by itself, whether or not an earlier one already decided. Silent: nothing against or for."""

    SILENT = "silent"
    APPROVE = "approve"
    REFER = "refer"
    DECLINE = "decline"


class StaffOverrideEffect(StrEnum):
    """What became of an override: needless on an approved order, refused where nothing can be overridden."""

    APPLIED = "applied"
    NOT_NEEDED = "not_needed"
    REFUSED = "refused"


class Finding(NamedTuple):
    """What one step found."""

    answer: StepAnswer
    reasons: tuple[Reason, ...] = ()


class Settlement(NamedTuple):
    """What the findings come to. The reasons are those of the step that decided, or of all conditions that did."""

    outcome: Outcome
    decided_by: Step
    reasons: tuple[Reason, ...]


class Decision(NamedTuple):
    """The answer with all it rests on. `findings` follow the order of `Step`; `overruled` is what staff overrode."""

    outcome: Outcome
    decided_by: Step
    reasons: tuple[Reason, ...]
    findings: tuple[Finding, ...]
    inputs: DecisionInputs
    rules: CompiledRules | None
    rules_result: RulesResult | None
    staff_override_effect: StaffOverrideEffect | None
    overruled: Settlement | None

    @property
    def is_approved(self) -> bool:
        return self.outcome is _APPROVED

    @property
    def public_reason(self) -> str | None:
        """The only reason a buyer may see; None when approved."""
        return None if self.outcome is Outcome.APPROVED else PUBLIC_REASON


# Naming a member of an enumeration costs more than a comparison, and these are named in every decision.
_APPROVED: Final = Outcome.APPROVED
_KNOWN: Final = CompanyStanding.KNOWN
_ACTIVE: Final = LineStatus.ACTIVE
_MANUAL_ALLOW: Final = Step.MANUAL_ALLOW
_DECLINE: Final = StepAnswer.DECLINE
_PASS: Final = Truth.PASS
_SILENT: Final = Finding(StepAnswer.SILENT)
_NOTHING_BY_HAND: Final = (_SILENT, _SILENT, _SILENT, _SILENT)
_STEPS: Final = tuple(Step)
_FIRST_CONDITION: Final = _STEPS.index(Step.UNPAID_BLOCK)
_ALL_CONDITIONS_MET: Final = (_SILENT,) * (len(_STEPS) - 1 - _FIRST_CONDITION)
# The harshest first.
_OUTCOMES: Final = {
    StepAnswer.DECLINE: Outcome.DECLINED,
    StepAnswer.REFER: Outcome.REFERRED,
    StepAnswer.APPROVE: Outcome.APPROVED,
}
_ORDER_FACTS: Final = frozenset({"order_amount", "is_guest"})
# No debtor, no agreement or nothing owed: there is nothing a person could take the responsibility for.
_NOT_OVERRIDABLE: Final = frozenset(
    {
        ReasonCode.GUEST,
        ReasonCode.COMPANY_UNKNOWN,
        ReasonCode.NO_CREDIT_LINE,
        ReasonCode.LINE_CLOSED,
        ReasonCode.NOTHING_TO_PAY,
    }
)


def decide(inputs: DecisionInputs, rules: CompiledRules | None) -> Decision:
    """Decide by the precedence of S18, asking every step even when an earlier one decides (S20).

    Once let in, an order still meets the blocks, the order bounds and the limit; the harshest of them wins.
    No rules means that only people and groups let companies in (S24).
    """
    assert inputs.credit is None or inputs.credit.currency == inputs.currency, "the order is in the line's currency"
    result = None if rules is None else rules.evaluate(_facts(inputs, rules))
    admission = (
        _judge_company(inputs),
        _judge_line(inputs.credit),
        *_judge_by_hand(inputs),
        _judge_rules(result),
        _NO_RULES if result is None else _SILENT,
    )
    admitting = _admitting(admission)
    is_lifted = _STEPS[admitting] is _MANUAL_ALLOW and inputs.credit is not None and inputs.credit.allow_exceed
    findings = (
        *admission,
        _judge_unpaid(inputs, is_lifted=is_lifted),
        _judge_overdue(inputs, is_lifted=is_lifted),
        _judge_order_amount(inputs),
        _judge_credit(inputs),
    )
    settlement = _settle(findings, admitting)
    return _conclude(settlement, findings, inputs=inputs, rules=rules, result=result)


def _facts(inputs: DecisionInputs, rules: CompiledRules) -> Mapping[str, Fact]:
    if _ORDER_FACTS.isdisjoint(rules.facts_used):
        return inputs.facts
    today = inputs.now.date()
    return {
        **inputs.facts,
        "order_amount": Fact(inputs.amount_minor, "order", today, inputs.currency),
        "is_guest": Fact(inputs.standing is CompanyStanding.GUEST, "order", today),
    }


def _judge_company(inputs: DecisionInputs) -> Finding:
    if inputs.standing is _KNOWN:
        return _SILENT if inputs.buyer_may_use_credit else _decline(ReasonCode.BUYER_NOT_ALLOWED)
    return _decline(ReasonCode.GUEST if inputs.standing is CompanyStanding.GUEST else ReasonCode.COMPANY_UNKNOWN)


def _judge_line(credit: CreditPosition | None) -> Finding:
    if credit is None:
        return _decline(ReasonCode.NO_CREDIT_LINE)
    if credit.status is _ACTIVE:
        return _SILENT
    return _decline(ReasonCode.LINE_FROZEN if credit.status is LineStatus.FROZEN else ReasonCode.LINE_CLOSED)


def _judge_by_hand(inputs: DecisionInputs) -> tuple[Finding, Finding, Finding, Finding]:
    """What people set for this company and for its groups; a deny comes before an allow on each level (S18)."""
    if not (inputs.overrides or inputs.denied_by_groups or inputs.allowed_by_groups):
        return _NOTHING_BY_HAND
    return (
        _judge_overrides(inputs, OverridePosition.DENY),
        _judge_overrides(inputs, OverridePosition.ALLOW),
        _judge_names(inputs.denied_by_groups, ReasonCode.GROUP_DENY, OverridePosition.DENY),
        _judge_names(inputs.allowed_by_groups, ReasonCode.GROUP_ALLOW, OverridePosition.ALLOW),
    )


def _judge_overrides(inputs: DecisionInputs, position: OverridePosition) -> Finding:
    active = [each for each in inputs.overrides if each.position is position and each.is_active(inputs.now)]
    code = ReasonCode.MANUAL_DENY if position is OverridePosition.DENY else ReasonCode.MANUAL_ALLOW
    return _judge_names(tuple(each.reason for each in active), code, position)


def _judge_names(names: tuple[str, ...], code: ReasonCode, position: OverridePosition) -> Finding:
    """One that is there is enough: any deny denies, any allow allows (S19)."""
    if not names:
        return _SILENT
    answer = StepAnswer.DECLINE if position is OverridePosition.DENY else StepAnswer.APPROVE
    return Finding(answer, tuple(Reason(code, name) for name in names))


def _judge_rules(result: RulesResult | None) -> Finding:
    if result is None:
        return _SILENT
    if result.verdict is _PASS:
        return _RULES_MET
    reasons = tuple(
        Reason(
            ReasonCode.RULE_UNKNOWN if answer.truth is Truth.UNKNOWN else ReasonCode.RULE_NOT_MET,
            answer.leaf.comparison.code,
        )
        for answer in result.decisive
    )
    return Finding(StepAnswer.DECLINE if result.verdict is Truth.FAIL else StepAnswer.REFER, reasons)


def _judge_unpaid(inputs: DecisionInputs, *, is_lifted: bool) -> Finding:
    allowed = inputs.settings.unpaid_orders_allowed
    if allowed is None:
        return _SILENT
    measured = _count(inputs.facts.get("unpaid_orders"))
    if measured is None:
        return _BLOCKS_LIFTED if is_lifted else _decline(ReasonCode.UNPAID_ORDERS_UNKNOWN)
    if measured <= allowed:
        return _SILENT
    return _BLOCKS_LIFTED if is_lifted else _decline(ReasonCode.UNPAID_ORDERS, str(measured))


def _judge_overdue(inputs: DecisionInputs, *, is_lifted: bool) -> Finding:
    margin = inputs.settings.overdue_margin_days
    if margin is None:
        return _SILENT
    measured = _count(inputs.facts.get("overdue_days"))
    if measured is None:
        return _BLOCKS_LIFTED if is_lifted else _decline(ReasonCode.OVERDUE_UNKNOWN)
    if measured <= margin:
        return _SILENT
    return _BLOCKS_LIFTED if is_lifted else _decline(ReasonCode.OVERDUE, str(measured))


def _count(fact: Fact | None) -> int | None:
    return fact.value if fact is not None and type(fact.value) is int else None


def _judge_order_amount(inputs: DecisionInputs) -> Finding:
    amount, settings = inputs.amount_minor, inputs.settings
    if amount <= 0:
        return _decline(ReasonCode.NOTHING_TO_PAY)
    if settings.minimum_order_minor is not None and amount < settings.minimum_order_minor:
        bound = format_amount(settings.minimum_order_minor, inputs.currency)
        return _decline(ReasonCode.BELOW_MINIMUM_ORDER, bound)
    if settings.maximum_order_minor is not None and amount > settings.maximum_order_minor:
        bound = format_amount(settings.maximum_order_minor, inputs.currency)
        return _decline(ReasonCode.ABOVE_MAXIMUM_ORDER, bound)
    return _SILENT


def _judge_credit(inputs: DecisionInputs) -> Finding:
    """Room under the limit. A limit of none is no credit at all, so that nothing can be exceeded or referred (S14)."""
    credit = inputs.credit
    if credit is None or credit.fits(inputs.amount_minor):
        return _SILENT
    available = credit.available_minor
    if not credit.limit.gives_credit or available is None:
        return _decline(ReasonCode.NO_CREDIT_LIMIT)
    excess = format_amount(inputs.amount_minor - available, inputs.currency)
    if credit.allow_exceed:
        return Finding(StepAnswer.APPROVE, (Reason(ReasonCode.OVER_LIMIT_ALLOWED, excess),))
    match inputs.settings.over_limit:
        case OverLimit.DECLINE:
            return _decline(ReasonCode.OVER_LIMIT, excess)
        case OverLimit.REFER:
            return Finding(StepAnswer.REFER, (Reason(ReasonCode.OVER_LIMIT, excess),))
        case _:
            assert_never(inputs.settings.over_limit)


def _decline(code: ReasonCode, subject: str = "") -> Finding:
    return Finding(StepAnswer.DECLINE, (Reason(code, subject),))


_RULES_MET: Final = Finding(StepAnswer.APPROVE, (Reason(ReasonCode.RULES_MET),))
_NO_RULES: Final = _decline(ReasonCode.NO_RULES_CONFIGURED)
_BLOCKS_LIFTED: Final = Finding(StepAnswer.APPROVE, (Reason(ReasonCode.BLOCKS_LIFTED),))


def _admitting(admission: tuple[Finding, ...]) -> int:
    """The admission step that speaks first. The last two are never silent together, so there always is one."""
    for index, finding in enumerate(admission):
        if finding is not _SILENT:
            return index
    raise AssertionError("rules approve, refer or decline, and where there are none the default declines")


def _settle(findings: tuple[Finding, ...], admitting: int) -> Settlement:
    """Whoever is not let in is declined for that alone; whoever is, meets all conditions, the harshest first."""
    answer, reasons = findings[admitting]
    if answer is _DECLINE or findings[_FIRST_CONDITION:] == _ALL_CONDITIONS_MET:
        return Settlement(_OUTCOMES[answer], _STEPS[admitting], reasons)
    conditions = range(_FIRST_CONDITION, len(findings))
    speaking = [admitting, *[index for index in conditions if findings[index] is not _SILENT]]
    for harshest, outcome in _OUTCOMES.items():
        deciding = [index for index in speaking if findings[index].answer is harshest]
        if deciding:
            reasons = tuple([reason for index in deciding for reason in findings[index].reasons])
            return Settlement(outcome, _STEPS[deciding[0]], reasons)
    raise AssertionError("the admitting step has one of the answers")


def _conclude(
    settlement: Settlement,
    findings: tuple[Finding, ...],
    *,
    inputs: DecisionInputs,
    rules: CompiledRules | None,
    result: RulesResult | None,
) -> Decision:
    override, effect, overruled, approval = inputs.staff_override, None, None, _SILENT
    if override is None:
        pass
    elif settlement.outcome is _APPROVED:
        effect = StaffOverrideEffect.NOT_NEEDED
    elif any(reason.code in _NOT_OVERRIDABLE for finding in findings for reason in finding.reasons):
        effect = StaffOverrideEffect.REFUSED
    else:
        effect = StaffOverrideEffect.APPLIED
        overruled = settlement
        approval = Finding(StepAnswer.APPROVE, (Reason(ReasonCode.STAFF_OVERRIDE, override.author),))
        settlement = Settlement(Outcome.APPROVED, Step.STAFF_OVERRIDE, approval.reasons)
    return Decision(
        outcome=settlement.outcome,
        decided_by=settlement.decided_by,
        reasons=settlement.reasons,
        findings=(*findings, approval),
        inputs=inputs,
        rules=rules,
        rules_result=result,
        staff_override_effect=effect,
        overruled=overruled,
    )
