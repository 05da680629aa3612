"""Routes about companies: report them, read them, and decide about one of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from service.companies import service
from service.companies.domain import Company, CompanyFilters, OverrideFilter
from service.companies.errors import (
    AmountFactMalformed,
    CompanyConflict,
    CompanyNotFound,
    FactFromTheFuture,
    OverrideAlreadyOver,
    ReferenceReserved,
    TooManyFacts,
    VatNumberNotCheckable,
)
from service.companies.routes.parameters import CompanyRefParam, RefShopParam
from service.companies.schemas import (
    AddressBody,
    CompanyIn,
    CompanyOut,
    CompanyPage,
    FactOut,
    LinkIn,
    OverrideIn,
    OverrideOut,
    RefOut,
    UpsertedCompanyOut,
    VatOut,
)
from service.companies.vat import VatStatus
from service.core.paging import encode_cursor
from service.dependencies import Changing, Paging, Reading, changing, reading
from service.infra.problems import problems
from service.infra.schemas import Code, FreeText, Text
from service.infra.work import Scope, Work

router = APIRouter(prefix="/v1", tags=["companies"])


@router.put(
    "/companies/{ref}",
    response_model=UpsertedCompanyOut,
    responses=problems(AmountFactMalformed, CompanyConflict, CompanyNotFound, FactFromTheFuture, TooManyFacts),
)
async def upsert_company(
    ref: CompanyRefParam,
    body: CompanyIn,
    edge: Annotated[Changing, changing(Scope.COMPANIES_WRITE)],
    shop: RefShopParam = None,
) -> Response:
    """Create the company of a reference, or change it.

    Two references with the same VAT number, or the same registration number in a country, are one debtor with one
    limit: the second becomes an alias, and `matched_by` says so. A reference never moves to another debtor by itself;
    when the numbers given belong to another one than the reference, the answer is 409 `company_conflict`.
    """

    async def use_case(work: Work) -> UpsertedCompanyOut:
        buyers = [buyer.to_report(buyer.ref) for buyer in body.buyers]
        upserted = await service.upsert_company(work, ref, report=body.to_report(), buyers=buyers, shop_code=shop)
        return UpsertedCompanyOut(
            **company_out(upserted.known, work).model_dump(),
            outcome=upserted.outcome,
            matched_by=upserted.matched_by,
        )

    return await edge.change(use_case)


@router.get("/companies", response_model=CompanyPage)
async def list_companies(
    *,
    edge: Annotated[Reading, reading(Scope.COMPANIES_READ)],
    paging: Annotated[Paging, Depends()],
    q: Annotated[Text | None, Query(max_length=100, description="How the legal name begins, in any case.")] = None,
    group: Annotated[Code | None, Query(description="Code of a group they are in.")] = None,
    vat_status: Annotated[VatStatus | None, Query()] = None,
    override: Annotated[
        OverrideFilter | None, Query(description="The override in force now; `none`: rules decide.")
    ] = None,
) -> CompanyPage:
    """List the merchant's companies, newest first."""
    filters = CompanyFilters(name_prefix=q, group=group, vat_status=vat_status, override=override)

    async def use_case(work: Work) -> CompanyPage:
        found = await service.list_companies(work, filters, before=paging.before, limit=paging.limit)
        next_cursor = encode_cursor(found[-1].company.id) if len(found) == paging.limit else None
        return CompanyPage(items=[company_out(known, work) for known in found], next_cursor=next_cursor)

    return await edge.read(use_case)


@router.get("/companies/{ref}", response_model=CompanyOut, responses=problems(CompanyNotFound))
async def show_company(
    ref: CompanyRefParam, edge: Annotated[Reading, reading(Scope.COMPANIES_READ)], shop: RefShopParam = None
) -> CompanyOut:
    """Show a company with its references, and each fact with its source and date."""

    async def use_case(work: Work) -> CompanyOut:
        return company_out(await service.get_company(work, ref, shop_code=shop), work)

    return await edge.read(use_case)


