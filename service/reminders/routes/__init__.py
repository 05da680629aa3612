"""Routes about reminders: policies, where documents stand, pauses, the preview and late charges."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from service.reminders.routes import charges, documents, pauses, policies, preview

__all__ = ["router"]

router: Final = APIRouter(prefix="/v1", tags=["reminders"])
for part in (policies, documents, pauses, preview, charges):
    router.include_router(part.router)
