"""Reads the mails that were kept as files instead of being sent."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Final
from uuid import UUID

__all__ = ["KeptFile", "KeptMail", "list_kept_mails", "read_kept_file", "read_kept_mail"]

_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that went along with a mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMail:
    """A mail as a person reads it; a list has no bodies. `name` is its file's, without its ending."""

    name: str
    sender: str
    recipients: str
    reply_to: str
    subject: str
    date: str
    text: str = ""
    html: str = ""
    files: tuple[KeptFile, ...] = ()


def list_kept_mails(folder: Path) -> list[KeptMail]:
    """The newest ones, without their bodies."""
    found = []
    # Names begin with the time, so the newest come last.
    for path in sorted(folder.glob("*.eml"), reverse=True)[:_SHOWN]:
        try:
            with path.open("rb") as file:
                found.append(_read(path.stem, BytesHeaderParser(policy=policy.default).parse(file)))
        except FileNotFoundError:
            continue
    return found


def read_kept_mail(folder: Path, mail_id: UUID) -> KeptMail | None:
    """One mail with its bodies, its pictures put in; None if it is not kept."""
    message = _open(folder, mail_id)
    if message is None:
        return None
    html = _body(message, "html")
    for part in message.walk():
        name = str(part["Content-ID"] or "").strip("<>")
        content = part.get_payload(decode=True)
        if name and isinstance(content, bytes):
            data = base64.b64encode(content).decode()
            html = html.replace(f"cid:{name}", f"data:{part.get_content_type()};base64,{data}")
    return replace(_read(str(mail_id), message), text=_body(message, "plain"), html=html, files=_files(message))


def read_kept_file(folder: Path, mail_id: UUID, number: int) -> KeptFile | None:
    """A file that went along, by its place among them."""
    message = _open(folder, mail_id)
    files = _files(message) if message is not None else ()
    return files[number] if number < len(files) else None


def _open(folder: Path, mail_id: UUID) -> EmailMessage | None:
    try:
        raw = (folder / f"{mail_id}.eml").read_bytes()
    except FileNotFoundError:
        return None
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _files(message: EmailMessage) -> tuple[KeptFile, ...]:
    found = []
    for part in message.iter_attachments():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes), "what we attach is a file, not a mail"
        found.append(KeptFile(part.get_filename() or "file", part.get_content_type(), content))
    return tuple(found)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def _read(name: str, message: EmailMessage) -> KeptMail:
    def header(title: str) -> str:
        return str(message[title] or "")

    return KeptMail(
        name=name,
        sender=header("From"),
        recipients=header("To"),
        reply_to=header("Reply-To"),
        subject=header("Subject"),
        date=header("Date"),
    )
