"""Routes about dunning policies and who has which."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from service.companies.errors import CompanyNotFound, GroupNotFound
from service.companies.routes.parameters import CompanyRefParam, GroupCodeParam, RefShopParam
from service.dependencies import Changing, Reading, changing, reading
from service.infra.problems import problems
from service.infra.schemas import FreeText
from service.infra.work import Scope, Work
from service.merchants.errors import IntegratorKeyRequired
from service.receivables.errors import OpenItemNotFound
from service.reminders import policies_service
from service.reminders.errors import (
    PolicyInUse,
    ReminderPolicyInvalid,
    ReminderPolicyNotFound,
    ReminderPolicyShipped,
    TooManyReminderPolicies,
)
from service.reminders.policy import ReminderPolicy
from service.reminders.policy_schemas import (
    AssignPolicyIn,
    ReminderPolicyDetailOut,
    ReminderPolicyIn,
    ReminderPolicyList,
    ReminderPolicyOut,
    ReminderPolicyVersionOut,
)
from service.reminders.shipped import SHIPPED

router: Final = APIRouter()
PolicyParam = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="Code of the policy.", examples=["standard"])
]
ItemParam = Annotated[UUID, Path(description="Id of the open item.")]


def _out(policy: ReminderPolicy) -> ReminderPolicyOut:
    return ReminderPolicyOut.of(policy, shipped=policy.code in SHIPPED)


@router.get("/reminder-policies", response_model=ReminderPolicyList)
async def list_reminder_policies(edge: Annotated[Reading, reading(Scope.POLICY_READ)]) -> ReminderPolicyList:
    """List the policies that can be chosen: `gentle`, `standard` and `firm` come with the service.

    Set `reminder_policy` of the merchant or of a shop to the code of one, and reminders go out; nothing else is needed.
    """

    async def use_case(work: Work) -> ReminderPolicyList:
        return ReminderPolicyList(items=[_out(policy) for policy in await policies_service.list_policies(work)])

    return await edge.read(use_case)


@router.get(
    "/reminder-policies/{policy_code}",
    response_model=ReminderPolicyDetailOut,
    responses=problems(ReminderPolicyNotFound),
)
async def show_reminder_policy(
    policy_code: PolicyParam, edge: Annotated[Reading, reading(Scope.POLICY_READ)]
) -> ReminderPolicyDetailOut:
    """Show a policy with its versions. Reminders name the version that they were decided by."""

    async def use_case(work: Work) -> ReminderPolicyDetailOut:
        policy, versions = await policies_service.get_policy(work, policy_code)
        return ReminderPolicyDetailOut(
            policy=_out(policy), versions=[ReminderPolicyVersionOut.of(version) for version in versions]
        )

    return await edge.read(use_case)


@router.put(
    "/reminder-policies/{policy_code}",
    response_model=ReminderPolicyOut,
    responses=problems(
        ReminderPolicyInvalid,
        ReminderPolicyShipped,
        TooManyReminderPolicies,
        IntegratorKeyRequired,
    ),
)
async def put_reminder_policy(
    policy_code: PolicyParam, body: ReminderPolicyIn, edge: Annotated[Changing, changing(Scope.POLICY_WRITE)]
) -> Response:
    """Define a policy of your own as a whole. Each change makes a new version; levels that were reached stay reached."""

    async def use_case(work: Work) -> ReminderPolicyOut:
        policy = await policies_service.put_policy(work, body.to_domain(policy_code), reason=body.reason)
        return _out(policy)

    return await edge.change(use_case)


@router.delete(
    "/reminder-policies/{policy_code}",
    status_code=204,
    responses=problems(ReminderPolicyNotFound, ReminderPolicyShipped, PolicyInUse, IntegratorKeyRequired),
)
async def remove_reminder_policy(
    policy_code: PolicyParam,
    edge: Annotated[Changing, changing(Scope.POLICY_WRITE)],
    reason: Annotated[FreeText | None, Query(description="Kept with the version.")] = None,
) -> Response:
    """Take a policy away that nobody has. The history keeps its versions."""

    async def use_case(work: Work) -> None:
        await policies_service.retire_policy(work, policy_code, reason=reason)

    return await edge.change(use_case)


@router.put(
    "/companies/{ref}/reminder-policy",
    status_code=204,
    responses=problems(CompanyNotFound, ReminderPolicyNotFound),
)
async def choose_policy_of_company(
    ref: CompanyRefParam,
    body: AssignPolicyIn,
    edge: Annotated[Changing, changing(Scope.POLICY_WRITE)],
    shop: RefShopParam = None,
) -> Response:
    """Give a company a policy of its own. It outranks that of its groups, the shop and the merchant."""

    async def use_case(work: Work) -> None:
        await policies_service.assign_to_company(work, ref, body.policy, shop_code=shop, reason=body.reason)

    return await edge.change(use_case)


@router.put(
    "/groups/{code}/reminder-policy",
    status_code=204,
    responses=problems(GroupNotFound, ReminderPolicyNotFound, IntegratorKeyRequired),
)
async def choose_policy_of_group(
    code: GroupCodeParam, body: AssignPolicyIn, edge: Annotated[Changing, changing(Scope.POLICY_WRITE)]
) -> Response:
    """Give a group a policy. A company in several groups has that of the first one that has any."""

    async def use_case(work: Work) -> None:
        await policies_service.assign_to_group(work, code, body.policy, reason=body.reason)

    return await edge.change(use_case)


@router.put(
    "/open-items/{item_id}/reminder-policy",
    status_code=204,
    responses=problems(OpenItemNotFound, ReminderPolicyNotFound),
)
async def choose_policy_of_open_item(
    item_id: ItemParam, body: AssignPolicyIn, edge: Annotated[Changing, changing(Scope.POLICY_WRITE)]
) -> Response:
    """Give one document a policy of its own. It outranks all others."""

    async def use_case(work: Work) -> None:
        await policies_service.assign_to_item(work, item_id, body.policy, reason=body.reason)

    return await edge.change(use_case)
