"""Upserting companies over the API: one debtor, whoever reports it."""

from __future__ import annotations

import httpx
import pytest

from service.infra.database import Database
from tests.app import Tenant
from tests.companies.api import MOULIN, OTHER_VAT_NUMBER, SIREN, VAT_NUMBER, announced, get_company, put_company


class TestUpsertCompany:
    async def test_creates_a_company_and_shows_all_that_was_said(self, client: httpx.AsyncClient):
        company = await put_company(
            client,
            "C-1",
            registration_number="303 265 045",
            vat_number="fr 40 303 265 045",
            invoice_email="invoices@moulin.example",
            groups=["wholesale", "3", "wholesale"],
            addresses=[{"kind": "billing", "line1": "1 rue du Pont", "country": "FR", "phone": "+33 1"}],
            facts={"completed_orders": {"value": 3, "source": "shop", "as_of": "2026-03-01T10:00:00+01:00"}},
            default_terms="net_30",
            allowed_terms=["net_30", "net_60"],
        )
        assert company["outcome"] == "created"
        assert company["matched_by"] is None
        assert company["version"] == 1
        assert company["refs"] == [{"ref": "C-1", "shop": "main"}]
        assert company["registration_number"] == SIREN
        assert company["vat"] == {
            "number": VAT_NUMBER,
            "status": "unknown",
            "reason": "not_yet_checked",
            "source": "offline",
            "checked_at": "2026-03-02T09:00:00.000000Z",
            "next_check_at": "2026-03-02T09:00:00.000000Z",
            "consultation_number": None,
        }
        assert company["groups"] == ["wholesale", "3"]
        assert company["addresses"][0]["phone"] == "+33 1"
        assert company["facts"] == {
            "completed_orders": {
                "value": 3, "source": "shop", "as_of": "2026-03-01T09:00:00.000000Z", "currency": None,
            }
        }  # fmt: skip
        assert company["allowed_terms"] == ["net_30", "net_60"]
        shown = await get_company(client, "C-1")
        assert shown == {name: value for name, value in company.items() if name not in {"outcome", "matched_by"}}

    async def test_the_same_report_again_changes_nothing_and_tells_nobody(
        self, client: httpx.AsyncClient, database: Database
    ):
        first = await put_company(client, "C-1", vat_number=VAT_NUMBER, groups=["a"])
        again = await put_company(client, "C-1", vat_number="FR 40 303 265 045", groups=["a"])
        assert (again["outcome"], again["matched_by"], again["version"]) == ("unchanged", "ref", 1)
        assert len(await announced(database, first["id"])) == 1

    async def test_a_change_makes_a_new_version_and_is_announced_without_personal_data(
        self, client: httpx.AsyncClient, database: Database
    ):
        company = await put_company(client, "C-1")
        changed = await put_company(client, "C-1", legal_name="Moulin Bleu SAS", invoice_email="a@moulin.example")
        assert (changed["outcome"], changed["version"]) == ("updated", 2)
        event, payload = (await announced(database, company["id"]))[-1]
        assert event == "company.updated"
        assert payload == {
            "company_id": company["id"],
            "refs": [{"ref": "C-1", "shop": "main"}],
            "version": 2,
            "changed": ["legal_name", "invoice_email"],
        }

    async def test_what_is_left_out_stays_and_null_removes(self, client: httpx.AsyncClient):
        await put_company(
            client, "C-1", registration_number=SIREN, invoice_email="a@b.example", allowed_terms=["net_30"]
        )
        kept = await put_company(client, "C-1")
        assert kept["registration_number"] == SIREN
        assert kept["invoice_email"] == "a@b.example"
        assert kept["allowed_terms"] == ["net_30"]
        removed = await put_company(client, "C-1", registration_number=None, invoice_email=None, allowed_terms=None)
        assert removed["registration_number"] is None
        assert removed["invoice_email"] is None
        assert removed["allowed_terms"] is None

    async def test_a_reference_belongs_to_its_shop_and_to_no_other_scope(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient
    ):
        shops = await put_company(client, "42")
        assert (await integrator.get("/v1/companies/42")).status_code == 404
        merchants_own = await put_company(integrator, "42", legal_name="Another one")
        assert merchants_own["id"] != shops["id"]
        assert merchants_own["refs"] == [{"ref": "42", "shop": None}]
        through_shop = await integrator.get("/v1/companies/42", params={"shop": "main"})
        assert through_shop.json()["id"] == shops["id"]

    async def test_an_integrator_may_write_a_shops_reference(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient
    ):
        answer = await integrator.put("/v1/companies/42", json=MOULIN, params={"shop": "main"})
        assert answer.json()["refs"] == [{"ref": "42", "shop": "main"}]
        assert (await get_company(client, "42"))["id"] == answer.json()["id"]

    async def test_an_unknown_shop_is_not_found(self, integrator: httpx.AsyncClient):
        answer = await integrator.put("/v1/companies/42", json=MOULIN, params={"shop": "nowhere"})
        assert answer.status_code == 404

    async def test_can_be_addressed_by_id_in_both_spellings(self, client: httpx.AsyncClient):
        company = await put_company(client, "C-1")
        for reference in (company["id"], f"id:{company['id']}"):
            assert (await get_company(client, reference))["id"] == company["id"]
            changed = await put_company(client, reference, legal_name=f"Moulin {reference}"[:40])
            assert (changed["id"], changed["matched_by"]) == (company["id"], "id")
        assert (await get_company(client, "C-1"))["refs"] == [{"ref": "C-1", "shop": "main"}]

    @pytest.mark.parametrize("reference", ["id:0192f0c1-0000-7000-8000-000000000000", "id:nothing"])
    async def test_an_id_never_creates(self, client: httpx.AsyncClient, reference: str):
        answer = await client.put(f"/v1/companies/{reference}", json=MOULIN)
        assert answer.status_code == 404
        assert answer.json()["code"] == "company_not_found"

    async def test_a_shops_own_word_comes_before_an_id(self, client: httpx.AsyncClient):
        company = await put_company(client, "C-1")
        odd = await put_company(client, "0192f0c1-0000-7000-8000-000000000000", legal_name="Odd reference")
        assert odd["id"] != company["id"]
        assert (await get_company(client, "0192f0c1-0000-7000-8000-000000000000"))["id"] == odd["id"]

    async def test_another_merchant_sees_nothing_and_shares_no_numbers(
        self, client: httpx.AsyncClient, stranger: httpx.AsyncClient
    ):
        ours = await put_company(client, "C-1", vat_number=VAT_NUMBER)
        for reference in ("C-1", ours["id"], f"id:{ours['id']}"):
            assert (await stranger.get(f"/v1/companies/{reference}")).status_code == 404
        theirs = await put_company(stranger, "C-1", vat_number=VAT_NUMBER)
        assert theirs["id"] != ours["id"]
        assert theirs["outcome"] == "created"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"legal_name": ""},
            {"legal_name": "a\x00b"},
            {"legal_name": "x" * 301},
            {"country": "fr"},
            {"language": "french"},
            {"invoice_email": "no address"},
            {"groups": ["a b"]},
            {"groups": [f"g{n}" for n in range(51)]},
            {"default_terms": "Net 30"},
            {"nickname": "Moulin"},
            {"facts": {"Completed Orders": None}},
            {"facts": {"ratio": {"value": 0.5, "source": "shop", "as_of": "2026-03-01T00:00:00Z"}}},
            {"facts": {"huge": {"value": 10**16, "source": "shop", "as_of": "2026-03-01T00:00:00Z"}}},
            {"facts": {"when": {"value": 1, "source": "shop", "as_of": "2026-03-01"}}},
            {"facts": {"when": {"value": 1, "source": "shop", "as_of": "0001-01-01T00:00:00+14:00"}}},
            {"buyers": [{"ref": "1", "name": "A"}, {"ref": "1", "name": "B"}]},
        ],
    )
    async def test_refuses_what_it_cannot_keep(self, client: httpx.AsyncClient, wrong: dict[str, object]):
        answer = await client.put("/v1/companies/C-1", json={**MOULIN, **wrong})
        assert answer.status_code == 422, answer.text
        assert (await client.get("/v1/companies/C-1")).status_code == 404

    @pytest.mark.parametrize("reference", ["a b", "-a", "a%00b", "x" * 129])
    async def test_refuses_what_cannot_be_a_reference(self, client: httpx.AsyncClient, reference: str):
        assert (await client.put(f"/v1/companies/{reference}", json=MOULIN)).status_code == 422

    async def test_a_repeat_with_the_same_key_answers_the_same_and_with_another_body_is_refused(
        self, client: httpx.AsyncClient
    ):
        headers = {"Idempotency-Key": "once"}
        first = await client.put("/v1/companies/C-1", json=MOULIN, headers=headers)
        again = await client.put("/v1/companies/C-1", json=MOULIN, headers=headers)
        assert again.json() == first.json()
        assert again.headers["Idempotency-Hit"] == "true"
        other = await client.put("/v1/companies/C-1", json={**MOULIN, "language": "en"}, headers=headers)
        assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")

    async def test_needs_the_scope(self, integrator: httpx.AsyncClient, client: httpx.AsyncClient):
        made = await integrator.post("/v1/keys", json={"name": "reader", "scopes": ["companies:read"]})
        reader = {"Authorization": f"Bearer {made.json()['secret']}"}
        answer = await client.put("/v1/companies/C-1", json=MOULIN, headers=reader)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


