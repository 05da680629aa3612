"""The log of mails as staff use it: what went, what did not and why, and the few things they decide by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from service.companies.repository import read_all_buyers
from service.companies.service import find_company
from service.core.ids import new_id
from service.infra.work import Work
from service.mails import log_repository
from service.mails.automatic_service import recipients_of
from service.mails.domain import LoggedMail, MailContent, MailFilter, MailKind, MailStatus, NewMail
from service.mails.errors import CompanyHasNoAddress, MailStatusWrong
from service.mails.queue_service import queue_mails
from service.mails.undelivered_service import announce_undelivered
from service.merchants.domain import Change
from service.merchants.service import record_change, resolve_shop

__all__ = [
    "MailWithContent", "cancel_mail", "get_mail", "list_mails", "mark_mail_sent", "resend_mail", "send_current_credit",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class MailWithContent:
    """A mail and, if it went out and that is still known, what it said."""

    mail: LoggedMail
    content: MailContent | None


async def get_mail(work: Work, mail_id: UUID) -> MailWithContent:
    """Raises MailNotFound."""
    mail = await log_repository.find_mail(work, mail_id)
    return MailWithContent(mail, await log_repository.read_content(work, mail_id))


async def list_mails(work: Work, wanted: MailFilter, *, before: UUID | None, limit: int) -> Sequence[LoggedMail]:
    """Newest first."""
    return await log_repository.list_mails(work, wanted, before=before, limit=limit)


async def resend_mail(work: Work, mail_id: UUID, *, reason: str | None) -> LoggedMail:
    """Queue a mail once more that did not go out, or of which nobody knows whether it did.

    What it says is found out anew. Raises MailNotFound or MailStatusWrong.
    """
    allowed = {MailStatus.UNKNOWN, MailStatus.REFUSED, MailStatus.FAILED, MailStatus.SKIPPED}
    values = {
        "status": MailStatus.QUEUED.value,
        "failures": 0,
        "not_before": work.now,
        "skip_reason": None,
        "last_error": None,
        "refused_recipients": {},
    }
    return await _change(work, mail_id, allowed=allowed, values=values, reason=reason)


async def mark_mail_sent(work: Work, mail_id: UUID, *, reason: str | None) -> LoggedMail:
    """Somebody found out that an unknown mail arrived. Raises MailNotFound or MailStatusWrong."""
    values = {"status": MailStatus.SENT.value, "sent_at": work.now, "last_error": None}
    return await _change(work, mail_id, allowed={MailStatus.UNKNOWN}, values=values, reason=reason)


async def cancel_mail(work: Work, mail_id: UUID, *, reason: str | None) -> LoggedMail:
    """Not to be sent, or not again. Raises MailNotFound or MailStatusWrong."""
    values = {"status": MailStatus.SKIPPED.value, "skip_reason": "cancelled", "last_error": reason}
    allowed = {MailStatus.QUEUED, MailStatus.UNKNOWN, MailStatus.FAILED, MailStatus.REFUSED}
    mail = await _change(work, mail_id, allowed=allowed, values=values, reason=reason)
    await announce_undelivered(work, mail, MailStatus.SKIPPED, reason="cancelled")
    return mail


async def _change(
    work: Work, mail_id: UUID, *, allowed: set[MailStatus], values: dict[str, Any], reason: str | None
) -> LoggedMail:
    mail = await log_repository.find_mail(work, mail_id, for_update=True)
    if mail.status not in allowed:
        raise MailStatusWrong(mail_status=mail.status.value, allowed=sorted(status.value for status in allowed))
    await log_repository.update_mail(work, mail_id, values)
    await record_change(
        work,
        Change(
            subject_kind="mail",
            subject_id=mail_id,
            field="status",
            before=mail.status.value,
            after=values["status"],
            reason=reason,
        ),
    )
    return await log_repository.find_mail(work, mail_id)


async def send_current_credit(
    work: Work, reference: str, *, shop_code: str | None, recipients: Sequence[str]
) -> LoggedMail:
    """Tell a company what it may order on terms (F29), at its own addresses unless others are given.

    Raises CompanyNotFound, ShopRequired or CompanyHasNoAddress.
    """
    company = await find_company(work, reference, shop_code=shop_code)
    shop_id = work.caller.shop_id
    if shop_code is not None:
        shop_id = (await resolve_shop(work, shop_code)).id
    if not recipients and not recipients_of(company, await read_all_buyers(work, company.id)):
        raise CompanyHasNoAddress
    cause = f"current_credit:{new_id()}"
    mail = NewMail(
        kind=MailKind.CURRENT_CREDIT,
        cause=cause,
        subject_ids={},
        shop_id=shop_id,
        company_id=company.id,
        recipients=tuple(recipients),
    )
    queued = await queue_mails(work, [mail])
    return await log_repository.find_mail(work, queued[cause])
