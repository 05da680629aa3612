"""What a use case is given: an open transaction, who asks, and what time it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from service.core.errors import ServiceError

__all__ = ["AuthorInvalid", "Caller", "MissingScope", "Scope", "Work"]

_LONGEST_PERSON: Final = 100
# As long as the columns that keep it.
_LONGEST_AUTHOR: Final = 200


class Scope(StrEnum):
    """What a key may do. A shop's key has all but `keys:write`; an integrator's has what it was given."""

    CHECKOUT = "checkout"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    COMPANIES_READ = "companies:read"
    COMPANIES_WRITE = "companies:write"
    CREDIT_READ = "credit:read"
    CREDIT_WRITE = "credit:write"
    CREDIT_OVERRIDE = "credit:override"
    PAYMENTS_READ = "payments:read"
    PAYMENTS_WRITE = "payments:write"
    POLICY_READ = "policy:read"
    POLICY_WRITE = "policy:write"
    MAILS_READ = "mails:read"
    MAILS_WRITE = "mails:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    KEYS_WRITE = "keys:write"


class MissingScope(ServiceError):
    """The key is known but may not do this."""

    code = "scope_missing"
    status = 403
    title = "This key may not do that"


class AuthorInvalid(ServiceError):
    """The person named in `Encours-Author` cannot be kept in a history."""

    code = "author_invalid"
    status = 422
    title = "`Encours-Author` must be a name of 1 to 100 printable characters, percent-encoded UTF-8"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a key of a shop (`shop_id` set), of an integrator, or the service itself (no `key_id`)."""

    merchant_id: UUID
    shop_id: UUID | None
    name: str
    scopes: frozenset[str]
    key_id: UUID | None = None

    @property
    def scope_id(self) -> UUID:
        """Whose references and idempotency keys these are: the shop's, or the merchant's for integrators."""
        return self.shop_id or self.merchant_id

    def require(self, scope: Scope) -> None:
        """Raises MissingScope."""
        if scope not in self.scopes:
            raise MissingScope(scope=scope.value)

    def on_behalf_of(self, person: str | None) -> Caller:
        """The same key, used for this person: both are named in the histories. Raises AuthorInvalid."""
        if person is None:
            return self
        if not 1 <= len(person) <= _LONGEST_PERSON or not person.isprintable() or person.isspace():
            raise AuthorInvalid
        return replace(self, name=f"{person.strip()} ({self.name})"[:_LONGEST_AUTHOR])

    @classmethod
    def system(cls, merchant_id: UUID, name: str) -> Caller:
        """The service acting by itself: the worker, the command line."""
        return cls(merchant_id=merchant_id, shop_id=None, name=name, scopes=frozenset(Scope))


@dataclass(frozen=True, slots=True)
class Work:
    """One use case's transaction. Use cases write through `session` and never commit: the edge does."""

    session: AsyncSession
    caller: Caller
    now: datetime

    @property
    def merchant_id(self) -> UUID:
        return self.caller.merchant_id

    @property
    def author(self) -> str:
        """Who is named in the histories as having done it."""
        return self.caller.name
