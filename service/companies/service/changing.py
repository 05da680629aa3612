"""How a company changes: one version more, written, in the log of changes, and told to whoever subscribed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from service.companies import repository
from service.companies.domain import Company, Override, changed_fields
from service.companies.service.references import KnownCompany, know
from service.infra.outbox import announce
from service.infra.work import Work
from service.merchants.domain import Change
from service.merchants.service import record_change

__all__ = ["announce_change", "save_changes"]

# What the log of changes keeps. Contact data stay out of it: what is deleted later must not live on there.
_LOGGED: Final = (
    "legal_name", "country", "registration_number", "vat_number", "vat_status", "groups", "override", "default_terms",
    "allowed_terms",
)  # fmt: skip


async def save_changes(
    work: Work,
    before: Company,
    after: Company,
    *,
    also_changed: tuple[str, ...] = (),
    reason: str | None = None,
) -> KnownCompany:
    """Write a locked company if a reader would see a difference; else it stays at its version and nobody is told.

    `also_changed` names what already changed beside the company itself: its references, its buyers.
    """
    changed = (*changed_fields(before, after), *also_changed)
    if not changed:
        return await know(work, before)
    after = replace(after, version=before.version + 1, updated_at=work.now)
    await repository.save_company(work, after)
    for name in changed:
        if name in _LOGGED:
            change = Change(
                subject_kind="company",
                subject_id=after.id,
                field=name,
                before=_logged(before, name),
                after=_logged(after, name),
                reason=reason,
            )
            await record_change(work, change)
    known = await know(work, after)
    await announce_change(work, known, changed)
    if before.vat.status is not after.vat.status:
        await _announce_vat_status(work, known, before)
    return known


async def announce_change(work: Work, known: KnownCompany, changed: tuple[str, ...]) -> None:
    """Say that a company changed and in what; whoever needs the new values reads them with their own key."""
    await announce(
        work,
        "company.updated",
        subject_id=known.company.id,
        shop_id=None,
        payload={**_named(known), "version": known.company.version, "changed": list(changed)},
    )


async def _announce_vat_status(work: Work, known: KnownCompany, before: Company) -> None:
    vat = known.company.vat
    await announce(
        work,
        "company.vat_status_changed",
        subject_id=known.company.id,
        shop_id=None,
        payload={
            **_named(known),
            "version": known.company.version,
            "vat_status": vat.status.value,
            "previous_vat_status": before.vat.status.value,
            "reason": vat.reason,
        },
    )


def _named(known: KnownCompany) -> dict[str, Any]:
    refs = [{"ref": ref.ref, "shop": ref.shop_code} for ref in known.refs]
    return {"company_id": str(known.company.id), "refs": refs}


def _logged(company: Company, name: str) -> Any:
    match name:
        case "vat_number":
            return company.vat.number
        case "vat_status":
            return company.vat.status.value
        case "override":
            return None if company.override is None else _logged_override(company.override)
        case _:
            value = getattr(company, name)
            return list(value) if isinstance(value, tuple) else value


def _logged_override(override: Override) -> dict[str, str | None]:
    return {
        "position": override.position.value,
        "reason": override.reason,
        "author": override.author,
        "until": None if override.until is None else override.until.isoformat(),
    }
