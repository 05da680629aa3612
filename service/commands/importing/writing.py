"""Write what was read, through the same use cases as the API, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from service.commands.importing.columns import CompanyLine, Defaults, ImportLine, LimitLine, OrderLine, read_lines
from service.commands.importing.problems import ImportProblem
from service.commands.importing.tables import find_files, read_table
from service.commands.shell import AUTHOR
from service.companies.identity import UpsertOutcome
from service.companies.service import expect_many_upserts, find_company, upsert_company
from service.core.clock import day_in_zone
from service.core.errors import ServiceError
from service.credit import agreement_service
from service.factory import Context
from service.infra.work import Caller, Work
from service.merchants.domain import Shop
from service.merchants.service import resolve_shop
from service.orders.opening_service import take_over_order

__all__ = ["ImportAsked", "ImportSummary", "run_import"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopPlace:
    """The shop whose references the files use."""

    merchant_id: UUID
    shop: Shop
    defaults: Defaults

    @classmethod
    async def read(cls, context: Context, merchant_id: UUID, code: str) -> ShopPlace:
        """Raises NotFound."""
        async with context.database.read() as session:
            caller = Caller.system(merchant_id, AUTHOR)
            shop = await resolve_shop(Work(session=session, caller=caller, now=context.clock.now()), code)
        today = day_in_zone(context.clock.now(), shop.time_zone)
        return cls(
            merchant_id=merchant_id,
            shop=shop,
            defaults=Defaults(language=shop.language, currency=shop.currency, today=today),
        )


@dataclass(slots=True)
class ImportSummary:
    """How many lines of each kind did what."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def sentences(self) -> list[str]:
        texts = []
        for kind in ("companies", "limits", "open orders"):
            parts = [f"{count} {outcome}" for (of, outcome), count in sorted(self.counts.items()) if of == kind]
            if parts:
                texts.append(f"{kind}: {', '.join(parts)}")
        return texts or ["nothing to import"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportAsked:
    """What to import for whom."""

    sources: Sequence[Path]
    merchant_id: UUID
    shop: str
    dry_run: bool = False
    encoding: str | None = None


async def run_import(
    context: Context, asked: ImportAsked, *, report: Callable[[int, int], None] = lambda _done, _total: None
) -> tuple[ImportSummary | None, list[ImportProblem]]:
    """Read the files and write what they say: with any problem, or in a dry run, nothing. Raises NotFound."""
    problems: list[ImportProblem] = []
    place = await ShopPlace.read(context, asked.merchant_id, asked.shop)
    files = find_files(asked.sources, problems)
    tables = [read_table(path, encoding=asked.encoding, problems=problems) for path in files]
    lines = read_lines([table for table in tables if table is not None], place.defaults, problems=problems)
    if problems:
        return None, sorted(problems)
    return await _write_all(context, place, lines=lines, dry_run=asked.dry_run, report=report)


async def _write_all(
    context: Context,
    place: ShopPlace,
    *,
    lines: Sequence[ImportLine],
    dry_run: bool,
    report: Callable[[int, int], None],
) -> tuple[ImportSummary, list[ImportProblem]]:
    """All lines in one transaction. Each has a savepoint, so that all problems are found at once."""
    summary = ImportSummary()
    problems: list[ImportProblem] = []
    caller = Caller.system(place.merchant_id, AUTHOR)
    async with context.database.transaction() as session, session.begin_nested() as everything:
        work = Work(session=session, caller=caller, now=context.clock.now())
        await expect_many_upserts(work)
        for done, line in enumerate(lines, start=1):
            try:
                async with session.begin_nested():
                    summary.counts[await _write(work, line, place.shop)] += 1
            except ServiceError as error:
                problems.append(ImportProblem(line.file, line.number, "", f"{error.detail} ({error.code})"))
            report(done, len(lines))
        if problems or dry_run:
            await everything.rollback()
    return summary, problems


async def _write(work: Work, line: ImportLine, shop: Shop) -> tuple[str, str]:
    match line:
        case CompanyLine():
            upserted = await upsert_company(work, line.ref, report=line.company.to_report(), shop_code=shop.code)
            # A second reference of one debtor is no second company.
            is_alias = upserted.outcome is UpsertOutcome.UPDATED and str(upserted.matched_by) in {
                "vat_number",
                "registration_number",
            }
            return "companies", "joined to a known one" if is_alias else upserted.outcome.value
        case LimitLine():
            return "limits", "set" if await _set_limit(work, line, shop) else "unchanged"
        case OrderLine():
            _, is_new = await take_over_order(work, line.order, shop_code=shop.code)
            return "open orders", "taken over" if is_new else "unchanged"


async def _set_limit(work: Work, line: LimitLine, shop: Shop) -> bool:
    """False when the company has exactly this agreement: repeating an import leaves no trace in the history."""
    company = await find_company(work, line.ref, shop_code=shop.code)
    place = await agreement_service.place_of(
        work, company.id, shop_code=shop.code, currency=line.currency, needs_shop=True
    )
    for view in await agreement_service.view_credit(work, place):
        known = view.line
        if known is None or known.currency != line.currency:
            continue
        agreed = (known.own_limit, known.tolerance_minor, known.tolerance_bp, known.allow_exceed)
        if known.limit_kind is not None and agreed == (
            line.agreed.limit,
            line.agreed.tolerance_minor,
            line.agreed.tolerance_bp,
            line.agreed.allow_exceed,
        ):
            return False
    await agreement_service.change_limit(work, place, agreed=line.agreed, reason=line.reason)
    return True
