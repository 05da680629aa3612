"""What the worker does about mails: send what is due, look after claims of workers that are gone, forget old texts."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import prometheus_client
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from service.core.clock import Clock
from service.infra.database import Database
from service.infra.portal_links import PortalLinks
from service.infra.signing import SecretBox, SecretUnreadable
from service.infra.work import Caller, Work
from service.mails import queue_repository
from service.mails.domain import MailStatus, QueuedMail
from service.mails.enclosing_service import enclose
from service.mails.log_repository import forget_contents_before
from service.mails.mime import Attachment
from service.mails.outcomes import FinishedMail, fail, finish, put_back
from service.mails.post_office_client import PostOffice
from service.mails.queue_service import Preparers
from service.mails.sandbox import TemplateFailed
from service.mails.sending_service import ClaimedMail, MailBatch, claim_mails, open_server, record_results
from service.mails.server_repository import note_server
from service.mails.servers import ServerUnavailable
from service.mails.template_repository import mark_broken
from service.mails.transport import Channel, Transport
from service.mails.typesetting import Typesetter
from service.mails.writing import WrittenMail, write_mail

__all__ = ["MailSending", "run_end_lost_claims_once", "run_forget_contents_once", "run_send_once"]

_BATCH: Final = 800
_CHUNK: Final = 100
_CONNECTIONS: Final = 4
# Then it is another merchant's turn.
_BATCHES_IN_A_ROW: Final = 8
_MERCHANTS_AT_ONCE: Final = 4
_LOOK_AGAIN_S: Final = 0.5
_REST_S: Final = 1.0
# Far less than a claim lasts. What a slow server has not taken by then is put back.
_CHUNK_S: Final = 240.0
_LOST_AT_ONCE: Final = 500
_FORGOTTEN_AT_ONCE: Final = 500
# Rendering takes the processor; others of this process get their turn in between.
_RENDERED_IN_ONE_GO: Final = 8

_log: Final = structlog.get_logger()
_mails: Final = prometheus_client.Counter(
    "encours_mails", "Attempts to send a mail, by what came of them.", ["outcome"]
)


@dataclass(frozen=True, kw_only=True)
class MailSending:
    """What a worker sends with. Once `stop` is set nothing more is begun; what is in flight is finished.

    `batch` is how many mails of a merchant are claimed together.
    """

    database: Database
    clock: Clock
    office: PostOffice
    preparers: Preparers
    typesetter: Typesetter
    secret_box: SecretBox
    # Without, mails have no link to the company's account.
    portal_links: PortalLinks | None = None
    stop: asyncio.Event | None = None
    batch: int = _BATCH

    @property
    def is_stopping(self) -> bool:
        return self.stop is not None and self.stop.is_set()

    def work(self, session: AsyncSession, merchant_id: UUID) -> Work:
        return Work(session=session, caller=Caller.system(merchant_id, "worker"), now=self.clock.now())


async def run_send_once(sending: MailSending) -> bool:
    """Send what is due, of several merchants at once, until nothing is left that can go out now; True if there was any.

    One slow server does not keep the mails of other merchants waiting.
    """
    busy: dict[asyncio.Task[bool], UUID] = {}
    rests_until_s: dict[UUID, float] = {}
    failure: BaseException | None = None
    is_any = False
    loop = asyncio.get_running_loop()
    try:
        while True:
            if failure is None and not sending.is_stopping:
                for merchant_id in await _find_due(sending):
                    is_resting = rests_until_s.get(merchant_id, 0.0) > loop.time()
                    if not is_resting and merchant_id not in busy.values() and len(busy) < _MERCHANTS_AT_ONCE:
                        busy[asyncio.create_task(_send_for(sending, merchant_id))] = merchant_id
                        is_any = True
            if not busy:
                break
            ended, _ = await asyncio.wait(busy, timeout=_LOOK_AGAIN_S, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                merchant_id = busy.pop(task)
                failure = failure or task.exception()
                if task.exception() is not None or not task.result():
                    # Nothing more can go out now, though something may still be due: there is a rate, for example.
                    rests_until_s[merchant_id] = loop.time() + _REST_S
    finally:
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
    if failure is not None:
        raise failure
    return is_any and not sending.is_stopping


async def _find_due(sending: MailSending) -> list[UUID]:
    now = sending.clock.now()
    async with sending.database.read() as session:
        due = await queue_repository.find_merchants_due(session, now=now)
    return [merchant_id for merchant_id in due if not sending.office.is_paused(merchant_id, now)]


async def _send_for(sending: MailSending, merchant_id: UUID) -> bool:
    """Some batches of a merchant's, each claimed while the one before it is sent; True if there may be more."""
    batch = await _claim(sending, merchant_id)
    for _ in range(_BATCHES_IN_A_ROW - 1):
        if not batch.mails or batch.is_last or sending.is_stopping:
            break
        following = asyncio.create_task(_claim(sending, merchant_id))
        goes_on = False
        try:
            goes_on = await _send(sending, batch)
        finally:
            # Also when this is cancelled half-way: what has been claimed is not left lying.
            batch = await asyncio.shield(_settle(sending, following, is_wanted=goes_on))
        if not goes_on:
            return False
    return await _send(sending, batch)


