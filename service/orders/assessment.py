"""Put together what a request, a company's row and a merchant's policy say, and let eligibility decide. Pure."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

from service.core.money import convert_minor
from service.credit.domain import CreditLimit, CreditPosition, LimitKind, LimitSource, LineStatus, TemporaryLimit
from service.credit.limits import LineAgreement
from service.eligibility.domain import Decision, decide
from service.eligibility.inputs import (
    CompanyStanding,
    DecisionInputs,
    ManualOverride,
    OverridePosition,
    StaffOverride,
)
from service.ledger.domain import Balances
from service.orders.checkout import CheckoutRow
from service.orders.facts import HISTORY_FACTS, gather_facts
from service.orders.policy import MerchantPolicy, OfferedTerms, ShopPolicy

__all__ = ["Applicant", "Assessment", "assess", "balances_of", "needs_history"]

_NO_BALANCES: Final = Balances()
_LIMIT_KINDS: Final = {kind.value: kind for kind in LimitKind}
_LINE_STATUSES: Final = {status.value: status for status in LineStatus}


class Applicant(NamedTuple):
    """Who wants to order for how much, in the order's own currency. `today` is the day where the shop is."""

    merchant_id: UUID
    shop_id: UUID
    company_ref: str | None
    buyer_ref: str | None
    amount_minor: int
    currency: str
    exchange_rate: str | None
    now: datetime
    today: date
    staff_override: StaffOverride | None = None


class Assessment(NamedTuple):
    """The decision with what an answer needs beside it. `line_amount_minor` is the order in the line's currency.

    `may_see_credit` is whether the buyer who was named may; where nobody was, the shop decides whom it shows what.
    """

    decision: Decision
    position: CreditPosition | None
    line_amount_minor: int
    offered_terms: tuple[OfferedTerms, ...]
    may_see_credit: bool


def needs_history(shop: ShopPolicy) -> bool:
    """Whether this shop's rules ask for facts that cost a look at the company's past."""
    return not HISTORY_FACTS.isdisjoint(shop.policy.facts_needed)


def balances_of(row: CheckoutRow) -> Balances:
    """The balances a row was read with; zeros where there is no line yet."""
    if row["line_id"] is None:
        return _NO_BALANCES
    return Balances(
        row["held_minor"],
        row["uninvoiced_minor"],
        row["receivable_minor"],
        row["on_account_minor"],
        row["credit_notes_minor"],
    )


def assess(
    applicant: Applicant, row: CheckoutRow | None, *, balances: Balances, policy: MerchantPolicy, shop: ShopPolicy
) -> Assessment:
    """Decide for this applicant. `balances` may be further on than the row, within a batch of holds."""
    standing = _standing(applicant, row)
    if row is None or standing is not CompanyStanding.KNOWN:
        return _assess_stranger(applicant, standing, shop=shop)
    position = _position(applicant, row, balances, policy=policy)
    currency = position.currency if position is not None else applicant.currency
    line_amount = applicant.amount_minor
    if currency != applicant.currency and applicant.exchange_rate is not None:
        line_amount = convert_minor(
            line_amount, rate=applicant.exchange_rate, source=applicant.currency, target=currency
        )
    groups = row["groups"]
    inputs = DecisionInputs(
        amount_minor=line_amount,
        currency=currency,
        now=applicant.now,
        credit=position,
        facts=gather_facts(row, today=applicant.today, names=shop.policy.facts_needed),
        buyer_may_use_credit=applicant.buyer_ref is None or row["buyer_may_use_credit"] is True,
        overrides=_overrides(row),
        denied_by_groups=_groups_at(policy, groups, "deny"),
        allowed_by_groups=_groups_at(policy, groups, "allow"),
        settings=shop.policy.settings_for(currency),
        staff_override=applicant.staff_override,
    )
    offered = policy.offered_terms(
        shop,
        company_default=row["default_terms"],
        company_allowed=row["allowed_terms"],
        groups=groups,
        today=applicant.today,
    )
    may_see_credit = applicant.buyer_ref is None or row["buyer_may_see_credit"] is True
    return Assessment(decide(inputs, shop.policy.rules), position, line_amount, offered, may_see_credit)


def _standing(applicant: Applicant, row: CheckoutRow | None) -> CompanyStanding:
    if applicant.company_ref is None:
        return CompanyStanding.GUEST
    return CompanyStanding.UNKNOWN if row is None or row["company_id"] is None else CompanyStanding.KNOWN


def _assess_stranger(applicant: Applicant, standing: CompanyStanding, *, shop: ShopPolicy) -> Assessment:
    inputs = DecisionInputs(
        amount_minor=applicant.amount_minor,
        currency=applicant.currency,
        now=applicant.now,
        credit=None,
        facts={},
        standing=standing,
        settings=shop.policy.settings_for(applicant.currency),
        staff_override=applicant.staff_override,
    )
    return Assessment(decide(inputs, shop.policy.rules), None, applicant.amount_minor, (), may_see_credit=False)


def _position(
    applicant: Applicant, row: CheckoutRow, balances: Balances, *, policy: MerchantPolicy
) -> CreditPosition | None:
    """What the line allows. None when the order is in another currency and the shop sent no rate (S40)."""
    groups = row["groups"]
    if row["line_id"] is None:
        # No line yet: it will be opened with the first hold, and until then it inherits and carries nothing.
        agreement = LineAgreement(currency=applicant.currency, shop_id=applicant.shop_id)
        limit = policy.levels.effective(agreement, groups=groups, now=applicant.now)
        return CreditPosition(currency=applicant.currency, status=LineStatus.ACTIVE, limit=limit, balances=balances)
    if row["line_currency"] != applicant.currency and applicant.exchange_rate is None:
        return None
    agreement = LineAgreement(
        currency=row["line_currency"],
        shop_id=applicant.shop_id,
        limit=_own_limit(row["limit_kind"], row["limit_minor"]),
        temporary=_temporary_limit(row),
    )
    return CreditPosition(
        currency=row["line_currency"],
        status=_LINE_STATUSES[row["line_status"]],
        limit=policy.levels.effective(agreement, groups=groups, now=applicant.now),
        balances=balances,
        tolerance_minor=row["tolerance_minor"],
        tolerance_bp=row["tolerance_bp"],
        allow_exceed=row["allow_exceed"],
    )


@lru_cache(maxsize=4096)
def _own_limit(kind: str | None, amount_minor: int | None) -> CreditLimit | None:
    """Limits are round amounts, so most companies share theirs with others."""
    return None if kind is None else CreditLimit(_LIMIT_KINDS[kind], amount_minor, LimitSource.COMPANY)


def _temporary_limit(row: CheckoutRow) -> TemporaryLimit | None:
    amount_minor = row["temporary_limit_minor"]
    return None if amount_minor is None else TemporaryLimit(amount_minor, row["temporary_until"])


def _overrides(row: CheckoutRow) -> tuple[ManualOverride, ...]:
    position = row["override_position"]
    if position is None:
        return ()
    return (
        ManualOverride(
            OverridePosition(position), row["override_reason"], row["override_author"], row["override_until"]
        ),
    )


def _groups_at(policy: MerchantPolicy, groups: list[str], position: str) -> tuple[str, ...]:
    if not groups:
        return ()
    return tuple(
        code for code in groups if (group := policy.groups.get(code)) is not None and group.position == position
    )
