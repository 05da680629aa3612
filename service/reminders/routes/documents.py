"""Routes about where documents stand, what was done for them, and what a person decides."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from service.companies.errors import CompanyNotFound
from service.companies.routes.parameters import CompanyRefParam, RefShopParam
from service.core.paging import encode_cursor
from service.dependencies import Changing, Paging, Reading, ShopParam, changing, reading
from service.infra.problems import problems
from service.infra.work import Scope, Work
from service.orders.errors import OrderNotFound
from service.orders.routes import OrderParam
from service.payments.routes.parameters import CompanyFilter, company_id_of
from service.receivables.errors import OpenItemNotFound
from service.reminders import by_hand_service, pauses_service, states_service
from service.reminders.domain import PauseScope, ReminderStatus
from service.reminders.errors import (
    NextReminderDiffers,
    NothingToRemind,
    OrderNotInvoiced,
    PauseInPast,
    ReminderNotFound,
)
from service.reminders.reminder import ReminderFilter
from service.reminders.schemas import (
    CompanyStateOut,
    ItemStateOut,
    PauseOut,
    PauseRemindersIn,
    PausesEndedOut,
    ReminderOut,
    ReminderPage,
    ResumeIn,
    SeenStepIn,
    SendNowIn,
    SkipReminderIn,
)

router: Final = APIRouter()
ItemParam = Annotated[UUID, Path(description="Id of the open item.")]
ReminderParam = Annotated[UUID, Path(description="Id of the reminder.")]


def _seen(body: SeenStepIn) -> by_hand_service.SeenStep | None:
    return None if body.step is None else by_hand_service.SeenStep(body.step, body.occurrence)


@router.get("/open-items/{item_id}/reminders", response_model=ItemStateOut, responses=problems(OpenItemNotFound))
async def show_reminders_of_open_item(
    item_id: ItemParam, edge: Annotated[Reading, reading(Scope.PAYMENTS_READ)]
) -> ItemStateOut:
    """Show where a document stands: its level, the next reminder and when, and what stops it."""

    async def use_case(work: Work) -> ItemStateOut:
        return ItemStateOut.of(await states_service.state_of_item(work, item_id))

    return await edge.read(use_case)


@router.get(
    "/orders/{order_ref}/reminders",
    response_model=ItemStateOut,
    responses=problems(OrderNotFound, OrderNotInvoiced),
)
async def show_reminders_of_order(
    order_ref: OrderParam, edge: Annotated[Reading, reading(Scope.PAYMENTS_READ)], shop: ShopParam = None
) -> ItemStateOut:
    """Show the same for the open item of an order."""

    async def use_case(work: Work) -> ItemStateOut:
        return ItemStateOut.of(await states_service.state_of_order(work, order_ref, shop_code=shop))

    return await edge.read(use_case)


@router.get("/companies/{ref}/reminders", response_model=CompanyStateOut, responses=problems(CompanyNotFound))
async def show_reminders_of_company(
    ref: CompanyRefParam, edge: Annotated[Reading, reading(Scope.PAYMENTS_READ)], shop: RefShopParam = None
) -> CompanyStateOut:
    """Show which policy holds for a company, what is paused, and where all its open items stand."""

    async def use_case(work: Work) -> CompanyStateOut:
        return CompanyStateOut.of(await states_service.state_of_company(work, ref, shop_code=shop))

    return await edge.read(use_case)


@router.post(
    "/orders/{order_ref}/reminders/pause",
    response_model=PauseOut,
    responses=problems(OrderNotFound, OrderNotInvoiced, PauseInPast),
)
async def pause_reminders_of_order(
    order_ref: OrderParam,
    body: PauseRemindersIn,
    edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)],
    shop: ShopParam = None,
) -> Response:
    """Stop the reminders of an order's open item. It stays owed, and they resume by themselves after the last day."""

    async def use_case(work: Work) -> PauseOut:
        item_id = await states_service.item_id_of_order(work, order_ref, shop_code=shop)
        pause = await pauses_service.pause_reminders(
            work, PauseScope.OPEN_ITEM, item_id, reason=body.reason, until_on=body.until
        )
        return PauseOut.of(pause)

    return await edge.change(use_case)


