"""All SQL of companies, their references, their buyers and their groups."""

from __future__ import annotations

from service.companies.repository.buyers import list_buyers, read_all_buyers, read_buyers_by_ref, save_buyers
from service.companies.repository.debtors import (
    claim_due_vat_check,
    find_by_numbers,
    find_company_id,
    insert_company,
    list_companies,
    lock_companies,
    lock_every_name,
    lock_names,
    point_ref,
    read_company,
    read_company_by_ref,
    read_refs,
    save_company,
)
from service.companies.repository.groups import (
    delete_group,
    group_has_members,
    list_groups,
    read_group,
    read_groups,
    save_group,
)
from service.companies.repository.portal import end_portal_links, read_portal_access

__all__ = [
    "claim_due_vat_check", "delete_group", "end_portal_links", "find_by_numbers", "find_company_id", "group_has_members", "insert_company",
    "list_buyers", "list_companies", "list_groups", "lock_companies", "lock_every_name", "lock_names", "point_ref",
    "read_all_buyers", "read_buyers_by_ref", "read_company", "read_company_by_ref", "read_group", "read_groups", "read_portal_access", "read_refs",
    "save_buyers", "save_company", "save_group",
]  # fmt: skip