async def _settle(sending: MailSending, claiming: asyncio.Task[MailBatch], *, is_wanted: bool) -> MailBatch:
    """What was claimed ahead, or put back where it cannot be sent now."""
    batch = await claiming
    if not is_wanted:
        await _give_back(sending, batch.merchant_id, batch.mails, not_before=sending.clock.now())
    return batch


async def _claim(sending: MailSending, merchant_id: UUID) -> MailBatch:
    async with sending.database.transaction() as session:
        work = sending.work(session, merchant_id)
        return await claim_mails(
            work,
            sending.preparers,
            limit=sending.batch,
            operator_sender=sending.office.operator_sender,
            links=sending.portal_links,
        )


async def _send(sending: MailSending, batch: MailBatch) -> bool:
    """True if there may be more to send."""
    merchant_id = batch.merchant_id
    if not batch.mails:
        return not batch.is_last
    try:
        server = open_server(batch.server, sending.secret_box)
        version = batch.server.version if batch.server else 0
        transport = await sending.office.transport_for(merchant_id, server, version=version)
    except (ServerUnavailable, SecretUnreadable) as error:
        await _leave_alone(sending, batch, batch.mails, error=str(error))
        return False
    return await _send_batch(sending, batch, transport) and not batch.is_last


async def _send_batch(sending: MailSending, batch: MailBatch, transport: Transport) -> bool:
    """Send over a few connections at once; True unless the server does not let us in."""
    mails, merchant_id = batch.mails, batch.merchant_id
    chunks = deque(mails[at : at + _CHUNK] for at in range(0, len(mails), _CHUNK))

    async def serve_connection() -> None:
        while chunks and not sending.is_stopping:
            async with transport.channel() as channel:
                is_good = True
                while chunks and is_good and not sending.is_stopping:
                    is_good = await _send_chunk(sending, merchant_id, chunks.popleft(), channel)

    count = min(_CONNECTIONS, len(chunks))
    ended = await asyncio.gather(*(serve_connection() for _ in range(count)), return_exceptions=True)
    failures = [failure for failure in ended if isinstance(failure, BaseException)]
    unavailable = next((failure for failure in failures if isinstance(failure, ServerUnavailable)), None)
    rest = [mail for chunk in chunks for mail in chunk]
    if unavailable is not None and (rest or len(failures) == count):
        await _leave_alone(sending, batch, rest, error=str(unavailable))
    else:
        await _give_back(sending, merchant_id, rest, not_before=sending.clock.now())
        sending.office.resume(merchant_id)
        if batch.server is not None and batch.server.failing_since_at is not None:
            async with sending.database.transaction() as session:
                work = sending.work(session, merchant_id)
                await note_server(work, version=batch.server.version, error=None)
    for failure in failures:
        if not isinstance(failure, ServerUnavailable):
            raise failure
    return unavailable is None


async def _send_chunk(sending: MailSending, merchant_id: UUID, chunk: Sequence[ClaimedMail], channel: Channel) -> bool:
    """Write, note, send, and record some mails; False when the connection is of no more use.

    That they are about to go out is committed before the first of them does: should this process be killed, it is known
    which mails may have left.
    """
    written, results = await _write(sending, merchant_id, chunk)
    async with sending.database.transaction() as session:
        work = sending.work(session, merchant_id)
        held = await queue_repository.begin_calls(work, written)
        await record_results(work, results)
    waiting = deque(each for each in written if each.mail.id in held)
    results = []
    give_up_s = asyncio.get_running_loop().time() + _CHUNK_S
    try:
        while waiting and channel.is_open and asyncio.get_running_loop().time() < give_up_s:
            each = waiting.popleft()
            result = await channel.send(each.envelope)
            results.append(finish(each.mail, result, recipients=each.recipients, now=sending.clock.now()))
    finally:
        # Also when this is cancelled half-way: what is known is known, and what has not been begun can be.
        results += (put_back(each.mail, now=sending.clock.now()) for each in waiting)
        await asyncio.shield(_record(sending, merchant_id, results))
    return channel.is_open


