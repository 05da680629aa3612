"""Routes about late interest and the fixed recovery sum."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from service.core.errors import InvalidInput
from service.dependencies import Changing, Reading, changing, reading
from service.infra.problems import problems
from service.infra.schemas import Day
from service.infra.work import Scope, Work
from service.merchants.errors import IntegratorKeyRequired
from service.receivables.errors import OpenItemNotFound
from service.reminders import charges_service
from service.reminders.charge_schemas import (
    ChargeLateIn,
    InterestRateIn,
    InterestRateList,
    InterestRateOut,
    LateChargeOut,
    LateChargesOut,
    LateClaimOut,
    WaiveLateIn,
)
from service.reminders.errors import NothingToCharge, RateUnknown
from service.reminders.rates import DatedRate, half_year_of

router: Final = APIRouter()
ItemParam = Annotated[UUID, Path(description="Id of the open item.")]


@router.get("/open-items/{item_id}/late-charges", response_model=LateClaimOut, responses=problems(OpenItemNotFound))
async def show_late_charges(
    item_id: ItemParam,
    edge: Annotated[Reading, reading(Scope.PAYMENTS_READ)],
    until: Annotated[Day | None, Query(description="Up to which day; today unless said, and never later.")] = None,
) -> LateClaimOut:
    """Show what the law gives for a late document, and what was charged or waived before. Interest runs from the day
    after the due date, without a reminder.
    """

    async def use_case(work: Work) -> LateClaimOut:
        claim = await charges_service.compute_claim(work, item_id, until_on=until)
        return LateClaimOut.of(claim, await charges_service.list_charges(work, item_id))

    return await edge.read(use_case)


@router.post(
    "/open-items/{item_id}/late-charges",
    response_model=LateChargesOut,
    responses=problems(OpenItemNotFound, NothingToCharge, RateUnknown),
)
async def charge_late(
    item_id: ItemParam, body: ChargeLateIn, edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)]
) -> Response:
    """Charge what the law gives: each charge becomes an open item of its own, due today."""

    async def use_case(work: Work) -> LateChargesOut:
        charges = await charges_service.charge_late(work, item_id, body.kinds, until_on=body.until, reason=body.reason)
        return LateChargesOut(items=[LateChargeOut.of(charge) for charge in charges])

    return await edge.change(use_case)


@router.post(
    "/open-items/{item_id}/late-charges/waive",
    response_model=LateChargesOut,
    responses=problems(OpenItemNotFound, NothingToCharge, RateUnknown),
)
async def waive_late(
    item_id: ItemParam, body: WaiveLateIn, edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)]
) -> Response:
    """Give up what the law gives up to a day, on purpose. Interest of later days is still owed."""

    async def use_case(work: Work) -> LateChargesOut:
        charges = await charges_service.waive_late(work, item_id, body.kinds, until_on=body.until, reason=body.reason)
        return LateChargesOut(items=[LateChargeOut.of(charge) for charge in charges])

    return await edge.change(use_case)


@router.get("/late-interest-rates", response_model=InterestRateList)
async def list_interest_rates(edge: Annotated[Reading, reading(Scope.POLICY_READ)]) -> InterestRateList:
    """List the reference rates that you recorded. Those that come with the service end where nothing was published yet."""

    async def use_case(work: Work) -> InterestRateList:
        rates = await charges_service.list_rates(work)
        return InterestRateList(
            items=[InterestRateOut.of(base, rate) for base, dated in rates.items() for rate in dated]
        )

    return await edge.read(use_case)


@router.put(
    "/late-interest-rates", response_model=InterestRateOut, responses=problems(InvalidInput, IntegratorKeyRequired)
)
async def record_interest_rate(
    body: InterestRateIn, edge: Annotated[Changing, changing(Scope.POLICY_WRITE)]
) -> Response:
    """Record the reference rate of a half-year. It outranks what comes with the service."""

    async def use_case(work: Work) -> InterestRateOut:
        if body.from_on != half_year_of(body.from_on):
            raise InvalidInput("a reference rate holds from 1 January or 1 July")
        rate = DatedRate(body.from_on, body.rate_bp, body.source)
        return InterestRateOut.of(body.base, await charges_service.record_rate(work, body.base, rate))

    return await edge.change(use_case)
