"""All routes about companies, their buyers and their groups."""

from __future__ import annotations

from fastapi import APIRouter

from service.companies.routes import buyers, companies, groups

__all__ = ["router"]

router = APIRouter()
for part in (companies, buyers, groups):
    router.include_router(part.router)
