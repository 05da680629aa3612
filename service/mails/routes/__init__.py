"""All routes about mails."""

from __future__ import annotations

from fastapi import APIRouter

from service.mails.routes import log, servers, templates

__all__ = ["router"]

router = APIRouter()
for part in (log, servers, templates):
    router.include_router(part.router)