class TestOneDebtor:
    @pytest.mark.parametrize(
        ("first", "second", "matched_by"),
        [
            ({"vat_number": VAT_NUMBER}, {"vat_number": "40 303 265 045"}, "vat_number"),
            ({"registration_number": SIREN}, {"registration_number": "303-265-045"}, "registration_number"),
            ({"registration_number": SIREN}, {"registration_number": "303 265 045 00011"}, "registration_number"),
            ({"vat_number": VAT_NUMBER}, {"registration_number": SIREN}, "registration_number"),
            ({"registration_number": SIREN}, {"vat_number": VAT_NUMBER}, "vat_number"),
            (
                {"registration_number": "HRB 123", "country": "DE"},
                {"registration_number": "hrb123", "country": "DE"},
                "registration_number",
            ),
        ],
    )
    async def test_two_customers_with_the_same_number_are_one_company(
        self, client: httpx.AsyncClient, first: dict[str, str], second: dict[str, str], matched_by: str
    ):
        company = await put_company(client, "C-1", **first)
        alias = await put_company(client, "C-2", **second)
        assert (alias["id"], alias["matched_by"], alias["outcome"]) == (company["id"], matched_by, "updated")
        assert [ref["ref"] for ref in alias["refs"]] == ["C-1", "C-2"]

    async def test_an_alias_is_announced_and_found_by_its_own_reference_from_then_on(
        self, client: httpx.AsyncClient, database: Database
    ):
        company = await put_company(client, "C-1", vat_number=VAT_NUMBER)
        await put_company(client, "C-2", vat_number=VAT_NUMBER)
        _, payload = (await announced(database, company["id"]))[-1]
        assert payload["changed"] == ["refs"]
        again = await put_company(client, "C-2")
        assert (again["id"], again["matched_by"], again["outcome"]) == (company["id"], "ref", "unchanged")

    async def test_the_same_registration_number_in_another_country_is_another_company(self, client: httpx.AsyncClient):
        german = await put_company(client, "C-1", country="DE", registration_number="123456")
        austrian = await put_company(client, "C-2", country="AT", registration_number="123456")
        assert german["id"] != austrian["id"]

    @pytest.mark.parametrize("number", ["FR41303265045", "n/a", "12345678901"])
    async def test_a_number_that_cannot_exist_identifies_nobody(self, client: httpx.AsyncClient, number: str):
        first = await put_company(client, "C-1", vat_number=number)
        second = await put_company(client, "C-2", vat_number=number)
        assert first["vat"]["status"] == "invalid"
        assert first["vat"]["next_check_at"] is None
        assert first["id"] != second["id"]

    async def test_a_shop_and_the_merchants_own_system_meet_in_one_debtor(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient
    ):
        company = await put_company(client, "C-1", vat_number=VAT_NUMBER)
        erp = await put_company(integrator, "ERP-7", vat_number=VAT_NUMBER)
        assert erp["id"] == company["id"]
        assert erp["refs"] == [{"ref": "C-1", "shop": "main"}, {"ref": "ERP-7", "shop": None}]


