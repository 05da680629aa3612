"""The pages that a link opens. They only read: whoever forwards a mail gives away what it says, and nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from service.core.errors import ServiceError
from service.dependencies import context_of, stranger_at
from service.infra.portal_links import PortalLink
from service.infra.problems import PROBLEM_CODE_KEY
from service.invoicing.typst_client import draw_statement
from service.mails.formats import LANGUAGES, formats_for, known_language
from service.portal.account_service import MOST_ORDERS, open_account, open_statement
from service.portal.errors import LinkEnded, LinkUnknown
from service.portal.page_maker import page_headers, render_page, words_of
from service.portal.views import account_view

router = APIRouter(prefix="/portal", include_in_schema=False)

# Far more languages than anybody's browser asks for.
_LONGEST_HEADER: Final = 200


@router.get("/{token}/statement.pdf")
async def print_portal(request: Request, token: str) -> Response:
    """The account as a statement to keep; what cannot be shown says so as a page."""

    async def print_statement() -> Response:
        context = context_of(request)
        sheet = await open_statement(context.database, _link_of(request, token), now=context.clock.now())
        disposition = f'inline; filename="{sheet.filename}"'
        return Response(
            await draw_statement(sheet),
            media_type="application/pdf",
            headers={**page_headers(), "Content-Disposition": disposition},
        )

    return await _answer(request, print_statement)


# Programs that look at links before people do ask with HEAD. A path of several parts is a link that was broken off.
@router.api_route("", methods=["GET", "HEAD"])
@router.api_route("/{token:path}", methods=["GET", "HEAD"])
async def show_portal(request: Request, token: str = "") -> Response:
    """What a company owes and how to pay it, for whoever has the link; else a page that says what to do."""

    async def show_account() -> Response:
        return await _account_page(request, _link_of(request, token), token=token)

    return await _answer(request, show_account)


async def _answer(request: Request, open_link: Callable[[], Awaitable[Response]]) -> Response:
    """What a link opens, or a page that says why it opens nothing."""
    try:
        return await open_link()
    except LinkUnknown:
        return _notice(request, "unknown", status=HTTPStatus.NOT_FOUND)
    except LinkEnded as ended:
        return _notice(
            request,
            "ended",
            status=HTTPStatus.GONE,
            language=ended.language,
            sender=ended.sender,
            reply_to=ended.reply_to,
        )
    except ServiceError as error:
        request.scope[PROBLEM_CODE_KEY] = error.code
        page = _notice(request, "unavailable", status=error.status)
        if isinstance(retry_after_s := error.facts.get("retry_after_s"), int):
            page.headers["Retry-After"] = str(retry_after_s)
        return page


def _link_of(request: Request, token: str) -> PortalLink:
    """What the link says. Guesses are counted by address, views of an account by company: a mail that many read at once,
    or one that was published, slows nobody else down. Raises LinkUnknown and RateLimitExceeded."""
    context = context_of(request)
    link = context.portal_links.read(token)
    context.rate_limiter.require_room_for_stranger(
        stranger_at(request) if link is None else f"portal of {link.company_id}"
    )
    if link is None:
        raise LinkUnknown
    return link


async def _account_page(request: Request, link: PortalLink, *, token: str) -> HTMLResponse:
    context = context_of(request)
    account = await open_account(context.database, link, now=context.clock.now())
    language = _language(request, account.language)
    # The company's own way of writing amounts and days, where the language is the company's.
    formats = formats_for(account.language if language == account.language[:2] else language)
    view = account_view(account, words=words_of(language), formats=formats, most_orders=MOST_ORDERS)
    # Seen from the page's own address, so that it works behind any path that the service is found under.
    return _page("account.html", language, account=view, statement=f"{token}/statement.pdf")


def _notice(
    request: Request, notice: str, *, status: int, language: str = "", sender: str = "", reply_to: str = ""
) -> HTMLResponse:
    asked = request.headers.get("accept-language", "")[:_LONGEST_HEADER].split(",")
    language = _language(request, language, *(each.strip() for each in asked))
    return _page("notice.html", language, status=status, notice=notice, sender=sender, reply_to=reply_to)


def _language(request: Request, *known: str) -> str:
    """The one that was chosen on the page, else the first known one that there are words in."""
    chosen = request.query_params.get("lang")
    return chosen if chosen in LANGUAGES else known_language(*known)


def _page(name: str, language: str, *, status: int = HTTPStatus.OK, **values: object) -> HTMLResponse:
    return HTMLResponse(render_page(name, language, **values), status_code=status, headers=dict(page_headers()))
