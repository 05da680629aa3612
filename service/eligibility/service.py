"""Use cases of policies: what holds where, a new version, the way back; and the decisions that were made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service.core.ids import new_id
from service.eligibility import repository
from service.eligibility.errors import DecisionNotFound, PolicyIsCustom, PolicyNotFound, RulesInvalid
from service.eligibility.essentials import Essentials, essentials_of, rules_of
from service.eligibility.policy import WITHDRAWN, parse_policy, settings_to_json
from service.eligibility.rules import RuleSet, parse_rules, rules_to_json
from service.eligibility.stored import (
    DecisionFilter,
    PolicyInForce,
    PolicySource,
    StoredDecision,
    StoredPolicy,
)
from service.infra.work import Work
from service.merchants.domain import Change, Shop
from service.merchants.errors import SettingsBroken
from service.merchants.service import bump_settings_version, get_merchant, record_change, resolve_shop

__all__ = [
    "get_decision", "home_of", "list_decisions", "list_versions", "policy_in_force", "put_essentials", "put_policy",
    "rules_in_force", "settings_in_currency", "withdraw_policy",
]  # fmt: skip


async def home_of(work: Work, shop_code: str | None) -> Shop | None:
    """The shop whose policy is meant: the named one, or the caller's own; None means the merchant's. Raises NotFound."""
    if shop_code is None and work.caller.shop_id is None:
        return None
    return await resolve_shop(work, shop_code)


async def policy_in_force(work: Work, shop: Shop | None) -> PolicyInForce:
    """What holds: the shop's own policy as a whole, else the merchant's as a whole. The two are never mixed."""
    if shop is not None:
        own = await repository.newest_policy(work, shop_id=shop.id)
        if own is not None and not own.is_withdrawn:
            return PolicyInForce(PolicySource.SHOP, own)
    merchants = await repository.newest_policy(work, shop_id=None)
    if merchants is not None and not merchants.is_withdrawn:
        return PolicyInForce(PolicySource.MERCHANT, merchants)
    return PolicyInForce(PolicySource.NONE, None)


async def settings_in_currency(work: Work, shop: Shop | None, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that name a currency: the shop's, or the merchant's, unless they say one."""
    if settings.get("currency") is not None:
        return dict(settings)
    home_currency = shop.currency if shop is not None else (await get_merchant(work)).currency
    return {**settings, "currency": home_currency}


async def put_policy(
    work: Work, shop: Shop | None, *, rules: object, settings: Mapping[str, Any], reason: str | None
) -> StoredPolicy:
    """A new version, in force with the next decision. Those before it are kept. Raises RulesInvalid."""
    policy = parse_policy(rules, await settings_in_currency(work, shop, settings), version=0)
    assert policy.currency is not None, "a policy that was read has a currency"
    parsed = parse_rules(rules, currency=policy.currency)
    return await _store(
        work, shop, rules=rules_to_json(parsed) or None, settings=settings_to_json(policy), reason=reason
    )


def rules_in_force(in_force: PolicyInForce) -> RuleSet | None:
    """The rules that hold, read; None where none are configured. Raises SettingsBroken for what cannot be read."""
    stored = in_force.stored
    if stored is None:
        return None
    try:
        parse_policy(stored.rules, stored.settings, version=stored.version)
        return parse_rules(stored.rules, currency=stored.settings["currency"])
    except RulesInvalid:
        raise SettingsBroken(settings_of="policy") from None


async def put_essentials(
    work: Work,
    shop: Shop | None,
    essentials: Essentials,
    *,
    settings: Mapping[str, Any],
    replace_custom: bool,
    reason: str | None,
) -> PolicyInForce:
    """A new version of the policy that lets in whom the essentials say. `settings` name the currency.

    Rules that say more than the essentials can are replaced only on purpose: raises PolicyIsCustom, or RulesInvalid.
    """
    if not replace_custom and essentials_of(_readable_rules(await policy_in_force(work, shop))) is None:
        raise PolicyIsCustom
    rules = rules_of(essentials, currency=settings["currency"])
    stored = await put_policy(work, shop, rules=rules_to_json(rules), settings=settings, reason=reason)
    return PolicyInForce(PolicySource.MERCHANT if shop is None else PolicySource.SHOP, stored)


def _readable_rules(in_force: PolicyInForce) -> RuleSet | None:
    """As `rules_in_force`; a policy that cannot be read withholds the method anyway, so nothing is lost with it."""
    try:
        return rules_in_force(in_force)
    except SettingsBroken:
        return None


async def withdraw_policy(work: Work, shop: Shop | None, *, reason: str | None) -> PolicyInForce:
    """Follow the merchant's policy again, or for the merchant none. Gives what holds then. Raises PolicyNotFound."""
    newest = await repository.newest_policy(work, shop_id=shop.id if shop else None)
    if newest is None or newest.is_withdrawn:
        raise PolicyNotFound
    await _store(work, shop, rules=None, settings=dict(WITHDRAWN), reason=reason)
    return await policy_in_force(work, shop)


async def _store(
    work: Work, shop: Shop | None, *, rules: dict[str, Any] | None, settings: dict[str, Any], reason: str | None
) -> StoredPolicy:
    # First of all, because it locks the merchant: two new versions at once come one after the other.
    await bump_settings_version(work)
    shop_id = shop.id if shop else None
    before = await repository.newest_policy(work, shop_id=shop_id)
    policy = StoredPolicy(
        id=new_id(),
        shop_id=shop_id,
        version=1 if before is None else before.version + 1,
        rules=rules,
        settings=settings,
        author=work.author,
        reason=reason,
        created_at=work.now,
    )
    await repository.insert_policy(work, policy)
    change = Change(
        subject_kind="policy",
        subject_id=policy.id,
        field=shop.code if shop else "merchant",
        before=None if before is None else _logged(before),
        after=_logged(policy),
        reason=reason,
    )
    await record_change(work, change)
    return policy


def _logged(policy: StoredPolicy) -> dict[str, Any]:
    return {"version": policy.version, "rules": policy.rules, "settings": policy.settings}


async def list_versions(work: Work, shop: Shop | None, *, before: UUID | None, limit: int) -> list[StoredPolicy]:
    """All that ever held there of its own, newest first."""
    return await repository.list_policies(work, shop_id=shop.id if shop else None, before=before, limit=limit)


async def list_decisions(
    work: Work, wanted: DecisionFilter, *, before: UUID | None, limit: int
) -> list[StoredDecision]:
    """Newest first."""
    return await repository.list_decisions(work, wanted, before=before, limit=limit)


async def get_decision(work: Work, decision_id: UUID) -> StoredDecision:
    """With its whole trace. Raises DecisionNotFound."""
    decision = await repository.find_decision(work, decision_id)
    if decision is None:
        raise DecisionNotFound
    return decision
