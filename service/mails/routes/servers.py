"""Routes about the merchant's own mail server."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from service.dependencies import Changing, Reading, changing, reading
from service.infra.problems import problems
from service.infra.work import Scope, Work
from service.mails import server_service
from service.mails.errors import MailServerMissing, MailServerRefused, SenderMissing
from service.mails.schemas import MailServerOut, ServerIn, ServerOut, TestIn, TestOut
from service.mails.server_service import ServerRules, WantedServer
from service.mails.servers import Security, StoredServer
from service.merchants.errors import IntegratorKeyRequired

router = APIRouter(prefix="/v1/mail-server", tags=["mails"])


@router.get("", response_model=MailServerOut, responses=problems(IntegratorKeyRequired))
async def show_mail_server(edge: Annotated[Reading, reading(Scope.MAILS_READ)]) -> MailServerOut:
    """Show the merchant's own mail server, and whether it works. Without one, the operator's is used."""

    async def use_case(work: Work) -> MailServerOut:
        stored = await server_service.get_server(work)
        return MailServerOut(own=_server_out(stored) if stored is not None else None)

    return await edge.read(use_case)


@router.put("", response_model=ServerOut, responses=problems(MailServerRefused, IntegratorKeyRequired))
async def set_mail_server(body: ServerIn, edge: Annotated[Changing, changing(Scope.MAILS_WRITE)]) -> Response:
    """Send mails over a server of the merchant's own, from `mail_sender_address`. Not for a shop's key."""
    context = edge.context
    rules = ServerRules(secret_box=context.secret_box, allow_private=context.settings.allow_private_callbacks)
    wanted = WantedServer(
        host=body.host,
        port=body.port,
        security=body.security,
        username=body.username,
        password=body.password.get_secret_value() if body.password is not None else None,
        keeps_password="password" not in body.model_fields_set,
    )

    async def use_case(work: Work) -> ServerOut:
        return _server_out(await server_service.set_server(work, rules, wanted, reason=body.reason))

    return await edge.change(use_case)


@router.delete("", status_code=204, responses=problems(MailServerMissing, IntegratorKeyRequired))
async def remove_mail_server(edge: Annotated[Changing, changing(Scope.MAILS_WRITE)]) -> Response:
    """Go back to the operator's server."""

    async def use_case(work: Work) -> None:
        await server_service.remove_server(work)

    return await edge.change(use_case)


@router.post("/test", status_code=202, response_model=TestOut, responses=problems(SenderMissing, IntegratorKeyRequired))
async def test_mail_server(body: TestIn, edge: Annotated[Changing, changing(Scope.MAILS_WRITE)]) -> Response:
    """Send a mail the way every mail goes; `GET /v1/mails/{id}` says what became of it."""

    async def use_case(work: Work) -> TestOut:
        return TestOut(mail_id=await server_service.send_test(work, recipient=body.recipient))

    return await edge.change(use_case, status=202)


def _server_out(stored: StoredServer) -> ServerOut:
    return ServerOut(
        host=stored.host,
        port=stored.port,
        security=Security(stored.security),
        username=stored.username,
        has_password=stored.password is not None,
        failing_since_at=stored.failing_since_at,
        last_error=stored.last_error,
        updated_at=stored.updated_at,
    )
