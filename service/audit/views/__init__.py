"""All that must hold, by what it is about."""

from __future__ import annotations

from typing import Final

from service.audit.domain import View
from service.audit.views import decisions, journal, lines, money, orders

__all__ = ["VIEWS"]

VIEWS: Final[tuple[View, ...]] = (
    journal.POSTINGS,
    journal.CHAINS,
    lines.LINES,
    orders.HOLDS,
    orders.ORDERS,
    money.OPEN_ITEMS,
    money.PAYMENTS,
    money.CREDIT_NOTES,
    decisions.DECISIONS,
    decisions.HOLDS_PLACED,
    decisions.DELIVERIES,
)
