"""Making the files that go along with a mail, after the transaction that prepared it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import prometheus_client
import structlog

from service.mails.domain import Prepared, QueuedMail
from service.mails.mime import Attachment

__all__ = ["enclose"]

_log: Final = structlog.get_logger()
_missing: Final = prometheus_client.Counter(
    "encours_mail_enclosures_missing", "Files that could not be made; their mails went without them."
)


async def enclose(mail: QueuedMail, prepared: Prepared) -> tuple[Prepared, list[Attachment]]:
    """The files, and the mail as it reads with those that could be made. Raises what stopped one that it needs."""
    attachments: list[Attachment] = []
    for enclosure in prepared.enclosures:
        try:
            content = await enclosure.draw()
        except Exception:
            if enclosure.is_needed:
                raise
            _missing.inc()
            _log.exception(
                "mails.enclosure_missing",
                merchant_id=str(mail.merchant_id),
                mail_id=str(mail.id),
                filename=enclosure.filename,
            )
        else:
            attachments.append(Attachment(enclosure.filename, enclosure.media_type, content))
    if len(attachments) < len(prepared.enclosures):
        view = replace(prepared.view, attachments=tuple(each.filename for each in attachments))
        prepared = replace(prepared, view=view)
    return prepared, attachments
