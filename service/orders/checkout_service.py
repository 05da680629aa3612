"""The checkout: a quote says whether and how a company may order on terms, a hold reserves the credit for it.

Both are micro-batched: one statement reads what all waiting requests need, each is decided by the pure domain, and
for holds one more statement books everything in the same transaction. The balances of the lines stay locked from the
reading to the commit, so that no two orders can be given the same credit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg
import structlog

from service.core.clock import Clock, day_in_zone
from service.core.errors import NotFound, ServiceError
from service.core.ids import new_id
from service.credit.service import open_line
from service.eligibility.inputs import StaffOverride
from service.infra.database import Database, DatabaseBusy, DatabaseUnavailable
from service.infra.idempotency import StoredAnswer, find_answer, keep_answer
from service.infra.micro_batch import MicroBatcher
from service.infra.work import Caller, Scope, Work
from service.ledger.domain import Balances
from service.merchants.known_keys_service import KnownKeys
from service.merchants.repository import Access
from service.orders import checkout_answers
from service.orders.assessment import Applicant, assess, balances_of, needs_history
from service.orders.checkout import CheckoutRow, HoldAsked, QuoteAsked
from service.orders.checkout_repository import Lookup, lock_for_holds, look_up, write_batch
from service.orders.errors import CartChanged, PolicyUnsettled
from service.orders.hold_service import (
    Again,
    HoldAnswer,
    HoldProgress,
    HoldQuestion,
    Question,
    answer_hold,
    to_bytes,
)
from service.orders.policy import MerchantPolicy
from service.orders.policy_repository import load_merchant_policy

__all__ = ["Checkout", "Identified"]

# Enough for any burst that a two-core machine answers within a second; beyond it callers had better come back.
_MAX_WAITING: Final = 2_000
# While the database works for one batch, the next is decided. So a batch leaves some requests to the others: callers
# who are answered together ask together again, and one batch of them all would have process and database take turns.
_MAX_BATCH: Final = 16
_QUOTES_IN_FLIGHT: Final = 2
_HOLDS_IN_FLIGHT: Final = 3
_ATTEMPTS: Final = 5
_log: Final = structlog.get_logger()


class Identified(NamedTuple):
    """A key that came with a request, and what it stands for as far as this process knows."""

    secret: str
    access: Access

    @property
    def caller(self) -> Caller:
        return self.access.caller


class Checkout:
    """The two hot use cases of one process. Open it once and drain it before the database is closed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._keys = KnownKeys(database)
        self._policies: dict[UUID, MerchantPolicy] = {}
        self._reading: dict[UUID, asyncio.Task[MerchantPolicy]] = {}
        self._quotes: MicroBatcher[Question, bytes | Again] = MicroBatcher(
            self._answer_quotes,
            max_batch=_MAX_BATCH,
            max_in_flight=_QUOTES_IN_FLIGHT,
            max_waiting=_MAX_WAITING,
            is_shared=_would_hit_anyone,
        )
        self._holds: MicroBatcher[HoldQuestion, HoldAnswer | Again] = MicroBatcher(
            self._answer_holds,
            max_batch=_MAX_BATCH,
            max_in_flight=_HOLDS_IN_FLIGHT,
            max_waiting=_MAX_WAITING,
            is_shared=_would_hit_anyone,
        )

    async def drain(self) -> None:
        """Answer everybody who waits and take nothing new."""
        await self._quotes.drain()
        await self._holds.drain()

    async def identify(self, secret: str) -> Identified:
        """Who asks. Raises KeyInvalid or KeyExpired."""
        now = self._clock.now()
        access = self._keys.find(secret, now=now) or await self._keys.load(secret, now=now)
        return Identified(secret, access)

    async def quote(self, who: Identified, asked: QuoteAsked) -> bytes:
        """The JSON answer to a quote. Reads only, so asking again is free (S59). Raises NotFound or ShopRequired."""
        for _ in range(_ATTEMPTS):
            agreed = await self._agree_on_version(who, asked.shop_code)
            if agreed is None:
                who = await self.identify(who.secret)
                continue
            caller, policy = agreed
            answer = await self._quotes.submit(self._question(caller, asked, policy=policy))
            if isinstance(answer, bytes):
                return answer
            self._forget(policy, caller.merchant_id)
        raise PolicyUnsettled(retry_after_s=1)

    async def place_hold(self, who: Identified, asked: HoldAsked) -> HoldAnswer:
        """Reserve credit, or decline. The answer is kept with the key.

        Raises AuthorInvalid, CartChanged, TermsNotOffered, MissingScope, IdempotencyKeyReused, NotFound or ShopRequired.
        """
        if asked.has_changed_since_quote:
            raise CartChanged
        for _ in range(_ATTEMPTS):
            agreed = await self._agree_on_version(who, asked.quote.shop_code)
            if agreed is None:
                who = await self.identify(who.secret)
                continue
            caller, policy = agreed[0].on_behalf_of(asked.author), agreed[1]
            if asked.override_reason is not None:
                # Approving against the decision is a permission of its own (S17).
                caller.require(Scope.CREDIT_OVERRIDE)
            one = HoldQuestion(self._question(caller, asked.quote, policy=policy, hold=asked), asked, caller)
            answer = await self._holds.submit(one)
            if answer is Again.SETTINGS_CHANGED:
                self._forget(policy, caller.merchant_id)
            elif answer is Again.NO_LINE:
                declined = await self._open_line_or_decline(one)
                if declined is not None:
                    return declined
            elif answer is not Again.ANSWERED_ELSEWHERE:
                assert isinstance(answer, HoldAnswer), "anything else is an answer"
                return answer
        raise PolicyUnsettled(retry_after_s=1)

    async def policy_of(self, merchant_id: UUID) -> MerchantPolicy:
        """The merchant's policy as this process last read it; every row read tells whether it still holds."""
        policy = self._policies.get(merchant_id)
        return policy if policy is not None else await self._reload_once(merchant_id)

    async def _reload_once(self, merchant_id: UUID) -> MerchantPolicy:
        """All who ask at the same time wait for one reading: after a start, or a change, that is every checkout there is.

        Who was told something older than the rows he decides with forgets it and asks again.
        """
        reading = self._reading.get(merchant_id)
        if reading is None:
            reading = self._reading[merchant_id] = asyncio.create_task(self._reload(merchant_id))
            reading.add_done_callback(lambda _: self._reading.pop(merchant_id, None))
        # A caller that goes away must not take the others' answer with it.
        return await asyncio.shield(reading)

    async def _reload(self, merchant_id: UUID) -> MerchantPolicy:
        async with self._database.read() as session:
            policy = self._policies[merchant_id] = await load_merchant_policy(session, merchant_id)
        return policy

    def _forget(self, policy: MerchantPolicy, merchant_id: UUID) -> None:
        if self._policies.get(merchant_id) is policy:
            del self._policies[merchant_id]

    async def _agree_on_version(self, who: Identified, shop_code: str | None) -> tuple[Caller, MerchantPolicy] | None:
        """Caller and policy as of one version of the merchant's settings; None when one of them was old and is gone.

        Raises NotFound or ShopRequired for the shop.
        """
        access, caller = who.access, who.caller
        caller.require(Scope.CHECKOUT)
        policy = await self.policy_of(caller.merchant_id)
        if access.settings_version < policy.version:
            self._keys.forget(who.secret)
            return None
        if access.settings_version > policy.version:
            self._forget(policy, caller.merchant_id)
            return None
        try:
            policy.find_shop(caller.shop_id, shop_code)
        except NotFound:
            # The shop may be younger than what this process remembers.
            policy = await self._reload(caller.merchant_id)
            policy.find_shop(caller.shop_id, shop_code)
        return caller, policy

    def _question(
        self, caller: Caller, asked: QuoteAsked, *, policy: MerchantPolicy, hold: HoldAsked | None = None
    ) -> Question:
        shop = policy.find_shop(caller.shop_id, asked.shop_code)
        now = self._clock.now()
        today = day_in_zone(now, shop.shop.time_zone)
        override = None
        if hold is not None and hold.override_reason is not None:
            override = StaffOverride(author=caller.name, reason=hold.override_reason)
        applicant = Applicant(
            merchant_id=caller.merchant_id,
            shop_id=shop.shop.id,
            company_ref=asked.company_ref,
            buyer_ref=asked.buyer_ref,
            amount_minor=asked.amount_minor,
            currency=asked.currency,
            exchange_rate=asked.exchange_rate,
            now=now,
            today=today,
            staff_override=override,
        )
        lookup = Lookup(
            merchant_id=caller.merchant_id,
            shop_id=shop.shop.id,
            scope_id=caller.scope_id,
            company_ref=asked.company_ref or "",
            company_id=asked.company_id,
            buyer_ref=asked.buyer_ref,
            currency=asked.currency,
            today=today,
            needs_history=needs_history(shop),
            idempotency_key=hold.idempotency_key if hold is not None else None,
        )
        return Question(applicant, lookup, policy, shop, asked.explain)

    async def _answer_quotes(self, questions: Sequence[Question]) -> Sequence[bytes | Again | BaseException]:
        async with self._database.hot_connection() as connection:
            rows = await look_up(connection, [question.lookup for question in questions])
        return [_answer_quote(question, row) for question, row in zip(questions, rows, strict=True)]

    async def _answer_holds(self, batch: Sequence[HoldQuestion]) -> Sequence[HoldAnswer | Again | BaseException]:
        try:
            return await self._place_holds(batch)
        except asyncpg.UniqueViolationError:
            # Another process has answered one of the keys meanwhile. Run alone, its request shows which.
            if len(batch) > 1:
                raise
            return [Again.ANSWERED_ELSEWHERE]

    async def _place_holds(self, batch: Sequence[HoldQuestion]) -> Sequence[HoldAnswer | Again | BaseException]:
        async with self._database.hot_connection() as connection, connection.transaction():
            rows = await lock_for_holds(connection, [one.question.lookup for one in batch])
            progress = HoldProgress()
            answers: list[HoldAnswer | Again | BaseException] = []
            for one, row in zip(batch, rows, strict=True):
                try:
                    answers.append(answer_hold(one, row, progress))
                except ServiceError as error:
                    # What is wrong with one request must not reach its neighbours.
                    answers.append(error)
            if progress.answered:
                await write_batch(connection, progress.answered.values())
        return answers

    async def _open_line_or_decline(self, one: HoldQuestion) -> HoldAnswer | None:
        """The slow way for a first order: open the company's line, or answer without one when there is no company."""
        question, asked, applicant = one.question, one.asked, one.question.applicant
        async with self._database.hot_connection() as connection:
            (row,) = await look_up(connection, [question.lookup])
        async with self._database.transaction() as session:
            stored = await find_answer(session, one.caller, asked.idempotency_key)
            if stored is not None:
                stored.require_same_request(asked.request_hash)
                return HoldAnswer(stored, is_replay=True)
            if row is not None and row["company_id"] is not None and applicant.company_ref is not None:
                settings = question.shop.settings
                assert settings is not None, "a shop whose settings are broken was refused before"
                await open_line(
                    Work(session=session, caller=one.caller, now=applicant.now),
                    company_id=row["company_id"],
                    shop_id=settings.credit_shop_id(applicant.shop_id),
                    currency=applicant.currency if applicant.exchange_rate is None else question.shop.shop.currency,
                )
                return None
            found = assess(applicant, row, balances=Balances(), policy=question.policy, shop=question.shop)
            body = checkout_answers.declined_hold(new_id(), found, asked)
            answer = StoredAnswer(asked.request_hash, 200, to_bytes(body))
            await keep_answer(session, one.caller, asked.idempotency_key, answer=answer, now=applicant.now)
        return HoldAnswer(answer)


def _would_hit_anyone(error: Exception) -> bool:
    return isinstance(error, DatabaseUnavailable | DatabaseBusy)


def _answer_quote(question: Question, row: CheckoutRow | None) -> bytes | Again | ServiceError:
    if row is None:
        return NotFound()
    if row["settings_version"] != question.policy.version:
        return Again.SETTINGS_CHANGED
    applicant, shop = question.applicant, question.shop
    if shop.broken is not None:
        return to_bytes(checkout_answers.withheld_quote(applicant, "settings_broken"))
    try:
        found = assess(applicant, row, balances=balances_of(row), policy=question.policy, shop=shop)
    except ServiceError as error:
        return error
    if found.decision.is_approved and not found.offered_terms:
        return to_bytes(checkout_answers.withheld_quote(applicant, "no_terms_offered"))
    return to_bytes(checkout_answers.quote(found, applicant, shop=shop, explain=question.explain))
