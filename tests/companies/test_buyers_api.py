"""Buyers over the API: several people order for one company."""

from __future__ import annotations

import httpx
import pytest

from service.infra.database import Database
from tests.companies.api import VAT_NUMBER, announced, get_company, put_company

ADA = {"name": "Ada Martin", "email": "ada@moulin.example"}


class TestPutBuyer:
    async def test_a_new_buyer_may_use_and_see_the_credit(self, client: httpx.AsyncClient):
        await put_company(client, "C-1")
        answer = await client.put("/v1/companies/C-1/buyers/42", json=ADA)
        assert answer.status_code == 200
        buyer = answer.json()
        assert (buyer["ref"], buyer["shop"], buyer["name"]) == ("42", "main", "Ada Martin")
        assert (buyer["may_use_credit"], buyer["may_see_credit"]) == (True, True)

    async def test_a_change_is_a_new_version_of_the_company_and_names_no_person(
        self, client: httpx.AsyncClient, database: Database
    ):
        company = await put_company(client, "C-1")
        await client.put("/v1/companies/C-1/buyers/42", json=ADA)
        assert (await get_company(client, "C-1"))["version"] == 2
        _, payload = (await announced(database, company["id"]))[-1]
        assert payload["changed"] == ["buyers"]
        assert "Ada" not in str(payload)

    async def test_the_same_again_changes_nothing(self, client: httpx.AsyncClient):
        await put_company(client, "C-1")
        first = await client.put("/v1/companies/C-1/buyers/42", json=ADA)
        again = await client.put("/v1/companies/C-1/buyers/42", json=ADA)
        assert again.json() == first.json()
        assert (await get_company(client, "C-1"))["version"] == 2

    async def test_what_is_left_out_stays_and_null_removes(self, client: httpx.AsyncClient):
        await put_company(client, "C-1")
        await client.put("/v1/companies/C-1/buyers/42", json={**ADA, "may_see_credit": False})
        kept = await client.put("/v1/companies/C-1/buyers/42", json={"name": "Ada M."})
        assert (kept.json()["email"], kept.json()["may_see_credit"]) == ("ada@moulin.example", False)
        removed = await client.put("/v1/companies/C-1/buyers/42", json={"name": "Ada M.", "email": None})
        assert removed.json()["email"] is None

    async def test_can_be_looked_at(self, client: httpx.AsyncClient, stranger: httpx.AsyncClient):
        company = await put_company(client, "C-1")
        await put_company(client, "C-2")
        put = await client.put("/v1/companies/C-1/buyers/42", json={**ADA, "may_see_credit": False})
        assert (await client.get("/v1/companies/C-1/buyers/42")).json() == put.json()
        for path in ("C-1/buyers/43", "C-2/buyers/42"):
            answer = await client.get(f"/v1/companies/{path}")
            assert (answer.status_code, answer.json()["code"]) == (404, "buyer_not_found")
        assert (await stranger.get(f"/v1/companies/{company['id']}/buyers/42")).status_code == 404

    async def test_one_who_changes_the_company_orders_for_the_new_one(self, client: httpx.AsyncClient):
        first = await put_company(client, "C-1")
        await put_company(client, "C-2")
        await client.put("/v1/companies/C-1/buyers/42", json=ADA)
        moved = await client.put("/v1/companies/C-2/buyers/42", json=ADA)
        assert moved.status_code == 200
        assert (await client.get("/v1/companies/C-1/buyers")).json()["items"] == []
        assert [buyer["ref"] for buyer in (await client.get("/v1/companies/C-2/buyers")).json()["items"]] == ["42"]
        assert (await get_company(client, "C-1"))["version"] == first["version"] + 2

    async def test_an_unknown_company_has_no_buyers(self, client: httpx.AsyncClient, stranger: httpx.AsyncClient):
        company = await put_company(client, "C-1")
        assert (await client.put("/v1/companies/C-9/buyers/42", json=ADA)).status_code == 404
        assert (await stranger.put(f"/v1/companies/{company['id']}/buyers/42", json=ADA)).status_code == 404
        assert (await stranger.get(f"/v1/companies/{company['id']}/buyers")).status_code == 404

    async def test_the_same_reference_in_two_scopes_is_two_people(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient
    ):
        company = await put_company(client, "C-1")
        await client.put("/v1/companies/C-1/buyers/42", json=ADA)
        await integrator.put(f"/v1/companies/{company['id']}/buyers/42", json={"name": "Bob"})
        listed = (await client.get("/v1/companies/C-1/buyers")).json()["items"]
        assert [(buyer["name"], buyer["shop"]) for buyer in listed] == [("Bob", None), ("Ada Martin", "main")]


