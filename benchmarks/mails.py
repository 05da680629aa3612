"""Mails: what writing one costs, and how many one worker sends. `python -m benchmarks.mails` measures only this."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final
from uuid import UUID

import aiosmtplib
import asyncpg
import structlog
import uvloop
from cryptography.fernet import Fernet

from service.core.clock import SystemClock
from service.core.ids import new_id
from service.infra.database import Database
from service.infra.embedded import embedded_postgres
from service.infra.migrations import migrate
from service.infra.signing import SecretBox
from service.infra.work import Caller, Work
from service.mails.domain import Envelope, MailKind, NewMail, Outcome, Prepared, QueuedMail, Skipped
from service.mails.jobs import MailSending, run_send_once
from service.mails.mime import Mailbox
from service.mails.post_office_client import PostOffice
from service.mails.queue_service import queue_mails
from service.mails.samples import sample_views
from service.mails.servers import parse_server_url
from service.mails.smtp_client import SmtpTransport
from service.mails.template_service import default_typesetter
from service.mails.views import ReminderView
from service.mails.writing import Letterhead, write_mail
from service.merchants.service import create_merchant, create_shop

__all__ = ["measure_mails", "run_sink"]

_LANGUAGES: Final = ("en", "fr", "it", "de", "es")
_HEAD: Final = Letterhead(
    sender=Mailbox("mail@encours.example", "Dupont Négoce"), reply_to=None, list_id="<a.b.example>", copies=()
)
_CONNECTIONS: Final = 4
_QUEUED_AT_ONCE: Final = 1_000


def measure_mails(*, mails: int, rounds: int) -> dict[str, float]:
    """Medians over some rounds. Processor time where it says `us`, mails a second of one process where `per_s`."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    measured = {
        "mail_build_us": median(_time_building(has_code=False) for _ in range(rounds)),
        "mail_build_with_code_us": median(_time_building(has_code=True) for _ in range(rounds)),
    }
    with run_sink() as port, uvloop_runner() as runner:
        rates = [runner.run(_time_sending(port, mails)) for _ in range(rounds)]
        measured["smtp_per_s"] = median(rates)
        measured["smtp_aiosmtplib_per_s"] = median(runner.run(_time_library(port, mails)) for _ in range(rounds))
        with tempfile.TemporaryDirectory(prefix="encours-mails-") as folder:
            Path(folder).chmod(0o755)
            with embedded_postgres(Path(folder) / "postgres") as url:
                asyncio.run(migrate(url))
                ends = [runner.run(_time_end_to_end(url, port, mails)) for _ in range(rounds)]
    measured["queue_per_s"] = median(queued for queued, _, _ in ends)
    measured["mail_sent_per_s"] = median(sent for _, sent, _ in ends)
    measured["mail_sent_us"] = median(us for _, _, us in ends)
    return {name: round(value) for name, value in measured.items()}


def uvloop_runner() -> asyncio.Runner:
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


