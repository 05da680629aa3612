"""Orders in another currency than their credit line: every amount is rounded, and the books are right all the same."""

from __future__ import annotations

import random
from collections.abc import Mapping

import httpx
import pytest

from service.audit.service import audit_books
from service.core.clock import FixedClock
from service.infra.database import Database
from tests.orders.world import Debtor

PLACED = "2026-03-02T09:00:00Z"


class TestConvertedOrders:
    @pytest.mark.parametrize("seed", range(4))
    async def test_leave_books_that_are_right(
        self, seed: int, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ) -> None:
        chance = random.Random(seed)  # noqa: S311 - made-up amounts
        for number in range(3):
            ref, cents = f"O-{number}", chance.randrange(1_000, 9_999)
            hold = {"company": "C-1", "amount": text(cents), "currency": "USD", "exchange_rate": "0.9217"}
            placed = await send(shop, "/v1/holds", hold)
            split = chance.randrange(1, cents)
            parts = [
                {"ref": ref, "amount": text(split), "placed_at": PLACED},
                {"ref": f"{ref}b", "amount": text(cents - split), "placed_at": PLACED},
            ]
            await send(shop, f"/v1/holds/{placed['hold_id']}/orders", {"orders": parts})
            slip = chance.randrange(1, split + 1)
            for kind, more in chance.sample(
                [
                    ("status", {"status": "shipped"}),
                    ("credit_slip", {"amount": text(slip), "currency": "USD"}),
                    ("edited", {"amount": text(split + chance.randrange(500)), "currency": "USD"}),
                ],
                3,
            ):
                event = {"event_id": f"{ref}-{kind}", "kind": kind, "occurred_at": "2026-03-03T09:00:00Z", **more}
                await send(shop, f"/v1/orders/{ref}/events", event)
            await send(shop, f"/v1/orders/{ref}/mark-paid", {"amount": text(max(1, (split - slip) // 3))})
            report = await audit_books(database)
            assert report.is_clean, "\n".join(str(finding) for finding in report.findings)


def text(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


async def send(shop: httpx.AsyncClient, path: str, body: Mapping[str, object]) -> dict[str, str]:
    answer = await shop.post(path, json=body)
    assert answer.is_success, (path, answer.text)
    return dict(answer.json())
