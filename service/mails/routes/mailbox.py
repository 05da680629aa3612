"""A page of the mails that were kept as files: for trying out, on one's own machine."""

from __future__ import annotations

from functools import cache
from pathlib import Path as FilePath
from typing import Annotated, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service.core.errors import NotFound
from service.dependencies import context_of
from service.mails.local_client import mailbox_folder
from service.mails.mailbox_client import list_kept_mails, read_kept_file, read_kept_mail

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
    folder = FilePath(__file__).resolve().parent.parent / "pages"
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


@router.get("/{mail_id}/files/{number}")
def show_kept_file(mail_id: UUID, number: Annotated[int, Path(ge=0)], request: Request) -> Response:
    """A file that went along, to be saved: nothing of it is shown within this page's address."""
    file = read_kept_file(_folder(request), mail_id, number)
    if file is None:
        raise NotFound
    disposition = f"attachment; filename*=utf-8''{quote(file.name, safe='')}"
    return Response(file.content, media_type=file.media_type, headers={**_HEADERS, "Content-Disposition": disposition})


def _folder(request: Request) -> FilePath:
    settings = context_of(request).settings
    if settings.mail_backend != "file":
        raise NotFound
    return mailbox_folder(settings.data_dir)


def _page(**values: object) -> HTMLResponse:
    return HTMLResponse(_environment().get_template("mailbox.html").render(values), headers=_HEADERS)
