"""The route that tries a policy on all companies. It is about policies, and needs what the checkout knows."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter

from service.core.money import InvalidAmount, UnknownCurrency
from service.dependencies import Reading, ShopParam, reading
from service.eligibility.errors import RulesInvalid
from service.infra.problems import problems
from service.infra.work import Scope
from service.merchants.errors import SettingsBroken
from service.orders.simulation_schemas import SimulationIn, SimulationOut
from service.orders.simulation_service import simulate_policy

__all__ = ["router"]

router: Final = APIRouter(tags=["eligibility"])


@router.post(
    "/policy/simulate",
    name="simulate_policy",
    response_model=SimulationOut,
    responses=problems(RulesInvalid, SettingsBroken, InvalidAmount, UnknownCurrency),
)
async def simulate(
    body: SimulationIn, edge: Annotated[Reading, reading(Scope.POLICY_READ)], shop: ShopParam = None
) -> SimulationOut:
    """Try a policy on all companies before it goes live: who would gain, who would lose, and why. Nothing is kept.

    Every company is imagined to place the same order at the shop now, once under the policy in force there and once
    under this one, decided as the checkout would decide. A hundred thousand companies take some seconds.
    """
    simulation = await simulate_policy(
        edge.context.database, edge.caller, body.to_draft(), shop_code=shop, now=edge.context.clock.now()
    )
    return SimulationOut.of(simulation)
