"""Dunning policies: the three that come with the service, a merchant's own in versions, and who has which."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from service.companies.service import find_company, get_group
from service.core.errors import FieldProblem
from service.infra.work import Work
from service.merchants.domain import Change
from service.merchants.errors import ReminderPolicyUnknown
from service.merchants.repository import read_all_shops
from service.merchants.service import bump_settings_version, get_merchant, record_change, require_integrator
from service.merchants.settings import ShopSettings
from service.receivables.errors import OpenItemNotFound
from service.receivables.repository import find_item
from service.reminders import policy_repository
from service.reminders.due_repository import look_now
from service.reminders.errors import (
    PolicyInUse,
    ReminderPolicyNotFound,
    ReminderPolicyShipped,
    TooManyReminderPolicies,
)
from service.reminders.loading_service import known_policies
from service.reminders.policy import NO_POLICY, PolicyVersion, ReminderPolicy
from service.reminders.shipped import SHIPPED

__all__ = [
    "assign_to_company", "assign_to_group", "assign_to_item", "get_policy", "list_policies", "put_policy",
    "require_known_setting", "retire_policy",
]  # fmt: skip

_MAX_POLICIES: Final = 50
_CHOOSE_INSTEAD: Final = (
    "Choose one that exists for the shop with `reminder_policy` of PATCH /v1/shops/{code}, or for a company with "
    "PUT /v1/companies/{ref}/reminder-policy."
)


async def list_policies(work: Work) -> list[ReminderPolicy]:
    """All that can be chosen, those that come with the service first."""
    own = await policy_repository.read_policies(work)
    return [*SHIPPED.values(), *(own[code] for code in sorted(own))]


async def get_policy(work: Work, code: str) -> tuple[ReminderPolicy, list[PolicyVersion]]:
    """A policy as it holds now, and all its versions, newest first. Raises ReminderPolicyNotFound."""
    if code in SHIPPED:
        return SHIPPED[code], []
    versions = [
        PolicyVersion(policy, row.is_retired, row.author, row.reason, row.created_at)
        for policy, row in await policy_repository.read_versions(work, code)
    ]
    if not versions or versions[0].is_retired:
        raise ReminderPolicyNotFound
    return versions[0].policy, versions


async def put_policy(work: Work, policy: ReminderPolicy, *, reason: str | None) -> ReminderPolicy:
    """Define a policy as a whole: a new version, unless nothing changes. Levels that were reached stay reached.

    Raises ReminderPolicyShipped or TooManyReminderPolicies.
    """
    require_integrator(work, instead=_CHOOSE_INSTEAD)
    # The merchant's row keeps two writers apart: of two versions of one number the second would be lost.
    await bump_settings_version(work)
    if policy.code in SHIPPED:
        raise ReminderPolicyShipped
    own = await policy_repository.read_policies(work)
    before = own.get(policy.code)
    if before is None and len(own) >= _MAX_POLICIES:
        raise TooManyReminderPolicies
    if before is not None and replace(policy, version=before.version) == before:
        return before
    after = replace(policy, version=1 + await policy_repository.last_version(work, policy.code))
    await policy_repository.insert_policy(work, after, reason=reason)
    await _record(
        work, after.code, before=None if before is None else before.version, after=after.version, reason=reason
    )
    return after


async def retire_policy(work: Work, code: str, *, reason: str | None) -> None:
    """Take a policy away that nobody has. Its versions stay readable in the history of reminders.

    Raises ReminderPolicyNotFound, ReminderPolicyShipped or PolicyInUse.
    """
    require_integrator(work)
    await bump_settings_version(work)
    if code in SHIPPED:
        raise ReminderPolicyShipped
    policy, _ = await get_policy(work, code)
    assigned = await policy_repository.list_assignments(work, policy=code)
    chosen_by = [*await _settings_with(work, code), *assigned]
    if chosen_by:
        raise PolicyInUse(chosen_by=chosen_by)
    retired = replace(policy, version=policy.version + 1)
    await policy_repository.insert_policy(work, retired, reason=reason, is_retired=True)
    await _record(work, code, before=policy.version, after=None, reason=reason)


async def _settings_with(work: Work, code: str) -> list[str]:
    """Whose settings say this policy, as they are stored: also where nobody inherits them now, or cannot read them."""
    merchant = await get_merchant(work)
    whose = ["merchant"] if merchant.settings.get("reminder_policy") == code else []
    shops = await read_all_shops(work)
    return whose + [f"shop {shop.code}" for shop in shops if shop.settings.get("reminder_policy") == code]


async def _record(work: Work, code: str, *, before: int | None, after: int | None, reason: str | None) -> None:
    merchant = await get_merchant(work)
    change = Change(
        subject_kind="merchant",
        subject_id=merchant.id,
        field=f"reminder_policy:{code}"[:64],
        before=before,
        after=after,
        reason=reason,
    )
    await record_change(work, change)


# Who has which


async def assign_to_company(
    work: Work, ref: str, policy: str | None, *, shop_code: str | None, reason: str | None
) -> None:
    """Give a company a policy of its own, `none` for none at all, or with None what holds for others again.

    Raises CompanyNotFound or ReminderPolicyNotFound.
    """
    company = await find_company(work, ref, shop_code=shop_code)
    await _assign(work, "company", company.id, policy, reason=reason)


async def assign_to_item(work: Work, item_id: UUID, policy: str | None, *, reason: str | None) -> None:
    """The same for one open item. Raises OpenItemNotFound or ReminderPolicyNotFound."""
    if await find_item(work, item_id) is None:
        raise OpenItemNotFound
    await _assign(work, "open_item", item_id, policy, reason=reason)


async def assign_to_group(work: Work, code: str, policy: str | None, *, reason: str | None) -> None:
    """The same for a group; a company in several has that of the first one. Raises GroupNotFound or
    ReminderPolicyNotFound."""
    require_integrator(work, instead="Choose one for each company with PUT /v1/companies/{ref}/reminder-policy.")
    group = await get_group(work, code)
    await _require_known(work, policy)
    before = await policy_repository.find_assignment(work, "group", code)
    await _save(work, "group", code, policy, reason=reason)
    await bump_settings_version(work)
    await record_change(
        work,
        Change(
            subject_kind="company_group",
            subject_id=group.id,
            field="reminder_policy",
            before=before,
            after=policy,
            reason=reason,
        ),
    )


async def _assign(work: Work, level: str, subject_id: UUID, policy: str | None, *, reason: str | None) -> None:
    await _require_known(work, policy)
    before = await policy_repository.find_assignment(work, level, str(subject_id))
    await _save(work, level, str(subject_id), policy, reason=reason)
    await look_now(work, [subject_id])
    await record_change(
        work,
        Change(
            subject_kind=level,
            subject_id=subject_id,
            field="reminder_policy",
            before=before,
            after=policy,
            reason=reason,
        ),
    )


async def require_known_setting(work: Work, settings: ShopSettings) -> None:
    """Whether the policy that settings choose exists, if they choose any. Raises ReminderPolicyUnknown."""
    chosen = settings.reminder_policy
    if chosen is None or chosen == NO_POLICY:
        return
    known = await known_policies(work)
    if chosen not in known:
        listed = sorted({NO_POLICY, *known})
        problem = FieldProblem(
            pointer="/settings/reminder_policy",
            code=ReminderPolicyUnknown.code,
            detail=f"There is no reminder policy `{chosen}`; there are {', '.join(listed)}.",
        )
        raise ReminderPolicyUnknown(problem["detail"], known=listed, problems=[dict(problem)])


async def _save(work: Work, level: str, subject: str, policy: str | None, *, reason: str | None) -> None:
    if policy is None:
        await policy_repository.delete_assignment(work, level, subject)
    else:
        await policy_repository.save_assignment(work, level, subject, policy=policy, reason=reason)


async def _require_known(work: Work, policy: str | None) -> None:
    if policy not in {None, NO_POLICY, *await known_policies(work)}:
        raise ReminderPolicyNotFound