class TestBuyersWithinAnUpsert:
    async def test_are_created_with_the_company_and_those_left_out_stay(self, client: httpx.AsyncClient):
        created = await put_company(client, "C-1", buyers=[{"ref": "1", **ADA}, {"ref": "2", "name": "Bob"}])
        assert created["version"] == 1
        await put_company(client, "C-1", buyers=[{"ref": "2", "name": "Robert"}])
        listed = (await client.get("/v1/companies/C-1/buyers")).json()["items"]
        assert {buyer["ref"]: buyer["name"] for buyer in listed} == {"1": "Ada Martin", "2": "Robert"}

    async def test_people_of_two_references_share_one_company(self, client: httpx.AsyncClient):
        await put_company(client, "C-1", vat_number=VAT_NUMBER, buyers=[{"ref": "1", **ADA}])
        await put_company(client, "C-2", vat_number=VAT_NUMBER, buyers=[{"ref": "2", "name": "Bob"}])
        for reference in ("C-1", "C-2"):
            listed = (await client.get(f"/v1/companies/{reference}/buyers")).json()["items"]
            assert {buyer["ref"] for buyer in listed} == {"1", "2"}

    async def test_a_routine_report_does_not_undo_a_revocation(self, client: httpx.AsyncClient):
        body = {"buyers": [{"ref": "1", **ADA}]}
        await put_company(client, "C-1", **body)
        await client.delete("/v1/companies/C-1/buyers/1")
        assert (await put_company(client, "C-1", **body))["outcome"] == "unchanged"
        (buyer,) = (await client.get("/v1/companies/C-1/buyers")).json()["items"]
        assert (buyer["may_use_credit"], buyer["may_see_credit"]) == (False, False)
        restored = await client.put("/v1/companies/C-1/buyers/1", json={**ADA, "may_use_credit": True})
        assert restored.json()["may_use_credit"] is True


class TestRevokeBuyerCredit:
    async def test_keeps_the_person_in_the_list_and_is_done_once(self, client: httpx.AsyncClient):
        await put_company(client, "C-1", buyers=[{"ref": "1", **ADA}])
        revoked = await client.delete("/v1/companies/C-1/buyers/1")
        assert (revoked.status_code, revoked.json()["may_use_credit"]) == (200, False)
        again = await client.delete("/v1/companies/C-1/buyers/1")
        assert again.status_code == 200
        assert (await get_company(client, "C-1"))["version"] == 2

    async def test_an_unknown_buyer_and_one_of_another_company_are_not_found(self, client: httpx.AsyncClient):
        await put_company(client, "C-1", buyers=[{"ref": "1", **ADA}])
        await put_company(client, "C-2")
        for reference, buyer in (("C-1", "9"), ("C-2", "1")):
            answer = await client.delete(f"/v1/companies/{reference}/buyers/{buyer}")
            assert (answer.status_code, answer.json()["code"]) == (404, "buyer_not_found")


