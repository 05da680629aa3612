"""Use cases of subscriptions: make, change, end, rotate, test; read the delivery log and send again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from service.core.ids import new_id
from service.infra.outbox import announce
from service.infra.signing import SecretBox, new_signing_secret
from service.infra.work import Work
from service.merchants.domain import Change
from service.merchants.service import record_change, resolve_shop
from service.webhooks.catalogue import CATALOGUE, TEST_PAYLOAD
from service.webhooks.domain import (
    EVERY_TYPE,
    TEST_EVENT,
    Attempt,
    Delivery,
    DeliveryStatus,
    Destination,
    Subscription,
    SubscriptionKind,
    find_url_problem,
    is_wanted,
)
from service.webhooks.errors import (
    CallbackNeedsShopKey,
    EventTypeUnknown,
    SubscriptionDisabled,
    TooManySubscriptions,
    UrlRefused,
)
from service.webhooks.repository import queue, subscriptions

__all__ = [
    "MAX_SUBSCRIPTIONS", "LoggedDelivery", "Replay", "SubscriptionChanges", "SubscriptionRules",
    "change_subscription", "create_subscription", "delete_subscription", "get_subscription", "list_deliveries",
    "list_subscriptions", "replay_delivery", "replay_messages", "rotate_secret", "send_test", "set_callback",
]  # fmt: skip

MAX_SUBSCRIPTIONS: Final = 50
_MAX_REPLAYED_MESSAGES: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRules:
    """What the operator decided: the keys that seal secrets, and whether private addresses may be subscribed."""

    secret_box: SecretBox
    allow_private: bool

    def require_usable(self, url: str) -> None:
        """Raises UrlRefused."""
        problem = find_url_problem(url, allow_private=self.allow_private)
        if problem is not None:
            raise UrlRefused(problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionChanges:
    """What is to become different; None leaves as is."""

    url: str | None = None
    event_types: Sequence[str] | None = None
    description: str | None = None
    is_enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class LoggedDelivery:
    """A delivery and every attempt at it."""

    delivery: Delivery
    attempts: Sequence[Attempt]


@dataclass(frozen=True, slots=True)
class Replay:
    """How many messages were queued once more, where that ended, and whether there is more."""

    queued: int
    last_sequence: int
    has_more: bool


async def create_subscription(
    work: Work, rules: SubscriptionRules, *, wanted: SubscriptionChanges, shop_code: str | None
) -> tuple[Subscription, str]:
    """Subscribe a system of the merchant's. Gives the secret, which can never be read again.

    A shop's key subscribes for its own shop; an integrator's for one shop, or for the whole merchant.
    """
    shop_id = work.caller.shop_id
    if shop_code is not None:
        shop_id = (await resolve_shop(work, shop_code)).id
    return await _insert(work, rules, kind=SubscriptionKind.WEBHOOK, shop_id=shop_id, wanted=wanted)


async def set_callback(
    work: Work, rules: SubscriptionRules, *, wanted: SubscriptionChanges
) -> tuple[Subscription, str | None]:
    """Say where the key's own shop listens. The secret is given only when the callback is new.

    Setting it again moves it and switches it on; so a shop may do it at every installation and start.
    """
    if work.caller.shop_id is None:
        raise CallbackNeedsShopKey
    known = await subscriptions.find_callback(work, shop_id=work.caller.shop_id)
    if known is None:
        return await _insert(work, rules, kind=SubscriptionKind.CALLBACK, shop_id=work.caller.shop_id, wanted=wanted)
    return await change_subscription(work, rules, known.id, wanted=wanted), None


async def get_subscription(work: Work, subscription_id: UUID) -> Subscription:
    """Raises SubscriptionNotFound."""
    return await subscriptions.find_subscription(work, subscription_id)


async def list_subscriptions(work: Work, *, before: UUID | None, limit: int) -> Sequence[Subscription]:
    """A shop's key sees its shop's, an integrator's all of the merchant's. Newest first."""
    return await subscriptions.list_subscriptions(work, before=before, limit=limit)


async def change_subscription(
    work: Work, rules: SubscriptionRules, subscription_id: UUID, *, wanted: SubscriptionChanges
) -> Subscription:
    """Change what is given. Switching off ends what is pending; switching on begins with what happens from then on."""
    before = await subscriptions.find_subscription(work, subscription_id, for_update=True)
    values: dict[str, Any] = {}
    if wanted.url is not None:
        rules.require_usable(wanted.url)
        values["url"] = wanted.url
    if wanted.event_types is not None:
        values["event_types"] = _require_known(wanted.event_types)
    if wanted.description is not None:
        values["description"] = wanted.description
    if wanted.is_enabled and before.disabled_at is not None:
        values |= {"disabled_at": None, "disabled_reason": None, "failing_since_at": None}
    await subscriptions.update_subscription(work, subscription_id, values)
    if wanted.is_enabled is False:
        await queue.disable_subscription(
            work.session,
            merchant_id=work.merchant_id,
            subscription_id=subscription_id,
            reason="switched off over the API",
            now=work.now,
        )
    after = await subscriptions.find_subscription(work, subscription_id)
    await _record_changes(work, before, after)
    return after


async def delete_subscription(work: Work, subscription_id: UUID) -> None:
    """End a subscription and what is pending for it."""
    subscription = await subscriptions.find_subscription(work, subscription_id, for_update=True)
    await subscriptions.update_subscription(work, subscription_id, {"deleted_at": work.now})
    await queue.end_pending_deliveries(
        work.session,
        merchant_id=work.merchant_id,
        subscription_id=subscription_id,
        outcome="the subscription was deleted",
    )
    await _record(work, subscription_id, field="url", before=subscription.url, after=None)


async def rotate_secret(
    work: Work, rules: SubscriptionRules, subscription_id: UUID, *, overlap: timedelta
) -> tuple[Subscription, str]:
    """A new secret; during the overlap both sign, so that the receiver may change over whenever it likes."""
    await subscriptions.find_subscription(work, subscription_id, for_update=True)
    secret = new_signing_secret()
    values: dict[str, Any] = {"secret": rules.secret_box.seal(secret)}
    if overlap > timedelta(0):
        values["previous_secret"] = await subscriptions.read_secret(work, subscription_id)
        values["previous_secret_expires_at"] = work.now + overlap
    else:
        values |= {"previous_secret": None, "previous_secret_expires_at": None}
    await subscriptions.update_subscription(work, subscription_id, values)
    await _record(work, subscription_id, field="secret", before=None, after=f"rotated, overlap {overlap}")
    return await subscriptions.find_subscription(work, subscription_id), secret


async def send_test(work: Work, subscription_id: UUID) -> UUID:
    """Send a `webhook.test` the way every message goes. Gives the message's id."""
    subscription = await subscriptions.find_subscription(work, subscription_id)
    _require_enabled(subscription)
    return await announce(
        work,
        TEST_EVENT,
        subject_id=subscription_id,
        shop_id=subscription.shop_id,
        payload=TEST_PAYLOAD | {"webhook_id": str(subscription_id)},
    )


