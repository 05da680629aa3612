"""The way out of mails that the operator chose."""

from __future__ import annotations

from typing import Final

from service.config import Settings
from service.mails.local_client import ConsoleTransport, FileTransport, mailbox_folder
from service.mails.post_office_client import PostOffice
from service.mails.servers import parse_server_url
from service.mails.smtp_client import SmtpTransport
from service.mails.transport import Transport

__all__ = ["build_post_office"]

# Nobody can answer there (RFC 2606); what stays on this machine has to come from somewhere.
_NOBODY: Final = "no-reply@encours.invalid"


def build_post_office(settings: Settings) -> PostOffice:
    """The post office of one process; whoever builds it closes it."""
    operator: Transport | None = None
    sender = settings.mail_from
    match settings.mail_backend:
        case "smtp":
            if settings.smtp_url is not None:
                operator = SmtpTransport(parse_server_url(settings.smtp_url.get_secret_value()))
        case "file":
            operator, sender = FileTransport(mailbox_folder(settings.data_dir)), sender or _NOBODY
        case "console":
            operator, sender = ConsoleTransport(), sender or _NOBODY
    return PostOffice(operator=operator, operator_sender=sender, allow_private=settings.allow_private_callbacks)
