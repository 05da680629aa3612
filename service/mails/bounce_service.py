"""What delivery reports change: the mail shows them, and a dead address is not written to any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from service.companies.domain import ANONYMISED_NAME
from service.core.mail_addresses import to_wire_address
from service.infra.work import Work
from service.mails import address_repository, log_repository
from service.mails.address_repository import UndeliverableAddress
from service.mails.bounces import BounceAction, DeliveryReport, ReportedRecipient, read_report
from service.mails.dialogue import is_address_dead
from service.mails.domain import LoggedMail, MailStatus
from service.mails.errors import AddressNotKnown, BounceUnreadable, MailNotFound
from service.mails.undelivered_service import announce_undelivered
from service.merchants.domain import Change
from service.merchants.service import get_merchant, record_change

__all__ = ["clear_address", "list_addresses", "receive_report"]


async def receive_report(work: Work, raw: bytes) -> LoggedMail:
    """Take in a delivery report; the same one again changes nothing. Raises BounceUnreadable or MailNotFound."""
    report = read_report(raw)
    if report is None:
        raise BounceUnreadable
    mail = await log_repository.find_by_message_id(work, report.message_id)
    if mail is None or mail.message_id is None:
        raise MailNotFound
    mail = await log_repository.find_mail(work, mail.id, for_update=True)
    refused = dict(mail.refused_recipients)
    dead: dict[str, tuple[str, UUID | None]] = {}
    for reported, address in _about(report, mail):
        values = {
            "mail_id": mail.id,
            "recipient": address,
            "action": reported.action.value,
            "status_code": reported.status or None,
            "diagnostic": reported.diagnostic or None,
        }
        is_new = await log_repository.insert_bounce(work, values)
        if is_new and reported.action is BounceAction.FAILED:
            said = f"{reported.status} {reported.diagnostic}".strip() or "returned"
            refused[address] = said
            if is_address_dead(said):
                dead[address] = (said, mail.id)
    await address_repository.mark_undeliverable(work, dead, source="bounced")
    if refused != mail.refused_recipients:
        values = _values_after(mail, refused)
        await log_repository.update_mail(work, mail.id, values)
        if "status" in values:
            await announce_undelivered(work, mail, MailStatus.REFUSED, reason="bounced")
    return await log_repository.find_mail(work, mail.id)


def _about(report: DeliveryReport, mail: LoggedMail) -> list[tuple[ReportedRecipient, str]]:
    """Which of the mail's recipients each part of a report is about. An address that forwards to another is reported by
    the other; where there is only one recipient, it is meant."""
    known = {address.lower(): address for address in mail.recipients}
    found = []
    for reported in report.recipients:
        address = next((known[each.lower()] for each in reported.addresses if each.lower() in known), None)
        if address is None and len(mail.recipients) == 1:
            address = mail.recipients[0]
        if address is not None and address != ANONYMISED_NAME:
            found.append((reported, address))
    return found


def _values_after(mail: LoggedMail, refused: dict[str, str]) -> dict[str, Any]:
    """A mail that came back from everybody was refused, also if a server had taken it at first."""
    values: dict[str, Any] = {"refused_recipients": refused}
    came_back = all(address in refused for address in mail.recipients)
    if came_back and mail.status in {MailStatus.SENT, MailStatus.UNKNOWN}:
        last = next(iter(reversed(refused.values())))
        values |= {"status": MailStatus.REFUSED.value, "sent_at": None, "last_error": last[:500]}
    return values


async def list_addresses(work: Work, *, before: UUID | None, limit: int) -> Sequence[UndeliverableAddress]:
    """Addresses that take no mail, newest first."""
    return await address_repository.list_undeliverable(work, before=before, limit=limit)


async def clear_address(work: Work, address: str, *, reason: str | None) -> None:
    """Write to an address again. Raises AddressNotKnown."""
    wire = to_wire_address(address)
    if wire is None or not await address_repository.clear_address(work, wire):
        raise AddressNotKnown
    merchant = await get_merchant(work)
    await record_change(
        work,
        Change(
            subject_kind="mail_address",
            subject_id=merchant.id,
            field="undeliverable",
            before=True,
            after=False,
            reason=reason,
        ),
    )
