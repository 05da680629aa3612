"""All routes about money: payments, credit notes, open items, and what a company owes."""

from __future__ import annotations

from fastapi import APIRouter

from service.payments.routes import accounts, credit_notes, open_items, paid_orders, payments

__all__ = ["router"]

router = APIRouter()
for part in (payments, credit_notes, paid_orders, open_items, accounts):
    router.include_router(part.router)
