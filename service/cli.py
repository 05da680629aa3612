"""The command `encours`: one program to start, migrate, administer and prove the service."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import typer
from pydantic import ValidationError
from typer.core import TyperGroup

from service.commands.shell import error_console
from service.config import ConfigurationError
from service.core.errors import ServiceError
from service.infra.embedded import EmbeddedServerFailed

__all__ = ["app"]

# Each module has `register(app)`. A module that is not there is a command this build does not have.
_COMMANDS: Final = ("serving", "document", "tenants", "companies", "audit", "demo", "importing", "replay")
_EXIT_REFUSED: Final = 1
_EXIT_MISCONFIGURED: Final = 2


class PlainSpokenGroup(TyperGroup):
    """Says what a person can correct in one sentence, without a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except ValidationError as error:
            for problem in error.errors(include_input=False, include_url=False):
                name = "_".join(str(part) for part in problem["loc"]).upper()
                error_console().print(f"[red]ENCOURS_{name}[/red]: {problem['msg']}")
            raise typer.Exit(_EXIT_MISCONFIGURED) from None
        except (ConfigurationError, EmbeddedServerFailed) as error:
            error_console().print(f"[red]{error}[/red]")
            raise typer.Exit(_EXIT_MISCONFIGURED) from None
        except ServiceError as error:
            error_console().print(f"[red]{error.code}[/red]: {error.detail}")
            raise typer.Exit(_EXIT_REFUSED) from None


app: Final = typer.Typer(
    name="encours",
    cls=PlainSpokenGroup,
    help="Sell to businesses on terms, with books that are provably right.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback with local variables could print a secret.
    pretty_exceptions_enable=False,
)
for _name in _COMMANDS:
    if find_spec(f"service.commands.{_name}") is not None:
        import_module(f"service.commands.{_name}").register(app)


if __name__ == "__main__":
    app()
