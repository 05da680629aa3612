"""Rules tried on all companies of a merchant before they go live: who would gain, who would lose (N02).

Companies stream through in batches, read by the very statement and decided by the very code of the checkout, so that
what is simulated is what would happen. Nothing is collected but counts and the first of those it changes something for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from service.companies.repository import read_refs
from service.core.clock import day_in_zone
from service.eligibility.policy import Policy, parse_policy
from service.eligibility.simulation import SimulatedOutcome
from service.infra.database import Database
from service.infra.work import Caller, Work
from service.ledger.domain import Balances
from service.orders.assessment import Applicant, assess, balances_of, needs_history
from service.orders.checkout import CheckoutRow
from service.orders.checkout_repository import Lookup, look_up
from service.orders.policy import MerchantPolicy, ShopPolicy
from service.orders.policy_repository import load_merchant_policy
from service.orders.simulation import NamedCompany, Simulation, SimulationDraft
from service.orders.simulation_repository import next_companies

__all__ = ["simulate_policy"]

# Small enough that other requests of the process hardly notice the deciding, large enough for few round trips.
_BATCH: Final = 250


async def simulate_policy(
    database: Database, caller: Caller, draft: SimulationDraft, *, shop_code: str | None, now: datetime
) -> Simulation:
    """Decide about every company under the policy in force and under the draft. Reads only.

    Raises RulesInvalid, SettingsBroken, NotFound or ShopRequired.
    """
    async with database.read() as session:
        merchant = await load_merchant_policy(session, caller.merchant_id)
    shop = merchant.find_shop(caller.shop_id, shop_code)
    if shop.broken is not None:
        raise shop.broken
    settings = {**draft.settings, "currency": draft.settings.get("currency") or shop.shop.currency}
    tried = replace(shop, policy=parse_policy(draft.rules, settings, version=shop.policy.version + 1))
    currency = draft.order.currency or shop.shop.currency
    amount_minor = draft.order.amount_minor or _smallest(currency, shop.policy, tried.policy)
    applicant = Applicant(
        merchant_id=caller.merchant_id,
        shop_id=shop.shop.id,
        company_ref="",
        buyer_ref=None,
        amount_minor=amount_minor,
        currency=currency,
        exchange_rate=None,
        now=now,
        today=day_in_zone(now, shop.shop.time_zone),
    )
    trial = _Trial(merchant, shop, tried, applicant, in_line_currency=draft.order.amount_minor is None)
    simulation = Simulation(
        policy_version=shop.policy.version, order_amount_minor=amount_minor, order_currency=currency
    )
    async for companies, rows in _batches(database, caller, trial):
        for company, row in zip(companies, rows, strict=True):
            simulation.count(trial.decide(company, row), listed=draft.listed)
    await _name(database, caller, simulation, now=now)
    return simulation


def _smallest(currency: str, *policies: Policy) -> int:
    """An order below a minimum says nothing about rules, so the default one is above both."""
    bounds = [policy.settings_for(currency).minimum_order_minor or 0 for policy in policies]
    return max(1, *bounds)


@dataclass(frozen=True, slots=True)
class _Trial:
    """One merchant's snapshot with the policy in force and the one that is tried."""

    merchant: MerchantPolicy
    shop: ShopPolicy
    tried: ShopPolicy
    applicant: Applicant
    in_line_currency: bool

    @property
    def needs_history(self) -> bool:
        return needs_history(self.shop) or needs_history(self.tried)

    @property
    def today(self) -> date:
        return self.applicant.today

    def decide(self, company: NamedCompany, row: CheckoutRow | None) -> SimulatedOutcome[NamedCompany]:
        applicant = self._applicant_for(row)
        before, after = (
            assess(
                applicant,
                row,
                balances=Balances() if row is None else balances_of(row),
                policy=self.merchant,
                shop=policy,
            ).decision
            for policy in (self.shop, self.tried)
        )
        return SimulatedOutcome(company, before, after)

    def _applicant_for(self, row: CheckoutRow | None) -> Applicant:
        line_currency = row["line_currency"] if row is not None else None
        if not self.in_line_currency or line_currency in {None, self.applicant.currency}:
            return self.applicant
        amount_minor = _smallest(line_currency, self.shop.policy, self.tried.policy)
        return self.applicant._replace(currency=line_currency, amount_minor=amount_minor)


async def _batches(
    database: Database, caller: Caller, trial: _Trial
) -> AsyncIterator[tuple[Sequence[NamedCompany], Sequence[CheckoutRow | None]]]:
    """All companies with what the checkout would read of each."""
    after: UUID | None = None
    while True:
        async with database.read() as session:
            companies = await next_companies(session, merchant_id=caller.merchant_id, after=after, limit=_BATCH)
        if not companies:
            return
        lookups = [
            Lookup(
                merchant_id=caller.merchant_id,
                shop_id=trial.shop.shop.id,
                scope_id=trial.shop.shop.id,
                company_ref="",
                company_id=company.id,
                buyer_ref=None,
                currency=trial.applicant.currency,
                today=trial.today,
                needs_history=trial.needs_history,
            )
            for company in companies
        ]
        async with database.hot_connection() as connection:
            rows = await look_up(connection, lookups)
        yield companies, rows
        after = companies[-1].id


async def _name(database: Database, caller: Caller, simulation: Simulation, *, now: datetime) -> None:
    """Find out by which references people know those that are listed."""
    ids = [outcome.company.id for outcomes in simulation.changed.values() for outcome in outcomes]
    if not ids:
        return
    async with database.read() as session:
        found = await read_refs(Work(session=session, caller=caller, now=now), ids)
    for company_id, refs in found.items():
        simulation.refs[company_id] = [one.ref for one in refs]
