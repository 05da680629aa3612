"""What the eligibility tests decide about: an ordinary company that nothing speaks against, to be varied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from service.credit.domain import CreditLimit, CreditPosition, LimitKind, LimitSource, LineStatus
from service.eligibility.evaluation import CompiledRules, compile_rules
from service.eligibility.facts import Fact
from service.eligibility.inputs import DecisionInputs
from service.eligibility.rules import parse_rules
from service.ledger.domain import Balances

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
YESTERDAY = date(2026, 3, 1)

TWO_ORDERS = {"fact": "completed_orders", "op": "gte", "value": 2}


def rules(document: object, *, currency: str = "EUR") -> CompiledRules:
    compiled = compile_rules(parse_rules(document, currency=currency), version=7)
    assert compiled is not None, "the test means to have rules"
    return compiled


def fact(value: Any, *, currency: str | None = None) -> Fact:
    return Fact(value, "shop", YESTERDAY, currency)


def facts(**values: Any) -> Mapping[str, Fact]:
    return {name: fact(value) for name, value in values.items()}


def credit(
    *, limit_minor: int | None = 100_000, used_minor: int = 0, status: LineStatus = LineStatus.ACTIVE, **more: Any
) -> CreditPosition:
    limit = CreditLimit(
        LimitKind.NONE if limit_minor is None else LimitKind.AMOUNT, limit_minor, LimitSource.COMPANY, "C-1"
    )
    return CreditPosition(currency="EUR", status=status, limit=limit, balances=Balances(receivable=used_minor), **more)


ORDINARY = DecisionInputs(
    amount_minor=10_000, currency="EUR", now=NOW, credit=credit(), facts=facts(completed_orders=5)
)


def inputs(**changes: Any) -> DecisionInputs:
    return ORDINARY._replace(**changes)
