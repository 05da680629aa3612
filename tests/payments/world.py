"""What tests of money share: orders that are owed, payments, and the proof that the books are right."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.audit.service import audit_books
from service.credit.models import CreditLineRow, HoldRow
from service.infra.database import Database
from service.infra.outbox import OutboxMessageRow
from service.ledger.domain import Balances
from service.ledger.repository import read_balances, sum_postings
from service.orders.models import OrderRow
from service.payments.models import AllocationRow, PaymentRow
from service.receivables.models import CreditNoteRow, OpenItemRow
from tests.app import Tenant

PLACED = "2026-03-02T09:00:00Z"
SHIPPED = "2026-03-02T10:00:00Z"


async def hold_order(client: httpx.AsyncClient, company: str, amount: str, **more: Any) -> str:
    """An order whose term has not started."""
    body = {"company": company, "amount": amount, "currency": "EUR", **more}
    hold = await client.post("/v1/holds", json=body)
    assert hold.json()["outcome"] == "approved", hold.text
    ref = f"O-{uuid4().hex[:8]}"
    part = {"ref": ref, "amount": amount, "placed_at": PLACED}
    attached = await client.post(f"/v1/holds/{hold.json()['hold_id']}/orders", json={"orders": [part]})
    assert attached.status_code == 200, attached.text
    return ref


async def report(client: httpx.AsyncClient, ref: str, kind: str, *, at: str = SHIPPED, **more: Any) -> dict[str, Any]:
    body = {"event_id": f"e-{uuid4().hex}", "kind": kind, "occurred_at": at, **more}
    if "amount" in body:
        body.setdefault("currency", "EUR")
    response = await client.post(f"/v1/orders/{ref}/events", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def owe(client: httpx.AsyncClient, company: str, amount: str, *, at: str = SHIPPED, **more: Any) -> str:
    """An order that is owed: its open item is due 30 days after `at`."""
    ref = await hold_order(client, company, amount, **more)
    await report(client, ref, "status", at=at, status="shipped")
    return ref


async def pay(client: httpx.AsyncClient, company: str, amount: str, **more: Any) -> dict[str, Any]:
    """A payment that must be accepted."""
    response = await try_to_pay(client, company, amount, **more)
    assert response.status_code == 200, response.text
    payment: dict[str, Any] = response.json()
    return payment


async def try_to_pay(client: httpx.AsyncClient, company: str, amount: str, **more: Any) -> httpx.Response:
    body = {
        "company": company,
        "amount": amount,
        "currency": "EUR",
        "method": "bank_transfer",
        "received_on": "2026-03-02",
        **more,
    }
    return await client.post("/v1/payments", json=body)


async def show_order(client: httpx.AsyncClient, ref: str) -> dict[str, Any]:
    response = await client.get(f"/v1/orders/{ref}")
    assert response.status_code == 200, response.text
    order: dict[str, Any] = response.json()
    return order


async def open_of(client: httpx.AsyncClient, ref: str) -> str:
    """What is left to pay on an order."""
    return str((await show_order(client, ref))["open_amount"])


async def messages(database: Database) -> dict[str, dict[str, Any]]:
    """The payload of the latest message of each type."""
    async with database.read() as session:
        rows = await session.execute(
            select(OutboxMessageRow.event_type, OutboxMessageRow.payload).order_by(OutboxMessageRow.sequence)
        )
        return {row.event_type: row.payload for row in rows}


async def prove_books(database: Database, tenant: Tenant) -> dict[UUID, Balances]:
    """The balances of all the merchant's lines, proved from the journal and from the documents behind them."""
    assert not (await audit_books(database, merchant_id=tenant.merchant_id)).findings
    async with database.read(snapshot=True) as session:
        line_ids = list(
            await session.scalars(select(CreditLineRow.id).where(CreditLineRow.merchant_id == tenant.merchant_id))
        )
        kept = await read_balances(session, merchant_id=tenant.merchant_id, line_ids=line_ids)
        for line_id in line_ids:
            journal = await sum_postings(session, merchant_id=tenant.merchant_id, line_id=line_id)
            assert kept[line_id] == journal
            assert journal == await _from_documents(session, tenant, line_id)
        await _prove_items(session, tenant)
        await _prove_payments(session, tenant)
    return kept


async def _from_documents(session: AsyncSession, tenant: Tenant, line_id: UUID) -> Balances:
    async def sum_of(column: Any, table: Any, *conditions: Any) -> int:
        amounts = await session.scalars(
            select(column).where(table.merchant_id == tenant.merchant_id, table.line_id == line_id, *conditions)
        )
        return sum(amounts)

    return Balances(
        held=await sum_of(
            HoldRow.line_amount_minor - HoldRow.line_captured_minor - HoldRow.line_released_minor,
            HoldRow,
            HoldRow.status == "pending",
        ),
        uninvoiced=await sum_of(OrderRow.line_billed_minor, OrderRow, OrderRow.status == "uninvoiced"),
        receivable=await sum_of(OpenItemRow.line_open_minor, OpenItemRow),
        on_account=await sum_of(PaymentRow.line_unallocated_minor, PaymentRow),
        credit_notes=await sum_of(CreditNoteRow.line_unallocated_minor, CreditNoteRow),
    )


async def _prove_items(session: AsyncSession, tenant: Tenant) -> None:
    allocated: dict[UUID, int] = {}
    for item_id, amount in await session.execute(
        select(AllocationRow.open_item_id, AllocationRow.amount_minor).where(
            AllocationRow.merchant_id == tenant.merchant_id, AllocationRow.reversed_at.is_(None)
        )
    ):
        allocated[item_id] = allocated.get(item_id, 0) + amount
    for item in await session.scalars(select(OpenItemRow).where(OpenItemRow.merchant_id == tenant.merchant_id)):
        assert item.open_minor >= 0
        assert item.allocated_minor == allocated.get(item.id, 0)
        assert (item.settled_on is not None) == (item.open_minor == 0)


async def _prove_payments(session: AsyncSession, tenant: Tenant) -> None:
    for payment in await session.scalars(select(PaymentRow).where(PaymentRow.merchant_id == tenant.merchant_id)):
        allocated = sum(
            await session.scalars(
                select(AllocationRow.amount_minor).where(
                    AllocationRow.merchant_id == tenant.merchant_id,
                    AllocationRow.payment_id == payment.id,
                    AllocationRow.reversed_at.is_(None),
                )
            )
        )
        if payment.status == "bounced":
            assert (allocated, payment.unallocated_minor) == (0, 0)
        else:
            assert allocated + payment.unallocated_minor + payment.refunded_minor == payment.amount_minor
