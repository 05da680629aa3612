"""The HTTP application: `create_app` puts routes, problems and the middleware together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.types import ASGIApp

from service import __version__
from service.config import Settings
from service.core.clock import Clock
from service.factory import Context, open_context
from service.infra.hot_route import HotRoutes
from service.infra.metrics import METRICS_CONTENT_TYPE, render_metrics
from service.infra.migrations import require_current_schema
from service.infra.problems import install_problem_handlers
from service.infra.request_log import RequestLog
from service.openapi import DESCRIPTION, TAGS, document_problems
from service.orders.checkout_routes import router as checkout_router

__all__ = ["create_app"]

# Far more than any order with its lines needs, far less than what would hurt to parse.
MAX_BODY_BYTES: Final = 262_144

_DOMAINS: Final = (
    "merchants", "companies", "terms", "credit", "eligibility", "orders", "receivables", "payments", "mails", "invoicing", "reminders",
    "webhooks", "audit", "portal",
)  # fmt: skip

_probes: Final = APIRouter(include_in_schema=False)


class _Application(FastAPI):
    """FastAPI with the hot routes in front of all its middleware, of which they need only the request log."""

    def build_middleware_stack(self) -> ASGIApp:
        stack = super().build_middleware_stack()
        return HotRoutes(stack, router=checkout_router, around=partial(RequestLog, max_body_bytes=MAX_BODY_BYTES))


def create_app(
    settings: Settings | None = None, *, clock: Clock | None = None, context: Context | None = None
) -> FastAPI:
    """The application. Unless it is given an open context, its lifespan opens one.

    A database whose schema is behind is refused at the start, not at the first request.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            opened = context
            if opened is None:
                opened = await stack.enter_async_context(
                    open_context(settings or Settings(), clock=clock, application_name="encours api")
                )
            await require_current_schema(opened.database)
            app.state.context = opened
            yield

    app = _Application(
        title="Encours",
        version=__version__,
        summary="Sell to businesses on terms.",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        license_info={"name": "MIT", "identifier": "MIT"},
        servers=[{"url": "/", "description": "Where this document was read."}],
        lifespan=lifespan,
        # The usual pages load their scripts from a public network; the document itself needs none.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Asked for each request whether it is on; logs and metrics are the service's own.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        generate_unique_id_function=lambda route: route.name,
    )
    install_problem_handlers(app)
    app.add_middleware(RequestLog, max_body_bytes=MAX_BODY_BYTES)
    app.include_router(checkout_router)
    app.include_router(_probes)
    for domain in _DOMAINS:
        if find_spec(f"service.{domain}.routes") is not None:
            app.include_router(import_module(f"service.{domain}.routes").router)
    document_problems(app)
    return app


@_probes.get("/healthz")
async def say_process_is_up() -> dict[str, str]:
    """The process answers; nothing else is looked at, so that a lost database restarts no process."""
    return {"status": "up", "version": __version__}


@_probes.get("/readyz")
async def say_ready(request: Request) -> dict[str, str]:
    """The database is reachable and its schema current: send traffic."""
    await require_current_schema(request.app.state.context.database)
    return {"status": "ready"}


@_probes.get("/metrics")
async def show_metrics() -> Response:
    """The process's own counters, for Prometheus."""
    return Response(render_metrics(), media_type=METRICS_CONTENT_TYPE)
