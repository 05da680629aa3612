"""What the worker does about mail servers that were set right: it stops leaving their merchants alone."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import structlog

from service.infra.database import Database
from service.infra.work import Caller, Work
from service.mails.post_office_client import PostOffice
from service.mails.server_repository import read_versions, release_waiting

__all__ = ["run_notice_servers_once"]

_log: Final = structlog.get_logger()


async def run_notice_servers_once(database: Database, office: PostOffice, now: datetime) -> bool:
    """Look whether a server that failed in this process was changed since. Always False: one look sees them all."""
    paused = office.paused(now)
    if paused:
        async with database.read() as session:
            servers = await read_versions(session, paused)
        for merchant_id in office.resume_changed(servers):
            # What was in flight when the server was changed came back after the others had been made due.
            async with database.transaction() as session:
                await release_waiting(Work(session=session, caller=Caller.system(merchant_id, "worker"), now=now))
            _log.info("mails.server_changed", merchant_id=str(merchant_id))
    return False