@router.put(
    "/companies/{ref}/override",
    response_model=CompanyOut,
    responses=problems(CompanyNotFound, OverrideAlreadyOver),
)
async def set_override(
    ref: CompanyRefParam,
    body: OverrideIn,
    edge: Annotated[Changing, changing(Scope.CREDIT_OVERRIDE)],
    shop: RefShopParam = None,
) -> Response:
    """Allow or deny a company by hand, whatever groups and rules say."""

    async def use_case(work: Work) -> CompanyOut:
        known = await service.set_override(
            work, ref, position=body.position, reason=body.reason, until=body.until, shop_code=shop
        )
        return company_out(known, work)

    return await edge.change(use_case)


@router.delete("/companies/{ref}/override", response_model=CompanyOut, responses=problems(CompanyNotFound))
async def remove_override(
    ref: CompanyRefParam,
    edge: Annotated[Changing, changing(Scope.CREDIT_OVERRIDE)],
    reason: Annotated[FreeText | None, Query(description="Kept in the log of changes.")] = None,
    shop: RefShopParam = None,
) -> Response:
    """Let groups and rules decide again. Without an override nothing changes."""

    async def use_case(work: Work) -> CompanyOut:
        return company_out(await service.remove_override(work, ref, reason=reason, shop_code=shop), work)

    return await edge.change(use_case)


@router.post(
    "/companies/{ref}/vat-check",
    response_model=CompanyOut,
    responses=problems(CompanyNotFound, VatNumberNotCheckable),
)
async def check_vat(
    ref: CompanyRefParam, edge: Annotated[Changing, changing(Scope.COMPANIES_WRITE)], shop: RefShopParam = None
) -> Response:
    """Ask the VAT registry now. When it does not answer, an earlier answer stands and it is asked again later."""
    context = edge.context
    question = await edge.read(lambda work: service.prepare_vat_question(work, ref, shop_code=shop))
    result = await context.vat_registry.check(question.number, requester=question.requester or context.vat_requester)

    async def use_case(work: Work) -> CompanyOut:
        return company_out(await service.record_vat_answer(work, question, result), work)

    return await edge.change(use_case)


@router.post(
    "/companies/{ref}/link",
    response_model=CompanyOut,
    responses=problems(CompanyNotFound, ReferenceReserved),
)
async def link_reference(
    ref: CompanyRefParam,
    body: LinkIn,
    edge: Annotated[Changing, changing(Scope.COMPANIES_WRITE)],
    shop: RefShopParam = None,
) -> Response:
    """Let a reference, known or new, mean another company from now on.

    What was ordered under it stays owed by the company that ordered it. Answers with the company it means now.
    """

    async def use_case(work: Work) -> CompanyOut:
        known = await service.link_reference(work, ref, to=body.to, reason=body.reason, shop_code=shop)
        return company_out(known, work)

    return await edge.change(use_case)


def company_out(known: service.KnownCompany, work: Work) -> CompanyOut:
    """A company as its callers read it."""
    company = known.company
    return CompanyOut(
        id=company.id,
        refs=[RefOut(ref=ref.ref, shop=ref.shop_code) for ref in known.refs],
        legal_name=company.legal_name,
        country=company.country,
        language=company.language,
        registration_number=company.registration_number,
        vat=_vat_out(company),
        invoice_email=company.invoice_email,
        groups=list(company.groups),
        addresses=[AddressBody(**asdict(address)) for address in company.addresses],
        facts={
            name: FactOut(
                value=list(fact.value) if isinstance(fact.value, tuple) else fact.value,
                source=fact.source,
                as_of=fact.as_of,
                currency=fact.currency,
            )
            for name, fact in company.facts.items()
        },
        override=_override_out(company, work),
        default_terms=company.default_terms,
        allowed_terms=None if company.allowed_terms is None else list(company.allowed_terms),
        version=company.version,
        created_at=company.created_at,
        updated_at=company.updated_at,
    )


def _vat_out(company: Company) -> VatOut:
    vat = company.vat
    return VatOut(
        number=vat.number,
        status=vat.status,
        reason=vat.reason,
        source=vat.source,
        checked_at=vat.checked_at,
        next_check_at=vat.next_check_at,
        consultation_number=vat.consultation_number,
    )


def _override_out(company: Company, work: Work) -> OverrideOut | None:
    override = company.override
    if override is None:
        return None
    return OverrideOut(
        position=override.position,
        reason=override.reason,
        author=override.author,
        until=override.until,
        is_in_force=override.is_in_force(work.now),
    )
