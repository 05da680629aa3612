"""SQL of a merchant's own policies, and of who was given which."""

from __future__ import annotations

from typing import Any, Final

import orjson
from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from service.infra.statements import Statement
from service.infra.work import Work
from service.reminders.definition import policy_from_json, policy_to_json
from service.reminders.models import AssignmentRow, ReminderPolicyRow
from service.reminders.policy import ReminderPolicy

__all__ = [
    "delete_assignment", "find_assignment", "insert_policy", "last_version", "list_assignments", "read_policies",
    "read_versions", "save_assignment",
]  # fmt: skip

_CURRENT: Final = Statement(
    text("""
    SELECT DISTINCT ON (code) code, version, name, definition, is_retired FROM reminder_policies
    WHERE merchant_id = :merchant_id ORDER BY code, version DESC
    """)
)


async def read_policies(work: Work) -> dict[str, ReminderPolicy]:
    """The merchant's own policies as they hold now, by code."""
    rows = await _CURRENT.rows(work.session, merchant_id=work.merchant_id)
    return {
        code: policy_from_json(_json(definition), code=code, name=name, version=version)
        for code, version, name, definition, is_retired in rows
        if not is_retired
    }


def _json(value: Any) -> Any:
    """Text on a connection of the pool, which knows no JSON."""
    return orjson.loads(value) if isinstance(value, str) else value


async def read_versions(work: Work, code: str) -> list[tuple[ReminderPolicy, ReminderPolicyRow]]:
    """Every version of a policy, newest first, with who wrote it when and why."""
    rows = await work.session.scalars(
        select(ReminderPolicyRow)
        .where(ReminderPolicyRow.merchant_id == work.merchant_id, ReminderPolicyRow.code == code)
        .order_by(ReminderPolicyRow.version.desc())
    )
    return [(policy_from_json(row.definition, code=row.code, name=row.name, version=row.version), row) for row in rows]


async def last_version(work: Work, code: str) -> int:
    """0 when there never was one."""
    found = await work.session.scalar(
        select(func.max(ReminderPolicyRow.version)).where(
            ReminderPolicyRow.merchant_id == work.merchant_id, ReminderPolicyRow.code == code
        )
    )
    return found or 0


async def insert_policy(work: Work, policy: ReminderPolicy, *, reason: str | None, is_retired: bool = False) -> None:
    await work.session.execute(
        insert(ReminderPolicyRow).values(
            merchant_id=work.merchant_id,
            code=policy.code,
            version=policy.version,
            name=policy.name,
            definition=policy_to_json(policy),
            is_retired=is_retired,
            author=work.author,
            reason=reason,
            created_at=work.now,
        )
    )


async def find_assignment(work: Work, level: str, subject: str) -> str | None:
    """The policy that somebody was given himself."""
    policy: str | None = await work.session.scalar(
        select(AssignmentRow.policy).where(
            AssignmentRow.merchant_id == work.merchant_id,
            AssignmentRow.level == level,
            AssignmentRow.subject == subject,
        )
    )
    return policy


async def save_assignment(work: Work, level: str, subject: str, *, policy: str, reason: str | None) -> None:
    values = {"policy": policy, "reason": reason, "author": work.author, "updated_at": work.now}
    await work.session.execute(
        insert(AssignmentRow)
        .values(merchant_id=work.merchant_id, level=level, subject=subject, **values)
        .on_conflict_do_update(index_elements=["merchant_id", "level", "subject"], set_=values)
    )


async def delete_assignment(work: Work, level: str, subject: str) -> None:
    await work.session.execute(
        delete(AssignmentRow).where(
            AssignmentRow.merchant_id == work.merchant_id,
            AssignmentRow.level == level,
            AssignmentRow.subject == subject,
        )
    )


# People know a company by its reference and name, and a document by its number; a call needs the id of the latter.
_CHOSEN_BY: Final = Statement(
    text("""
    SELECT chosen.level || ' ' || coalesce(
        company_ref.ref || ' (' || company.legal_name || ')',
        'id:' || company.id || ' (' || company.legal_name || ')',
        item.document_ref || ' (' || item.id || ')',
        chosen.subject
    )
    FROM reminder_assignments chosen
    LEFT JOIN companies company ON company.merchant_id = chosen.merchant_id AND chosen.level = 'company'
      AND CAST(company.id AS text) = chosen.subject
    LEFT JOIN LATERAL (
        SELECT ref FROM company_refs WHERE merchant_id = company.merchant_id AND company_id = company.id
        ORDER BY ref LIMIT 1
    ) company_ref ON true
    LEFT JOIN open_items item ON item.merchant_id = chosen.merchant_id AND chosen.level = 'open_item'
      AND CAST(item.id AS text) = chosen.subject
    WHERE chosen.merchant_id = :merchant_id AND chosen.policy = :policy
    ORDER BY chosen.level, 1 LIMIT 20
    """)
)


async def list_assignments(work: Work, *, policy: str) -> list[str]:
    """Who was given a policy; a few, as people know them."""
    rows = await _CHOSEN_BY.rows(work.session, merchant_id=work.merchant_id, policy=policy)
    return [who for (who,) in rows]
