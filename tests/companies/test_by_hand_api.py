"""What people decide about one company, over the API: override it, and forget its persons."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import select

from service.core.clock import FixedClock
from service.infra.database import Database
from service.merchants.models import ChangeRow
from tests.companies.api import VAT_NUMBER, announced, get_company, put_company

ALLOW = {"position": "allow", "reason": "Known since 2019"}


class TestSetOverride:
    async def test_shows_position_reason_and_author(self, client: httpx.AsyncClient, database: Database):
        company = await put_company(client, "C-1")
        answer = await client.put("/v1/companies/C-1/override", json=ALLOW)
        assert answer.status_code == 200
        assert answer.json()["override"] == {
            "position": "allow",
            "reason": "Known since 2019",
            "author": "shop key",
            "until": None,
            "is_in_force": True,
        }
        assert answer.json()["version"] == 2
        _, payload = (await announced(database, company["id"]))[-1]
        assert payload["changed"] == ["override"]

    async def test_is_kept_in_the_log_of_changes(self, client: httpx.AsyncClient):
        company = await put_company(client, "C-1")
        await client.put("/v1/companies/C-1/override", json=ALLOW)
        await client.put("/v1/companies/C-1/override", json={"position": "deny", "reason": "Bounced twice"})
        await client.delete("/v1/companies/C-1/override", params={"reason": "Paid up"})
        changes = await client.get("/v1/changes", params={"subject_kind": "company", "subject_id": company["id"]})
        logged = [
            (change["before"] and change["before"]["position"], change["after"] and change["after"]["position"], change["reason"])
            for change in changes.json()["items"]
        ]  # fmt: skip
        assert logged == [
            ("deny", None, "Paid up"), ("allow", "deny", "Bounced twice"), (None, "allow", "Known since 2019"),
        ]  # fmt: skip

    async def test_ends_by_itself(self, client: httpx.AsyncClient, clock: FixedClock):
        await put_company(client, "C-1")
        until = "2026-03-02T10:00:00Z"
        await client.put("/v1/companies/C-1/override", json={**ALLOW, "until": until})
        clock.advance(minutes=59, seconds=59)
        assert (await get_company(client, "C-1"))["override"]["is_in_force"] is True
        clock.advance(seconds=1)
        assert (await get_company(client, "C-1"))["override"]["is_in_force"] is False

    async def test_the_same_again_changes_nothing(self, client: httpx.AsyncClient):
        await put_company(client, "C-1")
        first = await client.put("/v1/companies/C-1/override", json=ALLOW)
        again = await client.put("/v1/companies/C-1/override", json=ALLOW)
        assert again.json() == first.json()

    @pytest.mark.parametrize("until", ["2026-03-02T09:00:00Z", "2026-03-02T08:59:59Z"])
    async def test_refuses_an_end_that_is_not_ahead(self, client: httpx.AsyncClient, until: str):
        await put_company(client, "C-1")
        answer = await client.put("/v1/companies/C-1/override", json={**ALLOW, "until": until})
        assert (answer.status_code, answer.json()["code"]) == (422, "override_already_over")

    async def test_needs_a_reason_and_a_known_position(self, client: httpx.AsyncClient):
        await put_company(client, "C-1")
        for wrong in (
            {"position": "allow"},
            {"position": "maybe", "reason": "x"},
            {"position": "allow", "reason": " "},
        ):
            assert (await client.put("/v1/companies/C-1/override", json=wrong)).status_code == 422

    async def test_needs_its_own_scope(self, client: httpx.AsyncClient, integrator: httpx.AsyncClient):
        await put_company(client, "C-1")
        made = await integrator.post("/v1/keys", json={"name": "clerk", "scopes": ["companies:write"], "shop": "main"})
        clerk = {"Authorization": f"Bearer {made.json()['secret']}"}
        for answer in (
            await client.put("/v1/companies/C-1/override", json=ALLOW, headers=clerk),
            await client.delete("/v1/companies/C-1/override", headers=clerk),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")

    async def test_another_merchants_company_is_not_found(self, client: httpx.AsyncClient, stranger: httpx.AsyncClient):
        company = await put_company(client, "C-1")
        for answer in (
            await stranger.put(f"/v1/companies/{company['id']}/override", json=ALLOW),
            await stranger.delete(f"/v1/companies/{company['id']}/override"),
        ):
            assert answer.status_code == 404


class TestRemoveOverride:
    async def test_lets_rules_decide_again_and_needs_no_override_to_begin_with(self, client: httpx.AsyncClient):
        await put_company(client, "C-1")
        untouched = await client.delete("/v1/companies/C-1/override")
        assert (untouched.status_code, untouched.json()["version"]) == (200, 1)
        await client.put("/v1/companies/C-1/override", json=ALLOW)
        removed = await client.delete("/v1/companies/C-1/override")
        assert (removed.json()["override"], removed.json()["version"]) == (None, 3)


class TestAnonymise:
    BODY = {  # noqa: RUF012 - a constant of the tests
        "vat_number": VAT_NUMBER,
        "invoice_email": "ada@moulin.example",
        "addresses": [
            {"kind": "billing", "line1": "1 rue du Pont", "country": "FR", "contact_name": "Ada", "phone": "+33 1"}
        ],
        "buyers": [{"ref": "1", "name": "Ada Martin", "email": "ada@moulin.example"}, {"ref": "2", "name": "Bob"}],
    }

    async def test_forgets_the_persons_and_keeps_the_debtor(self, client: httpx.AsyncClient):
        company = await put_company(client, "C-1", **self.BODY)
        answer = await client.post("/v1/companies/C-1/anonymise", json={"reason": "Asked on the phone"})
        assert answer.status_code == 200
        after = answer.json()
        assert after["invoice_email"] is None
        assert after["addresses"] == [{**company["addresses"][0], "contact_name": None, "phone": None}]
        assert (after["id"], after["legal_name"]) == (company["id"], "Moulin Vert SARL")
        assert after["vat"] == company["vat"]
        buyers = (await client.get("/v1/companies/C-1/buyers")).json()["items"]
        assert [(buyer["name"], buyer["email"], buyer["may_use_credit"]) for buyer in buyers] == [
            ("(anonymised)", None, False),
            ("(anonymised)", None, False),
        ]
        assert {buyer["ref"] for buyer in buyers} == {"1", "2"}

    async def test_leaves_no_trace_of_them_in_the_log_of_changes(self, client: httpx.AsyncClient, database: Database):
        company = await put_company(client, "C-1", **self.BODY)
        await client.post("/v1/companies/C-1/anonymise", json={})
        async with database.read() as session:
            rows = list(await session.scalars(select(ChangeRow).where(ChangeRow.subject_kind == "company")))
        assert [row.field for row in rows] == ["anonymised"]
        kept = str([(row.before, row.after) for row in rows]) + str(await announced(database, company["id"]))
        assert "Ada" not in kept
        assert "moulin.example" not in kept

    async def test_one_buyer_can_be_forgotten_alone(self, client: httpx.AsyncClient):
        await put_company(client, "C-1", **self.BODY)
        after = await client.post("/v1/companies/C-1/anonymise", json={"buyers": ["1"]})
        assert after.json()["invoice_email"] == "ada@moulin.example"
        buyers = (await client.get("/v1/companies/C-1/buyers")).json()["items"]
        assert {buyer["ref"]: buyer["name"] for buyer in buyers} == {"1": "(anonymised)", "2": "Bob"}

    async def test_an_unknown_buyer_forgets_nobody(self, client: httpx.AsyncClient):
        await put_company(client, "C-1", **self.BODY)
        answer = await client.post("/v1/companies/C-1/anonymise", json={"buyers": ["1", "9"]})
        assert (answer.status_code, answer.json()["code"]) == (404, "buyer_not_found")
        buyers = (await client.get("/v1/companies/C-1/buyers")).json()["items"]
        assert {buyer["name"] for buyer in buyers} == {"Ada Martin", "Bob"}

    async def test_another_merchants_company_is_not_found(self, client: httpx.AsyncClient, stranger: httpx.AsyncClient):
        company = await put_company(client, "C-1", **self.BODY)
        answer = await stranger.post(f"/v1/companies/{company['id']}/anonymise", json={})
        assert answer.status_code == 404