async def list_deliveries(
    work: Work, subscription_id: UUID, *, status: DeliveryStatus | None, before: UUID | None, limit: int
) -> Sequence[LoggedDelivery]:
    """The log of a subscription, newest message first. Raises SubscriptionNotFound."""
    await subscriptions.find_subscription(work, subscription_id)
    deliveries = await subscriptions.list_deliveries(work, subscription_id, status=status, before=before, limit=limit)
    return await _with_attempts(work, deliveries)


async def replay_delivery(work: Work, delivery_id: UUID) -> LoggedDelivery:
    """Send a message once more, whatever became of it. Raises DeliveryNotFound or SubscriptionDisabled."""
    delivery = await subscriptions.find_delivery(work, delivery_id)
    _require_enabled(await subscriptions.find_subscription(work, delivery.subscription_id, for_update=True))
    await subscriptions.requeue_delivery(work, delivery_id)
    return (await _with_attempts(work, [await subscriptions.find_delivery(work, delivery_id)]))[0]


async def replay_messages(work: Work, subscription_id: UUID, *, since: datetime, after_sequence: int) -> Replay:
    """Send what the subscription wants of everything since then, also what happened before it existed.

    Bounded; goes on with `after_sequence`. Raises SubscriptionNotFound or SubscriptionDisabled.
    """
    subscription = await subscriptions.find_subscription(work, subscription_id, for_update=True)
    _require_enabled(subscription)
    destination = Destination(
        work.merchant_id, subscription.id, subscription.shop_id, frozenset(subscription.event_types)
    )
    messages = await subscriptions.list_messages_since(
        work, since=since, after_sequence=after_sequence, limit=_MAX_REPLAYED_MESSAGES
    )
    chosen = [message for message in messages if message.event_type != TEST_EVENT and is_wanted(message, destination)]
    await queue.repeat_messages(work.session, chosen, destination, now=work.now)
    return Replay(
        queued=len(chosen),
        last_sequence=messages[-1].sequence if messages else after_sequence,
        has_more=len(messages) == _MAX_REPLAYED_MESSAGES,
    )


async def _insert(
    work: Work,
    rules: SubscriptionRules,
    *,
    kind: SubscriptionKind,
    shop_id: UUID | None,
    wanted: SubscriptionChanges,
) -> tuple[Subscription, str]:
    assert wanted.url is not None
    assert wanted.event_types is not None
    rules.require_usable(wanted.url)
    event_types = _require_known(wanted.event_types)
    if await subscriptions.count_subscriptions(work) >= MAX_SUBSCRIPTIONS:
        raise TooManySubscriptions(limit=MAX_SUBSCRIPTIONS)
    subscription_id, secret = new_id(), new_signing_secret()
    await subscriptions.insert_subscription(
        work,
        {
            "id": subscription_id,
            "shop_id": shop_id,
            "kind": kind.value,
            "url": wanted.url,
            "event_types": event_types,
            "description": wanted.description or "",
            "secret": rules.secret_box.seal(secret),
        },
    )
    await _record(work, subscription_id, field="url", before=None, after=wanted.url)
    return await subscriptions.find_subscription(work, subscription_id), secret


def _require_known(event_types: Collection[str]) -> list[str]:
    unknown = sorted(set(event_types) - CATALOGUE.keys() - {EVERY_TYPE})
    if unknown:
        raise EventTypeUnknown(event_types=unknown)
    return list(dict.fromkeys(event_types))


def _require_enabled(subscription: Subscription) -> None:
    if subscription.disabled_at is not None:
        raise SubscriptionDisabled


async def _with_attempts(work: Work, deliveries: Sequence[Delivery]) -> Sequence[LoggedDelivery]:
    attempts = await subscriptions.list_attempts(work, [delivery.id for delivery in deliveries])
    return [LoggedDelivery(delivery, attempts[delivery.id]) for delivery in deliveries]


async def _record_changes(work: Work, before: Subscription, after: Subscription) -> None:
    await _record(work, before.id, field="url", before=before.url, after=after.url)
    await _record(work, before.id, field="event_types", before=list(before.event_types), after=list(after.event_types))
    await _record(
        work, before.id, field="is_enabled", before=before.disabled_at is None, after=after.disabled_at is None
    )


async def _record(work: Work, subscription_id: UUID, *, field: str, before: object, after: object) -> None:
    change = Change(subject_kind="webhook", subject_id=subscription_id, field=field, before=before, after=after)
    await record_change(work, change)
