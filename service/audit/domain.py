"""What an audit looks at, what must hold, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

__all__ = [
    "MAX_LISTED", "AuditReport", "AuditScope", "Figure", "Finding", "Invariant", "InvariantResult", "View", "Within",
]  # fmt: skip

# Enough to see what is wrong; a thousand findings of one kind have one cause.
MAX_LISTED: Final = 100

Figure = int | str | bool | None


@dataclass(frozen=True, slots=True)
class AuditScope:
    """Whose books: everybody's, one merchant's, or some companies of one merchant with all their lines."""

    merchant_id: UUID | None = None
    company_ids: tuple[UUID, ...] | None = None
    line_ids: tuple[UUID, ...] | None = None

    def __post_init__(self) -> None:
        assert (self.company_ids is None) == (self.line_ids is None), "a sample names companies and all their lines"
        assert self.company_ids is None or self.merchant_id is not None, "a sample is of one merchant"

    @property
    def is_sample(self) -> bool:
        return self.company_ids is not None


@dataclass(frozen=True, slots=True)
class Within:
    """The scope as SQL, for statements whose $1 is the merchant, $2 the lines and $3 the companies.

    Written only where it narrows, so that the planner reads the whole table when the whole table is meant.
    """

    scope: AuditScope

    def merchant(self, alias: str) -> str:
        return "true" if self.scope.merchant_id is None else f"{alias}.merchant_id = $1"

    def lines(self, alias: str, column: str = "line_id") -> str:
        """For rows that name their line."""
        narrowed = f" AND {alias}.{column} = ANY ($2)" if self.scope.is_sample else ""
        return self.merchant(alias) + narrowed

    def companies(self, alias: str) -> str:
        """For rows that name their company; the better one where there is a choice, because an index leads there."""
        narrowed = f" AND {alias}.company_id = ANY ($3)" if self.scope.is_sample else ""
        return self.merchant(alias) + narrowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """Something that must hold for every row of a view.

    `broken` is the condition, in SQL over the view's columns, under which it does not; null counts as fine.
    `shown` are the columns that let a person see why.
    """

    name: str
    description: str
    broken: str
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Rows that some invariants look at: what is kept of each thing beside what it should be.

    `select` gives `merchant_id`, the columns in `ids`, and figures. A view that belongs to no line is left out of samples.
    """

    name: str
    ids: tuple[str, ...]
    select: Callable[[Within], str]
    invariants: tuple[Invariant, ...]
    is_of_lines: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong: which invariant, what it is about, and the figures that do not fit.

    Amounts are in minor units.
    """

    invariant: str
    merchant_id: UUID
    ids: Mapping[str, str]
    figures: Mapping[str, Figure]

    def __str__(self) -> str:
        about = ", ".join(f"{name} {value}" for name, value in self.ids.items())
        figures = ", ".join(f"{name}={value}" for name, value in self.figures.items())
        return f"{self.invariant}: {about} ({figures})"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvariantResult:
    """How one invariant fared. `found` counts all that is wrong, of which at most `MAX_LISTED` are listed."""

    name: str
    description: str
    found: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What an audit came to. `counts` says how much there was to look at."""

    merchant_id: UUID | None
    counts: Mapping[str, int]
    results: Sequence[InvariantResult] = field(default=())

    @property
    def is_clean(self) -> bool:
        return self.found == 0

    @property
    def found(self) -> int:
        return sum(result.found for result in self.results)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that are listed, in the order of the invariants."""
        return tuple(finding for result in self.results for finding in result.findings)
