"""What the worker does for the audit: look at a few companies' books at a time, so that all are looked at again and again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog
from prometheus_client import Counter

from service.audit.repository import find_sample, find_start
from service.audit.service import audit_scope
from service.infra.database import Database

__all__ = ["SampleRotation", "run_audit_sample_once"]

_COMPANIES_PER_SAMPLE: Final = 100
_lines_audited: Final = Counter("encours_audited_lines", "Credit lines whose books were recomputed by the worker.")
_findings: Final = Counter("encours_audit_findings", "What the worker's audits found wrong.", ["invariant"])
_log: Final = structlog.get_logger()


@dataclass
class SampleRotation:
    """How far a worker has come. It begins anywhere, so that restarts and several workers still reach every company."""

    companies: int = _COMPANIES_PER_SAMPLE
    is_started: bool = False
    after: tuple[UUID, UUID] | None = field(default=None)


async def run_audit_sample_once(database: Database, rotation: SampleRotation) -> bool:
    """Audit the companies that are next in turn; False when a round is over, and the next one begins at the start.

    A finding is logged with its ids and counted; the audit as a whole tells the rest.
    """
    async with database.read() as session:
        if not rotation.is_started:
            rotation.is_started = True
            rotation.after = await find_start(session)
        scope = await find_sample(session, rotation.after, companies=rotation.companies)
    if scope is None:
        rotation.after = None
        return False
    assert scope.merchant_id is not None, "a sample is of one merchant"
    assert scope.company_ids, "a sample has companies"
    # Before the audit: what made it fail must not be met again and again while all others wait.
    rotation.after = (scope.merchant_id, scope.company_ids[-1])
    report = await audit_scope(database, scope)
    for finding in report.findings:
        _log.error(
            "audit.finding",
            invariant=finding.invariant,
            finding_merchant_id=str(finding.merchant_id),
            **finding.ids,
            figures=dict(finding.figures),
        )
    for result in report.results:
        if result.found:
            _findings.labels(result.name).inc(result.found)
    _lines_audited.inc(report.counts["credit_lines"])
    return True
