"""Payment terms over the API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from service.core.clock import FixedClock
from service.infra.database import Database
from service.infra.work import Work
from service.merchants.models import MerchantRow
from service.terms.catalogue import READY_MADE_TERMS
from service.terms.service import install_catalogue
from tests.app import Tenant
from tests.companies.api import put_company


async def settings_version(database: Database, tenant: Tenant) -> int:
    async with database.read() as session:
        return await session.scalar(
            select(MerchantRow.settings_version).where(MerchantRow.id == tenant.merchant_id)
        ) or 0  # fmt: skip


@pytest.fixture
async def catalogue(database: Database, tenant: Tenant, clock: FixedClock) -> int:
    """The merchant has the ready-made terms."""
    async with database.transaction() as session:
        return await install_catalogue(Work(session=session, caller=tenant.caller(), now=clock.now()))


async def put_terms(client: httpx.AsyncClient, code: str, **body: Any) -> dict[str, Any]:
    answer = await client.put(f"/v1/terms/{code}", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


class TestInstallCatalogue:
    async def test_gives_a_new_merchant_all_ready_made_terms(self, client: httpx.AsyncClient, catalogue: int):
        assert catalogue == len(READY_MADE_TERMS)
        listed = (await client.get("/v1/terms")).json()
        assert [terms["code"] for terms in listed["items"]] == sorted(READY_MADE_TERMS)
        assert listed["next_cursor"] is None

    async def test_again_changes_nothing_and_takes_no_code_away(
        self, client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: FixedClock
    ):
        await put_terms(client, "net_30", net_days=28, label="Our own")
        async with database.transaction() as session:
            work = Work(session=session, caller=tenant.caller(), now=clock.now())
            assert await install_catalogue(work) == len(READY_MADE_TERMS) - 1
            assert await install_catalogue(work) == 0
        assert (await client.get("/v1/terms/net_30")).json()["label"] == "Our own"


class TestPutTerms:
    async def test_keeps_the_definition_and_describes_it(self, client: httpx.AsyncClient):
        terms = await put_terms(client, "net_45_eom", net_days=45, end_of_month="days_then_end_of_month")
        assert terms["label"] == "45 days, then end of month"
        assert terms["is_active"] is True
        assert terms["definition"] == {
            "net_days": 45, "months": 0, "end_of_month": "days_then_end_of_month", "fixed_day": None,
            "billing_period": "none", "business_day_adjustment": "none", "discount_days": None, "discount_bp": None,
        }  # fmt: skip
        assert (await client.get("/v1/terms/net_45_eom")).json() == terms

    async def test_shows_worked_examples_of_this_year(self, client: httpx.AsyncClient):
        terms = await put_terms(client, "net_30", net_days=30)
        january = next(example for example in terms["examples"] if example["kind"] == "january_31")
        assert (january["base_on"], january["due_on"]) == ("2026-01-31", "2026-03-02")
        assert [step["code"] for step in january["steps"]] == ["base_date", "days_added"]

    async def test_warns_with_the_article_of_the_merchants_country(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient
    ):
        unagreed = await put_terms(client, "net_61", net_days=61)
        (warning,) = unagreed["warnings"]
        assert (warning["limit_days"], warning["days"]) == (30, 61)
        assert warning["article"] == "Code de commerce, art. L441-10, I"
        assert warning["article"] in warning["message"]
        await integrator.patch("/v1/merchant", json={"settings": {"terms_agreed_in_contract": True}})
        agreed = (await client.get("/v1/terms/net_61")).json()
        assert agreed["warnings"][0]["limit_days"] == 60
        assert (await put_terms(client, "net_60", net_days=60))["warnings"] == []

    async def test_without_a_known_law_it_says_that_none_was_checked(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient
    ):
        await integrator.patch("/v1/merchant", json={"country": "JP"})
        terms = await put_terms(client, "net_180", net_days=180)
        assert (terms["warnings"], terms["laws_checked"]) == ([], [])

    async def test_replaces_the_whole_definition(self, client: httpx.AsyncClient):
        await put_terms(client, "net_30", net_days=30, fixed_day=10, label="Ten")
        replaced = await put_terms(client, "net_30", net_days=30)
        assert (replaced["definition"]["fixed_day"], replaced["label"]) == (None, "30 days")

    async def test_tells_processes_to_read_settings_again_only_when_something_changed(
        self, client: httpx.AsyncClient, database: Database, tenant: Tenant
    ):
        before = await settings_version(database, tenant)
        first = await put_terms(client, "net_30", net_days=30)
        assert await settings_version(database, tenant) == before + 1
        assert await put_terms(client, "net_30", net_days=30) == first
        assert await settings_version(database, tenant) == before + 1

    async def test_the_log_keeps_both_definitions_and_the_reason(self, client: httpx.AsyncClient):
        await put_terms(client, "net_30", net_days=30)
        await put_terms(client, "net_30", net_days=28, reason="Law of 2026")
        changes = (await client.get("/v1/changes", params={"subject_kind": "payment_terms"})).json()["items"]
        assert [change["field"] for change in changes] == ["net_30", "net_30"]
        assert changes[0]["before"]["definition"]["net_days"] == 30
        assert changes[0]["after"]["definition"]["net_days"] == 28
        assert changes[0]["reason"] == "Law of 2026"

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"net_days": 366}, "request_invalid"),
            ({"net_days": "30"}, "request_invalid"),
            ({"net_days": True}, "request_invalid"),
            ({"end_of_month": "maybe"}, "request_invalid"),
            ({"fixed_day": 0}, "request_invalid"),
            ({"discount_bp": 200}, "terms_invalid"),
            ({"discount_days": 10}, "terms_invalid"),
            ({"interest": 5}, "request_invalid"),
        ],
    )
    async def test_refuses_what_is_no_terms(self, client: httpx.AsyncClient, body: dict[str, Any], code: str):
        answer = await client.put("/v1/terms/net_30", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert (await client.get("/v1/terms/net_30")).status_code == 404

    @pytest.mark.parametrize("code", ["Net30", "30_days", "net-30", "n" * 65])
    async def test_refuses_what_is_no_code(self, client: httpx.AsyncClient, code: str):
        assert (await client.put(f"/v1/terms/{code}", json={"net_days": 30})).status_code == 422

    async def test_at_most_two_hundred(self, client: httpx.AsyncClient):
        for number in range(200):
            await put_terms(client, f"days_{number}", net_days=number)
        answer = await client.put("/v1/terms/one_more", json={"net_days": 30})
        assert (answer.status_code, answer.json()["code"]) == (409, "terms_too_many")
        assert (await put_terms(client, "days_7", net_days=8))["definition"]["net_days"] == 8

    async def test_is_the_merchants_own(self, client: httpx.AsyncClient, stranger: httpx.AsyncClient):
        await put_terms(client, "net_30", net_days=30)
        for answer in (await stranger.get("/v1/terms/net_30"), await stranger.delete("/v1/terms/net_30")):
            assert (answer.status_code, answer.json()["code"]) == (404, "terms_not_found")
        assert (await stranger.get("/v1/terms")).json()["items"] == []


class TestRemoveTerms:
    async def test_terms_that_nobody_names_are_gone(
        self, client: httpx.AsyncClient, database: Database, tenant: Tenant
    ):
        await put_terms(client, "net_12", net_days=12)
        before = await settings_version(database, tenant)
        answer = await client.delete("/v1/terms/net_12")
        assert (answer.status_code, answer.content) == (204, b"")
        assert await settings_version(database, tenant) == before + 1
        assert (await client.get("/v1/terms/net_12")).status_code == 404
        assert (await client.delete("/v1/terms/net_12")).status_code == 404

    @pytest.mark.parametrize("where", ["company", "company_list", "group", "group_list", "shop", "merchant_list"])
    async def test_terms_that_somebody_names_are_switched_off(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient, where: str
    ):
        await put_terms(client, "net_12", net_days=12)
        match where:
            case "company":
                await put_company(client, "C-1", default_terms="net_12")
            case "company_list":
                await put_company(client, "C-1", allowed_terms=["net_30", "net_12"])
            case "group":
                await client.put("/v1/groups/a", json={"name": "A", "default_terms": "net_12"})
            case "group_list":
                await client.put("/v1/groups/a", json={"name": "A", "allowed_terms": ["net_12"]})
            case "shop":
                await client.patch("/v1/shops/main", json={"settings": {"default_terms": "net_12"}})
            case _:
                await integrator.patch("/v1/merchant", json={"settings": {"allowed_terms": ["net_12"]}})
        answer = await client.delete("/v1/terms/net_12")
        assert (answer.status_code, answer.json()["is_active"]) == (200, False)
        again = await client.delete("/v1/terms/net_12")
        assert again.json() == answer.json()

    async def test_the_products_own_default_is_in_use_until_another_is_chosen(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient
    ):
        await put_terms(client, "net_30", net_days=30)
        assert (await client.delete("/v1/terms/net_30")).status_code == 200
        await integrator.patch("/v1/merchant", json={"settings": {"default_terms": "net_45"}})
        assert (await client.delete("/v1/terms/net_30")).status_code == 204

    async def test_another_merchants_companies_do_not_count(
        self, client: httpx.AsyncClient, stranger: httpx.AsyncClient
    ):
        await put_terms(client, "net_12", net_days=12)
        await put_company(stranger, "C-1", default_terms="net_12")
        assert (await client.delete("/v1/terms/net_12")).status_code == 204


class TestPreviewTerms:
    async def test_shows_due_dates_of_the_days_asked_for_and_keeps_nothing(self, client: httpx.AsyncClient):
        body = {"months": 1, "end_of_month": "end_of_month_then_days", "base_dates": ["2026-01-31", "2028-02-29"]}
        answer = await client.post("/v1/terms/preview", json=body)
        assert answer.status_code == 200
        assert [(due["base_on"], due["due_on"]) for due in answer.json()["due_dates"]] == [
            ("2026-01-31", "2026-02-28"),
            ("2028-02-29", "2028-03-31"),
        ]
        assert answer.json()["examples"]
        assert (await client.get("/v1/terms")).json()["items"] == []

    async def test_moves_to_business_days_of_the_merchants_country(self, client: httpx.AsyncClient):
        body = {"net_days": 13, "business_day_adjustment": "following", "base_dates": ["2026-07-01"]}
        (due,) = (await client.post("/v1/terms/preview", json=body)).json()["due_dates"]
        assert due["due_on"] == "2026-07-15"
        assert due["steps"][-1] == {"code": "business_day", "on": "2026-07-15"}

    async def test_looks_at_the_law_of_another_country_when_asked(self, client: httpx.AsyncClient):
        answer = await client.post("/v1/terms/preview", json={"net_days": 90, "country": "ES"})
        assert {warning["country"] for warning in answer.json()["warnings"]} == {"ES"}

    async def test_tells_a_periodic_invoice_from_a_list_of_invoices(self, client: httpx.AsyncClient):
        async def warned(**how: bool) -> list[str]:
            body = {"net_days": 60, "billing_period": "monthly", "terms_agreed_in_contract": True, **how}
            answer = await client.post("/v1/terms/preview", json=body)
            return [warning["code"] for warning in answer.json()["warnings"]]

        assert await warned() == ["summary_invoice_over_maximum"]
        assert await warned(is_consolidated=False) == ["over_maximum_period"]

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"net_days": -1}, "request_invalid"),
            ({"discount_bp": 200}, "terms_invalid"),
            ({"base_dates": ["1899-12-31"]}, "base_date_out_of_range"),
            ({"base_dates": ["9999-12-31"]}, "base_date_out_of_range"),
            ({"base_dates": ["2026-02-30"]}, "request_invalid"),
        ],
    )
    async def test_refuses_what_cannot_be_counted(self, client: httpx.AsyncClient, body: dict[str, Any], code: str):
        answer = await client.post("/v1/terms/preview", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.usefixtures("catalogue")
class TestCompanyTerms:
    async def test_without_any_word_the_products_default_holds(self, client: httpx.AsyncClient):
        await put_company(client, "C-1")
        assert (await client.get("/v1/companies/C-1/terms")).json() == {
            "allowed": ["net_30"],
            "default": "net_30",
            "allowed_by": "merchant",
            "default_by": "merchant",
            "dropped": [],
            "labels": {"net_30": "30 days"},
        }

    async def test_narrower_beats_wider(self, client: httpx.AsyncClient, integrator: httpx.AsyncClient):
        async def allowed() -> tuple[list[str], str]:
            found = (await client.get("/v1/companies/C-1/terms")).json()
            return found["allowed"], found["allowed_by"]

        await put_company(client, "C-1", groups=["undefined", "b", "a"])
        await integrator.patch("/v1/merchant", json={"settings": {"allowed_terms": ["net_7", "net_30"]}})
        assert await allowed() == (["net_7", "net_30"], "merchant")
        await client.patch("/v1/shops/main", json={"settings": {"allowed_terms": ["net_14", "net_30"]}})
        assert await allowed() == (["net_14", "net_30"], "shop")
        await client.put("/v1/groups/a", json={"name": "A", "allowed_terms": ["net_45"]})
        await client.put("/v1/groups/b", json={"name": "B", "allowed_terms": ["net_60"]})
        assert await allowed() == (["net_60", "net_45"], "group")
        await put_company(client, "C-1", allowed_terms=["net_7"])
        assert await allowed() == (["net_7"], "company")

    async def test_codes_that_offer_nothing_are_reported(self, client: httpx.AsyncClient):
        await put_company(client, "C-1", default_terms="net_60", allowed_terms=["net_60", "nowhere", "net_30"])
        assert (await client.delete("/v1/terms/net_60")).json()["is_active"] is False
        found = (await client.get("/v1/companies/C-1/terms")).json()
        assert (found["allowed"], found["default"]) == (["net_30"], None)
        assert found["dropped"] == [
            {"code": "net_60", "reason": "inactive"}, {"code": "nowhere", "reason": "unknown"},
        ]  # fmt: skip

    async def test_an_integrator_names_the_shop_or_gets_what_holds_in_all(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient
    ):
        company = await put_company(client, "C-1")
        await client.patch("/v1/shops/main", json={"settings": {"default_terms": "net_45"}})
        path = f"/v1/companies/{company['id']}/terms"
        assert (await integrator.get(path)).json()["default"] == "net_30"
        assert (await integrator.get(path, params={"shop": "main"})).json()["default"] == "net_45"
        assert (await integrator.get(path, params={"shop": "nowhere"})).status_code == 404

    async def test_another_merchants_company_is_not_found(self, client: httpx.AsyncClient, stranger: httpx.AsyncClient):
        company = await put_company(client, "C-1")
        assert (await stranger.get(f"/v1/companies/{company['id']}/terms")).status_code == 404
