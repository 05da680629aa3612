"""`encours audit`: prove that the books are right, or name what is wrong."""

from __future__ import annotations

from typing import Annotated

import orjson
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from service.audit.domain import AuditReport, AuditScope
from service.audit.schemas import AuditOut
from service.audit.service import audit_scope, steps_of
from service.commands.shell import console, error_console, find_merchant_id, in_context
from service.factory import Context

__all__ = ["register"]

_EXIT_FOUND: int = 1


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(audit)


def audit(
    merchant: Annotated[str | None, typer.Option(help="Id or name of one merchant; all of them otherwise.")] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print the whole report as JSON.")] = False,
) -> None:
    """Recompute the books from the journal and name every difference with its ids. Exits with 1 on any.

    Reads only, as of one instant, and may run beside the service.
    """

    async def run(context: Context) -> tuple[AuditReport, AuditOut]:
        merchant_id = None if merchant is None else await find_merchant_id(context, merchant)
        scope = AuditScope(merchant_id=merchant_id)
        with Progress(
            TextColumn("Audit"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"),
            console=error_console(), transient=True,
        ) as progress:  # fmt: skip
            task = progress.add_task("", total=len(steps_of(scope)))
            report = await audit_scope(
                context.database, scope, on_step=lambda step: progress.update(task, advance=1, description=step)
            )
        return report, AuditOut.of(report, audited_at=context.clock.now())

    report, body = in_context(run)
    if json:
        console().out(orjson.dumps(body.model_dump(mode="json")).decode())
    else:
        _print(report)
    if not report.is_clean:
        raise typer.Exit(_EXIT_FOUND)


def _print(report: AuditReport) -> None:
    looked_at = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in report.counts.items())
    console().print(f"Audited {looked_at}.")
    if report.is_clean:
        console().print(f"[green]All {len(report.results)} invariants hold.[/green]")
        return
    table = Table("invariant", "found", "what must hold")
    for result in report.results:
        if result.found:
            table.add_row(result.name, str(result.found), result.description)
    console().print(table)
    for finding in report.findings:
        console().print(str(finding), style="red", highlight=False, markup=False)
    unlisted = report.found - len(report.findings)
    if unlisted:
        console().print(f"... and {unlisted:,} more.")