class TestCompanyConflict:
    async def test_a_reference_does_not_move_to_the_debtor_its_new_number_belongs_to(self, client: httpx.AsyncClient):
        first = await put_company(client, "C-1", vat_number=VAT_NUMBER)
        second = await put_company(client, "C-2")
        answer = await client.put("/v1/companies/C-2", json={**MOULIN, "vat_number": VAT_NUMBER})
        assert (answer.status_code, answer.json()["code"]) == (409, "company_conflict")
        assert answer.json()["company_id"] == first["id"]
        assert answer.json()["matched_by"] == "vat_number"
        assert "link" in answer.json()["detail"]
        unchanged = await get_company(client, "C-2")
        assert (unchanged["id"], unchanged["vat"]["status"], unchanged["version"]) == (second["id"], "absent", 1)

    async def test_two_numbers_of_two_debtors_are_refused(self, client: httpx.AsyncClient):
        await put_company(client, "C-1", vat_number=OTHER_VAT_NUMBER)
        await put_company(client, "C-2", registration_number=SIREN)
        body = {**MOULIN, "vat_number": OTHER_VAT_NUMBER, "registration_number": SIREN}
        answer = await client.put("/v1/companies/C-3", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "company_conflict")
        assert (await client.get("/v1/companies/C-3")).status_code == 404

    async def test_companies_of_one_vat_group_are_not_taken_for_one_another(self, client: httpx.AsyncClient):
        await put_company(client, "C-1", country="DE", vat_number=OTHER_VAT_NUMBER, registration_number="HRB 1")
        body = {**MOULIN, "country": "DE", "vat_number": OTHER_VAT_NUMBER, "registration_number": "HRB 2"}
        answer = await client.put("/v1/companies/C-2", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "company_conflict")

    async def test_a_number_may_be_corrected_through_the_companys_own_reference(self, client: httpx.AsyncClient):
        await put_company(client, "C-1", vat_number=VAT_NUMBER)
        corrected = await put_company(client, "C-1", vat_number=OTHER_VAT_NUMBER)
        assert corrected["vat"]["number"] == OTHER_VAT_NUMBER
        free_again = await put_company(client, "C-2", vat_number=VAT_NUMBER)
        assert free_again["outcome"] == "created"

    async def test_another_country_does_not_turn_a_kept_number_into_somebody_elses(self, client: httpx.AsyncClient):
        await put_company(client, "C-1", country="AT", registration_number="12345")
        kept = await put_company(client, "C-2", country="DE", registration_number="12345", vat_number=OTHER_VAT_NUMBER)
        body = {**MOULIN, "country": "AT", "vat_number": OTHER_VAT_NUMBER}
        for reference in ("C-2", "C-3"):
            answer = await client.put(f"/v1/companies/{reference}", json=body)
            assert (answer.status_code, answer.json()["code"]) == (409, "company_conflict")
        assert (await get_company(client, "C-2")) == {
            name: value for name, value in kept.items() if name not in {"outcome", "matched_by"}
        }

    async def test_addressing_by_id_does_not_get_around_it(self, client: httpx.AsyncClient):
        await put_company(client, "C-1", vat_number=VAT_NUMBER)
        second = await put_company(client, "C-2")
        answer = await client.put(f"/v1/companies/id:{second['id']}", json={**MOULIN, "vat_number": VAT_NUMBER})
        assert (answer.status_code, answer.json()["code"]) == (409, "company_conflict")


