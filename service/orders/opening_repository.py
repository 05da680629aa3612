"""SQL of taking over: the decision that is kept beside a hold placed without the checkout."""

from __future__ import annotations

from sqlalchemy import insert

from service.core.money import Money
from service.credit.lines import Hold
from service.eligibility.domain import Decision
from service.eligibility.models import DecisionRow
from service.eligibility.trace import to_trace
from service.infra.work import Work

__all__ = ["insert_decision"]


async def insert_decision(work: Work, hold: Hold, decision: Decision, *, amount: Money) -> None:
    """Keep why a hold was placed, under the hold's id, as the checkout does (S21)."""
    await work.session.execute(
        insert(DecisionRow).values(
            merchant_id=work.merchant_id,
            id=hold.id,
            shop_id=hold.shop_id,
            company_id=hold.company_id,
            outcome=decision.outcome.value,
            currency=amount.currency,
            amount_minor=amount.amount_minor,
            # No policy was asked: the order was accepted before there was one.
            policy_version=0,
            author=work.author,
            trace=to_trace(decision),
            decided_at=work.now,
        )
    )
