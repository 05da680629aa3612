"""A page of the mails that were kept as files: for trying out, on one's own machine."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service.core.errors import NotFound
from service.dependencies import context_of
from service.mails.local_client import mailbox_folder
from service.mails.mailbox_client import list_kept_mails, read_kept_mail

router = APIRouter(prefix="/mailbox", include_in_schema=False)

# What a mail holds is shown in a frame of its own that can run and load nothing.
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@cache
def _environment() -> Environment:
    folder = Path(__file__).resolve().parent.parent / "pages"
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


# Not `async`: they read files, and so are run beside the event loop.


@router.get("")
def show_mailbox(request: Request) -> HTMLResponse:
    """The newest mails. There is no such page where mails are really sent."""
    return _page(mails=list_kept_mails(_folder(request)), mail=None)


@router.get("/{mail_id}")
def show_kept_mail(mail_id: UUID, request: Request) -> HTMLResponse:
    """One mail as it looks and as plain text."""
    mail = read_kept_mail(_folder(request), mail_id)
    if mail is None:
        raise NotFound
    return _page(mails=(), mail=mail)


def _folder(request: Request) -> Path:
    settings = context_of(request).settings
    if settings.mail_backend != "file":
        raise NotFound
    return mailbox_folder(settings.data_dir)


def _page(**values: object) -> HTMLResponse:
    return HTMLResponse(_environment().get_template("mailbox.html").render(values), headers=_HEADERS)
