"""A worker's desk for mails, a server it sends to, and preparers that say what a test wants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import text

from service.core.clock import FixedClock
from service.core.ids import new_id
from service.infra.database import Database
from service.infra.portal_links import PortalLinks
from service.infra.signing import SecretBox
from service.infra.work import Caller, Work
from service.mails.automatic_service import AUTOMATIC
from service.mails.domain import Enclosure, LoggedMail, MailKind, NewMail, Prepared, QueuedMail, Skipped
from service.mails.jobs import MailSending, run_send_once
from service.mails.log_repository import find_mail
from service.mails.post_office_client import PostOffice
from service.mails.queue_service import Preparers, queue_mails
from service.mails.samples import sample_views
from service.mails.servers import parse_server_url
from service.mails.shipped_repository import load_shipped_templates
from service.mails.smtp_client import SmtpTimeouts, SmtpTransport
from service.mails.transport import Transport
from service.mails.typesetting import Typesetter
from tests.app import Tenant
from tests.mails.smtp_server import ScriptedServer

OPERATOR = "mail@operator.example"
TYPESETTER = Typesetter(load_shipped_templates())
Answer = Prepared | Skipped


@dataclass
class Preparing:
    """A preparer that answers what a test says, by default a late notice to `mail.recipients`."""

    answer: Callable[[QueuedMail], Answer] | None = None
    calls: list[list[UUID]] = field(default_factory=list)

    async def __call__(self, work: Work, mails: Sequence[QueuedMail]) -> Mapping[UUID, Answer]:
        self.calls.append([mail.id for mail in mails])
        return {mail.id: (self.answer or prepared)(mail) for mail in mails}


def prepared(mail: QueuedMail, *, language: str = "en", index: int = 3) -> Prepared:
    view = sample_views(MailKind.LATE_1, language)[index]
    return Prepared(view=view, recipients=mail.recipients, language=language)


def with_file(
    mail: Prepared, *, name: str = "x.pdf", content: bytes | Exception = b"x", is_needed: bool = False
) -> Prepared:
    """The mail with a file, or with one that cannot be made."""

    async def draw() -> bytes:
        if isinstance(content, Exception):
            raise content
        return content

    enclosure = Enclosure(filename=name, media_type="application/pdf", draw=draw, is_needed=is_needed)
    view = replace(mail.view, attachments=(*mail.view.attachments, name))
    return replace(mail, view=view, enclosures=(*mail.enclosures, enclosure))


@dataclass
class MailWorld:
    """What tests do to the queue without going through HTTP."""

    database: Database
    clock: FixedClock
    secret_box: SecretBox
    tenant: Tenant
    preparing: Preparing = field(default_factory=Preparing)
    portal_links: PortalLinks | None = None
    office: PostOffice = field(default_factory=lambda: PostOffice(operator=None, operator_sender=OPERATOR))

    @property
    def preparers(self) -> Preparers:
        return {**AUTOMATIC, MailKind.LATE_1: self.preparing}

    @property
    def sending(self) -> MailSending:
        return MailSending(
            database=self.database,
            clock=self.clock,
            office=self.office,
            preparers=self.preparers,
            typesetter=TYPESETTER,
            secret_box=self.secret_box,
            portal_links=self.portal_links,
        )

    @asynccontextmanager
    async def work(self, caller: Caller | None = None) -> AsyncIterator[Work]:
        async with self.database.transaction() as session:
            yield Work(session=session, caller=caller or self.tenant.caller(), now=self.clock.now())

    async def queue(self, *recipients: str, cause: str | None = None, **changes: Any) -> UUID:
        """Queue a late notice; gives its id."""
        cause = cause or f"test:{new_id()}"
        mail = NewMail(
            kind=MailKind.LATE_1,
            cause=cause,
            subject_ids={"open_items": ["x"]},
            shop_id=self.tenant.shop.id,
            recipients=recipients or ("martin@example.org",),
        )
        mail = replace(mail, **changes)
        async with self.work() as work:
            return (await queue_mails(work, [mail]))[cause]

    async def send(self) -> bool:
        """Send all that is due, as a worker's tick does."""
        return await run_send_once(self.sending)

    async def show(self, mail_id: UUID) -> LoggedMail:
        async with self.work() as work:
            return await find_mail(work, mail_id)

    async def all(self) -> list[dict[str, Any]]:
        async with self.database.read() as session:
            return [dict(row) for row in (await session.execute(text("SELECT * FROM mails ORDER BY id"))).mappings()]

    def use(self, server: ScriptedServer, **timeouts: float) -> None:
        """Let the operator's way out be this server."""
        self.office.operator = transport_to(server, **timeouts)


def transport_to(server: ScriptedServer, **timeouts: float) -> Transport:
    return SmtpTransport(parse_server_url(server.url), timeouts=SmtpTimeouts(**timeouts))
