"""Routes about company groups."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from service.companies import service
from service.companies.domain import CompanyGroup
from service.companies.errors import GroupHasMembers, GroupNotFound
from service.companies.group_schemas import GroupIn, GroupOut, GroupPage
from service.companies.routes.parameters import GroupCodeParam
from service.core.paging import encode_cursor
from service.dependencies import Changing, Paging, Reading, changing, reading
from service.infra.problems import problems
from service.infra.schemas import FreeText
from service.infra.work import Scope, Work
from service.merchants.settings import LimitSetting

router = APIRouter(prefix="/v1", tags=["companies"])


@router.get("/groups", response_model=GroupPage)
async def list_groups(
    edge: Annotated[Reading, reading(Scope.POLICY_READ)], paging: Annotated[Paging, Depends()]
) -> GroupPage:
    """List the groups that are defined, newest first."""

    async def use_case(work: Work) -> GroupPage:
        groups = await service.list_groups(work, before=paging.before, limit=paging.limit)
        next_cursor = encode_cursor(groups[-1].id) if len(groups) == paging.limit else None
        return GroupPage(items=[_group_out(group) for group in groups], next_cursor=next_cursor)

    return await edge.read(use_case)


@router.get("/groups/{code}", response_model=GroupOut, responses=problems(GroupNotFound))
async def show_group(code: GroupCodeParam, edge: Annotated[Reading, reading(Scope.POLICY_READ)]) -> GroupOut:
    """Show a group."""

    async def use_case(work: Work) -> GroupOut:
        return _group_out(await service.get_group(work, code))

    return await edge.read(use_case)


@router.put("/groups/{code}", response_model=GroupOut)
async def put_group(
    code: GroupCodeParam, body: GroupIn, edge: Annotated[Changing, changing(Scope.POLICY_WRITE)]
) -> Response:
    """Define a group as a whole. Companies that carry its code belong to it at once."""

    async def use_case(work: Work) -> GroupOut:
        return _group_out(await service.put_group(work, code, body.to_definition(), reason=body.reason))

    return await edge.change(use_case)


@router.delete("/groups/{code}", status_code=204, responses=problems(GroupHasMembers, GroupNotFound))
async def delete_group(
    code: GroupCodeParam,
    edge: Annotated[Changing, changing(Scope.POLICY_WRITE)],
    reason: Annotated[FreeText | None, Query(description="Kept in the log of changes.")] = None,
) -> Response:
    """Delete a group that no company belongs to.

    One with members answers 409: without its position and limit they would be let in, or out, unnoticed. Put it
    without position, limit and terms to make it say nothing.
    """

    async def use_case(work: Work) -> None:
        await service.delete_group(work, code, reason=reason)

    return await edge.change(use_case)


def _group_out(group: CompanyGroup) -> GroupOut:
    definition = group.definition
    return GroupOut(
        code=group.code,
        name=definition.name,
        position=definition.position,
        limit=None if definition.limit is None else LimitSetting.from_domain(definition.limit),
        default_terms=definition.default_terms,
        allowed_terms=None if definition.allowed_terms is None else list(definition.allowed_terms),
        created_at=group.created_at,
        updated_at=group.updated_at,
    )