async def _write(
    sending: MailSending, merchant_id: UUID, chunk: Sequence[ClaimedMail]
) -> tuple[list[WrittenMail], list[FinishedMail]]:
    """Write the mails; one that cannot be written is tried again later and holds up no other."""
    written: list[WrittenMail] = []
    failed: list[FinishedMail] = []
    for index, claimed in enumerate(chunk):
        if index % _RENDERED_IN_ONE_GO == _RENDERED_IN_ONE_GO - 1:
            await asyncio.sleep(0)
        try:
            written.append(await _write_one(sending, merchant_id, claimed))
        except Exception as error:
            _log.exception("mails.writing_failed", merchant_id=str(merchant_id), mail_id=str(claimed.mail.id))
            now = sending.clock.now()
            failed.append(fail(claimed.mail, f"could not be written: {type(error).__name__}", now=now))
    return written, failed


async def _write_one(sending: MailSending, merchant_id: UUID, claimed: ClaimedMail) -> WrittenMail:
    mail, prepared, template = claimed.mail, claimed.prepared, claimed.template
    attachments: Sequence[Attachment] = ()
    if prepared.enclosures:
        prepared, attachments = await enclose(mail, prepared)
    rendered = None
    if template is not None and template.texts is not None:
        try:
            rendered = sending.typesetter.render(mail.kind, prepared.language, prepared.view, own=template.texts)
        except TemplateFailed as error:
            await _note_broken(sending, merchant_id, template.id, f"{error.part}, line {error.line}: {error.detail}")
    if rendered is None:
        rendered = sending.typesetter.render(mail.kind, prepared.language, prepared.view)
    now = sending.clock.now()
    return write_mail(mail, prepared, rendered, head=claimed.head, now=now, attachments=attachments)


async def _note_broken(sending: MailSending, merchant_id: UUID, template_id: UUID, detail: str) -> None:
    async with sending.database.transaction() as session:
        is_news = await mark_broken(sending.work(session, merchant_id), template_id, detail)
    if is_news:
        _log.error("mails.template_broke", merchant_id=str(merchant_id), template_id=str(template_id), detail=detail)


async def _record(sending: MailSending, merchant_id: UUID, results: Sequence[FinishedMail]) -> None:
    async with sending.database.transaction() as session:
        wanted = await record_results(sending.work(session, merchant_id), results)
    outcomes = Counter(each.status.value if each.mail.id in wanted else "lost" for each in results)
    for outcome, count in outcomes.items():
        _mails.labels("retried" if outcome == MailStatus.QUEUED else outcome).inc(count)
    _log.info("mails.chunk_ended", merchant_id=str(merchant_id), **outcomes)
    for each in results:
        if each.status in {MailStatus.REFUSED, MailStatus.UNKNOWN, MailStatus.FAILED}:
            _log.warning(f"mails.{each.status}", merchant_id=str(merchant_id), mail_id=str(each.mail.id))


async def _leave_alone(sending: MailSending, batch: MailBatch, mails: Sequence[ClaimedMail], *, error: str) -> None:
    """The way out is shut: put back what has not left and try the merchant again after a while."""
    merchant_id = batch.merchant_id
    until = sending.office.pause(merchant_id, sending.clock.now())
    _log.warning("mails.server_unavailable", merchant_id=str(merchant_id), until=until.isoformat(), error=error)
    await _give_back(sending, merchant_id, mails, not_before=until, error=error)
    if batch.server is not None:
        async with sending.database.transaction() as session:
            await note_server(sending.work(session, merchant_id), version=batch.server.version, error=error)


async def _give_back(
    sending: MailSending, merchant_id: UUID, mails: Sequence[ClaimedMail], *, not_before: datetime, error: str = ""
) -> None:
    if mails:
        async with sending.database.transaction() as session:
            work = sending.work(session, merchant_id)
            given: list[QueuedMail] = [claimed.mail for claimed in mails]
            await queue_repository.give_back(work, given, not_before=not_before, error=error)


async def run_end_lost_claims_once(database: Database, now: datetime) -> bool:
    """Find mails whose worker is gone: nothing of some has left, of the others nobody can tell. True while there may be
    more."""
    async with database.transaction() as session:
        lost = await queue_repository.end_lost_claims(session, now=now, limit=_LOST_AT_ONCE)
    for merchant_id, mail_id, status in lost:
        _log.warning("mails.claim_lost", merchant_id=str(merchant_id), mail_id=str(mail_id), now_is=status.value)
        if status is MailStatus.UNKNOWN:
            _mails.labels(status.value).inc()
    return len(lost) == _LOST_AT_ONCE


async def run_forget_contents_once(database: Database, before: datetime) -> bool:
    """Forget the texts of a batch of old mails; that they were sent stays. True while there may be more."""
    async with database.transaction() as session:
        forgotten = await forget_contents_before(session, before, limit=_FORGOTTEN_AT_ONCE)
    return forgotten == _FORGOTTEN_AT_ONCE
