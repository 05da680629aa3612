"""`encours replay`: a real order history, asked of a running service as requests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from service.commands.shell import console, error_console, run_until_done_or_told_to_stop
from service.core.errors import ServiceError
from service.core.money import parse_amount
from service.infra.api_client import ApiRefused, ApiUnavailable
from service.infra.logging import configure_logging
from service.reminders.shipped import SHIPPED
from service.replay.driver import Options
from service.replay.history import HistoryUnreadable, read_history
from service.replay.invoices import read_invoices
from service.replay.lateness import built_in_lateness, read_lateness
from service.replay.runs import replay_at, replay_here, replay_invoices_here
from service.replay.server import ServerDied

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(replay)
    app.command("replay-receivables")(replay_receivables)


def replay(  # noqa: PLR0913 - one argument for each option
    file: Annotated[Path, typer.Argument(help="CSV: ordered_at, order_ref, customer_id, country, amount_<currency>.")],
    *,
    start: Annotated[bool, typer.Option("--start", help="Start a service of its own on a fresh database.")] = False,
    url: Annotated[str, typer.Option(help="The running service; not with --start.")] = "http://127.0.0.1:8600",
    key: Annotated[str, typer.Option(envvar="ENCOURS_KEY", help="A key of the shop; not with --start.")] = "",
    shop: Annotated[str | None, typer.Option(help="Code of the shop, when the key is an integrator's.")] = None,
    receivables: Annotated[
        Path | None, typer.Option(help="CSV of invoices (due_on, settled_on) to draw lateness from.")
    ] = None,
    limit: Annotated[str, typer.Option(help="Credit limit of every customer.")] = "5000.00",
    currency: Annotated[str | None, typer.Option(help="ISO 4217, where the amount's column does not name it.")] = None,
    country: Annotated[str, typer.Option(help="Country of customers whose own is no country.")] = "GB",
    time_zone: Annotated[str, typer.Option(help="Where the file's times without an offset are.")] = "Europe/London",
    concurrency: Annotated[int, typer.Option(min=1, max=256, help="Customers served side by side.")] = 16,
    seed: Annotated[int, typer.Option(help="Of the lateness that is drawn.")] = 1,
) -> None:
    """Ask, reserve, attach, ship, credit and collect as the history says; end with one line of JSON."""
    if not start and not key:
        raise typer.BadParameter("give --key, or --start to start a service of its own")
    try:
        history = read_history(file, time_zone=time_zone, currency=currency and currency.upper())
        lateness = built_in_lateness(seed) if receivables is None else read_lateness(receivables, seed=seed)
        limit_minor = parse_amount(limit, history.currency)
    except (HistoryUnreadable, ServiceError) as error:
        error_console().print(f"[red]{error}[/red]")
        raise typer.Exit(2) from None

    with _progress() as progress:
        task = progress.add_task("replaying", total=len(history.rows))
        options = Options(
            limit_minor=limit_minor,
            concurrency=concurrency,
            lateness=lateness,
            country=country.upper(),
            advance=lambda: progress.advance(task),
        )
        running = (
            replay_here(history, options)
            if start
            else replay_at(url, key=key, shop=shop, history=history, options=options)
        )
        try:
            tally = run_until_done_or_told_to_stop(running)
        except (ApiRefused, ApiUnavailable, ServerDied) as error:
            error_console().print(f"[red]{error}[/red]")
            raise typer.Exit(1) from None
    console().out(orjson.dumps(tally.to_json()).decode(), highlight=False)


def replay_receivables(
    file: Annotated[
        Path, typer.Argument(help="CSV: invoice_ref, customer_id, invoiced_on, due_on, settled_on, amount, disputed.")
    ],
    *,
    currency: Annotated[str, typer.Option(help="ISO 4217 of the amounts.")] = "EUR",
    country: Annotated[str, typer.Option(help="Where the shop is: its holidays move reminders.")] = "FR",
    time_zone: Annotated[str, typer.Option(help="Where the days of the file are.")] = "Europe/Paris",
) -> None:
    """Dun a history of invoices day by day with each policy that comes with the service; end with one line of JSON.

    A service of its own is started for it, whose clock follows the history. Exits with 1 if anything was reminded that
    should not have been.
    """
    try:
        invoices = read_invoices(file, currency=currency.upper())
    except (HistoryUnreadable, ServiceError) as error:
        error_console().print(f"[red]{error}[/red]")
        raise typer.Exit(2) from None
    # The worker runs in this process, and the last line of standard output is the result alone.
    configure_logging(level="error", log_format="console", to_errors=True)
    with _progress() as progress:
        task = progress.add_task("dunning", total=invoices.days)
        running = replay_invoices_here(
            invoices,
            policies=sorted(SHIPPED),
            time_zone=time_zone,
            country=country.upper(),
            advance=lambda: progress.advance(task),
        )
        try:
            tally = run_until_done_or_told_to_stop(running)
        except (ApiRefused, ApiUnavailable, ServerDied) as error:
            error_console().print(f"[red]{error}[/red]")
            raise typer.Exit(1) from None
    console().out(orjson.dumps(tally.to_json()).decode(), highlight=False)
    if not tally.is_right:
        raise typer.Exit(1)


def _progress() -> Progress:
    """On standard error, so that the last line of standard output is the result alone."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=error_console(),
    )
