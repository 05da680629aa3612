"""Routes about pauses."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from service.companies.errors import CompanyNotFound
from service.companies.routes.parameters import RefShopParam
from service.companies.service import find_company
from service.core.errors import InvalidInput
from service.core.paging import encode_cursor
from service.dependencies import Changing, Paging, Reading, changing, reading
from service.infra.problems import problems
from service.infra.work import Scope, Work
from service.ledger.errors import LineUnknown
from service.merchants.errors import IntegratorKeyRequired
from service.payments.routes.parameters import CompanyFilter, LineFilter, company_id_of
from service.receivables.errors import OpenItemNotFound
from service.reminders import pauses_service
from service.reminders.domain import PauseFilter, PauseScope
from service.reminders.errors import PauseAlreadyOver, PauseInPast, PauseNotFound
from service.reminders.schemas import PauseOut, PausePage, ResumeIn, WholePauseIn

router: Final = APIRouter()
PauseParam = Annotated[UUID, Path(description="Id of the pause.")]


async def _subject(work: Work, body: WholePauseIn, shop: str | None) -> tuple[PauseScope, UUID | None]:
    named = [value for value in (body.open_item, body.credit_line, body.company) if value is not None]
    if len(named) > 1:
        raise InvalidInput("name one of open_item, credit_line and company, or none for everybody")
    if body.open_item is not None:
        return PauseScope.OPEN_ITEM, body.open_item
    if body.credit_line is not None:
        return PauseScope.LINE, body.credit_line
    if body.company is not None:
        return PauseScope.COMPANY, (await find_company(work, body.company, shop_code=shop)).id
    return PauseScope.MERCHANT, None


@router.post(
    "/reminder-pauses",
    response_model=PauseOut,
    responses=problems(
        CompanyNotFound, OpenItemNotFound, LineUnknown, PauseInPast, IntegratorKeyRequired, InvalidInput
    ),
)
async def pause_reminders(
    body: WholePauseIn,
    edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)],
    shop: RefShopParam = None,
) -> Response:
    """Stop reminders for a document, a credit line, a company, or for everybody.

    What is owed stays owed and counts in the exposure. After the last day, and the policy's days of grace, reminders go
    on where they stopped, with one step.
    """

    async def use_case(work: Work) -> PauseOut:
        scope, subject_id = await _subject(work, body, shop)
        pause = await pauses_service.pause_reminders(work, scope, subject_id, reason=body.reason, until_on=body.until)
        return PauseOut.of(pause)

    return await edge.change(use_case)


@router.get("/reminder-pauses", response_model=PausePage, responses=problems(CompanyNotFound))
async def list_reminder_pauses(  # noqa: PLR0913 - one argument for each filter
    *,
    edge: Annotated[Reading, reading(Scope.PAYMENTS_READ)],
    paging: Annotated[Paging, Depends()],
    company: CompanyFilter = None,
    shop: RefShopParam = None,
    credit_line: LineFilter = None,
    open_item: Annotated[UUID | None, Query(description="Only of this open item.")] = None,
    scope: Annotated[PauseScope | None, Query(description="Only pauses that cover this.")] = None,
    active: Annotated[bool | None, Query(description="Only those that hold today, or only the others.")] = None,
) -> PausePage:
    """List pauses, newest first."""

    async def use_case(work: Work) -> PausePage:
        named = [await company_id_of(work, company, shop), credit_line, open_item]
        subject_ids = frozenset(subject_id for subject_id in named if subject_id is not None)
        wanted = PauseFilter(subject_ids=subject_ids or None, scope=scope, is_active=active)
        pauses = await pauses_service.list_pauses(work, wanted, before=paging.before, limit=paging.limit)
        next_cursor = encode_cursor(pauses[-1].id) if len(pauses) == paging.limit else None
        return PausePage(items=[PauseOut.of(pause) for pause in pauses], next_cursor=next_cursor)

    return await edge.read(use_case)


@router.post(
    "/reminder-pauses/{pause_id}/resume",
    response_model=PauseOut,
    responses=problems(PauseNotFound, PauseAlreadyOver, IntegratorKeyRequired),
)
async def resume_reminders(
    pause_id: PauseParam, body: ResumeIn, edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)]
) -> Response:
    """End a pause now."""

    async def use_case(work: Work) -> PauseOut:
        return PauseOut.of(await pauses_service.resume_pause(work, pause_id, reason=body.reason))

    return await edge.change(use_case)
