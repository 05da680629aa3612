"""SQL of the digest: whose morning it is, and what happened since the last one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.infra.statements import Statement
from service.infra.work import Work
from service.infra.worklist import DueItem
from service.reminders.models import DigestRow

__all__ = ["insert_digest", "last_digest", "next_digest", "read_assigned_policies", "read_sections"]

# At seven in the morning where the merchant is; one that stands still is told when it runs again.
_DUE: Final = Statement(
    text("""
    SELECT merchants.id FROM merchants
    WHERE extract(hour FROM timezone(merchants.time_zone, CAST(:now AS timestamptz))) >= 7
      AND NOT merchants.id = ANY (CAST(:besides AS uuid[]))
      AND NOT EXISTS (
        SELECT FROM reminder_digests digest WHERE digest.merchant_id = merchants.id
        AND digest.day >= CAST(timezone(merchants.time_zone, CAST(:now AS timestamptz)) AS date)
      )
    ORDER BY merchants.id LIMIT 1
    """)
)


async def next_digest(session: AsyncSession, *, now: datetime, besides: Sequence[UUID]) -> DueItem | None:
    """A merchant whose digest of today has not been made."""
    row = await _DUE.row(session, now=now, besides=list(besides))
    return None if row is None else (row[0], row[0])


_LAST: Final = Statement(
    text("SELECT day, until_at FROM reminder_digests WHERE merchant_id = :merchant_id ORDER BY day DESC LIMIT 1")
)


async def last_digest(work: Work) -> tuple[date, datetime] | None:
    """Day and end of the latest one."""
    row = await _LAST.row(work.session, merchant_id=work.merchant_id)
    return None if row is None else (row[0], row[1])


async def insert_digest(work: Work, *, day: date, mail_id: UUID | None) -> None:
    await work.session.execute(
        insert(DigestRow)
        .values(merchant_id=work.merchant_id, day=day, mail_id=mail_id, until_at=work.now)
        .on_conflict_do_nothing()
    )


_LIMIT: Final = 20
_SECTIONS: Final = {
    "newly_late": """
        SELECT item.document_ref, company.legal_name, item.open_minor, item.currency
        FROM open_items item JOIN companies company
          ON company.merchant_id = item.merchant_id AND company.id = item.company_id
        WHERE item.merchant_id = :merchant_id AND item.open_minor > 0
          AND item.due_on >= :since_on AND item.due_on < :today
        ORDER BY item.open_minor DESC""",
    "broken_promises": """
        SELECT item.document_ref, company.legal_name, item.open_minor, item.currency
        FROM open_items item JOIN companies company
          ON company.merchant_id = item.merchant_id AND company.id = item.company_id
        WHERE item.merchant_id = :merchant_id AND item.open_minor > 0
          AND item.promised_on >= :since_on AND item.promised_on < :today
        ORDER BY item.open_minor DESC""",
    "frozen": """
        SELECT DISTINCT ON (reminder.company_id) item.document_ref, company.legal_name, item.open_minor, item.currency
        FROM reminders reminder
        JOIN open_items item ON item.merchant_id = reminder.merchant_id AND item.id = reminder.open_item_id
        JOIN companies company ON company.merchant_id = item.merchant_id AND company.id = item.company_id
        WHERE reminder.merchant_id = :merchant_id AND reminder.acted_at > :since_at AND reminder.acted_at <= :until_at
          AND 'freeze_line' = ANY (reminder.actions)
        ORDER BY reminder.company_id, item.due_on""",
    "to_decide": """
        SELECT item.document_ref, company.legal_name, item.open_minor, item.currency
        FROM reminders reminder
        JOIN open_items item ON item.merchant_id = reminder.merchant_id AND item.id = reminder.open_item_id
        JOIN companies company ON company.merchant_id = item.merchant_id AND company.id = item.company_id
        WHERE reminder.merchant_id = :merchant_id AND reminder.acted_at > :since_at AND reminder.acted_at <= :until_at
          AND reminder.actions && ARRAY['tell_staff', 'hand_over']::varchar[] AND item.open_minor > 0
        ORDER BY item.open_minor DESC""",
    # Held until a person decides about a mail, or late at a company that nobody can write to.
    "unreached": """
        SELECT item.document_ref, company.legal_name, item.open_minor, item.currency,
               coalesce(nullif(lost.address, ''), company.invoice_email, '') AS address,
               coalesce(lost.reason, dead.reason, '') AS reason
        FROM open_items item JOIN companies company
          ON company.merchant_id = item.merchant_id AND company.id = item.company_id
        LEFT JOIN undeliverable_addresses dead
          ON dead.merchant_id = company.merchant_id AND dead.address = lower(company.invoice_email)
        LEFT JOIN LATERAL (
          SELECT array_to_string(mail.recipients, ', ') AS address, mail.last_error AS reason
          FROM reminders reminder JOIN mails mail
            ON mail.merchant_id = reminder.merchant_id AND mail.id = reminder.mail_id
          WHERE reminder.merchant_id = item.merchant_id AND reminder.open_item_id = item.id
            AND reminder.status = 'undelivered'
          ORDER BY reminder.id DESC LIMIT 1
        ) lost ON true
        WHERE item.merchant_id = :merchant_id AND item.open_minor > 0 AND (
          item.id IN (SELECT open_item_id FROM reminders WHERE merchant_id = :merchant_id AND status = 'undelivered')
          OR (
            CAST(:reminds AS boolean) AND item.due_on < :today
            AND (company.invoice_email IS NULL OR lower(company.invoice_email) IN (
              SELECT lower(address) FROM undeliverable_addresses WHERE merchant_id = :merchant_id
            ))
            AND NOT EXISTS (
              SELECT FROM orders "order"
              JOIN buyers buyer ON buyer.merchant_id = "order".merchant_id AND buyer.scope_id = item.shop_id
                               AND buyer.ref = "order".buyer_ref
              WHERE "order".merchant_id = item.merchant_id AND "order".id = item.order_id AND buyer.email IS NOT NULL
                AND lower(buyer.email) NOT IN (
                  SELECT lower(address) FROM undeliverable_addresses WHERE merchant_id = :merchant_id
                )
            )
            AND NOT EXISTS (
              SELECT FROM reminder_assignments one WHERE one.merchant_id = item.merchant_id AND one.level = 'company'
                AND one.subject = CAST(item.company_id AS text) AND one.policy = 'none'
            )
          )
        )
        ORDER BY item.open_minor DESC""",
    "failed_mails": """
        SELECT mail.kind, coalesce(company.legal_name, ''), NULL::bigint, '',
               array_to_string(mail.recipients, ', ') AS address, coalesce(mail.last_error, '') AS reason
        FROM mails mail LEFT JOIN companies company
          ON company.merchant_id = mail.merchant_id AND company.id = mail.company_id
        WHERE mail.merchant_id = :merchant_id AND mail.status IN ('refused', 'failed')
          AND mail.created_at > CAST(:since_at AS timestamptz) - interval '7 days'
        ORDER BY mail.id DESC""",
    "unknown_mails": """
        SELECT mail.kind, coalesce(company.legal_name, ''), NULL::bigint, '',
               array_to_string(mail.recipients, ', ') AS address, coalesce(mail.last_error, '') AS reason
        FROM mails mail LEFT JOIN companies company
          ON company.merchant_id = mail.merchant_id AND company.id = mail.company_id
        WHERE mail.merchant_id = :merchant_id AND mail.status = 'unknown'
        ORDER BY mail.id DESC""",
}
_ASSIGNED: Final = Statement(text("SELECT DISTINCT policy FROM reminder_assignments WHERE merchant_id = :merchant_id"))
_TOTALS: Final = Statement(
    text("""
    SELECT currency, sum(open_minor)::bigint FROM open_items
    WHERE merchant_id = :merchant_id AND open_minor > 0 AND due_on < :today GROUP BY currency ORDER BY currency
    """)
)


async def read_assigned_policies(work: Work) -> set[str]:
    """The codes of all policies that some document, company or group was given."""
    return {policy for (policy,) in await _ASSIGNED.rows(work.session, merchant_id=work.merchant_id)}


async def read_sections(
    work: Work, *, since_on: date, today: date, since_at: datetime, until_at: datetime, reminds: bool
) -> tuple[dict[str, tuple[list[Any], int]], list[tuple[str, int]]]:
    """Each section's first lines (document or kind of mail, company, amount, currency; about mails also the address and
    what the server said) and how many there are; and all that is late.
    `reminds`: somebody's reminders are wanted, so that one who cannot be told of them is missed."""
    sections = {}
    values = {"since_on": since_on, "today": today, "since_at": since_at, "until_at": until_at, "reminds": reminds}
    for name, query in _SECTIONS.items():
        counted = f"SELECT *, count(*) OVER () AS found FROM ({query}) one LIMIT {_LIMIT}"  # noqa: S608
        used = {key: value for key, value in values.items() if f":{key}" in query}
        rows = (await work.session.execute(text(counted), {"merchant_id": work.merchant_id, **used})).all()
        if rows:
            sections[name] = ([tuple(row[:-1]) for row in rows], int(rows[0].found))
    totals = await _TOTALS.rows(work.session, merchant_id=work.merchant_id, today=today)
    return sections, [(currency, amount) for currency, amount in totals]
