"""The answers to quotes and holds, as plain JSON values."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from service.core.money import format_amount
from service.credit.domain import CreditPosition
from service.eligibility.domain import Outcome
from service.eligibility.reasons import PUBLIC_TEXT, ReasonCode
from service.eligibility.trace import to_trace
from service.orders.assessment import Applicant, Assessment
from service.orders.checkout import HoldAsked
from service.orders.policy import OfferedTerms, ShopPolicy

__all__ = ["declined_hold", "hold", "quote", "withheld_quote"]

_WITHHELD_TEXTS = {
    "settings_broken": "A stored setting of the shop cannot be read; payment on terms is withheld until it is mended.",
    "no_terms_offered": "No active payment terms are left for this company; allow some, or mend the codes.",
}


def quote(found: Assessment, applicant: Applicant, *, shop: ShopPolicy, explain: bool) -> dict[str, Any]:
    decision, approved = found.decision, found.decision.is_approved
    reasons = decision.reasons
    insufficient = not approved and any(
        reason.code in (ReasonCode.OVER_LIMIT, ReasonCode.NO_CREDIT_LIMIT) for reason in reasons
    )
    body: dict[str, Any] = {
        "outcome": str(decision.outcome),
        "is_hidden": not approved and (not insufficient or shop.policy.hide_when_credit_insufficient),
        "public_text": None if approved else PUBLIC_TEXT,
        "reasons": [{"code": str(reason.code), "text": reason.text} for reason in reasons],
        "amount": format_amount(applicant.amount_minor, applicant.currency),
        "currency": applicant.currency,
        "terms": [offered.shown for offered in found.offered_terms] if approved else [],
        "due_date_is_estimate": True,
        "show_credit": found.may_see_credit,
        "show_due_date": approved and all(offered.shows_due_date for offered in found.offered_terms),
        **_credit(found.position),
        "trace": to_trace(decision) if explain else None,
    }
    return body


def withheld_quote(applicant: Applicant, code: str) -> dict[str, Any]:
    """The method is withheld whatever the company: an unknown setting never falls back to a guess (G07)."""
    return {
        "outcome": Outcome.DECLINED.value,
        "is_hidden": True,
        "public_text": PUBLIC_TEXT,
        "reasons": [{"code": code, "text": _WITHHELD_TEXTS[code]}],
        "amount": format_amount(applicant.amount_minor, applicant.currency),
        "currency": applicant.currency,
        "terms": [],
        "due_date_is_estimate": True,
        "show_credit": False,
        "show_due_date": False,
        **_credit(None),
        "trace": None,
    }


def hold(
    hold_id: UUID,
    found: Assessment,
    asked: HoldAsked,
    *,
    chosen: OfferedTerms,
    expires_at: datetime,
    available_minor: int | None,
) -> dict[str, Any]:
    assert found.position is not None, "nothing is approved without a credit line"
    currency = found.position.currency
    return {
        "outcome": Outcome.APPROVED.value,
        "hold_id": hold_id,
        "decision_id": hold_id,
        "status": "pending",
        "public_text": None,
        "reasons": [{"code": str(reason.code), "text": reason.text} for reason in found.decision.reasons],
        "amount": format_amount(asked.quote.amount_minor, asked.quote.currency),
        "currency": asked.quote.currency,
        "terms": chosen.shown,
        "due_date_is_estimate": True,
        "show_due_date": chosen.shows_due_date,
        "expires_at": expires_at,
        "credit_currency": currency,
        "available_credit": None if available_minor is None else format_amount(max(0, available_minor), currency),
    }


def declined_hold(decision_id: UUID, found: Assessment, asked: HoldAsked) -> dict[str, Any]:
    credit = _credit(found.position)
    return {
        "outcome": str(found.decision.outcome),
        "hold_id": None,
        "decision_id": decision_id,
        "status": None,
        "public_text": PUBLIC_TEXT,
        "reasons": [{"code": str(reason.code), "text": reason.text} for reason in found.decision.reasons],
        "amount": format_amount(asked.quote.amount_minor, asked.quote.currency),
        "currency": asked.quote.currency,
        "terms": None,
        "due_date_is_estimate": True,
        "show_due_date": False,
        "expires_at": None,
        "credit_currency": credit["credit_currency"],
        "available_credit": credit["available_credit"],
    }


def _credit(position: CreditPosition | None) -> dict[str, str | None]:
    if position is None:
        return {"credit_currency": None, "credit_limit": None, "available_credit": None}
    currency, limit, available = position.currency, position.limit.amount_minor, position.available_credit
    return {
        "credit_currency": currency,
        "credit_limit": None if limit is None else format_amount(limit, currency),
        "available_credit": None if available is None else format_amount(available, currency),
    }
