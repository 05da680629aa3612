"""A decision written out for keeping with the hold (S21) and for showing to staff: plain JSON values, compact."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from service.core.money import format_amount
from service.credit.domain import CreditPosition, LimitKind
from service.eligibility.domain import Decision, Step, StepAnswer
from service.eligibility.inputs import DecisionInputs, ManualOverride

__all__ = ["to_trace"]


def to_trace(decision: Decision) -> dict[str, Any]:
    """All steps and all rules of a decision. Amounts are decimal strings of the line's currency.

    What does not apply is left out: no `credit` without a line, no `blocks` when none is set. Never for buyers.
    """
    inputs = decision.inputs
    trace: dict[str, Any] = {
        "outcome": str(decision.outcome),
        "decided_by": str(decision.decided_by),
        "reasons": [reason.to_trace() for reason in decision.reasons],
        "amount": format_amount(inputs.amount_minor, inputs.currency),
        "currency": inputs.currency,
        "steps": _steps(tuple([finding.answer for finding in decision.findings])),
    }
    if decision.rules is not None and decision.rules_result is not None:
        trace["rules_version"] = decision.rules.version
        trace["rules"] = [answer.to_trace() for answer in decision.rules_result.answers]
    if inputs.credit is not None:
        trace["credit"] = _credit(inputs.credit)
    blocks = _blocks(inputs)
    if blocks:
        trace["blocks"] = blocks
    if inputs.denied_by_groups or inputs.allowed_by_groups:
        trace["groups"] = {"deny": list(inputs.denied_by_groups), "allow": list(inputs.allowed_by_groups)}
    if inputs.overrides:
        trace["overrides"] = [_manual_override(override, inputs) for override in inputs.overrides]
    if inputs.staff_override is not None:
        trace["staff_override"] = _staff_override(decision)
    return trace


@lru_cache(maxsize=1024)
def _steps(answers: tuple[StepAnswer, ...]) -> dict[str, list[str]]:
    """Every step under what it said; those with nothing to say are listed too, so that all are accounted for.

    Only a few combinations ever occur, so traces share what is written of each.
    """
    steps: dict[str, list[str]] = {StepAnswer.SILENT.value: []}
    for step, answer in zip(Step, answers, strict=True):
        steps.setdefault(answer.value, []).append(step.value)
    return steps


def _credit(credit: CreditPosition) -> dict[str, Any]:
    limit, ceiling, exposure, currency = credit.limit, credit.ceiling_minor, credit.exposure_minor, credit.currency
    shown: dict[str, Any] = {
        "status": str(credit.status),
        "limit": str(limit.kind) if limit.amount_minor is None else format_amount(limit.amount_minor, currency),
        "limit_from": str(limit.source),
        "exposure": format_amount(exposure, currency),
        "available": None if ceiling is None else format_amount(ceiling - exposure, currency),
    }
    if limit.source_ref is not None:
        shown["limit_ref"] = limit.source_ref
    if (credit.tolerance_minor or credit.tolerance_bp) and limit.kind is LimitKind.AMOUNT:
        shown["ceiling"] = format_amount(ceiling or 0, currency)
    if credit.allow_exceed:
        shown["allow_exceed"] = True
    return shown


def _blocks(inputs: DecisionInputs) -> dict[str, Any]:
    settings = inputs.settings
    blocks: dict[str, Any] = {}
    if settings.unpaid_orders_allowed is not None:
        blocks["unpaid_orders"] = _measured(inputs, "unpaid_orders", settings.unpaid_orders_allowed)
    if settings.overdue_margin_days is not None:
        blocks["overdue_days"] = _measured(inputs, "overdue_days", settings.overdue_margin_days)
    if settings.minimum_order_minor is not None:
        blocks["minimum_order"] = format_amount(settings.minimum_order_minor, inputs.currency)
    if settings.maximum_order_minor is not None:
        blocks["maximum_order"] = format_amount(settings.maximum_order_minor, inputs.currency)
    return blocks


def _measured(inputs: DecisionInputs, name: str, allowed: int) -> dict[str, Any]:
    fact = inputs.facts.get(name)
    return {"measured": None if fact is None else fact.value, "allowed": allowed}


def _manual_override(override: ManualOverride, inputs: DecisionInputs) -> dict[str, Any]:
    return {
        "position": str(override.position),
        "reason": override.reason,
        "author": override.author,
        "until": None if override.until is None else override.until.isoformat(),
        "is_active": override.is_active(inputs.now),
    }


def _staff_override(decision: Decision) -> dict[str, Any]:
    override, effect, overruled = decision.inputs.staff_override, decision.staff_override_effect, decision.overruled
    assert override is not None, "asked for only when there is one"
    assert effect is not None, "an override always has an effect"
    shown: dict[str, Any] = {"author": override.author, "reason": override.reason, "effect": str(effect)}
    if overruled is not None:
        shown["overruled"] = {
            "outcome": str(overruled.outcome),
            "decided_by": str(overruled.decided_by),
            "reasons": [reason.to_trace() for reason in overruled.reasons],
        }
    return shown
