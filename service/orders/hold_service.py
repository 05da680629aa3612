"""One batch of holds: decide each under the lock, and gather the rows that the decisions lead to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Final, NamedTuple
from uuid import UUID

import orjson

from service.core.ids import new_id
from service.eligibility.trace import to_trace
from service.infra.idempotency import StoredAnswer
from service.infra.work import Caller
from service.ledger.domain import Balances
from service.orders import checkout_answers
from service.orders.assessment import Applicant, Assessment, assess, balances_of
from service.orders.checkout import CheckoutRow, HoldAsked
from service.orders.checkout_repository import Answered, Lookup, Reserved
from service.orders.errors import TermsNotOffered
from service.orders.policy import MerchantPolicy, OfferedTerms, ShopPolicy

__all__ = ["Again", "HoldAnswer", "HoldProgress", "HoldQuestion", "Question", "answer_hold", "to_bytes"]

JSON_OPTIONS: Final = orjson.OPT_UTC_Z


class Again(Enum):
    """Why a request could not be decided in this batch."""

    SETTINGS_CHANGED = "settings_changed"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    NO_LINE = "no_line"


class HoldAnswer(NamedTuple):
    """The answer as it is kept with the key."""

    answer: StoredAnswer
    is_replay: bool = False


class Question(NamedTuple):
    """One request with the policy it is decided under."""

    applicant: Applicant
    lookup: Lookup
    policy: MerchantPolicy
    shop: ShopPolicy
    explain: bool = False


class HoldQuestion(NamedTuple):
    """One request for a hold, and who sent it."""

    question: Question
    asked: HoldAsked
    caller: Caller

    @property
    def key(self) -> tuple[UUID, UUID, str]:
        return self.caller.merchant_id, self.caller.scope_id, self.asked.idempotency_key


@dataclass
class HoldProgress:
    """How far a batch has come: balances after the holds so far, and what is answered and reserved, by key."""

    balances: dict[UUID, Balances] = field(default_factory=dict)
    answered: dict[tuple[UUID, UUID, str], tuple[Answered, Reserved | None]] = field(default_factory=dict)


def to_bytes(answer: dict[str, object]) -> bytes:
    return orjson.dumps(answer, option=JSON_OPTIONS)


def answer_hold(one: HoldQuestion, row: CheckoutRow | None, progress: HoldProgress) -> HoldAnswer | Again:
    """Decide one hold after those before it in the batch. Raises what is wrong with this one."""
    question, asked = one.question, one.asked
    known = _known_answer(one, row, progress)
    if known is not None:
        known.require_same_request(asked.request_hash)
        return HoldAnswer(known, is_replay=True)
    if question.shop.broken is not None:
        raise question.shop.broken
    if row is None:
        return Again.NO_LINE
    if row["settings_version"] != question.policy.version:
        return Again.SETTINGS_CHANGED
    balances = progress.balances.get(row["line_id"]) or balances_of(row)
    found = assess(question.applicant, row, balances=balances, policy=question.policy, shop=question.shop)
    decision_id, reserved = new_id(), None
    if found.decision.is_approved:
        chosen = _choose_terms(found, asked.terms)
        reserved = _reserve(one, row, found, chosen=chosen, progress=progress)
        body = checkout_answers.hold(
            decision_id,
            found,
            asked,
            chosen=chosen,
            expires_at=reserved.expires_at,
            available_minor=reserved.available_minor,
        )
        answer = StoredAnswer(asked.request_hash, 201, to_bytes(body))
    else:
        answer = StoredAnswer(
            asked.request_hash, 200, to_bytes(checkout_answers.declined_hold(decision_id, found, asked))
        )
    progress.answered[one.key] = _decided(one, row, found, decision_id=decision_id, answer=answer), reserved
    return HoldAnswer(answer)


def _known_answer(one: HoldQuestion, row: CheckoutRow | None, progress: HoldProgress) -> StoredAnswer | None:
    """The answer that the key was given before, in this batch or an earlier one."""
    in_batch = progress.answered.get(one.key)
    if in_batch is not None:
        answered, _ = in_batch
        return StoredAnswer(answered.request_hash, answered.status, answered.response)
    if row is None or row["request_hash"] is None:
        return None
    return StoredAnswer(row["request_hash"], row["answered_status"], row["response"])


def _choose_terms(found: Assessment, code: str | None) -> OfferedTerms:
    """The terms of that code, or without one the default; where there is none the buyer has to choose."""
    for offered in found.offered_terms:
        if offered.is_default if code is None else offered.terms.code == code:
            return offered
    raise TermsNotOffered(offered=[offered.terms.code for offered in found.offered_terms])


def _reserve(
    one: HoldQuestion, row: CheckoutRow, found: Assessment, *, chosen: OfferedTerms, progress: HoldProgress
) -> Reserved:
    """Move the amount to the line's held account: the hold, and its journal entry with the figures after it."""
    applicant, asked, position = one.question.applicant, one.asked, found.position
    assert position is not None, "nothing is approved without a credit line"
    settings = one.question.shop.settings
    assert settings is not None, "a shop whose settings are broken was refused before"
    balances = position.balances.with_hold(found.line_amount_minor)
    progress.balances[row["line_id"]] = balances
    ceiling = position.ceiling_minor
    return Reserved(
        line_id=row["line_id"],
        exchange_rate=applicant.exchange_rate,
        line_amount_minor=found.line_amount_minor,
        buyer_ref=applicant.buyer_ref,
        cart_ref=asked.cart_ref,
        cart_hash=asked.cart_hash,
        purchase_order_number=asked.purchase_order_number,
        terms=chosen.snapshot,
        expires_at=applicant.now + timedelta(minutes=settings.hold_minutes),
        entry_id=new_id(),
        today=applicant.today,
        reason=asked.override_reason,
        exposure_minor=balances.exposure,
        available_minor=None if ceiling is None else ceiling - balances.exposure,
        line_currency=position.currency,
    )


def _decided(
    one: HoldQuestion, row: CheckoutRow, found: Assessment, *, decision_id: UUID, answer: StoredAnswer
) -> Answered:
    """The decision with its whole trace (S21), and the answer to the key."""
    applicant, caller = one.question.applicant, one.caller
    return Answered(
        merchant_id=applicant.merchant_id,
        id=decision_id,
        shop_id=applicant.shop_id,
        company_id=row["company_id"],
        outcome=str(found.decision.outcome),
        currency=applicant.currency,
        amount_minor=applicant.amount_minor,
        policy_version=one.question.shop.policy.version,
        author=caller.name,
        trace=to_trace(found.decision),
        at=applicant.now,
        scope_id=caller.scope_id,
        key=one.asked.idempotency_key,
        request_hash=answer.request_hash,
        status=answer.status,
        response=answer.response,
    )
