"""`python -m benchmarks`: load two databases, measure in shuffled rounds, print a table and one line of JSON."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path
from typing import Annotated

import psutil
import typer

from benchmarks.mails import measure_mails
from benchmarks.measure import PEER_PYTHON, Bench, Options, run_peer
from benchmarks.processes import run_floor, run_service
from benchmarks.report import print_report
from benchmarks.world import create_database, open_world
from service.commands.shell import error_console
from service.infra.embedded import embedded_postgres

_FEW: int = 1_000
_MAILS: int = 8_000


def main(
    quick: Annotated[bool, typer.Option("--quick", help="A short look: fewer companies, one round.")] = False,  # noqa: FBT002 - typer's way of a flag
    seconds: Annotated[float, typer.Option(help="How long each measurement takes.")] = 3.0,
    repeats: Annotated[int, typer.Option(help="How many rounds.")] = 5,
    companies: Annotated[int, typer.Option(help="How many the larger database has.")] = 1_000_000,
) -> None:
    """Measure the service beside what the same machine can do at all."""
    options = Options(seconds=seconds, repeats=repeats, companies=companies)
    if quick:
        options = Options(seconds=1.0, repeats=1, companies=min(companies, 20_000))
    say = error_console().print
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="encours-bench-")))
        # As root the server runs as another user, who has to get there.
        folder.chmod(0o755)
        server_url = stack.enter_context(embedded_postgres(folder / "postgres", extra_settings=_server_settings()))
        say(f"Loading {_FEW:,} and {options.companies:,} companies ...")
        few, many = (asyncio.run(open_world(server_url, companies=count)) for count in (_FEW, options.companies))
        peer_url = _open_peer(server_url)
        if peer_url is None:
            say("The peer is not installed; `make bench` installs it.")
        bench = Bench(options, floor=stack.enter_context(run_floor()), peer_url=peer_url, folder=folder)
        servers = [stack.enter_context(run_service(world.url)) for world in (few, many)]
        bench.serve((few, servers[0]), (many, servers[1]))
        bench.run_rounds(say)
        bench.run_half_load(say)
        say("Sending mails ...")
        mails = measure_mails(mails=_MAILS if not quick else _MAILS // 8, rounds=options.repeats)
        print_report(bench.measured, mails=mails, memory_mb=bench.memory_mb, companies=options.companies)


def _server_settings() -> dict[str, str]:
    """Room for the data; what makes a commit durable stays as PostgreSQL ships it."""
    shared_mb = min(1_024, psutil.virtual_memory().total // 2**20 // 8)
    return {"shared_buffers": f"{shared_mb}MB", "max_wal_size": "8GB"}


def _open_peer(server_url: str) -> str | None:
    if not PEER_PYTHON.exists():
        return None
    url = asyncio.run(create_database(server_url, name="peer"))
    run_peer("setup", url)
    return url


if __name__ == "__main__":
    typer.run(main)
