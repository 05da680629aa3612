"""Fixtures of open items: those of money."""

from __future__ import annotations

from tests.payments.conftest import books, company, shop

__all__ = ["books", "company", "shop"]
