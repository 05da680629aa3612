"""A receiver, a client that may reach it, and short ways to subscribe and announce."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from cryptography.fernet import Fernet

from service.config import Settings
from service.core.clock import FixedClock, SystemClock
from service.core.ids import new_id
from service.infra.database import Database
from service.infra.outbox import announce
from service.infra.signing import SecretBox
from service.infra.work import Caller, Work
from service.webhooks.client import WebhookClient, build_webhook_client
from service.webhooks.domain import DeliveryStatus, Subscription
from service.webhooks.jobs import run_fan_out_once
from service.webhooks.service import (
    LoggedDelivery,
    SubscriptionChanges,
    SubscriptionRules,
    create_subscription,
    get_subscription,
    list_deliveries,
)
from tests.app import Tenant, app_settings
from tests.webhooks.receiver import Receiver, serve


@pytest.fixture
def clock() -> FixedClock:
    """Today, because a careful receiver refuses what was signed at another time than its own."""
    return FixedClock(SystemClock().now())


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Receivers of tests listen on the loopback interface."""
    return app_settings(database_url).model_copy(update={"allow_private_callbacks": True})


@pytest.fixture
def secret_box() -> SecretBox:
    return SecretBox([Fernet.generate_key().decode()])


@pytest.fixture
def rules(secret_box: SecretBox) -> SubscriptionRules:
    return SubscriptionRules(secret_box=secret_box, allow_private=True)


@pytest.fixture
async def sender(secret_box: SecretBox) -> AsyncIterator[WebhookClient]:
    """The worker's client, allowed to reach the loopback interface."""
    client = build_webhook_client(secret_box=secret_box, allow_private=True)
    yield client
    await client.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    async with serve(receiver) as port:
        receiver.url = f"http://127.0.0.1:{port}/hooks"
        yield receiver
        receiver.is_open.set()


class World:
    """What tests do to the service without going through HTTP."""

    def __init__(self, *, database: Database, clock: FixedClock, rules: SubscriptionRules, tenant: Tenant) -> None:
        self.database = database
        self.clock = clock
        self.rules = rules
        self.tenant = tenant

    @asynccontextmanager
    async def work(self, caller: Caller | None = None) -> AsyncIterator[Work]:
        async with self.database.transaction() as session:
            yield Work(session=session, caller=caller or self.tenant.caller(), now=self.clock.now())

    async def subscribe(
        self, url: str, *event_types: str, caller: Caller | None = None, shop: str | None = None
    ) -> tuple[UUID, str]:
        """Gives the subscription's id and its secret."""
        async with self.work(caller) as work:
            wanted = SubscriptionChanges(url=url, event_types=event_types or ("*",))
            subscription, secret = await create_subscription(work, self.rules, wanted=wanted, shop_code=shop)
        return subscription.id, secret

    async def announce(
        self,
        event_type: str = "order.settled",
        *,
        subject_id: UUID | None = None,
        shop_id: UUID | None = None,
        caller: Caller | None = None,
        payload: dict[str, Any] | None = None,
    ) -> UUID:
        """Gives the message's id."""
        async with self.work(caller) as work:
            return await announce(
                work, event_type, subject_id=subject_id or new_id(), shop_id=shop_id, payload=payload or {}
            )

    async def fan_out(self) -> None:
        while await run_fan_out_once(self.database, self.clock.now()):
            pass

    async def log_of(self, subscription_id: UUID, status: DeliveryStatus | None = None) -> Sequence[LoggedDelivery]:
        """In the order of the messages, unlike the API's newest first."""
        async with self.work() as work:
            found = await list_deliveries(work, subscription_id, status=status, before=None, limit=1000)
        return sorted(found, key=lambda logged: logged.delivery.sequence)

    async def show(self, subscription_id: UUID) -> Subscription:
        async with self.work() as work:
            return await get_subscription(work, subscription_id)


@pytest.fixture
def world(database: Database, clock: FixedClock, rules: SubscriptionRules, tenant: Tenant) -> World:
    return World(database=database, clock=clock, rules=rules, tenant=tenant)
