"""What the planner believes about the tables."""

from __future__ import annotations

from sqlalchemy import text

from service.infra.database import Database

__all__ = ["refresh_statistics"]


async def refresh_statistics(database: Database) -> None:
    """Count anew after much was written at once. PostgreSQL does so by itself after a minute or more; until then it
    takes full tables for empty ones, and joins over them may take a thousand times as long."""
    async with database.transaction() as session:
        await session.execute(text("ANALYZE"))
