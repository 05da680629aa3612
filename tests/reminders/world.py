"""What tests of reminders share: documents that are owed, days that pass, and what the database kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select, update

from service.companies.models import CompanyRow
from service.infra.database import Database
from service.infra.work import Work
from service.mails.domain import MailKind, Prepared, QueuedMail, Skipped
from service.mails.models import MailRow
from service.mails.queue_repository import claim_due
from service.receivables.models import OpenItemRow
from service.reminders.jobs import run_remind_once
from service.reminders.models import ReminderRow
from service.reminders.preparing_service import REMINDER_KINDS, prepare_reminders
from tests.app import Tenant
from tests.orders.world import Debtor


@dataclass
class Reminded:
    """A reminder as the tests read it."""

    document: str
    step: str
    level: int
    status: str
    mail_id: UUID | None
    reason: str | None


async def choose_policy(integrator: httpx.AsyncClient, code: str | None) -> None:
    answer = await integrator.patch("/v1/merchant", json={"settings": {"reminder_policy": code}})
    assert answer.is_success, answer.text


async def give_address(database: Database, debtor: Debtor, email: str | None = "accounts@company.example") -> None:
    async with database.transaction() as session:
        await session.execute(update(CompanyRow).where(CompanyRow.id == debtor.id).values(invoice_email=email))


async def remind(database: Database, now: datetime) -> None:
    """Everything that a worker finds to do about reminders."""
    while await run_remind_once(database, now):
        pass


async def reminders(database: Database, *, counting: bool = True) -> list[Reminded]:
    """In the order in which they were decided; only those that count, unless all are wanted."""
    async with database.read() as session:
        rows = await session.execute(
            select(
                OpenItemRow.document_ref,
                ReminderRow.step,
                ReminderRow.level,
                ReminderRow.status,
                ReminderRow.mail_id,
                ReminderRow.reason,
            )
            .join(OpenItemRow, OpenItemRow.id == ReminderRow.open_item_id)
            .order_by(ReminderRow.decided_at, ReminderRow.id)
        )
        found = [Reminded(*row) for row in rows]
    return [one for one in found if not counting or one.status != "withdrawn"]


async def mails(database: Database) -> list[MailRow]:
    async with database.read() as session:
        return list(await session.scalars(select(MailRow).order_by(MailRow.id)))


async def prepare(database: Database, tenant: Tenant, now: datetime) -> dict[MailKind, Prepared | Skipped]:
    """What the sender would do with all mails of reminders that wait, up to the call; by kind."""
    async with database.transaction() as session:
        work = Work(session=session, caller=tenant.caller(), now=now)
        claimed: list[QueuedMail] = await claim_due(work, until=now, limit=100)
        wanted = [mail for mail in claimed if mail.kind in REMINDER_KINDS]
        found = await prepare_reminders(work, wanted)
    return {mail.kind: found[mail.id] for mail in wanted}


async def item_of(client: httpx.AsyncClient, ref: str) -> dict[str, Any]:
    items = (await client.get("/v1/open-items", params={"document": ref})).json()["items"]
    item: dict[str, Any] = items[0]
    return item
