"""SQL of merchants' own templates and their versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from service.core.ids import new_id
from service.infra.work import Work
from service.mails.domain import MailKind
from service.mails.errors import TemplateChanged
from service.mails.models import MailTemplateRow
from service.mails.own_templates import OwnTemplate, StoredTemplate, TemplatePlace
from service.merchants.models import ShopRow

__all__ = [
    "insert_version",
    "list_versions",
    "mark_broken",
    "read_current",
    "read_version",
]


async def read_current(work: Work, *, kinds: Sequence[MailKind] | None = None) -> dict[TemplatePlace, StoredTemplate]:
    """The version that holds of every own template of the merchant."""
    newer = aliased(MailTemplateRow)
    has_newer = exists().where(
        newer.merchant_id == MailTemplateRow.merchant_id,
        newer.shop_id.is_not_distinct_from(MailTemplateRow.shop_id),
        newer.kind == MailTemplateRow.kind,
        newer.language == MailTemplateRow.language,
        newer.version > MailTemplateRow.version,
    )
    statement = _templates(work).where(~has_newer)
    if kinds is not None:
        statement = statement.where(MailTemplateRow.kind.in_([kind.value for kind in kinds]))
    rows = await work.session.execute(statement)
    found = [_read(row) for row in rows]
    return {template.place: template for template in found}


async def list_versions(work: Work, place: TemplatePlace, *, before: int | None, limit: int) -> list[StoredTemplate]:
    """Newest first."""
    statement = _templates(work).where(*_at(place))
    if before is not None:
        statement = statement.where(MailTemplateRow.version < before)
    rows = await work.session.execute(statement.order_by(MailTemplateRow.version.desc()).limit(limit))
    return [_read(row) for row in rows]


async def read_version(work: Work, place: TemplatePlace, version: int) -> StoredTemplate | None:
    row = (
        await work.session.execute(_templates(work).where(*_at(place), MailTemplateRow.version == version))
    ).one_or_none()
    return None if row is None else _read(row)


async def insert_version(work: Work, place: TemplatePlace, texts: OwnTemplate | None, *, reason: str | None) -> int:
    """One more version; gives its number. Raises TemplateChanged when another request was faster."""
    last = await work.session.scalar(
        select(func.max(MailTemplateRow.version)).where(MailTemplateRow.merchant_id == work.merchant_id, *_at(place))
    )
    version = (last or 0) + 1
    try:
        await work.session.execute(
            insert(MailTemplateRow).values(
                merchant_id=work.merchant_id,
                id=new_id(),
                shop_id=place.shop_id,
                kind=place.kind.value,
                language=place.language,
                version=version,
                is_shipped=texts is None,
                subject=texts.subject if texts else None,
                text=texts.text if texts else None,
                html=texts.html if texts else None,
                reason=reason,
                author=work.author,
                created_at=work.now,
            )
        )
    except IntegrityError as error:
        if "uq_mail_templates_version" in str(error.orig):
            raise TemplateChanged from None
        raise
    return version


async def mark_broken(work: Work, template_id: UUID, detail: str) -> bool:
    """Remember that a template failed on a real mail; False if that is no news."""
    marked = await work.session.execute(
        update(MailTemplateRow)
        .where(
            MailTemplateRow.merchant_id == work.merchant_id,
            MailTemplateRow.id == template_id,
            MailTemplateRow.broken_at.is_(None),
        )
        .values(broken_at=work.now, broken_detail=detail[:500])
        .returning(MailTemplateRow.id)
    )
    return marked.first() is not None


def _at(place: TemplatePlace) -> tuple[ColumnElement[bool], ...]:
    return (
        MailTemplateRow.kind == place.kind.value,
        MailTemplateRow.language == place.language,
        MailTemplateRow.shop_id.is_not_distinct_from(place.shop_id),
    )


def _templates(work: Work) -> Select[*tuple[Any, ...]]:
    return (
        select(
            MailTemplateRow.id,
            MailTemplateRow.shop_id,
            ShopRow.code.label("shop_code"),
            MailTemplateRow.kind,
            MailTemplateRow.language,
            MailTemplateRow.version,
            MailTemplateRow.is_shipped,
            MailTemplateRow.subject,
            MailTemplateRow.text,
            MailTemplateRow.html,
            MailTemplateRow.reason,
            MailTemplateRow.author,
            MailTemplateRow.created_at,
            MailTemplateRow.broken_at,
            MailTemplateRow.broken_detail,
        )
        .outerjoin(
            ShopRow, (ShopRow.merchant_id == MailTemplateRow.merchant_id) & (ShopRow.id == MailTemplateRow.shop_id)
        )
        .where(MailTemplateRow.merchant_id == work.merchant_id)
    )


def _read(row: Any) -> StoredTemplate:
    return StoredTemplate(
        id=row.id,
        place=TemplatePlace(MailKind(row.kind), row.language, row.shop_id),
        shop_code=row.shop_code,
        version=row.version,
        texts=None if row.is_shipped else OwnTemplate(row.subject, row.text, row.html),
        reason=row.reason,
        author=row.author,
        created_at=row.created_at,
        broken_at=row.broken_at,
        broken_detail=row.broken_detail,
    )
