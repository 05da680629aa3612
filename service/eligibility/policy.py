"""A policy as it is stored: rules, and the checks beside them. Read strictly, so that a broken one is never guessed at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from service.core.errors import FieldProblem
from service.core.money import InvalidAmount, UnknownCurrency, currency_exponent, format_amount, parse_amount
from service.eligibility.errors import RulesInvalid
from service.eligibility.evaluation import CompiledRules, compile_rules
from service.eligibility.inputs import BLOCK_FACTS, OverLimit, PolicySettings
from service.eligibility.rules import parse_rules

__all__ = ["NO_POLICY", "WITHDRAWN", "Policy", "is_withdrawn", "parse_policy", "settings_to_json"]

_KEYS: Final = frozenset(
    {
        "currency",
        "unpaid_orders_allowed",
        "overdue_margin_days",
        "minimum_order",
        "maximum_order",
        "over_limit",
        "hide_when_credit_insufficient",
    }
)
_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a policy, ready to be asked. `version` 0 is the policy of a merchant who has set none.

    Order bounds bind lines of the policy's own currency; nothing is converted. `facts_needed` are those that rules and
    blocks ask for.
    """

    version: int
    currency: str | None
    rules: CompiledRules | None
    settings: PolicySettings
    hide_when_credit_insufficient: bool = True
    facts_needed: frozenset[str] = BLOCK_FACTS

    def settings_for(self, currency: str) -> PolicySettings:
        """The checks that apply to a line of this currency."""
        if currency == self.currency or (
            self.settings.minimum_order_minor is None and self.settings.maximum_order_minor is None
        ):
            return self.settings
        return PolicySettings(
            unpaid_orders_allowed=self.settings.unpaid_orders_allowed,
            overdue_margin_days=self.settings.overdue_margin_days,
            over_limit=self.settings.over_limit,
        )


NO_POLICY: Final = Policy(version=0, currency=None, rules=None, settings=PolicySettings())
# The settings of a version that says: from here on there is no policy of one's own. No version is ever removed.
WITHDRAWN: Final[Mapping[str, Any]] = MappingProxyType({"withdrawn": True})


def is_withdrawn(settings: Mapping[str, Any]) -> bool:
    """Whether these stored settings end a policy instead of being one."""
    return settings == WITHDRAWN


def parse_policy(rules: object, settings: Mapping[str, Any], *, version: int) -> Policy:
    """Read a policy. Raises RulesInvalid, whose pointers start with `/rules` or `/settings`."""
    problems: list[FieldProblem] = []
    problems.extend(
        FieldProblem(pointer=f"/settings/{key}", code="unknown_key", detail="There is no such setting")
        for key in settings
        if key not in _KEYS
    )
    currency = settings.get("currency")
    try:
        currency_exponent(currency if isinstance(currency, str) else "")
    except UnknownCurrency:
        problems.append(
            FieldProblem(pointer="/settings/currency", code="currency_unknown", detail="An ISO 4217 currency is needed")
        )
        raise RulesInvalid(problems) from None
    assert isinstance(currency, str), "a known currency is a text"
    values = PolicySettings(
        unpaid_orders_allowed=_count(settings, "unpaid_orders_allowed", problems),
        overdue_margin_days=_count(settings, "overdue_margin_days", problems),
        minimum_order_minor=_amount(settings, "minimum_order", currency, problems=problems),
        maximum_order_minor=_amount(settings, "maximum_order", currency, problems=problems),
        over_limit=_over_limit(settings, problems),
    )
    hide = settings.get("hide_when_credit_insufficient", True)
    if not isinstance(hide, bool):
        problems.append(
            FieldProblem(
                pointer="/settings/hide_when_credit_insufficient", code="wrong_type", detail="Must be true or false"
            )
        )
    try:
        parsed = parse_rules(rules, currency=currency)
    except RulesInvalid as invalid:
        problems.extend(
            FieldProblem(pointer=f"/rules{one['pointer']}", code=one["code"], detail=one["detail"])
            for one in invalid.problems
        )
        parsed = None
    if problems:
        raise RulesInvalid(problems)
    compiled = compile_rules(parsed, version=version)
    return Policy(
        version=version,
        currency=currency,
        rules=compiled,
        settings=values,
        hide_when_credit_insufficient=bool(hide),
        facts_needed=BLOCK_FACTS if compiled is None else BLOCK_FACTS | compiled.facts_used,
    )


def settings_to_json(policy: Policy) -> dict[str, Any]:
    """The settings with defaults written out, as `parse_policy` reads them back."""
    assert policy.currency is not None, "only a policy that was set is written out"
    settings = policy.settings

    def shown(amount_minor: int | None) -> str | None:
        return None if amount_minor is None else format_amount(amount_minor, policy.currency or "")

    return {
        "currency": policy.currency,
        "unpaid_orders_allowed": settings.unpaid_orders_allowed,
        "overdue_margin_days": settings.overdue_margin_days,
        "minimum_order": shown(settings.minimum_order_minor),
        "maximum_order": shown(settings.maximum_order_minor),
        "over_limit": settings.over_limit.value,
        "hide_when_credit_insufficient": policy.hide_when_credit_insufficient,
    }


def _count(settings: Mapping[str, Any], name: str, problems: list[FieldProblem]) -> int | None:
    value = settings.get(name)
    if value is None or (type(value) is int and 0 <= value <= _MOST):
        return value
    problems.append(
        FieldProblem(
            pointer=f"/settings/{name}", code="wrong_type", detail=f"A whole number from 0 to {_MOST}, or null"
        )
    )
    return None


def _amount(settings: Mapping[str, Any], name: str, currency: str, *, problems: list[FieldProblem]) -> int | None:
    value = settings.get(name)
    if value is None:
        return None
    try:
        amount_minor = parse_amount(value if isinstance(value, str) else "", currency)
    except InvalidAmount:
        amount_minor = -1
    if amount_minor >= 0:
        return amount_minor
    problems.append(
        FieldProblem(
            pointer=f"/settings/{name}", code="amount_invalid", detail=f"A decimal string of {currency}, or null"
        )
    )
    return None


def _over_limit(settings: Mapping[str, Any], problems: list[FieldProblem]) -> OverLimit:
    value = settings.get("over_limit", OverLimit.DECLINE.value)
    for known in OverLimit:
        if known.value == value:
            return known
    problems.append(FieldProblem(pointer="/settings/over_limit", code="wrong_type", detail="One of: decline, refer"))
    return OverLimit.DECLINE
