"""Delivery reports (RFC 3464): what came back about a mail that had been taken. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from enum import StrEnum
from typing import Any, Final

from service.core.mail_addresses import to_wire_address

__all__ = ["BounceAction", "DeliveryReport", "ReportedRecipient", "read_report"]

_MESSAGE_ID: Final = re.compile(r"<([^<>\s]{3,320})>")
_STATUS: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_MAX_RECIPIENTS: Final = 50
_MAX_TEXT: Final = 500


class BounceAction(StrEnum):
    """What a report says became of a mail for one recipient."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedRecipient:
    """One recipient. `addresses` are what the report calls it: as we wrote to it, and as it was finally tried."""

    addresses: tuple[str, ...]
    action: BounceAction
    status: str
    diagnostic: str


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """A report about the mail with this Message-ID, which has no brackets here."""

    message_id: str
    recipients: tuple[ReportedRecipient, ...]


def read_report(raw: bytes) -> DeliveryReport | None:
    """The report in a message, or None where it is none. Whatever its sender, it is data and believed only about mails
    whose Message-ID it knows."""
    message: Any = message_from_bytes(raw, policy=policy.default)
    message_id, recipients = None, []
    for part in message.walk():
        kind = part.get_content_type()
        if kind in {"message/delivery-status", "message/global-delivery-status"}:
            recipients += _recipients(part)
        elif kind in {"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"}:
            message_id = message_id or _message_id(_text(part))
        elif kind in {"message/rfc822", "message/global"} and part.is_multipart():
            message_id = message_id or _message_id(str(part.get_payload(0)["Message-ID"] or ""))
    if message_id is None or not recipients:
        return None
    return DeliveryReport(message_id, tuple(recipients[:_MAX_RECIPIENTS]))


def _recipients(part: Any) -> list[ReportedRecipient]:
    """The first block is about the message, each further one about a recipient."""
    blocks = part.get_payload()
    found = []
    for block in blocks if isinstance(blocks, list) else []:
        action = str(block["Action"] or "").strip().lower()
        if action not in set(BounceAction):
            continue
        addresses = [_address(str(block[name] or "")) for name in ("Original-Recipient", "Final-Recipient")]
        status = _STATUS.search(str(block["Status"] or ""))
        diagnostic = " ".join(str(block["Diagnostic-Code"] or "").partition(";")[2].split())
        recipient = ReportedRecipient(
            addresses=tuple(dict.fromkeys(address for address in addresses if address)),
            action=BounceAction(action),
            status=status[1] if status else "",
            diagnostic="".join(c for c in diagnostic if c.isprintable())[:_MAX_TEXT],
        )
        found.append(recipient)
    return found


def _address(field: str) -> str | None:
    """`rfc822; martin@example.org`."""
    return to_wire_address(field.rpartition(";")[2].strip().strip("<>"))


def _message_id(text: str) -> str | None:
    """From a header's value, or from headers of which it is one."""
    after = re.search(r"(?im)^message-id:\s*", text)
    found = _MESSAGE_ID.search(text, after.end() if after else 0)
    return found[1] if found else None


def _text(part: Any) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
