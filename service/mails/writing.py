"""A mail in its final form: with its heads, as bytes, and as it is kept. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from service.mails.domain import EnclosedFile, Envelope, MailContent, Prepared, QueuedMail
from service.mails.epc import draw_code
from service.mails.mime import Attachment, InlineImage, Mailbox, Message, write_message
from service.mails.rendering import Rendered
from service.mails.views import PaymentBlock
from service.merchants.domain import MailSettings

__all__ = ["Letterhead", "WrittenMail", "letterhead", "write_mail"]

_CODE_NAME: Final = "epc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """In whose name mails of a shop are sent. `copies` are staff."""

    sender: Mailbox
    reply_to: Mailbox | None
    list_id: str
    copies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenMail:
    """A claimed mail that can go out. `recipients` are those it is for; the envelope also has the copies."""

    mail: QueuedMail
    message_id: str
    language: str
    recipients: tuple[str, ...]
    content: MailContent
    envelope: Envelope


def letterhead(
    settings: MailSettings | None, *, shop_name: str, shop_code: str, own_server: bool, operator_sender: str | None
) -> Letterhead | None:
    """Who writes, or None where no address to write from is known.

    Over the operator's server a merchant writes from the operator's address, with his own for the answers: whoever could
    name any address there could write in anybody's name.
    """
    own = settings.sender_address if settings is not None else None
    address = own if own_server else operator_sender
    if address is None:
        return None
    name = (settings.sender_name if settings is not None else None) or shop_name
    reply_to = (settings.reply_to if settings is not None else None) or own
    domain = address.rpartition("@")[2]
    label = "".join(c if c.isascii() and c.isalnum() else "-" for c in shop_code.lower()).strip("-") or "all"
    return Letterhead(
        sender=Mailbox(address, name),
        reply_to=Mailbox(reply_to, name) if reply_to is not None and reply_to != address else None,
        list_id=f"<accounts.{label}.{domain}>",
        copies=(settings.copy_to,) if settings is not None and settings.copy_to is not None else (),
    )


def write_mail(
    mail: QueuedMail,
    prepared: Prepared,
    rendered: Rendered,
    *,
    head: Letterhead,
    now: datetime,
    attachments: Sequence[Attachment] = (),
) -> WrittenMail:
    """The mail as it goes out and as it is kept; `attachments` are those of its enclosures that could be made."""
    domain = head.sender.address.rpartition("@")[2]
    # The attempt is part of it: a second one of an unknown first is another message.
    message_id = f"{mail.id.hex}.{mail.number}@{domain}"
    payment = getattr(prepared.view, "payment", None)
    images = []
    if isinstance(payment, PaymentBlock) and payment.epc and f"cid:{_CODE_NAME}" in rendered.html:
        images.append(InlineImage(_CODE_NAME, draw_code(payment.epc)))
    # An address that is not ASCII makes the whole message one that few servers take: it is named only where it is alone.
    named = [address for address in prepared.recipients if address.isascii()] or prepared.recipients
    message = Message(
        message_id=message_id,
        sent_at=now,
        sender=head.sender,
        recipients=[Mailbox(address) for address in named],
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        reply_to=head.reply_to,
        images=images,
        attachments=attachments,
        headers=(
            ("List-ID", head.list_id),
            ("Auto-Submitted", "auto-generated"),
            ("Content-Language", prepared.language),
        ),
    )
    everybody = (*prepared.recipients, *prepared.copies, *head.copies)
    name, address = head.sender.name, head.sender.address
    return WrittenMail(
        mail=mail,
        message_id=message_id,
        language=prepared.language,
        recipients=prepared.recipients,
        content=_kept(f"{name} <{address}>" if name else address, prepared, rendered, attachments),
        envelope=Envelope(
            mail_id=mail.id,
            sender=address,
            recipients=tuple(dict.fromkeys(everybody)),
            message=write_message(message),
        ),
    )


def _kept(sender: str, prepared: Prepared, rendered: Rendered, attachments: Sequence[Attachment]) -> MailContent:
    """What stays of a mail. The link to the account is its recipients' alone: what makes it work is not kept."""
    texts = [rendered.subject, rendered.text, rendered.html]
    token = prepared.view.portal_url.rpartition("/")[2]
    if token:
        texts = [text.replace(token, "…") for text in texts]
    subject, text, html = texts
    enclosed = _enclosed(prepared, attachments) if prepared.enclosures else ()
    return MailContent(sender=sender, subject=subject, text=text, html=html, attachments=enclosed)


def _enclosed(prepared: Prepared, attachments: Sequence[Attachment]) -> tuple[EnclosedFile, ...]:
    sizes = {each.filename: len(each.content) for each in attachments}
    return tuple(
        EnclosedFile(filename=each.filename, media_type=each.media_type, size_bytes=sizes.get(each.filename))
        for each in prepared.enclosures
    )