class TestLinkReference:
    async def test_moves_a_reference_on_purpose_and_tells_both_companies(
        self, client: httpx.AsyncClient, database: Database
    ):
        first = await put_company(client, "C-1", vat_number=VAT_NUMBER)
        second = await put_company(client, "C-2")
        answer = await client.post("/v1/companies/C-2/link", json={"to": "C-1", "reason": "One company"})
        assert answer.status_code == 200
        assert answer.json()["id"] == first["id"]
        assert [ref["ref"] for ref in answer.json()["refs"]] == ["C-1", "C-2"]
        assert (await get_company(client, second["id"]))["refs"] == []
        for company in (first, second):
            assert (await announced(database, company["id"]))[-1][1]["changed"] == ["refs"]
        now_fits = await put_company(client, "C-2", vat_number=VAT_NUMBER)
        assert now_fits["id"] == first["id"]

    async def test_gives_a_company_a_new_name_from_another_system(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient
    ):
        company = await put_company(client, "C-1")
        body = {"to": f"id:{company['id']}", "reason": "Customer number of the ERP"}
        answer = await integrator.post("/v1/companies/ERP-7/link", json=body)
        assert answer.json()["id"] == company["id"]
        assert (await get_company(integrator, "ERP-7"))["id"] == company["id"]

    async def test_twice_is_once(self, client: httpx.AsyncClient):
        await put_company(client, "C-1")
        body = {"to": "C-1", "reason": "Again"}
        first = await client.post("/v1/companies/C-2/link", json=body)
        again = await client.post("/v1/companies/C-2/link", json=body)
        assert again.json()["version"] == first.json()["version"]

    async def test_the_reason_is_kept(self, client: httpx.AsyncClient):
        company = await put_company(client, "C-1")
        await client.post("/v1/companies/C-2/link", json={"to": "C-1", "reason": "One company"})
        changes = await client.get("/v1/changes", params={"subject_kind": "company", "subject_id": company["id"]})
        (change,) = changes.json()["items"]
        assert (change["field"], change["reason"]) == ("refs", "One company")
        assert change["after"] == {"ref": "C-2", "company_id": company["id"]}

    async def test_refuses_an_unknown_target_and_a_reserved_name(self, client: httpx.AsyncClient):
        company = await put_company(client, "C-1")
        unknown = await client.post("/v1/companies/C-2/link", json={"to": "C-9", "reason": "x"})
        assert unknown.status_code == 404
        reserved = await client.post(f"/v1/companies/id:{company['id']}/link", json={"to": "C-1", "reason": "x"})
        assert (reserved.status_code, reserved.json()["code"]) == (422, "reference_reserved")

    async def test_another_merchants_company_cannot_be_linked(
        self, client: httpx.AsyncClient, stranger: httpx.AsyncClient
    ):
        company = await put_company(client, "C-1")
        answer = await stranger.post("/v1/companies/X/link", json={"to": f"id:{company['id']}", "reason": "x"})
        assert answer.status_code == 404


