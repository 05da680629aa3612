"""All routes of the portal: its pages, and the links that staff make and end."""

from __future__ import annotations

from fastapi import APIRouter

from service.portal.routes import links, pages

__all__ = ["router"]

router = APIRouter()
for part in (links, pages):
    router.include_router(part.router)
