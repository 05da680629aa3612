"""Routes about links to a company's account: make one, end all."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from service.companies.errors import CompanyNotFound
from service.companies.routes.parameters import CompanyRefParam, RefShopParam
from service.companies.service import revoke_portal_links as revoke
from service.dependencies import Changing, changing
from service.infra.problems import problems
from service.infra.work import Scope, Work
from service.portal.errors import PortalAddressUnknown, PortalLinksOff, PortalUnavailable
from service.portal.links_service import make_link
from service.portal.schemas import PortalLinkOut, RevokeLinksIn

router = APIRouter(prefix="/v1/companies/{ref}", tags=["companies"])


@router.post(
    "/portal-link",
    response_model=PortalLinkOut,
    responses=problems(CompanyNotFound, PortalAddressUnknown, PortalLinksOff, PortalUnavailable),
)
async def make_portal_link(
    ref: CompanyRefParam, edge: Annotated[Changing, changing(Scope.COMPANIES_WRITE)], shop: RefShopParam = None
) -> Response:
    """Make a link that shows the company what it owes and how to pay it. Give it to the company and to nobody else.

    It needs no password. One that a shop's key makes shows what is owed to that shop. Needs `payments:read`, too.
    """

    async def use_case(work: Work) -> PortalLinkOut:
        made = await make_link(work, ref, links=edge.context.portal_links, shop_code=shop)
        return PortalLinkOut(url=made.url, issued_at=made.issued_at, expires_at=made.expires_at)

    return await edge.change(use_case)


@router.post("/portal-links/revoke", status_code=204, responses=problems(CompanyNotFound))
async def revoke_portal_links(
    ref: CompanyRefParam,
    body: RevokeLinksIn,
    edge: Annotated[Changing, changing(Scope.COMPANIES_WRITE)],
    shop: RefShopParam = None,
) -> Response:
    """End all links to the company's account that are out, also those in mails, at once."""

    async def use_case(work: Work) -> None:
        await revoke(work, ref, reason=body.reason, shop_code=shop)

    return await edge.change(use_case)