class TestFacts:
    @staticmethod
    def fact(value: object, day: str) -> dict[str, object]:
        return {"value": value, "source": "shop", "as_of": f"{day}T00:00:00Z"}

    async def test_a_late_report_does_not_overwrite_a_newer_one(self, client: httpx.AsyncClient):
        await put_company(client, "C-1", facts={"completed_orders": self.fact(5, "2026-02-02")})
        late = await put_company(
            client,
            "C-1",
            facts={"completed_orders": self.fact(4, "2026-02-01"), "employees": self.fact(12, "2026-02-01")},
        )
        assert late["facts"]["completed_orders"]["value"] == 5
        assert late["facts"]["employees"]["value"] == 12

    async def test_null_forgets_and_a_null_value_keeps_older_reports_out(self, client: httpx.AsyncClient):
        await put_company(client, "C-1", facts={"employees": self.fact(12, "2026-02-02")})
        forgotten = await put_company(client, "C-1", facts={"employees": None})
        assert forgotten["facts"] == {}
        await put_company(client, "C-1", facts={"employees": self.fact(None, "2026-02-10")})
        late = await put_company(client, "C-1", facts={"employees": self.fact(12, "2026-02-02")})
        assert late["facts"]["employees"]["value"] is None

    @pytest.mark.parametrize("value", [True, -7, "FR", "2026-01-31", ["a", "b"]])
    async def test_keeps_the_type_of_a_value(self, client: httpx.AsyncClient, value: object):
        company = await put_company(client, "C-1", facts={"anything": self.fact(value, "2026-02-01")})
        kept = company["facts"]["anything"]["value"]
        assert kept == value
        assert type(kept) is type(value)

    async def test_an_amount_has_a_currency_and_its_precision(self, client: httpx.AsyncClient):
        amount = {**self.fact("1250.50", "2026-02-01"), "currency": "EUR"}
        company = await put_company(client, "C-1", facts={"turnover": amount})
        assert company["facts"]["turnover"]["currency"] == "EUR"
        for wrong in ({"value": 1250}, {"value": "1250.505"}, {"currency": "EUX"}, {"value": True}):
            answer = await client.put("/v1/companies/C-1", json={**MOULIN, "facts": {"turnover": {**amount, **wrong}}})
            assert (answer.status_code, answer.json()["code"]) == (422, "fact_amount_malformed")

    async def test_the_future_is_refused_beyond_a_day(self, client: httpx.AsyncClient):
        a_day_ahead = {"value": 1, "source": "shop", "as_of": "2026-03-03T09:00:00Z"}
        await put_company(client, "C-1", facts={"employees": a_day_ahead})
        later = {**a_day_ahead, "as_of": "2026-03-03T09:00:01Z"}
        answer = await client.put("/v1/companies/C-1", json={**MOULIN, "facts": {"employees": later}})
        assert (answer.status_code, answer.json()["code"]) == (422, "fact_from_the_future")

    async def test_at_most_a_hundred(self, client: httpx.AsyncClient):
        hundred = {f"fact_{number}": self.fact(number, "2026-02-01") for number in range(100)}
        await put_company(client, "C-1", facts=hundred)
        one_more = {**MOULIN, "facts": {"another": self.fact(1, "2026-02-01")}}
        answer = await client.put("/v1/companies/C-1", json=one_more)
        assert (answer.status_code, answer.json()["code"]) == (422, "facts_too_many")


class TestLogOfChanges:
    async def test_keeps_who_changed_what_identifies_the_debtor(self, client: httpx.AsyncClient, tenant: Tenant):
        company = await put_company(client, "C-1", vat_number=VAT_NUMBER)
        await put_company(client, "C-1", vat_number=OTHER_VAT_NUMBER, invoice_email="a@b.example")
        changes = await client.get("/v1/changes", params={"subject_kind": "company", "subject_id": company["id"]})
        logged = {change["field"]: (change["before"], change["after"]) for change in changes.json()["items"]}
        assert logged == {"vat_number": (VAT_NUMBER, OTHER_VAT_NUMBER)}
