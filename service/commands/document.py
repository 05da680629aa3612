"""`encours openapi` and `errors`: what the API's documents say is what the code does."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

import service
from service.commands.shell import console, error_console
from service.config import Settings
from service.core.errors import ServiceError
from service.main import create_app
from service.openapi import render_openapi

__all__ = ["register", "render_errors"]

Output = Annotated[Path | None, typer.Option(help="File to write or check; standard output otherwise.")]
Check = Annotated[bool, typer.Option("--check", help="Write nothing; fail when the file differs.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(openapi)
    app.command()(errors)


def openapi(output: Output = None, *, check: Check = False) -> None:
    """Write the OpenAPI document, the same bytes for the same routes."""
    _deliver(render_openapi(create_app(Settings())), output=output, check=check)


def errors(output: Output = None, *, check: Check = False) -> None:
    """Write the table of all problem codes, as Markdown."""
    _deliver(render_errors(), output=output, check=check)


def _deliver(text: str, *, output: Path | None, check: bool) -> None:
    if output is None:
        console().out(text, end="")
    elif not check:
        output.write_text(text, encoding="utf-8")
    elif not output.exists() or output.read_text(encoding="utf-8") != text:
        error_console().print(f"[red]{output} differs from the code; write it anew.[/red]")
        raise typer.Exit(1)


_INTRODUCTION = """# Problems

Every error is an `application/problem+json` document (RFC 9457). `code` is stable: branch on it. `detail` is a sentence
for people and may change. `type` is `urn:encours:problem:` and the code, `request_id` helps when you report one, and
the other members are facts of the case. `request_invalid` lists each wrong field in `errors`: `in` says where (`body`,
`query`, `path`, `header`), `pointer` is a JSON pointer into it.

- **4xx** is yours to correct; repeating the same request gets the same answer.
- **409** is about the state of things: read it again, then decide.
- **429 and 503** are temporary: wait for `Retry-After`, then repeat with the same `Idempotency-Key`. After a 503 it is
  unknown whether the request took effect; repeating it with its key is safe and tells.
- **500** is our fault; repeating the request with its key is safe.

A declined order is not a problem: it is a decision with its reasons, answered with 200.

| Code | Status | Meaning | When |
|---|---|---|---|
"""


def render_errors() -> str:
    """All problem codes, from the classes themselves."""
    by_code = {error.code: error for error in _leaves(ServiceError)}
    rows = [
        f"| `{code}` | {error.status} | {error.title}. | {_first_paragraph(error)} |"
        for code, error in sorted(by_code.items())
    ]
    return _INTRODUCTION + "\n".join(rows) + "\n"


def _leaves(base: type[ServiceError]) -> Iterator[type[ServiceError]]:
    """Every error that can be raised. A domain's base is called `...Error` and never is."""
    for module in pkgutil.walk_packages(service.__path__, "service."):
        import_module(module.name)
    pending = [base]
    while pending:
        error = pending.pop()
        pending.extend(error.__subclasses__())
        if error is base or not error.__name__.endswith("Error"):
            yield error


def _first_paragraph(error: type[ServiceError]) -> str:
    text = (error.__doc__ or "").split("\n\n", maxsplit=1)[0]
    return " ".join(text.split()).replace("|", "\\|")