class TestListBuyers:
    async def test_pages_from_the_newest_to_the_oldest(self, client: httpx.AsyncClient):
        buyers = [{"ref": str(number), "name": f"Buyer {number}"} for number in range(5)]
        await put_company(client, "C-1", buyers=buyers)
        seen: list[str] = []
        cursor = None
        while True:
            params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
            page = (await client.get("/v1/companies/C-1/buyers", params=params)).json()
            seen += [buyer["ref"] for buyer in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert sorted(seen) == ["0", "1", "2", "3", "4"]
        assert len(seen) == 5

    @pytest.mark.parametrize("params", [{"limit": "0"}, {"limit": "201"}, {"cursor": "nonsense"}])
    async def test_refuses_impossible_pages(self, client: httpx.AsyncClient, params: dict[str, str]):
        await put_company(client, "C-1")
        assert (await client.get("/v1/companies/C-1/buyers", params=params)).status_code == 422


class TestJoiningByNumber:
    """Numbers are public: typing one must not open another company's credit."""

    async def rights(self, client: httpx.AsyncClient, ref: str, buyer: str) -> tuple[bool, bool]:
        seen = (await client.get(f"/v1/companies/{ref}/buyers/{buyer}")).json()
        return seen["may_use_credit"], seen["may_see_credit"]

    async def test_gives_no_rights_and_changes_nothing_else(self, client: httpx.AsyncClient):
        first = await put_company(
            client, "C-1", vat_number=VAT_NUMBER, invoice_email="pay@moulin.example", buyers=[{"ref": "1", **ADA}]
        )
        thief = {
            "vat_number": VAT_NUMBER,
            "invoice_email": "thief@example.com",
            "buyers": [{"ref": "2", "name": "Eve"}],
        }
        joined = await put_company(client, "C-2", legal_name="Eve & Co", **thief)
        assert (joined["id"], joined["matched_by"]) == (first["id"], "vat_number")
        assert (joined["legal_name"], joined["invoice_email"]) == (first["legal_name"], "pay@moulin.example")
        assert await self.rights(client, "C-2", "2") == (False, False)
        assert await self.rights(client, "C-1", "1") == (True, True)
        again = await put_company(client, "C-2", legal_name="Eve & Co", **thief)
        assert again["invoice_email"] == "pay@moulin.example"
        assert again["outcome"] == "unchanged"

    async def test_counts_once_somebody_allows_it(self, client: httpx.AsyncClient):
        await put_company(client, "C-1", vat_number=VAT_NUMBER, buyers=[{"ref": "1", **ADA}])
        body = {
            "vat_number": VAT_NUMBER,
            "invoice_email": "new@moulin.example",
            "buyers": [{"ref": "2", "name": "Bob"}],
        }
        await put_company(client, "C-2", **body)
        allowed = {"name": "Bob", "may_use_credit": True, "may_see_credit": True}
        assert (await client.put("/v1/companies/C-2/buyers/2", json=allowed)).status_code == 200
        assert (await put_company(client, "C-2", **body))["invoice_email"] == "new@moulin.example"
        assert await self.rights(client, "C-2", "2") == (True, True)

    async def test_with_rights_that_are_given_is_the_caller_s_word(self, client: httpx.AsyncClient):
        await put_company(client, "C-1", vat_number=VAT_NUMBER)
        buyer = {"ref": "2", "name": "Bob", "may_use_credit": True}
        joined = await put_company(
            client, "C-2", vat_number=VAT_NUMBER, invoice_email="bob@moulin.example", buyers=[buyer]
        )
        assert joined["invoice_email"] == "bob@moulin.example"
        assert await self.rights(client, "C-2", "2") == (True, False)

    async def test_without_buyers_is_the_shop_s_own_word(self, client: httpx.AsyncClient):
        await put_company(client, "C-1", vat_number=VAT_NUMBER)
        joined = await put_company(client, "C-2", vat_number=VAT_NUMBER, invoice_email="shop@moulin.example")
        assert joined["invoice_email"] == "shop@moulin.example"

    async def test_one_who_was_barred_does_not_change_the_company(self, client: httpx.AsyncClient):
        body = {"invoice_email": "pay@moulin.example", "buyers": [{"ref": "1", **ADA}]}
        await put_company(client, "C-1", **body)
        assert (await client.delete("/v1/companies/C-1/buyers/1")).status_code == 200
        kept = await put_company(client, "C-1", **{**body, "invoice_email": "other@example.com"})
        assert kept["invoice_email"] == "pay@moulin.example"
