"""What one process holds while it runs: opened once at the edge, passed on, closed at the end. No singletons."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from service.companies.vat import VatNumber, VatRegistry, check_vat_offline
from service.config import Settings, encryption_keys
from service.core.clock import Clock, SystemClock
from service.infra.database import Database
from service.infra.embedded import running_database
from service.infra.portal_links import PortalLinks
from service.infra.rate_limit import RateLimiter
from service.infra.signing import SecretBox
from service.infra.work import Work
from service.integrations.vies.client import ViesClient, ViesSettings, build_vies_http_client
from service.merchants.settings import ShopSettings
from service.orders.checkout_service import Checkout
from service.reminders.policies_service import require_known_setting

__all__ = ["Context", "open_context"]

# What domains above the merchants know about settings that are about to be kept. It raises what is wrong with them.
SettingsCheck = Callable[[Work, ShopSettings], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Context:
    """The per-process things that API, worker, command line and tests share."""

    settings: Settings
    database: Database
    clock: Clock
    rate_limiter: RateLimiter
    secret_box: SecretBox
    portal_links: PortalLinks
    vat_registry: VatRegistry
    # In whose name the registry is asked for merchants that gave no VAT number of their own.
    vat_requester: VatNumber | None
    checkout: Checkout
    check_settings: SettingsCheck


@asynccontextmanager
async def open_context(
    settings: Settings, *, clock: Clock | None = None, application_name: str = "encours"
) -> AsyncIterator[Context]:
    """Start the embedded database when no other is given, connect, and close everything in reverse order.

    The schema is not looked at: who needs it current asks `require_current_schema`.
    """
    keys = encryption_keys(settings)
    async with AsyncExitStack() as stack:
        # Starting an embedded server blocks for a moment; nothing else runs in this process yet.
        url = stack.enter_context(running_database(database_url=settings.database_url, data_dir=settings.data_dir))
        database = await Database.open(url, options=settings.pool_options(application_name))
        stack.push_async_callback(database.close)
        clock = clock or SystemClock()
        checkout = Checkout(database, clock)
        stack.push_async_callback(checkout.drain)
        vies = ViesSettings(base_url=str(settings.vies_base_url))
        http = await stack.enter_async_context(build_vies_http_client(vies))
        yield Context(
            settings=settings,
            database=database,
            clock=clock,
            checkout=checkout,
            check_settings=require_known_setting,
            rate_limiter=RateLimiter(per_key=settings.rate_limit, per_stranger=settings.rate_limit_anonymous),
            secret_box=SecretBox(keys),
            portal_links=PortalLinks(keys, base_url=settings.portal_base_url),
            vat_registry=ViesClient(http, clock=clock, settings=vies),
            vat_requester=check_vat_offline(settings.vies_requester_vat_number, country="").number,
        )
