"""Limits, room under a limit, and the arithmetic of a hold. Pure; amounts are minor units of the line's currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from service.core.money import apply_basis_points
from service.credit.errors import CaptureExceedsHold, HoldAlreadyResolved, ReleaseExceedsHold
from service.ledger.domain import Balances
from service.merchants.domain import LimitKind

__all__ = [
    "CreditLimit", "CreditPosition", "HeldAmount", "HoldStatus", "LimitKind", "LimitSource", "LineStatus",
    "TemporaryLimit", "effective_limit",
]  # fmt: skip


# Naming a member of an enumeration costs more than a comparison, and a checkout asks for these many times.
_NONE, _AMOUNT, _UNLIMITED = LimitKind


class LimitSource(StrEnum):
    """Which level a limit was set at. `DEFAULT` means that no level sets one, which gives no credit."""

    TEMPORARY = "temporary"
    COMPANY = "company"
    GROUP = "group"
    SHOP = "shop"
    MERCHANT = "merchant"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class CreditLimit:
    """A ceiling and where it comes from. `source_ref` names the group, shop or company for a reader of the trace."""

    kind: LimitKind
    amount_minor: int | None
    source: LimitSource
    source_ref: str | None = None

    def __post_init__(self) -> None:
        assert (self.kind is _AMOUNT) == (self.amount_minor is not None), "only an amount has an amount"
        assert self.amount_minor is None or self.amount_minor >= 0, "a limit is not negative"

    @property
    def gives_credit(self) -> bool:
        """An amount of zero is no credit either, and no tolerance turns it into some."""
        return self.kind is not _NONE and self.amount_minor != 0


@dataclass(frozen=True, slots=True)
class TemporaryLimit:
    """An amount that replaces the company's own limit before `until`, whether higher or lower."""

    amount_minor: int
    until: datetime


NO_LIMIT_SET: Final = CreditLimit(LimitKind.NONE, None, LimitSource.DEFAULT)


def effective_limit(
    company: CreditLimit | None = None,
    *,
    groups: Sequence[CreditLimit] = (),
    shop: CreditLimit | None = None,
    merchant: CreditLimit | None = None,
    temporary: TemporaryLimit | None = None,
    now: datetime,
) -> CreditLimit:
    """The limit that binds: company, else group, else shop, else merchant, else none.

    All limits are in the line's currency: the caller leaves out those in another. Several groups may set a
    limit: the lowest binds, an explicit "none" being the lowest of all (S19). At `until` the temporary limit
    is already over.
    """
    if temporary is not None and now < temporary.until:
        return CreditLimit(LimitKind.AMOUNT, temporary.amount_minor, LimitSource.TEMPORARY, temporary.until.isoformat())
    if company is not None:
        return company
    if groups:
        return min(groups, key=_height)
    return shop or merchant or NO_LIMIT_SET


def _height(limit: CreditLimit) -> tuple[int, int]:
    match limit.kind:
        case LimitKind.NONE:
            return 0, 0
        case LimitKind.AMOUNT:
            return 1, limit.amount_minor or 0
        case LimitKind.UNLIMITED:
            return 2, 0


class LineStatus(StrEnum):
    """A frozen or closed line refuses every new order; what was accepted stays owed (S13, S15)."""

    ACTIVE = "active"
    FROZEN = "frozen"
    CLOSED = "closed"


