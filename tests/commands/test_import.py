"""`encours import`: everything of the files, or nothing and every fault with its line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.commands.importing.problems import ImportProblem
from service.commands.importing.writing import ImportAsked, ImportSummary, run_import
from service.config import Settings
from service.core.clock import FixedClock
from service.factory import Context, open_context
from service.infra.work import Work
from service.terms.service import install_catalogue
from tests.app import Tenant

COMPANIES = """\
company_ref,legal_name,country,language,registration_number,invoice_email,groups,postcode,city,line1,default_terms,fact.completed_orders,fact.net_spend_12m,facts_as_of
C-1,Moulin Vert SARL,FR,fr,303 265 045,factures@moulin.example,wholesale|bakers,69002,Lyon,2 quai Rambaud,net_60,12,8400.50,2026-02-28
C-2,Atelier Brun,FR,,,,,,,,,,,
"""
LIMITS = """\
company_ref,kind,amount,tolerance_bp,allow_exceed,reason
C-1,amount,1000.00,500,no,as agreed in 2024
C-2,unlimited,,,,
"""
ORDERS = """\
company_ref,order_ref,ordered_on,open_amount,started_on,due_on,terms,purchase_order_number
C-1,A-1,2026-01-05,1500.00,2026-01-08,2026-02-07,,PO 7
C-1,A-2,2026-02-20,80.10,,,net_30,
C-2,A-3,2026-02-24,12.00,2026-02-25,2026-03-27,,
"""


@pytest.fixture
async def context(settings: Settings, clock: FixedClock, tenant: Tenant) -> AsyncIterator[Context]:
    """What the command line opens, for a merchant that has the ready-made terms."""
    async with open_context(settings, clock=clock) as context:
        async with context.database.transaction() as session:
            await install_catalogue(Work(session=session, caller=tenant.caller(), now=clock.now()))
        yield context


class Importing:
    """Imports texts as files named for what they hold."""

    def __init__(self, context: Context, tenant: Tenant, folder: Path) -> None:
        self._context = context
        self._tenant = tenant
        self.folder = folder

    def write(self, **texts: str | bytes) -> None:
        for name, text in texts.items():
            content = text if isinstance(text, bytes) else text.encode()
            (self.folder / f"{name}.csv").write_bytes(content)

    async def __call__(self, **options: Any) -> tuple[ImportSummary | None, list[ImportProblem]]:
        asked = ImportAsked(sources=[self.folder], merchant_id=self._tenant.merchant_id, shop="main", **options)
        return await run_import(self._context, asked)

    async def problems(self) -> list[str]:
        return [problem.text for problem in (await self())[1]]


@pytest.fixture
def importing(context: Context, tenant: Tenant, tmp_path: Path) -> Importing:
    return Importing(context, tenant, tmp_path)


async def nothing_is_there(client: httpx.AsyncClient) -> bool:
    companies = (await client.get("/v1/companies")).json()["items"]
    orders = (await client.get("/v1/orders")).json()["items"]
    return bool(companies == [] and orders == [])


class TestImport:
    async def test_takes_over_companies_limits_and_open_orders(self, importing: Importing, client: httpx.AsyncClient):
        importing.write(companies=COMPANIES, limits=LIMITS, open_orders=ORDERS)
        summary, problems = await importing()
        assert problems == []
        assert summary is not None
        assert summary.sentences() == ["companies: 2 created", "limits: 2 set", "open orders: 3 taken over"]

        company = (await client.get("/v1/companies/C-1")).json()
        assert company["legal_name"] == "Moulin Vert SARL"
        assert company["groups"] == ["wholesale", "bakers"]
        assert company["addresses"][0]["city"] == "Lyon"
        assert company["facts"]["completed_orders"]["value"] == 12
        assert company["facts"]["net_spend_12m"] == {
            "value": "8400.50",
            "source": "import",
            "as_of": "2026-02-28T00:00:00.000000Z",
            "currency": "EUR",
        }
        (line,) = (await client.get("/v1/companies/C-1/credit")).json()["lines"]
        assert line["limit"]["amount"] == "1000.00"
        assert line["tolerance_bp"] == 500
        # Taking over asks no limit: what is owed is owed.
        assert line["exposure"]["outstanding"] == "1500.00"
        assert line["exposure"]["held"] == "80.10"
        assert line["over_limit_amount"] == "580.10"

    async def test_open_orders_keep_their_own_due_date(self, importing: Importing, client: httpx.AsyncClient):
        importing.write(companies=COMPANIES, open_orders=ORDERS)
        await importing()
        due = (await client.get("/v1/orders/A-1")).json()
        assert (due["base_on"], due["due_on"], due["due_is_estimate"]) == ("2026-01-08", "2026-02-07", False)
        assert (due["status"], due["open_amount"]) == ("invoiced", "1500.00")
        assert due["purchase_order_number"] == "PO 7"
        waiting = (await client.get("/v1/orders/A-2")).json()
        assert (waiting["status"], waiting["terms"], waiting["due_is_estimate"]) == ("held", "net_30", True)

    async def test_an_order_taken_over_lives_on(self, importing: Importing, client: httpx.AsyncClient):
        importing.write(companies=COMPANIES, open_orders=ORDERS)
        await importing()
        shipped = {"event_id": "e-1", "kind": "status", "status": "shipped", "occurred_at": "2026-03-01T10:00:00Z"}
        answer = (await client.post("/v1/orders/A-2/events", json=shipped)).json()
        assert (answer["order"]["status"], answer["order"]["due_on"]) == ("invoiced", "2026-03-31")
        slip = {
            "event_id": "e-2",
            "kind": "credit_slip",
            "occurred_at": "2026-03-01T10:00:00Z",
            "amount": "500.00",
            "currency": "EUR",
        }
        answer = (await client.post("/v1/orders/A-1/events", json=slip)).json()
        assert answer["order"]["open_amount"] == "1000.00"

    async def test_the_same_files_again_change_nothing(self, importing: Importing, client: httpx.AsyncClient):
        importing.write(companies=COMPANIES, limits=LIMITS, open_orders=ORDERS)
        await importing()
        before = [(await client.get(f"/v1/companies/{ref}")).json() for ref in ("C-1", "C-2")]
        history = (await client.get("/v1/companies/C-1/credit/history")).json()
        changes = (await client.get("/v1/changes")).json()
        summary, problems = await importing()
        assert problems == []
        assert summary is not None
        assert summary.sentences() == ["companies: 2 unchanged", "limits: 2 unchanged", "open orders: 3 unchanged"]
        assert [(await client.get(f"/v1/companies/{ref}")).json() for ref in ("C-1", "C-2")] == before
        assert (await client.get("/v1/companies/C-1/credit/history")).json() == history
        assert (await client.get("/v1/changes")).json() == changes

    async def test_a_dry_run_says_what_would_happen_and_keeps_nothing(
        self, importing: Importing, client: httpx.AsyncClient
    ):
        importing.write(companies=COMPANIES, limits=LIMITS, open_orders=ORDERS)
        summary, problems = await importing(dry_run=True)
        assert problems == []
        assert summary is not None
        assert summary.sentences()[0] == "companies: 2 created"
        assert await nothing_is_there(client)

    async def test_one_bad_line_of_many_keeps_everything_out(self, importing: Importing, client: httpx.AsyncClient):
        importing.write(companies=COMPANIES, open_orders=ORDERS + "C-9,A-4,2026-02-24,12.00,2026-02-25,2026-03-27,,\n")
        assert await importing.problems() == [
            "open_orders.csv:5: No company is known by this reference (company_not_found)"
        ]
        assert await nothing_is_there(client)

    @pytest.mark.parametrize(
        ("content", "name"),
        [
            ("\ufeff" + COMPANIES, "utf-8 with a mark"),
            (COMPANIES.replace(",", ";"), "semicolons"),
            (COMPANIES.replace("\n", "\r\n"), "carriage returns"),
            (COMPANIES.replace("Brun", "Brûlé").encode("windows-1252"), "windows-1252"),
            (COMPANIES.encode("utf-16"), "utf-16"),
        ],
        ids=lambda value: value if isinstance(value, str) and len(value) < 30 else "",
    )
    async def test_reads_what_spreadsheets_write(self, importing: Importing, content: str | bytes, name: str):
        importing.write(companies=content)
        summary, problems = await importing()
        assert problems == [], name
        assert summary is not None
        assert summary.sentences() == ["companies: 2 created"]

    async def test_reads_decimal_commas_between_semicolons(self, importing: Importing, client: httpx.AsyncClient):
        importing.write(companies="company_ref;legal_name;country\nC-1;Moulin Vert;FR\n")
        importing.write(limits="company_ref;kind;amount\nC-1;amount;1234,50\n")
        assert (await importing())[1] == []
        (line,) = (await client.get("/v1/companies/C-1/credit")).json()["lines"]
        assert line["limit"]["amount"] == "1234.50"


class TestFaults:
    @pytest.mark.parametrize(
        ("line", "problem"),
        [
            (",Moulin,FR", "2: company_ref: is missing"),
            ("C 1,Moulin,FR", "2: company_ref: only letters, digits and ._:#@+- are possible in a reference"),
            ("C-1,,FR", "2: legal_name: is missing"),
            ("C-1,Moulin,France", "2: country: must be a country such as FR"),
            ("C-1,Moulin,FR,x", "2: the line has 4 cells, the header 3"),
        ],
    )
    async def test_in_companies(self, importing: Importing, line: str, problem: str):
        importing.write(companies=f"company_ref,legal_name,country\n{line}\n")
        assert await importing.problems() == [f"companies.csv:{problem}"]

    @pytest.mark.parametrize(
        ("cells", "problem"),
        [
            ("twelve,2026-01-01", "fact.completed_orders: must be a whole number"),
            ("12,", "facts_as_of: facts need the day they were true"),
            ("12,yesterday", "facts_as_of: must be a day such as 2026-03-31"),
        ],
    )
    async def test_in_facts(self, importing: Importing, cells: str, problem: str):
        header = "company_ref,legal_name,country,fact.completed_orders,facts_as_of"
        importing.write(companies=f"{header}\nC-1,Moulin,FR,{cells}\n")
        assert await importing.problems() == [f"companies.csv:2: {problem}"]

    @pytest.mark.parametrize(
        ("cells", "problem"),
        [
            ("amount,1.234,EUR", "amount: The amount is not a decimal string of this currency's precision"),
            ("amount,-5,EUR", "amount: A limit or tolerance is not negative"),
            ("amount,,EUR", "an amount belongs to the kind `amount`, and only to it"),
            ("much,5,EUR", "kind: Input should be 'inherit', 'none', 'amount' or 'unlimited'"),
            ("amount,5,euro", "currency: must be a currency such as EUR"),
            ('amount,"1,50",EUR', "amount: must be an amount such as 1234.50"),
            ("amount,plenty,EUR", "amount: must be an amount such as 1234.50"),
        ],
    )
    async def test_in_limits(self, importing: Importing, cells: str, problem: str):
        importing.write(companies=COMPANIES, limits=f"company_ref,kind,amount,currency\nC-1,{cells}\n")
        assert await importing.problems() == [f"limits.csv:2: {problem}"]

    @pytest.mark.parametrize(
        ("cells", "problem"),
        [
            ("A-1,2026-02-30,5.00,,", "ordered_on: day is out of range for month"),
            ("A-1,2026-03-03,5.00,,", "ordered_on: lies in the future"),
            ("A-1,2026-01-01,0.00,,", "open_amount: nothing is open; leave paid orders out"),
            ("A-1,2026-01-01,5 EUR,,", "open_amount: must be an amount such as 1234.50"),
            ("A-1,2026-01-01,5.001,,", "open_amount: The amount is not a decimal string of this currency's precision"),
            (
                "A-1,2026-01-01,5.00,2026-01-02,",
                "started_on and due_on come together: an order that is due has started",
            ),
            ("A-1,2026-01-01,5.00,2026-01-02,2026-01-01", "due_on is from the day of started_on up to a year later"),
            ("A 1,2026-01-01,5.00,,", "order_ref: only letters, digits and ._:#@+- are possible in a reference"),
            (",2026-01-01,5.00,,", "order_ref: is missing"),
        ],
    )
    async def test_in_open_orders(self, importing: Importing, cells: str, problem: str):
        header = "company_ref,order_ref,ordered_on,open_amount,started_on,due_on"
        importing.write(companies=COMPANIES, open_orders=f"{header}\nC-1,{cells}\n")
        (found,) = await importing.problems()
        assert found.startswith(f"open_orders.csv:2: {problem}")

    async def test_all_are_told_at_once_in_the_order_of_the_lines(self, importing: Importing):
        importing.write(companies="company_ref,legal_name,country\nC-1,,FR\nC-2,Brun,FR\nC-3,Noir,?\n")
        assert [text.split(": ")[0] for text in await importing.problems()] == ["companies.csv:2", "companies.csv:4"]

    async def test_terms_that_do_not_exist(self, importing: Importing):
        header = "company_ref,order_ref,ordered_on,open_amount,terms"
        importing.write(companies=COMPANIES, open_orders=f"{header}\nC-1,A-1,2026-01-01,5.00,net_31\n")
        assert [text.rpartition("(")[2] for text in await importing.problems()] == ["terms_not_found)"]

    async def test_what_occurs_twice(self, importing: Importing):
        importing.write(companies="company_ref,legal_name,country\nC-1,Moulin,FR\nC-1,Moulin,FR\n")
        assert await importing.problems() == ["companies.csv:3: company_ref: C-1 was already on companies.csv:2"]

    async def test_an_order_that_has_changed_since(self, importing: Importing):
        importing.write(companies=COMPANIES, open_orders=ORDERS)
        await importing()
        importing.write(open_orders=ORDERS.replace("1500.00", "1400.00"))
        assert [text.rpartition("(")[2] for text in await importing.problems()] == ["order_attached_elsewhere)"]

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            ("", "companies.csv: the file is empty"),
            (
                "a,b\n1,2\n",
                "companies.csv:1: neither companies (legal_name), limits (kind) nor open orders (order_ref)",
            ),
            ("legal_name,legal_name\n", "companies.csv:1: the column legal_name occurs twice"),
            ("company_ref,legal_name,country,colour\n", "companies.csv:1: colour: no such column"),
            ("company_ref,legal_name,country,fact.luck\n", "companies.csv:1: fact.luck: no such column"),
            (
                'company_ref,legal_name,country\nC-1,"Mou\n',
                "companies.csv:2: not readable as CSV: unexpected end of data",
            ),
            ("a\x00b", "companies.csv: the file holds NUL bytes; it is not text, or in another encoding"),
        ],
    )
    async def test_of_the_file_itself(self, importing: Importing, content: str, problem: str):
        importing.write(companies=content)
        assert await importing.problems() == [problem]

    async def test_a_folder_without_files(self, importing: Importing):
        assert await importing.problems() == [f"{importing.folder.name}: the folder holds no .csv file"]
