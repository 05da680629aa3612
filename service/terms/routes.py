"""Routes about payment terms: what a merchant offers, what it does, and who may choose it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from service.companies.errors import CompanyNotFound
from service.companies.routes.parameters import CompanyRefParam, RefShopParam
from service.dependencies import Changing, Reading, changing, reading
from service.infra.problems import problems
from service.infra.schemas import FreeText
from service.infra.work import Scope, Work
from service.merchants.errors import SettingsBroken
from service.terms import service
from service.terms.definition import to_json
from service.terms.domain import DueDate, PaymentTerms
from service.terms.errors import BaseDateOutOfRange, TermsInvalid, TermsNotFound, TooManyTerms
from service.terms.explanation import TermsExplanation
from service.terms.legal import LegalWarning
from service.terms.schemas import (
    AllowedTermsOut,
    DroppedTermsOut,
    DueDateOut,
    ExampleOut,
    LegalWarningOut,
    PreviewIn,
    PreviewOut,
    StepOut,
    TermsDefinition,
    TermsIn,
    TermsList,
    TermsOut,
    TermsWithExamplesOut,
)

router = APIRouter(prefix="/v1", tags=["terms"])

TermsCodeParam = Annotated[
    str, Path(pattern=r"^[a-z][a-z0-9_]{0,63}$", description="Code of the terms.", examples=["net_30"])
]


@router.get("/terms", response_model=TermsList, responses=problems(SettingsBroken))
async def list_terms(edge: Annotated[Reading, reading(Scope.POLICY_READ)]) -> TermsList:
    """List the merchant's payment terms, each with what the law of the merchant's country says against it."""

    async def use_case(work: Work) -> TermsList:
        return TermsList(items=[TermsOut(**_terms(explained)) for explained in await service.list_terms(work)])

    return await edge.read(use_case)


@router.get("/terms/{code}", response_model=TermsWithExamplesOut, responses=problems(SettingsBroken, TermsNotFound))
async def show_terms(
    code: TermsCodeParam, edge: Annotated[Reading, reading(Scope.POLICY_READ)]
) -> TermsWithExamplesOut:
    """Show terms with worked examples of this year and the articles of law they can break."""

    async def use_case(work: Work) -> TermsWithExamplesOut:
        return _terms_with_examples(await service.get_terms(work, code))

    return await edge.read(use_case)


@router.put(
    "/terms/{code}",
    response_model=TermsWithExamplesOut,
    responses=problems(SettingsBroken, TermsInvalid, TooManyTerms),
)
async def put_terms(
    code: TermsCodeParam, body: TermsIn, edge: Annotated[Changing, changing(Scope.POLICY_WRITE)]
) -> Response:
    """Define terms as a whole. Orders keep the terms they were made with.

    Terms longer than the law allows are kept all the same and answered with warnings that name the article: a contract
    or a trade may allow what is not known here.
    """

    async def use_case(work: Work) -> TermsWithExamplesOut:
        explained = await service.put_terms(
            work, code, body.to_definition(), label=body.label, is_active=body.is_active, reason=body.reason
        )
        return _terms_with_examples(explained)

    return await edge.change(use_case)


@router.delete(
    "/terms/{code}",
    response_model=TermsWithExamplesOut,
    responses={
        204: {"description": "Nobody named the terms; they are gone."},
        **problems(SettingsBroken, TermsNotFound),
    },
)
async def remove_terms(
    code: TermsCodeParam,
    edge: Annotated[Changing, changing(Scope.POLICY_WRITE)],
    reason: Annotated[FreeText | None, Query(description="Kept in the log of changes.")] = None,
) -> Response:
    """Delete terms, or switch them off while a company, a group, a shop or the merchant still names them."""

    async def use_case(work: Work) -> TermsWithExamplesOut | None:
        explained = await service.remove_terms(work, code, reason=reason)
        return None if explained is None else _terms_with_examples(explained)

    return await edge.change(use_case)


@router.post(
    "/terms/preview", response_model=PreviewOut, responses=problems(BaseDateOutOfRange, SettingsBroken, TermsInvalid)
)
async def preview_terms(body: PreviewIn, edge: Annotated[Reading, reading(Scope.POLICY_READ)]) -> PreviewOut:
    """Try terms out: examples, due dates of your own days, and what the law says. Nothing is kept."""

    async def use_case(work: Work) -> PreviewOut:
        place = service.PreviewPlace(
            law_country=body.country,
            is_agreed=body.terms_agreed_in_contract,
            is_consolidated=body.is_consolidated,
        )
        previewed = await service.preview_terms(work, body.to_definition(), at=place, base_dates=tuple(body.base_dates))
        return PreviewOut(
            label=previewed.label,
            definition=_definition(previewed.terms),
            warnings=_warnings(previewed.explanation.warnings),
            laws_checked=list(previewed.explanation.laws),
            examples=_examples(previewed.explanation),
            due_dates=[DueDateOut(**_due(base_on, due)) for base_on, due in previewed.due_dates],
        )

    return await edge.read(use_case)


@router.get(
    "/companies/{ref}/terms", response_model=AllowedTermsOut, responses=problems(CompanyNotFound, SettingsBroken)
)
async def show_company_terms(
    ref: CompanyRefParam, edge: Annotated[Reading, reading(Scope.COMPANIES_READ)], shop: RefShopParam = None
) -> AllowedTermsOut:
    """Show which terms a company may choose from, who decided so, and which codes offer nothing."""

    async def use_case(work: Work) -> AllowedTermsOut:
        choice = await service.company_terms(work, ref, shop_code=shop)
        labels = await service.labels_of(work, choice.allowed)
        return AllowedTermsOut(
            allowed=list(choice.allowed),
            default=choice.default,
            allowed_by=choice.allowed_by,
            default_by=choice.default_by,
            dropped=[DroppedTermsOut(code=dropped.code, reason=dropped.reason) for dropped in choice.dropped],
            labels=labels,
        )

    return await edge.read(use_case)


def _terms(explained: service.ExplainedTerms) -> dict[str, Any]:
    stored, explanation = explained.stored, explained.explanation
    return {
        "code": stored.terms.code,
        "label": stored.label,
        "is_active": stored.is_active,
        "definition": _definition(stored.terms),
        "warnings": _warnings(explanation.warnings),
        "laws_checked": list(explanation.laws),
        "created_at": stored.created_at,
        "updated_at": stored.updated_at,
    }


def _terms_with_examples(explained: service.ExplainedTerms) -> TermsWithExamplesOut:
    return TermsWithExamplesOut(**_terms(explained), examples=_examples(explained.explanation))


def _definition(terms: PaymentTerms) -> TermsDefinition:
    parts = to_json(terms)
    del parts["code"]
    return TermsDefinition.model_validate(parts)


def _examples(explanation: TermsExplanation) -> list[ExampleOut]:
    return [ExampleOut(kind=one.kind.value, **_due(one.base_on, one.due)) for one in explanation.examples]


def _due(base_on: date, due: DueDate) -> dict[str, Any]:
    return {
        "base_on": base_on,
        "billing_on": due.billing_on,
        "due_on": due.due_on,
        "discount_until_on": due.discount_until_on,
        "steps": [StepOut(code=step.code.value, on=step.on) for step in due.steps],
    }


def _warnings(warnings: Iterable[LegalWarning]) -> list[LegalWarningOut]:
    return [
        LegalWarningOut(
            code=warning.code.value,
            country=warning.country,
            article=warning.article,
            limit_days=warning.limit_days,
            days=warning.days,
            base_on=warning.base_on,
            due_on=warning.due_on,
            message=warning.message,
        )
        for warning in warnings
    ]