class CreditPosition(NamedTuple):
    """One credit line at one moment: what it allows and what is used of it.

    The tolerance is a silent margin above the limit: its amount and its share of the limit add up.
    `allow_exceed` lets orders pass above the limit; it gives no credit where the limit is none.
    """

    currency: str
    status: LineStatus
    limit: CreditLimit
    balances: Balances
    tolerance_minor: int = 0
    tolerance_bp: int = 0
    allow_exceed: bool = False

    @property
    def exposure_minor(self) -> int:
        return self.balances.exposure

    @property
    def ceiling_minor(self) -> int | None:
        """The limit with its tolerance; None when unlimited, 0 when the limit gives no credit."""
        limit = self.limit
        if limit.kind is _UNLIMITED:
            return None
        if not limit.amount_minor:
            return 0
        if not self.tolerance_bp:
            return limit.amount_minor + self.tolerance_minor
        return limit.amount_minor + self.tolerance_minor + apply_basis_points(limit.amount_minor, self.tolerance_bp)

    @property
    def available_minor(self) -> int | None:
        """What is left under the ceiling; negative after a limit was lowered (S13), None when unlimited."""
        ceiling = self.ceiling_minor
        return None if ceiling is None else ceiling - self.balances.exposure

    @property
    def available_credit(self) -> int | None:
        """What people are shown as left: never below zero; None when unlimited."""
        available = self.available_minor
        return None if available is None else max(0, available)

    @property
    def over_limit_minor(self) -> int:
        """Exposure above the limit itself, tolerance or not; 0 when unlimited."""
        if self.limit.kind is LimitKind.UNLIMITED:
            return 0
        return max(0, self.balances.exposure - (self.limit.amount_minor or 0))

    def fits(self, amount_minor: int) -> bool:
        """Whether the limit leaves room for this much more: exactly reaching the ceiling does, one unit over does not.

        Speaks of room only: whether the line is active is asked elsewhere.
        """
        if not self.limit.gives_credit:
            return False
        available = self.available_minor
        return available is None or amount_minor <= available


class HoldStatus(StrEnum):
    """A hold is pending while any of it is reserved. Resolved with a part captured, it counts as captured."""

    PENDING = "pending"
    CAPTURED = "captured"
    RELEASED = "released"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class HeldAmount:
    """What became of the credit reserved by one hold. Each unit of it is captured or released once, or still open."""

    amount_minor: int
    captured_minor: int = 0
    released_minor: int = 0
    status: HoldStatus = HoldStatus.PENDING

    def __post_init__(self) -> None:
        assert self.amount_minor > 0, "a hold reserves something"
        assert self.captured_minor >= 0, "a capture is not taken back from the hold"
        assert self.released_minor >= 0, "a release is not taken back"
        assert self.open_minor >= 0, "nothing resolves twice"
        assert (self.status is HoldStatus.PENDING) == (self.open_minor > 0), "a hold is pending while it reserves"

    @property
    def open_minor(self) -> int:
        """What is still reserved."""
        return self.amount_minor - self.captured_minor - self.released_minor

    def capture(self, amount_minor: int, *, release_rest: bool = False) -> HeldAmount:
        """Turn a part, or all, into debt; the rest stays reserved for the hold's other orders unless released."""
        self._require_pending()
        assert amount_minor > 0, "a capture books something"
        if amount_minor > self.open_minor:
            raise CaptureExceedsHold(open_minor=self.open_minor, requested_minor=amount_minor)
        rest_minor = self.open_minor - amount_minor if release_rest else 0
        return self._resolved(captured_minor=amount_minor, released_minor=rest_minor, otherwise=HoldStatus.CAPTURED)

    def release(self, amount_minor: int | None = None) -> HeldAmount:
        """Give back a part, or without an amount all that is still reserved. Never touches what is captured."""
        self._require_pending()
        released_minor = self.open_minor if amount_minor is None else amount_minor
        assert released_minor > 0, "a release gives something back"
        if released_minor > self.open_minor:
            raise ReleaseExceedsHold(open_minor=self.open_minor, requested_minor=released_minor)
        return self._resolved(captured_minor=0, released_minor=released_minor, otherwise=HoldStatus.RELEASED)

    def expire(self) -> HeldAmount:
        """Give back all that is still reserved because its time is over."""
        self._require_pending()
        return self._resolved(captured_minor=0, released_minor=self.open_minor, otherwise=HoldStatus.EXPIRED)

    def _require_pending(self) -> None:
        if self.status is not HoldStatus.PENDING:
            raise HoldAlreadyResolved(hold_status=self.status.value)

    def _resolved(self, *, captured_minor: int, released_minor: int, otherwise: HoldStatus) -> HeldAmount:
        captured = self.captured_minor + captured_minor
        released = self.released_minor + released_minor
        if captured + released < self.amount_minor:
            status = HoldStatus.PENDING
        else:
            status = HoldStatus.CAPTURED if captured else otherwise
        return replace(self, captured_minor=captured, released_minor=released, status=status)
