"""Use cases of companies: upsert, read, buyers, groups, VAT checks, and what people decide by hand."""

from __future__ import annotations

from service.companies.service.buyers import get_buyer, list_buyers, put_buyer, revoke_buyer_credit
from service.companies.service.by_hand import anonymise, link_reference, remove_override, set_override
from service.companies.service.groups import delete_group, get_group, list_groups, put_group, read_groups
from service.companies.service.portal_links import revoke_portal_links
from service.companies.service.reading import get_company, list_companies
from service.companies.service.references import KnownCompany, find_company, lock_company
from service.companies.service.upserting import UpsertedCompany, expect_many_upserts, upsert_company
from service.companies.service.vat_checks import (
    VatQuestion,
    claim_vat_question,
    prepare_vat_question,
    record_vat_answer,
)

__all__ = [
    "KnownCompany", "UpsertedCompany", "VatQuestion", "anonymise", "claim_vat_question", "delete_group",
    "expect_many_upserts", "find_company", "get_buyer", "get_company", "get_group", "link_reference", "list_buyers", "list_companies", "list_groups",
    "lock_company", "prepare_vat_question", "put_buyer", "put_group", "read_groups", "record_vat_answer", "remove_override",
    "revoke_buyer_credit", "revoke_portal_links", "set_override", "upsert_company",
]  # fmt: skip
