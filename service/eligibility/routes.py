"""Routes about policies, the facts their rules may use, and the decisions they led to."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from service.companies.errors import CompanyNotFound
from service.companies.routes.parameters import RefShopParam
from service.companies.service import find_company
from service.core.money import InvalidAmount, UnknownCurrency
from service.core.paging import encode_cursor
from service.dependencies import Changing, Paging, Reading, changing, reading
from service.eligibility import service
from service.eligibility.domain import Outcome
from service.eligibility.errors import DecisionNotFound, PolicyIsCustom, PolicyNotFound, RulesInvalid
from service.eligibility.essentials_schemas import EssentialsIn, EssentialsOut
from service.eligibility.facts import FACTS
from service.eligibility.schemas import (
    DecisionDetailOut,
    DecisionOut,
    DecisionPage,
    FactDefinitionOut,
    FactsOut,
    PolicyIn,
    PolicyOut,
    PolicyPage,
    PolicyVersionOut,
)
from service.eligibility.stored import DecisionFilter
from service.infra.problems import problems
from service.infra.schemas import FreeText
from service.infra.work import Scope, Work
from service.merchants.errors import SettingsBroken

__all__ = ["router"]

router: Final = APIRouter(prefix="/v1", tags=["eligibility"])
PolicyShopParam = Annotated[
    str | None,
    Query(
        alias="shop",
        max_length=64,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="Code of the shop whose policy is meant. A shop's key means its own; an integrator's key without it "
        "means the merchant's, which holds wherever a shop has none of its own.",
        examples=["main"],
    ),
]


@router.get("/policy", response_model=PolicyOut, responses=problems(SettingsBroken))
async def show_policy(edge: Annotated[Reading, reading(Scope.POLICY_READ)], shop: PolicyShopParam = None) -> PolicyOut:
    """Show the policy in force, and whether it is the shop's own or the merchant's."""

    async def use_case(work: Work) -> PolicyOut:
        home = await service.home_of(work, shop)
        in_force = await service.policy_in_force(work, home)
        return PolicyOut.of(in_force, shop_code=home.code if home else None)

    return await edge.read(use_case)


@router.put("/policy", response_model=PolicyVersionOut, responses=problems(RulesInvalid))
async def put_policy(
    body: PolicyIn, edge: Annotated[Changing, changing(Scope.POLICY_WRITE)], shop: PolicyShopParam = None
) -> Response:
    """Set a policy as a whole. It is a new version, in force with the next decision; those before it are kept.

    Try it first with `POST /v1/policy/simulate`. Orders that were accepted stay accepted.
    """

    async def use_case(work: Work) -> PolicyVersionOut:
        home = await service.home_of(work, shop)
        stored = await service.put_policy(work, home, rules=body.rules, settings=body.to_settings(), reason=body.reason)
        return PolicyVersionOut.of(stored)

    return await edge.change(use_case)


@router.delete("/policy", response_model=PolicyOut, responses=problems(PolicyNotFound, SettingsBroken))
async def withdraw_policy(
    edge: Annotated[Changing, changing(Scope.POLICY_WRITE)],
    shop: PolicyShopParam = None,
    reason: Annotated[FreeText | None, Query(description="Kept with the version.")] = None,
) -> Response:
    """Let a shop follow its merchant's policy again, or the merchant none. Gives what is in force then.

    Nothing is deleted: the withdrawal is a version of its own.
    """

    async def use_case(work: Work) -> PolicyOut:
        home = await service.home_of(work, shop)
        in_force = await service.withdraw_policy(work, home, reason=reason)
        return PolicyOut.of(in_force, shop_code=home.code if home else None)

    return await edge.change(use_case)


@router.get("/policy/essentials", response_model=EssentialsOut, responses=problems(SettingsBroken))
async def show_policy_essentials(
    edge: Annotated[Reading, reading(Scope.POLICY_READ)], shop: PolicyShopParam = None
) -> EssentialsOut:
    """Show the policy in force as a simple form: whom it lets in, by which requirements, with which checks."""

    async def use_case(work: Work) -> EssentialsOut:
        home = await service.home_of(work, shop)
        in_force = await service.policy_in_force(work, home)
        rules = service.rules_in_force(in_force)
        return EssentialsOut.of(in_force, rules, shop_code=home.code if home else None)

    return await edge.read(use_case)


@router.put(
    "/policy/essentials",
    response_model=EssentialsOut,
    responses=problems(InvalidAmount, PolicyIsCustom, RulesInvalid, UnknownCurrency),
)
async def put_policy_essentials(
    body: EssentialsIn, edge: Annotated[Changing, changing(Scope.POLICY_WRITE)], shop: PolicyShopParam = None
) -> Response:
    """Set a policy by a simple form. It is a new version like any other, made of rules that can be refined later."""

    async def use_case(work: Work) -> EssentialsOut:
        home = await service.home_of(work, shop)
        settings = await service.settings_in_currency(work, home, body.to_settings())
        in_force = await service.put_essentials(
            work,
            home,
            body.to_domain(settings["currency"]),
            settings=settings,
            replace_custom=body.replace_custom,
            reason=body.reason,
        )
        return EssentialsOut.of(in_force, service.rules_in_force(in_force), shop_code=home.code if home else None)

    return await edge.change(use_case)


@router.get("/policy/versions", response_model=PolicyPage, responses=problems(SettingsBroken))
async def list_policy_versions(
    edge: Annotated[Reading, reading(Scope.POLICY_READ)],
    paging: Annotated[Paging, Depends()],
    shop: PolicyShopParam = None,
) -> PolicyPage:
    """List all versions of a shop's own policy, or of the merchant's, newest first."""

    async def use_case(work: Work) -> PolicyPage:
        home = await service.home_of(work, shop)
        versions = await service.list_versions(work, home, before=paging.before, limit=paging.limit)
        next_cursor = encode_cursor(versions[-1].id) if len(versions) == paging.limit else None
        return PolicyPage(items=[PolicyVersionOut.of(one) for one in versions], next_cursor=next_cursor)

    return await edge.read(use_case)


@router.get("/policy/facts", response_model=FactsOut)
async def list_facts(edge: Annotated[Reading, reading(Scope.POLICY_READ)]) -> FactsOut:  # noqa: ARG001 - asks for a key
    """List the facts that rules may use: what each counts, and how it can be compared."""
    return FactsOut(items=[FactDefinitionOut.of(fact) for fact in FACTS.values()])


@router.get("/decisions", response_model=DecisionPage, responses=problems(CompanyNotFound))
async def list_decisions(
    *,
    edge: Annotated[Reading, reading(Scope.POLICY_READ)],
    paging: Annotated[Paging, Depends()],
    company: Annotated[
        str | None,
        Query(max_length=128, description="Only about this company: the shop's reference, or `id:` and its id."),
    ] = None,
    shop: RefShopParam = None,
    outcome: Outcome | None = None,
) -> DecisionPage:
    """List decisions about orders, newest first: all of them, or those of one shop.

    Quotes are not decisions that are kept, and neither are refusals of guests and unknown companies.
    """

    async def use_case(work: Work) -> DecisionPage:
        at_shop = await service.home_of(work, shop)
        company_id = None if company is None else (await find_company(work, company, shop_code=shop)).id
        wanted = DecisionFilter(company_id=company_id, shop_id=at_shop.id if at_shop else None, outcome=outcome)
        decisions = await service.list_decisions(work, wanted, before=paging.before, limit=paging.limit)
        next_cursor = encode_cursor(decisions[-1].id) if len(decisions) == paging.limit else None
        return DecisionPage(items=[DecisionOut.of(decision) for decision in decisions], next_cursor=next_cursor)

    return await edge.read(use_case)


@router.get("/decisions/{decision_id}", response_model=DecisionDetailOut, responses=problems(DecisionNotFound))
async def show_decision(
    decision_id: Annotated[UUID, Path(description="Id of the decision; of an approved one, its hold's.")],
    edge: Annotated[Reading, reading(Scope.POLICY_READ)],
) -> DecisionDetailOut:
    """Show why an order was accepted or not: the whole trace as it was kept when it was decided."""

    async def use_case(work: Work) -> DecisionDetailOut:
        return DecisionDetailOut.of(await service.get_decision(work, decision_id))

    return await edge.read(use_case)
