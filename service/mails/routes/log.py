"""Routes about mails that were or will be sent, what came back, and addresses that take none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from service.companies.errors import CompanyNotFound
from service.companies.routes.parameters import CompanyRefParam, RefShopParam
from service.core.paging import encode_cursor
from service.dependencies import Changing, Paging, Reading, changing, reading
from service.infra.problems import problems
from service.infra.work import Scope, Work
from service.mails import bounce_service, log_service
from service.mails.domain import LoggedMail, MailFilter, MailKind, MailStatus
from service.mails.errors import (
    AddressNotKnown,
    BounceUnreadable,
    CompanyHasNoAddress,
    MailNotFound,
    MailStatusWrong,
)
from service.mails.schemas import (
    AddressOut,
    AddressPage,
    AttachmentOut,
    CurrentCreditIn,
    DeliveryReportIn,
    MailOut,
    MailPage,
    MailWithContentOut,
    ReasonIn,
)
from service.payments.routes.parameters import CompanyFilter, company_id_of

__all__ = ["mail_out", "router"]

router = APIRouter(prefix="/v1", tags=["mails"])


def _filter(
    company_id: Annotated[UUID | None, Query()] = None,
    kind: Annotated[MailKind | None, Query()] = None,
    status: Annotated[MailStatus | None, Query()] = None,
) -> MailFilter:
    return MailFilter(company_id=company_id, kind=kind, status=status)


@router.get("/mails", response_model=MailPage, responses=problems(CompanyNotFound))
async def list_mails(
    edge: Annotated[Reading, reading(Scope.MAILS_READ)],
    paging: Annotated[Paging, Depends()],
    wanted: Annotated[MailFilter, Depends(_filter)],
    *,
    company: CompanyFilter = None,
    shop: RefShopParam = None,
) -> MailPage:
    """List mails, newest first: what was sent, what waits, what did not go out and why."""

    async def use_case(work: Work) -> MailPage:
        company_id = await company_id_of(work, company, shop) or wanted.company_id
        narrowed = replace(wanted, company_id=company_id)
        found = await log_service.list_mails(work, narrowed, before=paging.before, limit=paging.limit)
        next_cursor = encode_cursor(found[-1].id) if len(found) == paging.limit else None
        return MailPage(items=[mail_out(mail) for mail in found], next_cursor=next_cursor)

    return await edge.read(use_case)


@router.get("/mails/{mail_id}", response_model=MailWithContentOut, responses=problems(MailNotFound))
async def show_mail(mail_id: UUID, edge: Annotated[Reading, reading(Scope.MAILS_READ)]) -> MailWithContentOut:
    """Show a mail as it was sent."""

    async def use_case(work: Work) -> MailWithContentOut:
        found = await log_service.get_mail(work, mail_id)
        content = found.content
        return MailWithContentOut(
            **_mail_fields(found.mail),
            sender=content.sender if content else None,
            subject=content.subject if content else None,
            text=content.text if content else None,
            html=content.html if content else None,
            attachments=[AttachmentOut(**asdict(each)) for each in content.attachments] if content else [],
        )

    return await edge.read(use_case)


@router.post(
    "/mails/{mail_id}/resend",
    status_code=202,
    response_model=MailOut,
    responses=problems(MailNotFound, MailStatusWrong),
)
async def resend_mail(
    mail_id: UUID, body: ReasonIn, edge: Annotated[Changing, changing(Scope.MAILS_WRITE)]
) -> Response:
    """Queue a mail once more that did not go out, or of which nobody knows. What it says is found out anew."""
    return await _decide(edge, lambda work: log_service.resend_mail(work, mail_id, reason=body.reason), status=202)


@router.post("/mails/{mail_id}/mark-sent", response_model=MailOut, responses=problems(MailNotFound, MailStatusWrong))
async def mark_mail_sent(
    mail_id: UUID, body: ReasonIn, edge: Annotated[Changing, changing(Scope.MAILS_WRITE)]
) -> Response:
    """Say that a mail of which nobody knew did arrive."""
    return await _decide(edge, lambda work: log_service.mark_mail_sent(work, mail_id, reason=body.reason))


@router.post("/mails/{mail_id}/cancel", response_model=MailOut, responses=problems(MailNotFound, MailStatusWrong))
async def cancel_mail(
    mail_id: UUID, body: ReasonIn, edge: Annotated[Changing, changing(Scope.MAILS_WRITE)]
) -> Response:
    """Do not send a mail that waits, or not again."""
    return await _decide(edge, lambda work: log_service.cancel_mail(work, mail_id, reason=body.reason))


async def _decide(edge: Changing, decide: Callable[[Work], Awaitable[LoggedMail]], *, status: int = 200) -> Response:
    async def use_case(work: Work) -> MailOut:
        return mail_out(await decide(work))

    return await edge.change(use_case, status=status)


@router.post(
    "/companies/{ref}/credit/mail",
    status_code=202,
    response_model=MailOut,
    responses=problems(CompanyNotFound, CompanyHasNoAddress),
)
async def mail_current_credit(
    ref: CompanyRefParam,
    body: CurrentCreditIn,
    edge: Annotated[Changing, changing(Scope.MAILS_WRITE)],
    shop: RefShopParam = None,
) -> Response:
    """Mail a company what it may order on terms at the moment."""

    async def use_case(work: Work) -> MailOut:
        mail = await log_service.send_current_credit(work, ref, shop_code=shop, recipients=body.recipients)
        return mail_out(mail)

    return await edge.change(use_case, status=202)


@router.post("/mail-bounces", response_model=MailOut, responses=problems(BounceUnreadable, MailNotFound))
async def receive_bounce(body: DeliveryReportIn, edge: Annotated[Changing, changing(Scope.MAILS_WRITE)]) -> Response:
    """Take in a delivery report that came back. Its mail shows it, and a dead address gets no more mails."""

    async def use_case(work: Work) -> MailOut:
        return mail_out(await bounce_service.receive_report(work, body.message.encode("utf-8", "replace")))

    return await edge.change(use_case)


@router.get("/undeliverable-addresses", response_model=AddressPage)
async def list_undeliverable_addresses(
    edge: Annotated[Reading, reading(Scope.MAILS_READ)], paging: Annotated[Paging, Depends()]
) -> AddressPage:
    """List addresses that take no mail, newest first. Nothing is sent to them."""

    async def use_case(work: Work) -> AddressPage:
        found = await bounce_service.list_addresses(work, before=paging.before, limit=paging.limit)
        next_cursor = encode_cursor(found[-1].id) if len(found) == paging.limit else None
        return AddressPage(
            items=[
                AddressOut(
                    id=each.id,
                    address=each.address,
                    source=each.source,
                    reason=each.reason,
                    mail_id=each.mail_id,
                    found_at=each.found_at,
                )
                for each in found
            ],
            next_cursor=next_cursor,
        )

    return await edge.read(use_case)


@router.delete("/undeliverable-addresses/{address}", status_code=204, responses=problems(AddressNotKnown))
async def clear_undeliverable_address(
    address: Annotated[str, Path(max_length=320)], edge: Annotated[Changing, changing(Scope.MAILS_WRITE)]
) -> Response:
    """Write to an address again, because it was set right."""

    async def use_case(work: Work) -> None:
        await bounce_service.clear_address(work, address, reason=None)

    return await edge.change(use_case)


def _mail_fields(mail: LoggedMail) -> dict[str, Any]:
    return {
        "id": mail.id,
        "kind": mail.kind,
        "status": mail.status,
        "shop": mail.shop_code,
        "company_id": mail.company_id,
        "cause": mail.cause,
        "subject_ids": dict(mail.subject_ids),
        "language": mail.language,
        "recipients": list(mail.recipients),
        "refused_recipients": dict(mail.refused_recipients),
        "not_before": mail.not_before,
        "attempts": mail.attempts,
        "last_error": mail.last_error,
        "skip_reason": mail.skip_reason,
        "message_id": mail.message_id,
        "author": mail.author,
        "created_at": mail.created_at,
        "sent_at": mail.sent_at,
    }


def mail_out(mail: LoggedMail) -> MailOut:
    """A mail as routes answer it."""
    return MailOut(**_mail_fields(mail))
