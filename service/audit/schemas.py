"""Bodies about the audit of the books."""

from __future__ import annotations

from service.audit.domain import AuditReport, Finding
from service.infra.schemas import InstantText, Schema

__all__ = ["AuditOut"]


class FindingOut(Schema):
    """One thing that is wrong: what it is about, and the figures that do not fit, amounts in minor units."""

    ids: dict[str, str]
    figures: dict[str, int | str | bool | None]

    @classmethod
    def of(cls, finding: Finding) -> FindingOut:
        return cls(ids=dict(finding.ids), figures=dict(finding.figures))


class InvariantOut(Schema):
    """Something that must hold, and what breaks it. `found` counts all; the first hundred are listed."""

    name: str
    description: str
    found: int
    findings: list[FindingOut]


class AuditOut(Schema):
    """The books recomputed from the journal, as of one instant. Clean means that every invariant holds."""

    is_clean: bool
    audited_at: InstantText
    counts: dict[str, int]
    findings: int
    invariants: list[InvariantOut]

    @classmethod
    def of(cls, report: AuditReport, *, audited_at: InstantText) -> AuditOut:
        return cls(
            is_clean=report.is_clean,
            audited_at=audited_at,
            counts=dict(report.counts),
            findings=report.found,
            invariants=[
                InvariantOut(
                    name=result.name,
                    description=result.description,
                    found=result.found,
                    findings=[FindingOut.of(finding) for finding in result.findings],
                )
                for result in report.results
            ],
        )
