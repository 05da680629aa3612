"""The two ways to replay: against a service that runs elsewhere, or one started for the purpose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from service.audit.service import audit_books
from service.infra.api_client import ApiClient, ApiRefused
from service.infra.http import HttpTimeouts, build_http_client
from service.infra.statistics import refresh_statistics
from service.replay.driver import Options, Replay
from service.replay.history import History
from service.replay.invoices import Invoices
from service.replay.reminded import DunningReplay, DunningTally
from service.replay.report import Tally
from service.replay.server import REPLAY_SHOP, own_server

__all__ = ["replay_at", "replay_here", "replay_invoices_here"]

_CONNECTIONS: Final = 16
_TIMEOUTS: Final = HttpTimeouts(connect_s=10, read_s=60, write_s=10, pool_s=60)


async def replay_at(url: str, *, key: str, shop: str | None, history: History, options: Options) -> Tally:
    """Against a running service. Its clock is its own: events carry the history's time, holds are placed now."""
    async with build_http_client(timeouts=_TIMEOUTS, max_connections=options.concurrency) as http:
        http.base_url = url
        api = ApiClient(http, key=key, shop=shop)
        tally = await Replay(api, history, options).run()
        try:
            tally.audit_findings = (await api.get("/v1/audit"))["findings"]
        except ApiRefused:
            # Only an integrator's key may ask for the audit; without one the line says null.
            tally.audit_findings = None
    return tally


async def replay_here(history: History, options: Options) -> Tally:
    """Against a service of its own, whose clock follows the history's, on a database that is audited afterwards."""
    place = {"currency": history.currency, "time_zone": history.time_zone, "country": options.country}
    async with (
        own_server(history.rows[0].at, **place) as server,
        build_http_client(timeouts=_TIMEOUTS, max_connections=options.concurrency) as http,
    ):
        http.base_url = server.url
        api = ApiClient(http, key=server.keys[REPLAY_SHOP])
        tally = await Replay(api, history, options, move_clock=server.clock.move_to).run()
        await refresh_statistics(server.context.database)
        tally.audit_findings = (await audit_books(server.context.database)).found
    return tally


async def replay_invoices_here(
    invoices: Invoices, *, policies: Sequence[str], time_zone: str, country: str, advance: Callable[[], None]
) -> DunningTally:
    """Dun the invoices by each policy, in a shop of its own each, and audit the books afterwards."""
    start = datetime.combine(invoices.first_on, time(1), ZoneInfo(time_zone))
    async with (
        own_server(start, currency=invoices.currency, time_zone=time_zone, country=country, shops=policies) as server,
        build_http_client(timeouts=_TIMEOUTS, max_connections=_CONNECTIONS) as http,
    ):
        http.base_url = server.url
        apis = {policy: ApiClient(http, key=server.keys[policy]) for policy in policies}
        replay = DunningReplay(invoices, apis, server, time_zone=time_zone, country=country, advance=advance)
        tally = await replay.run()
        await refresh_statistics(server.context.database)
        tally.audit_findings = (await audit_books(server.context.database)).found
    return tally