@contextmanager
def run_sink() -> Iterator[int]:
    """A server in a process of its own that takes every mail; gives its port."""
    program = [sys.executable, "-m", "benchmarks.smtp_sink"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdin is not None
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.stdin.close()


def _view(language: str, *, has_code: bool) -> ReminderView:
    view = sample_views(MailKind.LATE_1, language)[0]
    assert isinstance(view, ReminderView)
    assert view.payment is not None
    return view if has_code else replace(view, payment=replace(view.payment, epc=""))


def _mail(mail_id: UUID, kind: MailKind = MailKind.LATE_1) -> QueuedMail:
    now = SystemClock().now()
    return QueuedMail(
        merchant_id=mail_id, id=mail_id, shop_id=None, company_id=None, kind=kind, cause="", subject_ids={},
        language=None, recipients=(), number=1, failures=0, created_at=now,
    )  # fmt: skip


def _time_building(*, has_code: bool, count: int = 200) -> float:
    """Microseconds of processor time for one mail: rendered in turn in each language, and written as bytes."""
    typesetter, now = default_typesetter(), SystemClock().now()
    views = [(language, _view(language, has_code=has_code)) for language in _LANGUAGES]
    mail = _mail(new_id())

    def build(index: int) -> None:
        language, view = views[index % len(views)]
        prepared = Prepared(view=view, recipients=("accounts@martin.example",), language=language)
        write_mail(mail, prepared, typesetter.render(mail.kind, language, view), head=_HEAD, now=now)

    return _processor_us(build, count)


def _processor_us(run: Callable[[int], None], count: int) -> float:
    for index in range(len(_LANGUAGES)):
        run(index)
    taken = []
    for index in range(count):
        started = time.process_time_ns()
        run(index)
        taken.append((time.process_time_ns() - started) / 1_000)
    return median(taken)


def _envelopes(count: int) -> list[Envelope]:
    view = _view("fr", has_code=False)
    prepared = Prepared(view=view, recipients=("accounts@martin.example",), language="fr")
    written = write_mail(
        _mail(new_id()),
        prepared,
        default_typesetter().render(MailKind.LATE_1, "fr", view),
        head=_HEAD,
        now=SystemClock().now(),
    )
    return [written.envelope] * count


async def _time_sending(port: int, count: int) -> float:
    """Mails a second over a few kept connections, written before."""
    transport = SmtpTransport(parse_server_url(f"smtp://127.0.0.1:{port}"))
    shares = [_envelopes(count // _CONNECTIONS)] * _CONNECTIONS

    async def send(envelopes: Sequence[Envelope]) -> None:
        async with transport.channel() as channel:
            for envelope in envelopes:
                assert (await channel.send(envelope)).outcome is Outcome.SENT

    started = time.perf_counter()
    await asyncio.gather(*map(send, shares))
    seconds = time.perf_counter() - started
    await transport.close()
    return count / seconds


async def _time_library(port: int, count: int) -> float:
    """The same with aiosmtplib's own dialogue, for comparison."""

    async def send(envelopes: Sequence[Envelope]) -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as smtp:
            for envelope in envelopes:
                await smtp.sendmail(envelope.sender, envelope.recipients, envelope.message)

    shares = [_envelopes(count // _CONNECTIONS)] * _CONNECTIONS
    started = time.perf_counter()
    await asyncio.gather(*map(send, shares))
    return count / (time.perf_counter() - started)


async def _time_end_to_end(url: str, port: int, count: int) -> tuple[float, float, float]:
    """Rows a second into the queue; mails a second from the queue to marked as sent, and their processor time."""
    async with _sending(url, port) as sending:
        started = time.perf_counter()
        await _queue(sending, count)
        queued = count / (time.perf_counter() - started)
        started, processor = time.perf_counter(), time.process_time()
        while await run_send_once(sending):
            pass
        seconds, processor = time.perf_counter() - started, time.process_time() - processor
    connection = await asyncpg.connect(url)
    try:
        assert await connection.fetchval("SELECT count(*) FROM mails WHERE status <> 'sent'") == 0
        await connection.execute("VACUUM ANALYZE mails")
    finally:
        await connection.close()
    return queued, count / seconds, processor / count * 1_000_000


@asynccontextmanager
async def _sending(url: str, port: int) -> AsyncIterator[MailSending]:
    database = await Database.open(url)
    office = PostOffice(
        operator=SmtpTransport(parse_server_url(f"smtp://127.0.0.1:{port}")), operator_sender="mail@encours.example"
    )
    yield MailSending(
        database=database,
        clock=SystemClock(),
        office=office,
        preparers={MailKind.LATE_1: _prepare},
        typesetter=default_typesetter(),
        secret_box=SecretBox([Fernet.generate_key().decode()]),
    )
    await office.close()
    await database.close()


async def _prepare(_work: Work, mails: Sequence[QueuedMail]) -> Mapping[UUID, Prepared | Skipped]:
    return {
        mail.id: Prepared(
            view=_VIEWS[mail.language or "en"], recipients=mail.recipients, language=mail.language or "en"
        )
        for mail in mails
    }


_VIEWS: Final = {language: _view(language, has_code=False) for language in _LANGUAGES}


async def _queue(sending: MailSending, count: int) -> None:
    """A merchant with so many mails that are due."""
    merchant_id = new_id()
    async with sending.database.transaction() as session:
        work = Work(session=session, caller=Caller.system(merchant_id, "bench"), now=sending.clock.now())
        await create_merchant(work, name=str(merchant_id), country="FR", currency="EUR", time_zone="Europe/Paris")
        shop = await create_shop(work, code="main", name="Main", language="fr", defaults={})
    for at in range(0, count, _QUEUED_AT_ONCE):
        mails = [
            NewMail(
                kind=MailKind.LATE_1,
                cause=f"bench:{n}",
                subject_ids={"open_item_id": str(merchant_id)},
                shop_id=shop.id,
                language=_LANGUAGES[n % len(_LANGUAGES)],
                recipients=(f"c{n}@example.org",),
            )
            for n in range(at, min(at + _QUEUED_AT_ONCE, count))
        ]
        async with sending.database.transaction() as session:
            work = Work(session=session, caller=Caller.system(merchant_id, "bench"), now=sending.clock.now())
            await queue_mails(work, mails)


if __name__ == "__main__":
    print(json.dumps(measure_mails(mails=8_000, rounds=3)))
