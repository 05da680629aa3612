"""Routes about merchants' own templates."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from service.core.errors import NotFound
from service.dependencies import Changing, Reading, changing, reading
from service.infra.problems import problems
from service.infra.work import Scope, Work
from service.mails import template_service as service
from service.mails.domain import MailKind
from service.mails.errors import TemplateBroken, TemplateChanged, TemplateNotFound
from service.mails.formats import LANGUAGES
from service.mails.own_templates import StoredTemplate, TemplatePlace
from service.mails.sandbox import FILTERS
from service.mails.template_schemas import (
    KindOut,
    KindsOut,
    TemplateIn,
    TemplateListOut,
    TemplateOut,
    TemplatePreviewIn,
    TemplatePreviewOut,
    TemplateReasonIn,
    VariableOut,
    VersionOut,
    VersionsOut,
)
from service.mails.template_service import TemplateNow
from service.mails.variables import variables_of

router = APIRouter(prefix="/v1/mail-templates", tags=["mails"])

LanguageParam = Annotated[str, Path(pattern=r"^[a-z]{2}$", description="`en`, `fr`, `it`, `de` or `es`.")]
PlaceShopParam = Annotated[
    str | None,
    Query(
        alias="shop",
        max_length=64,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="Code of the shop whose own template is meant. A shop's key means its own shop; an integrator's key "
        "without it means the merchant's, which holds for all shops without one.",
    ),
]
_PLACE_PROBLEMS = (TemplateNotFound, NotFound)


class PlaceParams:
    """Which template is meant."""

    def __init__(self, kind: MailKind, language: LanguageParam, shop: PlaceShopParam = None) -> None:
        self.kind = kind
        self.language = language
        self.shop = shop

    async def find(self, work: Work) -> TemplatePlace:
        """Raises NotFound or TemplateNotFound."""
        return await service.find_place(work, self.kind, self.language, shop_code=self.shop)


Place = Annotated[PlaceParams, Depends()]


@router.get("/kinds", response_model=KindsOut, dependencies=[reading(Scope.MAILS_READ)])
async def list_mail_kinds() -> KindsOut:
    """List every kind of mail, with the variables that its templates may use."""
    items = [
        KindOut(
            kind=kind,
            languages=list(LANGUAGES),
            variables=[
                VariableOut(name=each.name, type=each.type, description=each.description) for each in variables_of(kind)
            ],
        )
        for kind in MailKind
    ]
    parts = sorted(name for name in service.default_typesetter().shipped.sources if name.startswith("_base/"))
    return KindsOut(items=items, parts=parts, filters=sorted((*FILTERS, "plural")))


@router.get("", response_model=TemplateListOut)
async def list_mail_templates(edge: Annotated[Reading, reading(Scope.MAILS_READ)]) -> TemplateListOut:
    """List the own templates that hold now; every other mail is written with the shipped texts."""

    async def use_case(work: Work) -> TemplateListOut:
        return TemplateListOut(items=[_version_out(each) for each in await service.list_templates(work)])

    return await edge.read(use_case)


@router.get("/{kind}/{language}", response_model=TemplateOut, responses=problems(*_PLACE_PROBLEMS))
async def show_mail_template(
    place: Place,
    edge: Annotated[Reading, reading(Scope.MAILS_READ)],
) -> TemplateOut:
    """Show what a mail is written with: an own template, or the shipped one to begin with."""

    async def use_case(work: Work) -> TemplateOut:
        found_place = await place.find(work)
        return _template_out(await service.show_template(work, service.default_typesetter(), found_place))

    return await edge.read(use_case)


@router.put(
    "/{kind}/{language}",
    response_model=TemplateOut,
    responses=problems(*_PLACE_PROBLEMS, TemplateBroken, TemplateChanged),
)
async def save_mail_template(
    place: Place,
    body: TemplateIn,
    edge: Annotated[Changing, changing(Scope.MAILS_WRITE)],
) -> Response:
    """Save a new version, after trying it on made-up mails. What is wrong with it is said with its part and line."""

    async def save(work: Work, at: TemplatePlace) -> TemplateNow:
        return await service.save_template(work, service.default_typesetter(), at, body.to_domain(), reason=body.reason)

    return await _change(edge, place, save)


@router.delete("/{kind}/{language}", response_model=TemplateOut, responses=problems(*_PLACE_PROBLEMS, TemplateChanged))
async def use_shipped_mail_template(
    place: Place,
    edge: Annotated[Changing, changing(Scope.MAILS_WRITE)],
) -> Response:
    """Let the shipped texts hold again. The versions stay and can be restored."""

    async def use_shipped(work: Work, at: TemplatePlace) -> TemplateNow:
        return await service.use_shipped(work, service.default_typesetter(), at, reason=None)

    return await _change(edge, place, use_shipped)


@router.get("/{kind}/{language}/versions", response_model=VersionsOut, responses=problems(*_PLACE_PROBLEMS))
async def list_mail_template_versions(
    place: Place,
    edge: Annotated[Reading, reading(Scope.MAILS_READ)],
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="Only versions before this one.")] = None,
) -> VersionsOut:
    """List up to 50 versions, newest first."""

    async def use_case(work: Work) -> VersionsOut:
        found_place = await place.find(work)
        found = await service.list_versions(work, found_place, before=before, limit=50)
        return VersionsOut(items=[_version_out(each) for each in found])

    return await edge.read(use_case)


@router.post(
    "/{kind}/{language}/versions/{version}/restore",
    response_model=TemplateOut,
    responses=problems(*_PLACE_PROBLEMS, TemplateBroken, TemplateChanged),
)
async def restore_mail_template(
    place: Place,
    version: Annotated[int, Path(ge=1, le=2**31 - 1)],
    body: TemplateReasonIn,
    edge: Annotated[Changing, changing(Scope.MAILS_WRITE)],
) -> Response:
    """Let the texts of an earlier version hold again, as a new version."""

    async def restore(work: Work, at: TemplatePlace) -> TemplateNow:
        return await service.restore_version(work, service.default_typesetter(), at, version, reason=body.reason)

    return await _change(edge, place, restore)


@router.post(
    "/{kind}/{language}/preview",
    response_model=TemplatePreviewOut,
    responses=problems(*_PLACE_PROBLEMS, TemplateBroken),
)
async def preview_mail_template(
    place: Place,
    body: TemplatePreviewIn,
    edge: Annotated[Reading, reading(Scope.MAILS_READ)],
) -> TemplatePreviewOut:
    """Show how a made-up mail looks with these texts. Nothing is saved."""

    async def use_case(work: Work) -> TemplatePreviewOut:
        found_place = await place.find(work)
        seen = service.preview(service.default_typesetter(), found_place, body.to_domain(), sample=body.sample)
        html = seen.rendered.html
        if seen.code is not None:
            html = html.replace("cid:epc", f"data:image/png;base64,{base64.b64encode(seen.code).decode()}")
        return TemplatePreviewOut(subject=seen.rendered.subject, text=seen.rendered.text, html=html)

    return await edge.read(use_case)


async def _change(
    edge: Changing, place: PlaceParams, change: Callable[[Work, TemplatePlace], Awaitable[TemplateNow]]
) -> Response:
    async def use_case(work: Work) -> TemplateOut:
        return _template_out(await change(work, await place.find(work)))

    return await edge.change(use_case)


def _template_out(now: TemplateNow) -> TemplateOut:
    own = now.own if now.own is not None and now.own.texts is not None else None
    return TemplateOut(
        kind=now.place.kind,
        language=now.place.language,
        shop=now.shop_code,
        is_own=own is not None,
        version=now.own.version if now.own is not None else None,
        subject=now.texts.subject,
        text=now.texts.text,
        html=now.texts.html,
        broken_at=own.broken_at if own is not None else None,
        broken_detail=own.broken_detail if own is not None else None,
    )


def _version_out(stored: StoredTemplate) -> VersionOut:
    return VersionOut(
        id=stored.id,
        kind=stored.place.kind,
        language=stored.place.language,
        shop=stored.shop_code,
        version=stored.version,
        is_shipped=stored.texts is None,
        reason=stored.reason,
        author=stored.author,
        created_at=stored.created_at,
        broken_at=stored.broken_at,
        broken_detail=stored.broken_detail,
    )
