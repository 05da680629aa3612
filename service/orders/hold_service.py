"""One batch of holds: decide each under the lock, and gather the rows that the decisions lead to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Final, NamedTuple
from uuid import UUID

import orjson

from service.core.ids import new_id
from service.eligibility.domain import Outcome
from service.eligibility.trace import to_trace
from service.infra.idempotency import StoredAnswer
from service.infra.work import Caller
from service.ledger.domain import Account, Balances, Phase, Posting, apply_postings
from service.orders import checkout_answers
from service.orders.assessment import Applicant, Assessment, assess, balances_of
from service.orders.checkout import CheckoutRow, HoldAsked
from service.orders.checkout_repository import HoldBatch, Lookup
from service.orders.errors import TermsNotOffered
from service.orders.policy import MerchantPolicy, OfferedTerms, ShopPolicy
from service.terms.definition import to_json

__all__ = ["Again", "HoldAnswer", "HoldProgress", "HoldQuestion", "Question", "answer_hold", "to_bytes"]

JSON_OPTIONS: Final = orjson.OPT_UTC_Z


class Again(Enum):
    """Why a request could not be decided in this batch."""

    SETTINGS_CHANGED = "settings_changed"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    NO_LINE = "no_line"


class HoldAnswer(NamedTuple):
    """The answer as it is kept with the key. `placed` is what the log says of a hold once it is committed."""

    answer: StoredAnswer
    is_replay: bool = False
    placed: dict[str, object] | None = None


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
    """How far a batch has come: balances after the holds so far, the answers to their keys, the rows to write."""

    rows: HoldBatch = field(default_factory=HoldBatch)
    balances: dict[UUID, Balances] = field(default_factory=dict)
    answered: dict[tuple[UUID, UUID, str], StoredAnswer] = field(default_factory=dict)


def to_bytes(answer: dict[str, object]) -> bytes:
    return orjson.dumps(answer, option=JSON_OPTIONS)


def answer_hold(one: HoldQuestion, row: CheckoutRow | None, progress: HoldProgress) -> HoldAnswer | Again:
    """Decide one hold after those before it in the batch. Raises what is wrong with this one."""
    question, asked = one.question, one.asked
    known = progress.answered.get(one.key)
    if known is None and row is not None and row["request_hash"] is not None:
        known = StoredAnswer(row["request_hash"], row["answered_status"], row["response"])
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
    decision_id, placed = new_id(), None
    if found.decision.outcome is Outcome.APPROVED:
        answer = _reserve(one, row, found, progress=progress, hold_id=decision_id)
        placed = {
            "hold_id": str(decision_id),
            "company_id": str(row["company_id"]),
            "amount_minor": found.line_amount_minor,
            "currency": row["line_currency"],
        }
    else:
        body = checkout_answers.declined_hold(decision_id, found, asked)
        answer = StoredAnswer(asked.request_hash, 200, to_bytes(body))
    _keep(one, row, found, progress=progress, decision_id=decision_id)
    progress.rows.answers.append(
        (*one.key, answer.request_hash, answer.status, answer.response, question.applicant.now)
    )
    progress.answered[one.key] = answer
    return HoldAnswer(answer, placed=placed)


def _choose_terms(found: Assessment, code: str | None) -> OfferedTerms:
    """The terms of that code, or without one the default; where there is none the buyer has to choose."""
    for offered in found.offered_terms:
        if offered.is_default if code is None else offered.terms.code == code:
            return offered
    raise TermsNotOffered(offered=[offered.terms.code for offered in found.offered_terms])


def _reserve(
    one: HoldQuestion, row: CheckoutRow, found: Assessment, *, progress: HoldProgress, hold_id: UUID
) -> StoredAnswer:
    """Move the amount to the line's held account and write down the hold and its journal entry."""
    applicant, asked = one.question.applicant, one.asked
    chosen = _choose_terms(found, asked.terms)
    position = found.position
    assert position is not None, "nothing is approved without a credit line"
    posting = Posting(Account.HELD, Account.COMMITMENTS, found.line_amount_minor, Phase.PENDING)
    balances = apply_postings(position.balances, [posting])
    ceiling = position.ceiling_minor
    available = None if ceiling is None else ceiling - balances.exposure
    line_id, merchant_id = row["line_id"], applicant.merchant_id
    progress.balances[line_id] = balances
    line = (merchant_id, line_id)
    progress.rows.held_by_line[line] = progress.rows.held_by_line.get(line, 0) + found.line_amount_minor
    settings = one.question.shop.settings
    assert settings is not None, "a shop whose settings are broken was refused before"
    expires_at = applicant.now + timedelta(minutes=settings.hold_minutes)
    progress.rows.holds.append(
        (
            merchant_id,
            hold_id,
            applicant.shop_id,
            row["company_id"],
            line_id,
            applicant.currency,
            applicant.amount_minor,
            applicant.exchange_rate,
            found.line_amount_minor,
            applicant.buyer_ref,
            asked.cart_ref,
            asked.cart_hash,
            asked.purchase_order_number,
            {**to_json(chosen.terms), "label": chosen.label},
            applicant.now,
            expires_at,
        )
    )
    progress.rows.entries.append(
        (
            merchant_id,
            new_id(),
            line_id,
            f"hold:{hold_id}:placed",
            hold_id,
            applicant.today,
            applicant.now,
            one.caller.name,
            asked.override_reason,
            balances.exposure,
            available,
            found.line_amount_minor,
            position.currency,
        )
    )
    body = checkout_answers.hold(hold_id, found, asked, chosen=chosen, expires_at=expires_at, available_minor=available)
    return StoredAnswer(asked.request_hash, 201, to_bytes(body))


def _keep(one: HoldQuestion, row: CheckoutRow, found: Assessment, *, progress: HoldProgress, decision_id: UUID) -> None:
    """Write down the decision with its whole trace (S21)."""
    applicant = one.question.applicant
    progress.rows.decisions.append(
        (
            applicant.merchant_id,
            decision_id,
            applicant.shop_id,
            row["company_id"],
            found.decision.outcome.value,
            applicant.currency,
            applicant.amount_minor,
            one.question.shop.policy.version,
            one.caller.name,
            to_trace(found.decision),
            applicant.now,
        )
    )
