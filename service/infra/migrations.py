"""The schema's version: bring a database up to date, and refuse to work on one that is behind."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path
from typing import cast

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from service.core.errors import ServiceError
from service.infra.database import Database

__all__ = ["SchemaBehind", "alembic_config", "migrate", "migrations_folder", "require_current_schema"]


class SchemaBehind(ServiceError):
    """The database lacks migrations that this version of the service needs."""

    code = "schema_behind"
    status = 503
    title = "The database schema is older than the service; run `encours migrate`"


def migrations_folder() -> Path:
    """Inside the package once installed, beside it in a work tree."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


def alembic_config(database_url: str | None = None) -> Config:
    """What Alembic's commands need to know."""
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.attributes["database_url"] = database_url
    return config


async def migrate(database_url: str) -> None:
    """Apply what is missing. Two processes may try at once: one waits for the other and then finds nothing to do."""
    # Alembic is synchronous and opens an event loop of its own, which needs a thread of its own.
    await asyncio.to_thread(command.upgrade, alembic_config(database_url), "head")


async def require_current_schema(database: Database) -> None:
    """Raise `SchemaBehind` unless every migration this version knows has been applied.

    A database that is ahead is accepted: during an upgrade the old version goes on working beside the new schema.
    """
    head, known = _shipped_revisions()
    applied = await _applied_revision(database)
    if applied == head or (applied is not None and applied not in known):
        return
    raise SchemaBehind(
        f"The database schema is at {applied or 'nothing'}, this version needs {head}. Run `encours migrate`."
    )


@cache
def _shipped_revisions() -> tuple[str | None, frozenset[str]]:
    """The last migration and all of them; they cannot change while the process runs."""
    script = ScriptDirectory.from_config(alembic_config())
    return script.get_current_head(), frozenset(revision.revision for revision in script.walk_revisions())


async def _applied_revision(database: Database) -> str | None:
    async with database.read() as session:
        if await session.scalar(text("SELECT to_regclass('alembic_version') IS NULL")):
            return None
        return cast("str | None", await session.scalar(text("SELECT version_num FROM alembic_version")))
