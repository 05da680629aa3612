"""Groups of companies: their place in the precedence, their limit and their terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from service.companies import repository
from service.companies.domain import CompanyGroup, GroupDefinition
from service.companies.errors import GroupHasMembers, GroupNotFound
from service.core.ids import new_id
from service.infra.work import Work
from service.merchants.domain import Change
from service.merchants.service import bump_settings_version, record_change

__all__ = ["delete_group", "get_group", "list_groups", "put_group", "read_groups"]


async def list_groups(work: Work, *, before: UUID | None, limit: int) -> list[CompanyGroup]:
    """One page of the merchant's groups, newest first."""
    return await repository.list_groups(work, before=before, limit=limit)


async def get_group(work: Work, code: str) -> CompanyGroup:
    """Raises GroupNotFound."""
    group = await repository.read_group(work, code)
    if group is None:
        raise GroupNotFound
    return group


async def read_groups(work: Work, codes: Sequence[str]) -> list[CompanyGroup]:
    """The groups among these codes that are defined, in the order of the codes."""
    defined = await repository.read_groups(work, codes)
    return [defined[code] for code in codes if code in defined]


async def put_group(work: Work, code: str, definition: GroupDefinition, *, reason: str | None = None) -> CompanyGroup:
    """Define a group as a whole. Companies that carry its code belong to it at once, also those that came before it."""
    before = await repository.read_group(work, code)
    after = CompanyGroup(
        id=new_id() if before is None else before.id,
        code=code,
        definition=definition,
        created_at=work.now if before is None else before.created_at,
        updated_at=work.now,
    )
    if before is not None and before.definition == definition:
        return before
    await repository.save_group(work, after)
    await _record(work, after, before=before, reason=reason)
    return after


async def delete_group(work: Work, code: str, *, reason: str | None = None) -> None:
    """Delete a group that no company belongs to. Raises GroupNotFound and GroupHasMembers."""
    group = await get_group(work, code)
    if await repository.group_has_members(work, code):
        raise GroupHasMembers
    await repository.delete_group(work, code)
    await _record(work, None, before=group, reason=reason)


async def _record(work: Work, after: CompanyGroup | None, *, before: CompanyGroup | None, reason: str | None) -> None:
    group = after or before
    assert group is not None, "a change has something before or after it"
    change = Change(
        subject_kind="company_group",
        subject_id=group.id,
        field=group.code,
        before=None if before is None else _logged(before.definition),
        after=None if after is None else _logged(after.definition),
        reason=reason,
    )
    await record_change(work, change)
    await bump_settings_version(work)


def _logged(definition: GroupDefinition) -> dict[str, Any]:
    """As JSON: words and numbers, and a list where the definition has a tuple."""
    return {
        **asdict(definition),
        "allowed_terms": None if definition.allowed_terms is None else list(definition.allowed_terms),
    }
