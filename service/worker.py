"""The worker: ticks that look for due work. What is due lives in tables, so any number of workers may run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from apscheduler.events import EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.ext.asyncio import AsyncSession

from service.audit.jobs import SampleRotation, run_audit_sample_once
from service.companies.jobs import run_recheck_vat_once
from service.credit.jobs import run_expire_hold_once
from service.factory import Context
from service.infra.database import Database
from service.infra.idempotency import forget_answers_before
from service.infra.metrics import tick_failures, tick_missed, tick_seconds
from service.infra.worklist import Worklist
from service.invoicing.mail_service import prepare_statements
from service.mails.automatic_service import AUTOMATIC
from service.mails.domain import MailKind
from service.mails.event_service import queue_announced_mails
from service.mails.jobs import MailSending, run_end_lost_claims_once, run_forget_contents_once, run_send_once
from service.mails.queue_service import Preparers
from service.mails.server_jobs import run_notice_servers_once
from service.mails.template_service import default_typesetter
from service.orders.jobs import run_invoice_order_once
from service.payments.jobs import run_apply_money_on_account_once, run_flag_overdue_once
from service.post_office import build_post_office
from service.reminders.digest_service import prepare_digests
from service.reminders.jobs import (
    Turn,
    run_act_once,
    run_digest_once,
    run_notice_changes_once,
    run_remind_once,
)
from service.reminders.preparing_service import REMINDER_KINDS, prepare_reminders
from service.reminders.undelivered_service import note_undelivered
from service.webhooks.client import build_webhook_client
from service.webhooks.jobs import run_deliver_once, run_fan_out_once, run_forget_messages_once

__all__ = ["Tick", "open_ticks", "run_tick", "run_worker", "tell_domains"]

# A tick ends after this many items even if more is due, so that a full table cannot starve the other ticks.
_MAX_ITEMS_PER_TICK: Final = 1_000
_ANSWERS_PER_STEP: Final = 1_000
# Which domain says what a mail of each kind says.
MAIL_PREPARERS: Final[Preparers] = {
    **AUTOMATIC,
    **dict.fromkeys(REMINDER_KINDS, prepare_reminders),
    MailKind.STATEMENT: prepare_statements,
    MailKind.DIGEST: prepare_digests,
}
_log: Final = structlog.get_logger()

Step = Callable[[Context, datetime], Awaitable[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Something to look for every so often. `run` does one item and says whether there may be another."""

    name: str
    every_s: float
    run: Step
    max_items: int = _MAX_ITEMS_PER_TICK


@asynccontextmanager
async def open_ticks(context: Context, *, stop: asyncio.Event | None = None) -> AsyncIterator[tuple[Tick, ...]]:
    """All ticks, with the client that delivers messages.

    `stop` is for those that do many things at once and would not end for a long time by themselves.
    """
    settings = context.settings
    async with AsyncExitStack() as stack:
        webhooks = build_webhook_client(secret_box=context.secret_box, allow_private=settings.allow_private_callbacks)
        stack.push_async_callback(webhooks.close)

        async def recheck_vat(context: Context, now: datetime) -> bool:
            return await run_recheck_vat_once(
                context.database, context.vat_registry, now, requester=context.vat_requester
            )

        office = build_post_office(settings)
        stack.push_async_callback(office.close)
        sending = MailSending(
            database=context.database,
            clock=context.clock,
            office=office,
            preparers=MAIL_PREPARERS,
            typesetter=default_typesetter(),
            secret_box=context.secret_box,
            portal_links=context.portal_links,
            stop=stop,
        )

        async def fan_out(context: Context, now: datetime) -> bool:
            return await run_fan_out_once(context.database, now, also=tell_domains)

        async def forget_mails(context: Context, now: datetime) -> bool:
            return await run_forget_contents_once(context.database, now - timedelta(days=settings.mail_retention_days))

        async def deliver(context: Context, _now: datetime) -> bool:
            return await run_deliver_once(context.database, webhooks, context.clock, stop=stop)

        async def forget_messages(context: Context, now: datetime) -> bool:
            before = now - timedelta(days=settings.message_retention_days)
            return await run_forget_messages_once(context.database, before)

        rotation = SampleRotation()

        async def audit_sample(context: Context, _now: datetime) -> bool:
            return await run_audit_sample_once(context.database, rotation)

        yield (
            Tick(name="expire_holds", every_s=10, run=_on_worklist(run_expire_hold_once)),
            Tick(name="invoice_orders", every_s=300, run=_on_worklist(run_invoice_order_once)),
            Tick(name="flag_overdue", every_s=300, run=_on_worklist(run_flag_overdue_once)),
            Tick(name="apply_money_on_account", every_s=60, run=_on_worklist(run_apply_money_on_account_once)),
            *_reminder_ticks(),
            Tick(name="recheck_vat", every_s=60, run=recheck_vat, max_items=100),
            Tick(name="fan_out_messages", every_s=1, run=fan_out),
            Tick(name="deliver_messages", every_s=1, run=deliver),
            *_mail_ticks(sending),
            Tick(name="forget_answers", every_s=600, run=run_forget_answers_once),
            Tick(name="audit_sample", every_s=60, run=audit_sample, max_items=1),
            Tick(name="forget_messages", every_s=3600, run=forget_messages),
            Tick(name="forget_mails", every_s=3600, run=forget_mails),
        )


