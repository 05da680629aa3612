"""The route that proves the books right, or says what is wrong with them."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter

from service.audit.schemas import AuditOut
from service.audit.service import audit_books
from service.dependencies import Reading, reading
from service.infra.problems import problems
from service.infra.work import Scope
from service.merchants.errors import IntegratorKeyRequired

__all__ = ["router"]

router: Final = APIRouter(prefix="/v1", tags=["audit"])


@router.get("/audit", response_model=AuditOut, responses=problems(IntegratorKeyRequired))
async def audit_merchant(edge: Annotated[Reading, reading(Scope.CREDIT_READ)]) -> AuditOut:
    """Recompute the merchant's books from the journal and list every difference with its ids.

    It reads everything the merchant has, as of one instant, and stops nobody else; large books take a while. It shows
    the books of all shops, so a shop's key cannot ask for it.
    """
    if edge.caller.shop_id is not None:
        raise IntegratorKeyRequired
    report = await audit_books(edge.context.database, edge.caller.merchant_id)
    return AuditOut.of(report, audited_at=edge.context.clock.now())
