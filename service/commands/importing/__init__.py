"""`encours import`: a merchant's customers, limits and open orders from CSV, all or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from service.commands.importing.problems import ImportProblem
from service.commands.importing.writing import ImportAsked, ImportSummary, run_import
from service.commands.shell import console, error_console, find_merchant_id, in_context
from service.factory import Context

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("import")(import_files)


def import_files(
    sources: Annotated[
        list[Path], typer.Argument(help="A folder, or files; what a file holds is told by its columns.")
    ],
    *,
    merchant: Annotated[str, typer.Option("--merchant", help="Id or exact name of the merchant.")],
    shop: Annotated[str, typer.Option("--shop", help="Code of the shop whose references the files use.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do everything, say what would change, keep nothing.")
    ] = False,
    encoding: Annotated[
        str | None, typer.Option(help="Of the files; told from their bytes unless given (UTF-8, UTF-16, Windows-1252).")
    ] = None,
) -> None:
    """Take over companies, limits and open orders. Nothing is kept unless everything can be; importing again is safe."""

    async def run(context: Context) -> tuple[ImportSummary | None, list[ImportProblem]]:
        merchant_id = await find_merchant_id(context, merchant)
        with Progress(console=error_console(), transient=True) as progress:
            task = progress.add_task("importing", total=None)
            return await run_import(
                context,
                ImportAsked(sources=sources, merchant_id=merchant_id, shop=shop, dry_run=dry_run, encoding=encoding),
                report=lambda done, total: progress.update(task, completed=done, total=total),
            )

    summary, problems = in_context(run)
    for problem in sorted(problems):
        error_console().print(problem.text, markup=False, highlight=False)
    if problems or summary is None:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        error_console().print(f"[red]{count}; nothing was imported.[/red]")
        raise typer.Exit(1)
    if dry_run:
        error_console().print("[yellow]A dry run: nothing was kept.[/yellow]")
    for text in summary.sentences():
        console().print(text, highlight=False)
