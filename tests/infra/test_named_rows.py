"""The rows that are sent as arrays of a named type are what the database takes them for, value by value."""

from __future__ import annotations

import pytest

from service.infra.database import Database
from service.mails.queue_repository import QueuedRow
from service.orders.checkout_repository import Answered, Lookup, Reserved
from service.reminders.reminder import Reminder


@pytest.mark.parametrize(
    ("type_name", "fields"),
    [
        ("checkout_asked", ("position", *Lookup._fields)),
        ("checkout_booked", (*Answered._fields, *Reserved._fields)),
        ("mail_queued", QueuedRow._fields),
        ("reminder_decided", Reminder._fields),
    ],
)
async def test_a_type_of_the_database_has_the_fields_in_the_same_order(
    database: Database, type_name: str, fields: tuple[str, ...]
) -> None:
    async with database.hot_connection() as connection:
        rows = await connection.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 ORDER BY attnum",
            type_name,
        )
    assert tuple(row["attname"] for row in rows) == fields
