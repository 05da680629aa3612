"""All routes about mails."""

from __future__ import annotations

from fastapi import APIRouter

from service.mails.routes import forgetting, log, mailbox, servers, templates

__all__ = ["router"]

router = APIRouter()
for part in (log, servers, templates, mailbox, forgetting):
    router.include_router(part.router)
