"""What an attempt to send a mail means for the mail. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from service.mails.dialogue import is_address_dead
from service.mails.domain import MailStatus, Outcome, QueuedMail, SendResult, retry_at

__all__ = ["FinishedMail", "dead_addresses", "fail", "finish", "put_back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedMail:
    """A claimed mail, and how it goes on. `refused` has what the server said of each recipient it did not take."""

    mail: QueuedMail
    status: MailStatus
    failures: int
    again_at: datetime | None = None
    error: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)


def finish(mail: QueuedMail, result: SendResult, *, recipients: tuple[str, ...], now: datetime) -> FinishedMail:
    """After an attempt. `recipients` are those the mail is for; that staff got a copy does not make it sent."""
    outcome = result.outcome
    if outcome is Outcome.SENT and all(address in result.refused for address in recipients):
        is_final = all(result.refused[address].startswith("5") for address in recipients)
        outcome = Outcome.REFUSED if is_final else Outcome.TEMPORARY
    match outcome:
        case Outcome.SENT:
            return FinishedMail(mail=mail, status=MailStatus.SENT, failures=0, refused=result.refused)
        case Outcome.REFUSED:
            status = MailStatus.REFUSED
        case Outcome.UNKNOWN:
            status = MailStatus.UNKNOWN
        case Outcome.TEMPORARY:
            return fail(mail, result.detail, now=now, refused=result.refused)
        case _:
            assert_never(outcome)
    return FinishedMail(mail=mail, status=status, failures=mail.failures, error=result.detail, refused=result.refused)


def fail(mail: QueuedMail, error: str, *, now: datetime, refused: Mapping[str, str] | None = None) -> FinishedMail:
    """It did not go out this time: again later, or given up."""
    failures = mail.failures + 1
    again_at = retry_at(now, failures=failures, mail_id=mail.id)
    status = MailStatus.FAILED if again_at is None else MailStatus.QUEUED
    return FinishedMail(
        mail=mail, status=status, failures=failures, again_at=again_at, error=error, refused=refused or {}
    )


def put_back(mail: QueuedMail, *, now: datetime) -> FinishedMail:
    """Nothing of it has left, and it is not to blame."""
    return FinishedMail(mail=mail, status=MailStatus.QUEUED, failures=mail.failures, again_at=now)


def dead_addresses(finished: FinishedMail) -> dict[str, str]:
    """Addresses that take no mail at all, with what the server said."""
    return {address: said for address, said in finished.refused.items() if is_address_dead(said)}
