"""The preview: what would go at any moment, and what would not and why."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query

from service.companies.errors import CompanyNotFound
from service.companies.routes.parameters import RefShopParam
from service.core.paging import decode_cursor, encode_cursor
from service.dependencies import Reading, reading
from service.infra.problems import problems
from service.infra.schemas import InstantText
from service.infra.work import Scope, Work
from service.merchants.service import resolve_shop
from service.payments.routes.parameters import CompanyFilter, company_id_of
from service.reminders import preview_service
from service.reminders.schemas import PreviewRemindersOut

router: Final = APIRouter()


@router.get("/reminders-preview", response_model=PreviewRemindersOut, responses=problems(CompanyNotFound))
async def preview_reminders(
    *,
    edge: Annotated[Reading, reading(Scope.PAYMENTS_READ)],
    at: Annotated[
        InstantText | None,
        Query(description="The moment to look at; now unless given.", examples=["2026-04-07T08:00:00Z"]),
    ] = None,
    company: CompanyFilter = None,
    shop: RefShopParam = None,
    cursor: Annotated[str | None, Query(max_length=64, description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="About how many mails to write.")] = 20,
) -> PreviewRemindersOut:
    """Show what would go at a moment, to whom and in which words, and what would not and why. Nothing is changed.

    It is what the service itself decides by, as if nothing happened until then but what the policies do.
    """
    after: UUID | None = decode_cursor(cursor) if cursor else None

    async def use_case(work: Work) -> PreviewRemindersOut:
        moment = at or work.now
        if shop is not None:
            await resolve_shop(work, shop)
        stand_in = edge.context.portal_links.shown_without_token
        company_id = await company_id_of(work, company, shop)
        if company_id is not None:
            page = await preview_service.preview_company(work, company_id, at=moment, portal_url=stand_in)
        else:
            page = await preview_service.preview_page(work, at=moment, after=after, limit=limit, portal_url=stand_in)
        next_cursor = None if page.last_id is None else encode_cursor(page.last_id)
        return PreviewRemindersOut.of(page, at=moment, next_cursor=next_cursor)

    return await edge.read(use_case)
