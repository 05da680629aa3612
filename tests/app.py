"""What tests of the application share: tenants, keys, clients and a server on a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import httpx
import uvicorn
from cryptography.fernet import Fernet
from fastapi import FastAPI
from pydantic import HttpUrl

from service.config import Settings
from service.core.clock import Clock
from service.core.ids import new_id
from service.infra.database import Database
from service.infra.work import Caller, Work
from service.main import create_app
from service.merchants.domain import Merchant, Shop
from service.merchants.service import create_key, create_merchant, create_shop

_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Tenant:
    """A merchant in Paris with one shop, the key of that shop and an integrator's."""

    merchant: Merchant
    shop: Shop
    shop_key: str
    integrator_key: str

    @property
    def merchant_id(self) -> UUID:
        return self.merchant.id

    def caller(self) -> Caller:
        """The merchant itself, able to do everything."""
        return Caller.system(self.merchant.id, "tests")

    def shop_caller(self) -> Caller:
        return Caller(merchant_id=self.merchant.id, shop_id=self.shop.id, name="tests", scopes=self.caller().scopes)


async def open_tenant(database: Database, *, now: datetime, name: str = "Dupont Négoce", shop: str = "main") -> Tenant:
    """Another merchant, as the command line makes one."""
    caller = Caller.system(new_id(), "tests")
    async with database.transaction() as session:
        work = Work(session=session, caller=caller, now=now)
        merchant = await create_merchant(work, name=name, country="FR", currency="EUR", time_zone="Europe/Paris")
        created = await create_shop(work, code=shop, name="Main shop", language="fr", defaults={})
        _, shop_key = await create_key(work, name="shop key", shop_code=shop)
        _, integrator_key = await create_key(work, name="integrator", shop_code=None)
    return Tenant(merchant=merchant, shop=created, shop_key=shop_key, integrator_key=integrator_key)


def app_settings(database_url: str) -> Settings:
    """Settings of a test's application: its own database, no rate limits."""
    return Settings(
        database_url=database_url,
        secret_key=Fernet.generate_key().decode(),  # type: ignore[arg-type]
        rate_limit="",
        rate_limit_anonymous="",
        # Nobody answers there: a test that asks the VAT registry starts one of its own.
        vies_base_url=HttpUrl("http://127.0.0.1:1"),
    )


@contextlib.asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[FastAPI]:
    """The application with its lifespan entered, as a server would."""
    async with app.router.lifespan_context(app):
        yield app


def client_of(app: FastAPI, key: str | None) -> httpx.AsyncClient:
    """A client that calls the application without a socket. Requests that change something get an Idempotency-Key
    of their own unless the test gives one."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://encours.test",
        headers={"Authorization": f"Bearer {key}"} if key is not None else {},
        event_hooks={"request": [_add_idempotency_key]},
    )


async def _add_idempotency_key(request: httpx.Request) -> None:
    if request.method in _CHANGING and "Idempotency-Key" not in request.headers:
        request.headers["Idempotency-Key"] = str(uuid4())


@contextlib.contextmanager
def serve_on_loopback(settings: Settings, *, clock: Clock) -> Iterator[str]:
    """A real server in a thread of its own, on a free port; gives its address."""
    # With its protocol named, so that asyncio sends small answers at once instead of waiting for an acknowledgement.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        config = uvicorn.Config(create_app(settings, clock=clock), log_config=None, access_log=False, lifespan="on")
        server = uvicorn.Server(config)
        failure: list[BaseException] = []

        def run() -> None:
            try:
                asyncio.run(server.serve(sockets=[listener]))
            except BaseException as error:
                failure.append(error)

        thread = threading.Thread(target=run, name="live server")
        thread.start()
        try:
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            _wait_until_ready(address, thread)
            yield address
        finally:
            server.should_exit = True
            thread.join(timeout=30)
        assert not thread.is_alive(), "the server stops when it is told to"
        assert not failure, failure


def _wait_until_ready(address: str, thread: threading.Thread) -> None:
    # The listener queues the connection until the server accepts it, so one request with a long timeout is enough.
    response = httpx.get(f"{address}/readyz", timeout=30)
    assert thread.is_alive()
    response.raise_for_status()