async def tell_domains(session: AsyncSession, messages: Sequence[tuple[UUID, UUID]], now: datetime) -> None:
    """What other domains make of messages of the outbox."""
    await queue_announced_mails(session, messages, now)
    await note_undelivered(session, messages, now)


def _reminder_ticks() -> tuple[Tick, ...]:
    turn = Turn()

    async def remind(context: Context, now: datetime) -> bool:
        return await run_remind_once(context.database, now, turn)

    async def notice_changes(context: Context, now: datetime) -> bool:
        return await run_notice_changes_once(context.database, now)

    return (
        Tick(name="notice_changes", every_s=10, run=notice_changes),
        Tick(name="remind", every_s=10, run=remind),
        Tick(name="act_on_reminders", every_s=10, run=_on_worklist(run_act_once)),
        Tick(name="digests", every_s=300, run=_on_worklist(run_digest_once)),
    )


def _mail_ticks(sending: MailSending) -> tuple[Tick, ...]:
    async def send_mails(_context: Context, _now: datetime) -> bool:
        return await run_send_once(sending)

    async def notice_mail_servers(context: Context, now: datetime) -> bool:
        return await run_notice_servers_once(context.database, sending.office, now)

    async def end_lost_claims(context: Context, now: datetime) -> bool:
        return await run_end_lost_claims_once(context.database, now)

    return (
        Tick(name="send_mails", every_s=1, run=send_mails, max_items=1),
        Tick(name="notice_mail_servers", every_s=2, run=notice_mail_servers),
        Tick(name="end_lost_mail_claims", every_s=30, run=end_lost_claims),
    )


def _on_worklist(run: Callable[[Database, datetime, Worklist], Awaitable[bool]]) -> Step:
    """A step that leaves alone what failed a while ago."""
    worklist = Worklist()

    async def step(context: Context, now: datetime) -> bool:
        return await run(context.database, now, worklist)

    return step


async def run_worker(context: Context, *, stop: asyncio.Event, ticks: Sequence[Tick] | None = None) -> None:
    """Tick until `stop` is set; then finish the items in hand and return. Without `ticks`, all there are."""
    if ticks is None:
        async with open_ticks(context, stop=stop) as opened:
            await run_worker(context, stop=stop, ticks=opened)
        return
    running: set[asyncio.Task[Any]] = set()
    scheduler = AsyncIOScheduler(
        jobstores={"default": MemoryJobStore()}, executors={"default": AsyncIOExecutor()}, timezone="UTC"
    )
    scheduler.add_listener(_count_missed, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)

    async def run_tracked(tick: Tick) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            await run_tick(context, tick, stop=stop)
        finally:
            running.discard(task)

    for tick in ticks:
        scheduler.add_job(
            run_tracked,
            "interval",
            args=[tick],
            id=tick.name,
            seconds=tick.every_s,
            # The first one soon after the start: what fell due while no worker ran is waiting.
            next_run_time=datetime.now(scheduler.timezone) + timedelta(seconds=min(1.0, tick.every_s)),
            # However many were missed, one catches up, because each looks for everything that is due.
            coalesce=True,
            max_instances=1,
            misfire_grace_time=max(1, int(tick.every_s)),
        )
    scheduler.start()
    _log.info("worker.started", ticks=[tick.name for tick in ticks])
    await stop.wait()
    # The scheduler would cancel what is running; we stop it from starting more, and wait.
    scheduler.pause()
    while running:
        await asyncio.wait(running)
    scheduler.shutdown(wait=False)
    _log.info("worker.stopped")


async def run_tick(context: Context, tick: Tick, *, stop: asyncio.Event | None = None) -> int:
    """Do what is due, one item at a time; gives the number of items. An error ends this tick, not the worker."""
    started_s = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(tick=tick.name)
    done = 0
    try:
        while done < tick.max_items and not (stop is not None and stop.is_set()):
            if not await tick.run(context, context.clock.now()):
                break
            done += 1
    except Exception:
        tick_failures.labels(tick.name).inc()
        _log.exception("worker.tick_failed", items=done)
    seconds = time.perf_counter() - started_s
    tick_seconds.labels(tick.name).observe(seconds)
    if done:
        _log.info("worker.ticked", items=done, duration_ms=round(seconds * 1000, 3))
    return done


def _count_missed(event: JobEvent) -> None:
    tick_missed.labels(event.job_id).inc()
    _log.warning("worker.tick_missed", tick=event.job_id)


async def run_forget_answers_once(context: Context, now: datetime) -> bool:
    """Forget a batch of answers that nobody may ask for again; True while there may be more."""
    before = now - timedelta(days=context.settings.idempotency_retention_days)
    async with context.database.transaction() as session:
        return await forget_answers_before(session, before, limit=_ANSWERS_PER_STEP) == _ANSWERS_PER_STEP
