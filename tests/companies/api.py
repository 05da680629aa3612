"""Asking the API about companies, for tests."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from service.infra.database import Database
from service.infra.outbox import OutboxMessageRow

VAT_NUMBER = "FR40303265045"
SIREN = "303265045"
OTHER_VAT_NUMBER = "DE136695976"

MOULIN: dict[str, Any] = {"legal_name": "Moulin Vert SARL", "country": "FR", "language": "fr"}


async def put_company(client: httpx.AsyncClient, ref: str, **body: Any) -> dict[str, Any]:
    """Upsert a company; what is not given is the Moulin's."""
    answer = await client.put(f"/v1/companies/{ref}", json={**MOULIN, **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def get_company(client: httpx.AsyncClient, ref: str) -> dict[str, Any]:
    answer = await client.get(f"/v1/companies/{ref}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def announced(database: Database, company_id: str) -> list[tuple[str, dict[str, Any]]]:
    """Everything told about a company so far, in order."""
    async with database.read() as session:
        rows = await session.execute(
            select(OutboxMessageRow.event_type, OutboxMessageRow.payload)
            .where(OutboxMessageRow.subject_id == UUID(company_id))
            .order_by(OutboxMessageRow.sequence)
        )
        return [(row.event_type, row.payload) for row in rows]