@router.post(
    "/orders/{order_ref}/reminders/resume",
    response_model=PausesEndedOut,
    responses=problems(OrderNotFound, OrderNotInvoiced),
)
async def resume_reminders_of_order(
    order_ref: OrderParam,
    body: ResumeIn,
    edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)],
    shop: ShopParam = None,
) -> Response:
    """End all pauses of an order's open item. Reminders go on where they stopped, with one step."""

    async def use_case(work: Work) -> PausesEndedOut:
        item_id = await states_service.item_id_of_order(work, order_ref, shop_code=shop)
        ended = await pauses_service.resume_reminders(work, item_id, reason=body.reason)
        return PausesEndedOut(items=[PauseOut.of(pause) for pause in ended])

    return await edge.change(use_case)


@router.post(
    "/open-items/{item_id}/reminders/send-now",
    response_model=ReminderOut,
    responses=problems(OpenItemNotFound, NothingToRemind, NextReminderDiffers),
)
async def send_reminder_now(
    item_id: ItemParam, body: SendNowIn, edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)]
) -> Response:
    """Send the next reminder now, whatever its day. What stops it, such as a pause, has to be ended first."""

    async def use_case(work: Work) -> ReminderOut:
        reminder = await by_hand_service.send_now(work, item_id, seen=_seen(body), reason=body.reason)
        return ReminderOut.of(await states_service.get_reminder(work, reminder.id))

    return await edge.change(use_case)


@router.post(
    "/open-items/{item_id}/reminders/skip",
    response_model=ReminderOut,
    responses=problems(OpenItemNotFound, NothingToRemind, NextReminderDiffers),
)
async def skip_reminder(
    item_id: ItemParam, body: SkipReminderIn, edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)]
) -> Response:
    """Leave the next reminder out. It counts as done today; the one after it comes when it would have come then."""

    async def use_case(work: Work) -> ReminderOut:
        reminder = await by_hand_service.skip_next(work, item_id, seen=_seen(body), reason=body.reason)
        return ReminderOut.of(await states_service.get_reminder(work, reminder.id))

    return await edge.change(use_case)


@router.get("/reminders", response_model=ReminderPage, responses=problems(CompanyNotFound))
async def list_reminders(
    *,
    edge: Annotated[Reading, reading(Scope.PAYMENTS_READ)],
    paging: Annotated[Paging, Depends()],
    company: CompanyFilter = None,
    shop: RefShopParam = None,
    open_item: Annotated[UUID | None, Query(description="Only of this open item.")] = None,
    status: Annotated[ReminderStatus | None, Query(description="Only those of which this became.")] = None,
) -> ReminderPage:
    """List what was decided and what became of it, newest first: also what was withdrawn, with its reason."""

    async def use_case(work: Work) -> ReminderPage:
        wanted = ReminderFilter(
            company_id=await company_id_of(work, company, shop), open_item_id=open_item, status=status
        )
        lines = await states_service.list_reminders(work, wanted, before=paging.before, limit=paging.limit)
        next_cursor = encode_cursor(lines[-1].reminder.id) if len(lines) == paging.limit else None
        return ReminderPage(items=[ReminderOut.of(line) for line in lines], next_cursor=next_cursor)

    return await edge.read(use_case)


@router.get("/reminders/{reminder_id}", response_model=ReminderOut, responses=problems(ReminderNotFound))
async def show_reminder(
    reminder_id: ReminderParam, edge: Annotated[Reading, reading(Scope.PAYMENTS_READ)]
) -> ReminderOut:
    """Show one reminder. `mail_id` leads to the mail as it was sent."""

    async def use_case(work: Work) -> ReminderOut:
        return ReminderOut.of(await states_service.get_reminder(work, reminder_id))

    return await edge.read(use_case)
