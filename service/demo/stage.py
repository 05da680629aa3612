"""Where the demo is played: the application itself, in this process, on a clock that moves from day to day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import httpx

from service.config import Settings
from service.core.clock import FixedClock
from service.factory import Context, open_context
from service.infra.api_client import ApiClient
from service.main import create_app
from service.worker import Tick, open_ticks, run_tick

__all__ = ["Stage", "open_stage"]

# What waits for the next day. No registry is asked about invented companies, and nobody subscribed to messages yet.
_DAILY: Final = frozenset({"expire_holds", "invoice_orders", "flag_overdue", "apply_money_on_account"})
_BASE_URL: Final = "http://demo.invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The application with its clock, and the worker's jobs to be run as the days pass."""

    context: Context
    clock: FixedClock
    http: httpx.AsyncClient
    ticks: tuple[Tick, ...]

    def client(self, key: str, *, shop: str | None = None) -> ApiClient:
        return ApiClient(self.http, key=key, shop=shop)

    async def end_day(self, evening: datetime) -> None:
        """Move the clock on and let the worker do what has fallen due."""
        self.clock.instant = evening
        for tick in self.ticks:
            await run_tick(self.context, tick)


@asynccontextmanager
async def open_stage(settings: Settings, *, now: datetime) -> AsyncIterator[Stage]:
    """The same application that serves requests, called without a socket and without rate limits."""
    clock = FixedClock(now)
    private = settings.model_copy(update={"rate_limit": "", "rate_limit_anonymous": ""})
    async with open_context(private, clock=clock, application_name="encours demo") as context:
        app = create_app(context=context)
        async with (
            app.router.lifespan_context(app),
            open_ticks(context) as ticks,
            httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=_BASE_URL) as http,
        ):
            daily = tuple(tick for tick in ticks if tick.name in _DAILY)
            assert len(daily) == len(_DAILY), "every daily tick is one of the worker's"
            yield Stage(context=context, clock=clock, http=http, ticks=daily)
