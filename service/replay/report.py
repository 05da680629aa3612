"""What a replay counts, and the one line it ends with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from service.core.money import format_amount

__all__ = ["Tally"]


@dataclass(slots=True)
class Tally:
    """Every row ends in exactly one place: approved, declined, credited, credited_unmatched or skipped."""

    currency: str
    rows: int = 0
    orders: int = 0
    cancellations: int = 0
    approved: int = 0
    declined: Counter[str] = field(default_factory=Counter)
    credited: int = 0
    credited_unmatched: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    # Reports that the service would not take, beside the rows.
    refused: Counter[str] = field(default_factory=Counter)
    paid: int = 0
    approved_minor: int = 0
    credited_minor: int = 0
    unmatched_minor: int = 0
    paid_minor: int = 0
    peak_exposure_minor: int = 0
    requests: int = 0
    seconds: float = 0.0
    final_exposure_minor: int | None = None
    audit_findings: int | None = None

    @property
    def expected_exposure_minor(self) -> int:
        """What all companies together must owe and have reserved, by our own arithmetic."""
        return self.approved_minor - self.credited_minor - self.paid_minor

    @property
    def accounted_for(self) -> int:
        """How many rows have ended somewhere."""
        return self.approved + self.declined.total() + self.credited + self.credited_unmatched + self.skipped.total()

    def note_peak(self) -> None:
        """Looked at when a day is over, so that concurrency within the day does not change it."""
        self.peak_exposure_minor = max(self.peak_exposure_minor, self.expected_exposure_minor)

    def to_json(self) -> dict[str, Any]:
        assert self.accounted_for == self.rows, "every row of the history is accounted for"

        def shown(amount_minor: int | None) -> str | None:
            return None if amount_minor is None else format_amount(amount_minor, self.currency)

        return {
            "rows": self.rows,
            "orders": self.orders,
            "approved": self.approved,
            "declined": dict(sorted(self.declined.items())),
            "cancellations": self.cancellations,
            "credited": self.credited,
            "credited_unmatched": self.credited_unmatched,
            "paid": self.paid,
            "skipped": dict(sorted(self.skipped.items())),
            "refused": dict(sorted(self.refused.items())),
            "currency": self.currency,
            "approved_amount": shown(self.approved_minor),
            "credited_amount": shown(self.credited_minor),
            "unmatched_amount": shown(self.unmatched_minor),
            "paid_amount": shown(self.paid_minor),
            "peak_exposure": shown(self.peak_exposure_minor),
            "final_exposure": shown(self.final_exposure_minor),
            "expected_exposure": shown(self.expected_exposure_minor),
            "requests": self.requests,
            "seconds": round(self.seconds, 1),
            "requests_per_s": round(self.requests / self.seconds, 1) if self.seconds else None,
            "audit_findings": self.audit_findings,
        }
