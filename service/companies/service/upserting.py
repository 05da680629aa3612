"""Upsert: what a shop reports becomes one debtor, however many of the shop's customers that debtor is (S26)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from service.companies import repository
from service.companies.domain import (
    BuyerReport,
    Company,
    CompanyReport,
    may_use_credit_after,
    revise_company,
    without_rights_unless_given,
)
from service.companies.errors import CompanyNotFound
from service.companies.identity import Debtor, LegalNumbers, MatchedBy, NumberKey, UpsertOutcome, find_debtor
from service.companies.service.buyers import report_buyers
from service.companies.service.changing import announce_change, save_changes
from service.companies.service.references import KnownCompany, find_current, know, may_be_created, scope_of
from service.core.ids import CompanyId, new_id
from service.infra.work import Work

__all__ = ["UpsertedCompany", "expect_many_upserts", "upsert_company"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsertedCompany:
    """The company after an upsert. `matched_by` is empty for a new one."""

    known: KnownCompany
    outcome: UpsertOutcome
    matched_by: MatchedBy | None


async def upsert_company(
    work: Work,
    reference: str,
    *,
    report: CompanyReport,
    buyers: Sequence[BuyerReport] = (),
    shop_code: str | None = None,
) -> UpsertedCompany:
    """Create or change the company of a reference. One whose VAT or registration number is known becomes its alias.

    Numbers are public, and shops let anybody type them. So whoever joins a known company by its number may neither use
    nor see its credit until somebody says so, and a report by people who may not use the credit changes only them.

    Raises CompanyConflict when the numbers are another debtor's than the reference's, and CompanyNotFound for an
    `id:<uuid>` that does not exist: only references create.
    """
    scope_id = await scope_of(work, shop_code)
    draft = await _draft(work, reference, scope_id=scope_id, report=report)
    if draft.current is not None and draft.current == draft.revised and not buyers:
        # What shops send most: all as known. It needs no lock, since it says nothing that could be somebody else's.
        known = await know(work, draft.current)
        return UpsertedCompany(known=known, outcome=UpsertOutcome.UNCHANGED, matched_by=draft.found_by)
    await repository.lock_names(work, _names(work, reference, scope_id=scope_id, draft=draft))
    # Looked at again: whoever held the names before may just have created the company.
    draft = await _draft(work, reference, scope_id=scope_id, report=report)
    match = await _match(work, draft)
    if match is None:
        return await _create(work, reference, scope_id=scope_id, draft=draft, buyers=buyers)
    company_id, matched_by = match
    before = (await repository.lock_companies(work, [company_id]))[company_id]
    joins = draft.current is None
    if joins:
        buyers = [without_rights_unless_given(buyer) for buyer in buyers]
    after = before
    if await _is_entitled(work, buyers, scope_id=scope_id):
        after = revise_company(before, report, company_id=before.id, now=work.now)
    also_changed = []
    if joins:
        await _require_free(work, before, after)
        await repository.point_ref(work, scope_id=scope_id, ref=reference, company_id=before.id)
        also_changed.append("refs")
    if await report_buyers(work, before.id, buyers, scope_id=scope_id):
        also_changed.append("buyers")
    known = await save_changes(work, before, after, also_changed=tuple(also_changed))
    outcome = UpsertOutcome.UNCHANGED if known.company.version == before.version else UpsertOutcome.UPDATED
    return UpsertedCompany(known=known, outcome=outcome, matched_by=matched_by)


async def _is_entitled(work: Work, buyers: Sequence[BuyerReport], *, scope_id: UUID) -> bool:
    """Whether the report comes from the shop itself, or from somebody who may use the company's credit."""
    if not buyers:
        return True
    known = await repository.read_buyers_by_ref(work, scope_id=scope_id, refs=[buyer.ref for buyer in buyers])
    return any(may_use_credit_after(known.get(buyer.ref), buyer) for buyer in buyers)


async def expect_many_upserts(work: Work) -> None:
    """Before many upserts in one transaction: the merchant's shops wait with theirs until it ends."""
    await repository.lock_every_name(work)


@dataclass(frozen=True, slots=True)
class _Draft:
    """What a report would make of the company its reference means now, if any. `revised` identifies what it is about."""

    current: Company | None
    found_by: MatchedBy
    revised: Company


async def _draft(work: Work, reference: str, *, scope_id: UUID, report: CompanyReport) -> _Draft:
    found = await find_current(work, reference, scope_id=scope_id)
    if found is None and not may_be_created(reference):
        raise CompanyNotFound
    current, found_by = found or (None, MatchedBy.REF)
    revised = revise_company(current, report, company_id=CompanyId(new_id()), now=work.now)
    return _Draft(current, found_by, revised)


def _names(work: Work, reference: str, *, scope_id: UUID, draft: _Draft) -> list[str]:
    """All that two requests about one company may have in common: the reference, its numbers before and after."""
    keys = {*_keys(draft.revised.numbers), *(_keys(draft.current.numbers) if draft.current is not None else ())}
    numbers = [f"company/{work.merchant_id}/{key.kind}/{key.country}/{key.number}" for key in keys]
    return [f"company/{work.merchant_id}/{scope_id}/{reference}", *numbers]


def _keys(numbers: LegalNumbers) -> Iterable[NumberKey]:
    return [*numbers.own_keys(), *numbers.derived_keys()]


async def _match(work: Work, draft: _Draft) -> tuple[CompanyId, MatchedBy] | None:
    numbers = draft.revised.numbers
    candidates = await repository.find_by_numbers(work, list(_keys(numbers)))
    current = draft.current
    match = find_debtor(
        None if current is None else Debtor(current.id, current.numbers),
        numbers=numbers,
        candidates=[Debtor(company.id, company.numbers) for company in candidates],
    )
    if match is None:
        return None
    debtor, matched_by = match
    return debtor.company_id, draft.found_by if current is not None else matched_by


async def _require_free(work: Work, before: Company, after: Company) -> None:
    """A report that found its company by one number may turn another into somebody else's, by naming another country."""
    if before.numbers != after.numbers:
        candidates = await repository.find_by_numbers(work, list(after.numbers.own_keys()))
        find_debtor(
            Debtor(before.id, before.numbers),
            numbers=after.numbers,
            candidates=[Debtor(company.id, company.numbers) for company in candidates],
        )


async def _create(
    work: Work, reference: str, *, scope_id: UUID, draft: _Draft, buyers: Sequence[BuyerReport]
) -> UpsertedCompany:
    company = draft.revised
    await repository.insert_company(work, company)
    await repository.point_ref(work, scope_id=scope_id, ref=reference, company_id=company.id)
    await report_buyers(work, company.id, buyers, scope_id=scope_id)
    known = await know(work, company)
    await announce_change(work, known, ("created",))
    return UpsertedCompany(known=known, outcome=UpsertOutcome.CREATED, matched_by=None)
