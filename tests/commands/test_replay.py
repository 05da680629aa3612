"""`encours replay`: every row of a history ends in exactly one count, and the books agree with the driver."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from service.audit.service import audit_books
from service.core.clock import FixedClock
from service.infra.api_client import ApiClient
from service.infra.database import Database
from service.replay.countries import country_code
from service.replay.customer import Customer
from service.replay.driver import Options, Replay
from service.replay.history import HistoryUnreadable, read_history
from service.replay.lateness import Lateness, built_in_lateness, read_lateness
from service.replay.runs import replay_here
from tests.app import Tenant

HEADER = "ordered_at,order_ref,customer_id,country,amount_eur"
# Each line with what has to become of it.
ODD_HISTORY = f"""{HEADER}
2026-03-02T10:00,1001,A,France,400.00
2026-03-02T10:05,1002,B,EIRE,250.00
2026-03-02T10:10,1003,(blank),France,90.00
2026-03-02T10:15,1004,(blank),France,-0.00
2026-03-02T10:20,C1005,(blank),France,-20.00
2026-03-02T10:25,1006,A,France,0.00
2026-03-02T10:30,1007,A,France,700.00
2026-03-02T10:35,1001,A,France,33.00
2026-03-03T09:00,C1008,A,France,-700.00
2026-03-03T09:05,C1009,A,France,-100.00
2026-03-03T09:10,C1010,A,France,-900.00
2026-03-03T09:15,C1011,E,France,-5.00
2026-03-03T09:20,C1012,A,France,0.00
2026-03-03T09:25,A1013,A,France,-30.00
not a time,1014,A,France,10.00
2026-03-03T09:30,1015,A,France,ten
2026-03-03T09:35,10 16,A,France,10.00
2026-03-10T09:00,1017,B,EIRE,600.00
2026-04-20T09:00,1018,B,EIRE,600.00
"""


class Replaying:
    """Replays texts into the tenant's shop, on the tests' clock."""

    def __init__(self, app: FastAPI, tenant: Tenant, clock: FixedClock, folder: Path) -> None:
        self._app = app
        self._tenant = tenant
        self._clock = clock
        self._folder = folder

    async def __call__(
        self, text: str, *, lateness: Lateness | None = None, concurrency: int = 4, moves_clock: bool = True
    ) -> dict[str, Any]:
        path = self._folder / "history.csv"
        path.write_text(text, encoding="utf-8")
        history = read_history(path, time_zone="Europe/Paris")
        options = Options(
            limit_minor=100_000, concurrency=concurrency, lateness=lateness or built_in_lateness(1), country="FR"
        )
        transport = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://encours.test") as http:
            api = ApiClient(http, key=self._tenant.shop_key)
            tally = await Replay(api, history, options, move_clock=self._move if moves_clock else None).run()
        return tally.to_json()

    def _move(self, instant: datetime) -> None:
        self._clock.instant = instant


@pytest.fixture
def replaying(app: FastAPI, tenant: Tenant, clock: FixedClock, tmp_path: Path) -> Replaying:
    return Replaying(app, tenant, clock, tmp_path)


class TestReplay:
    async def test_counts_every_odd_row_once(self, replaying: Replaying, database: Database, tenant: Tenant):
        # Everybody pays on the day it is due: 1 April for the orders of 2 March.
        result = await replaying(ODD_HISTORY, lateness=Lateness([0], 1))
        assert result["rows"] == 19
        assert result["declined"] == {"guest": 2, "nothing_to_pay": 1, "over_limit": 1}
        assert result["approved"] == 4
        # C1009 fits into order 1001, C1010 takes what is left of it; then there is nothing for A1013, as for C1011.
        assert result["credited"] == 2
        assert result["credited_unmatched"] == 2
        assert result["skipped"] == {
            "amount_unreadable": 1,
            "cancels_declined_order": 1,
            "doubled_ref": 1,
            "guest_cancellation": 1,
            "nothing_to_credit": 1,
            "reference_unusable": 1,
            "time_unreadable": 1,
        }
        assert result["refused"] == {}
        # Order 1001 was credited in full, 1002 and 1017 were paid in April; 1018 came after that and is still owed.
        assert result["paid"] == 2
        assert result["approved_amount"] == "1850.00"
        assert result["credited_amount"] == "400.00"
        assert result["unmatched_amount"] == "635.00"
        assert result["paid_amount"] == "850.00"
        assert result["final_exposure"] == result["expected_exposure"] == "600.00"
        assert result["peak_exposure"] == "850.00"
        assert (await audit_books(database, tenant.merchant_id)).findings == ()

    async def test_comes_out_the_same_on_a_service_with_a_clock_of_its_own(
        self, replaying: Replaying, database: Database, tenant: Tenant, client: httpx.AsyncClient
    ):
        past = ODD_HISTORY.replace("2026-", "2011-")
        result = await replaying(past, lateness=Lateness([0], 1), moves_clock=False)
        assert (result["approved"], result["paid"], result["final_exposure"]) == (4, 2, "600.00")
        assert (await client.get("/v1/orders/1018")).json()["due_on"] == "2011-05-20"
        assert (await audit_books(database, tenant.merchant_id)).findings == ()

    async def test_comes_out_the_same_whatever_runs_side_by_side(self, replaying: Replaying):
        rows = [
            f"2026-03-{2 + day:02}T{9 + hour:02}:00,{day}{hour}{customer},K{customer},France,{120 + 30 * hour}.50"
            for day in range(4)
            for hour in range(3)
            for customer in range(6)
        ]
        first = await replaying("\n".join([HEADER, *rows]), concurrency=1)
        again = [row.replace(",K", ",L").replace("-03-", "-05-") for row in rows]
        renamed = [
            ",".join([part if at != 1 else f"L{part}" for at, part in enumerate(row.split(","))]) for row in again
        ]
        # Another shop's worth of references, so that the second run is not merely answered from memory.
        second = await replaying("\n".join([HEADER, *renamed]), concurrency=8)
        timing = {"requests", "requests_per_s", "seconds", "paid", "paid_amount"}
        assert {key: value for key, value in first.items() if key not in timing} == {
            key: value for key, value in second.items() if key not in timing
        }

    async def test_the_same_history_again_changes_nothing(
        self, replaying: Replaying, clock: FixedClock, client: httpx.AsyncClient
    ):
        await replaying(ODD_HISTORY)
        before = (await client.get("/v1/companies/B/credit")).json()
        clock.instant = datetime.fromisoformat("2026-03-02T09:00:00+00:00")
        await replaying(ODD_HISTORY)
        assert (await client.get("/v1/companies/B/credit")).json() == before

    @pytest.mark.slow
    async def test_starts_what_it_needs_by_itself(self, tmp_path: Path):
        path = tmp_path / "history.csv"
        path.write_text(ODD_HISTORY, encoding="utf-8")
        history = read_history(path, time_zone="Europe/Paris")
        options = Options(limit_minor=100_000, concurrency=4, lateness=Lateness([0], 1), country="FR")
        result = (await replay_here(history, options)).to_json()
        assert (result["approved"], result["paid"], result["final_exposure"]) == (4, 2, "600.00")
        assert result["audit_findings"] == 0


class TestMatchCancellation:
    @pytest.fixture
    def customer(self) -> Customer:
        customer = Customer("A")
        for ref, amount, is_on_terms in (("1", 500, True), ("2", 300, True), ("3", 800, False), ("4", 200, True)):
            customer.add_order(ref, amount, is_on_terms=is_on_terms)
        return customer

    @pytest.mark.parametrize(
        ("amount", "expected"),
        [
            (300, [("2", 300)]),
            (800, [("3", 800)]),
            (150, [("4", 150)]),
            (250, [("3", 250)]),
            (900, [("4", 200), ("2", 300), ("1", 400)]),
            (2000, [("4", 200), ("2", 300), ("1", 500)]),
        ],
    )
    def test_takes_the_exact_amount_then_the_latest_that_fits_then_all(
        self, customer: Customer, amount: int, expected: list[tuple[str, int]]
    ):
        assert [(order.ref, share) for order, share in customer.match_cancellation(amount)] == expected

    def test_finds_nothing_where_nothing_was_ordered(self):
        assert Customer("A").match_cancellation(100) == []


class TestLateness:
    def test_is_drawn_by_seed_and_order(self):
        first, other = built_in_lateness(1), built_in_lateness(2)
        refs = [str(number) for number in range(200)]
        assert [first.of(ref) for ref in refs] == [built_in_lateness(1).of(ref) for ref in refs]
        assert [first.of(ref) for ref in refs] != [other.of(ref) for ref in refs]

    def test_counts_from_the_due_date_of_a_real_history(self, tmp_path: Path):
        path = tmp_path / "invoices.csv"
        path.write_text("due_on,settled_on,days_late\n2012-02-02,2012-01-23,0\n2012-02-02,2012-02-05,3\n2012-02-02,,\n")
        assert sorted(read_lateness(path, seed=1).days) == [-10, 3]

    def test_takes_days_late_where_there_is_nothing_better(self, tmp_path: Path):
        path = tmp_path / "invoices.csv"
        path.write_text("days_late\n0\n14\n")
        assert sorted(read_lateness(path, seed=1).days) == [0, 14]

    def test_refuses_a_file_without_either(self, tmp_path: Path):
        path = tmp_path / "invoices.csv"
        path.write_text("amount\n5\n")
        with pytest.raises(HistoryUnreadable):
            read_lateness(path, seed=1)


class TestHistory:
    @pytest.mark.parametrize(
        "text",
        ["", "ordered_at,order_ref\n", HEADER.replace("_eur", "_xyz"), HEADER.replace("_eur", ""), f"{HEADER}\n"],
    )
    def test_refuses_what_is_none(self, tmp_path: Path, text: str):
        path = tmp_path / "history.csv"
        path.write_text(text)
        with pytest.raises(HistoryUnreadable):
            read_history(path, time_zone="Europe/Paris")

    def test_reads_times_where_the_shop_is(self, tmp_path: Path):
        path = tmp_path / "history.csv"
        path.write_text(f"{HEADER}\n2026-07-01T00:30,1,A,France,5.00\n2026-07-01T00:30+00:00,2,A,France,5.00\n")
        history = read_history(path, time_zone="Europe/Paris")
        assert [row.at.utcoffset() is not None and row.at.timestamp() for row in history.rows] == [
            datetime.fromisoformat("2026-06-30T22:30+00:00").timestamp(),
            datetime.fromisoformat("2026-07-01T00:30+00:00").timestamp(),
        ]
        assert [day.isoformat() for day, _ in history.days()] == ["2026-07-01"]

    @pytest.mark.parametrize(
        ("name", "code"),
        [("United Kingdom", "GB"), ("EIRE", "IE"), ("USA", "US"), ("fr", "FR"), ("Unspecified", "BE"), ("", "BE")],
    )
    def test_knows_countries_as_people_write_them(self, name: str, code: str):
        assert country_code(name, otherwise="BE") == code
