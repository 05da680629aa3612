"""Routes about webhooks, the shop's callback and what was delivered to them."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from service.core.errors import NotFound
from service.core.paging import encode_cursor
from service.dependencies import Changing, Paging, Reading, changing, reading
from service.infra.problems import problems
from service.infra.work import Scope, Work
from service.webhooks import service
from service.webhooks.catalogue import CATALOGUE, example_of
from service.webhooks.domain import DeliveryStatus, Subscription
from service.webhooks.errors import (
    CallbackNeedsShopKey,
    CallbackTaken,
    DeliveryNotFound,
    EventTypeUnknown,
    SubscriptionDisabled,
    SubscriptionNotFound,
    TooManySubscriptions,
    UrlRefused,
)
from service.webhooks.schemas import (
    AttemptOut,
    CallbackIn,
    DeliveryOut,
    DeliveryPage,
    EventTypeOut,
    EventTypesOut,
    ReplayIn,
    ReplayOut,
    RotateSecretIn,
    TestQueuedOut,
    WebhookIn,
    WebhookOut,
    WebhookPage,
    WebhookPatch,
    WebhookWithSecretOut,
)
from service.webhooks.service import LoggedDelivery, SubscriptionChanges, SubscriptionRules

router = APIRouter(prefix="/v1", tags=["webhooks"])

_SECRET = frozenset({"secret"})


@router.get("/webhooks/event-types", response_model=EventTypesOut, dependencies=[reading(Scope.WEBHOOKS_READ)])
async def list_event_types() -> EventTypesOut:
    """List every type of message, with an example of each."""
    return EventTypesOut(
        items=[
            EventTypeOut(type=name, description=event_type.description, example=example_of(event_type))
            for name, event_type in CATALOGUE.items()
        ]
    )


@router.get("/webhooks", response_model=WebhookPage)
async def list_webhooks(
    edge: Annotated[Reading, reading(Scope.WEBHOOKS_READ)], paging: Annotated[Paging, Depends()]
) -> WebhookPage:
    """List subscriptions: a shop's key sees those of its shop, an integrator's all of the merchant."""

    async def use_case(work: Work) -> WebhookPage:
        found = await service.list_subscriptions(work, before=paging.before, limit=paging.limit)
        next_cursor = encode_cursor(found[-1].id) if len(found) == paging.limit else None
        return WebhookPage(items=[_webhook_out(subscription) for subscription in found], next_cursor=next_cursor)

    return await edge.read(use_case)


@router.post(
    "/webhooks",
    status_code=201,
    response_model=WebhookWithSecretOut,
    responses=problems(UrlRefused, EventTypeUnknown, NotFound, TooManySubscriptions),
)
async def create_webhook(body: WebhookIn, edge: Annotated[Changing, changing(Scope.WEBHOOKS_WRITE)]) -> Response:
    """Subscribe to messages. The secret that verifies them is in this answer and nowhere else."""

    async def use_case(work: Work) -> WebhookWithSecretOut:
        wanted = SubscriptionChanges(url=body.url, event_types=body.event_types, description=body.description)
        created, secret = await service.create_subscription(work, _rules(edge), wanted=wanted, shop_code=body.shop)
        return _webhook_with_secret_out(created, secret)

    return await edge.change(use_case, status=201, shown_once=_SECRET)


@router.put(
    "/callback",
    response_model=WebhookWithSecretOut,
    responses=problems(CallbackNeedsShopKey, CallbackTaken, UrlRefused, EventTypeUnknown, TooManySubscriptions),
)
async def set_callback(body: CallbackIn, edge: Annotated[Changing, changing(Scope.WEBHOOKS_WRITE)]) -> Response:
    """Set where the key's own shop listens. The secret is in the first answer only; rotate it to get another."""

    async def use_case(work: Work) -> WebhookWithSecretOut:
        wanted = SubscriptionChanges(url=body.url, event_types=body.event_types, is_enabled=True)
        callback, secret = await service.set_callback(work, _rules(edge), wanted=wanted)
        return _webhook_with_secret_out(callback, secret)

    return await edge.change(use_case, shown_once=_SECRET)


@router.get("/webhooks/{webhook_id}", response_model=WebhookOut, responses=problems(SubscriptionNotFound))
async def show_webhook(webhook_id: UUID, edge: Annotated[Reading, reading(Scope.WEBHOOKS_READ)]) -> WebhookOut:
    """Show a subscription."""

    async def use_case(work: Work) -> WebhookOut:
        return _webhook_out(await service.get_subscription(work, webhook_id))

    return await edge.read(use_case)


@router.patch(
    "/webhooks/{webhook_id}",
    response_model=WebhookOut,
    responses=problems(SubscriptionNotFound, UrlRefused, EventTypeUnknown),
)
async def change_webhook(
    webhook_id: UUID, body: WebhookPatch, edge: Annotated[Changing, changing(Scope.WEBHOOKS_WRITE)]
) -> Response:
    """Change a subscription, or switch it off and on."""

    async def use_case(work: Work) -> WebhookOut:
        wanted = SubscriptionChanges(**body.model_dump())
        return _webhook_out(await service.change_subscription(work, _rules(edge), webhook_id, wanted=wanted))

    return await edge.change(use_case)


@router.delete("/webhooks/{webhook_id}", status_code=204, responses=problems(SubscriptionNotFound))
async def delete_webhook(webhook_id: UUID, edge: Annotated[Changing, changing(Scope.WEBHOOKS_WRITE)]) -> Response:
    """Unsubscribe. What is pending is not sent any more."""

    async def use_case(work: Work) -> None:
        await service.delete_subscription(work, webhook_id)

    return await edge.change(use_case)


@router.post(
    "/webhooks/{webhook_id}/rotate-secret",
    response_model=WebhookWithSecretOut,
    responses=problems(SubscriptionNotFound),
)
async def rotate_webhook_secret(
    webhook_id: UUID, body: RotateSecretIn, edge: Annotated[Changing, changing(Scope.WEBHOOKS_WRITE)]
) -> Response:
    """Get a new secret. Until the overlap ends, messages carry a signature by each of the two."""

    async def use_case(work: Work) -> WebhookWithSecretOut:
        rotated, secret = await service.rotate_secret(
            work, _rules(edge), webhook_id, overlap=timedelta(hours=body.overlap_hours)
        )
        return _webhook_with_secret_out(rotated, secret)

    return await edge.change(use_case, shown_once=_SECRET)


@router.post(
    "/webhooks/{webhook_id}/test",
    status_code=202,
    response_model=TestQueuedOut,
    responses=problems(SubscriptionNotFound, SubscriptionDisabled),
)
async def send_test_message(webhook_id: UUID, edge: Annotated[Changing, changing(Scope.WEBHOOKS_WRITE)]) -> Response:
    """Send a `webhook.test` the way every message goes."""

    async def use_case(work: Work) -> TestQueuedOut:
        return TestQueuedOut(message_id=await service.send_test(work, webhook_id))

    return await edge.change(use_case, status=202)


@router.get("/webhooks/{webhook_id}/deliveries", response_model=DeliveryPage, responses=problems(SubscriptionNotFound))
async def list_webhook_deliveries(
    webhook_id: UUID,
    edge: Annotated[Reading, reading(Scope.WEBHOOKS_READ)],
    paging: Annotated[Paging, Depends()],
    status: Annotated[DeliveryStatus | None, Query(description="Only these.")] = None,
) -> DeliveryPage:
    """List what was or will be delivered, with every attempt; newest message first."""

    async def use_case(work: Work) -> DeliveryPage:
        found = await service.list_deliveries(work, webhook_id, status=status, before=paging.before, limit=paging.limit)
        next_cursor = encode_cursor(found[-1].delivery.message_id) if len(found) == paging.limit else None
        return DeliveryPage(items=[_delivery_out(logged) for logged in found], next_cursor=next_cursor)

    return await edge.read(use_case)


@router.post(
    "/webhooks/{webhook_id}/replay",
    status_code=202,
    response_model=ReplayOut,
    responses=problems(SubscriptionNotFound, SubscriptionDisabled),
)
async def replay_webhook(
    webhook_id: UUID, body: ReplayIn, edge: Annotated[Changing, changing(Scope.WEBHOOKS_WRITE)]
) -> Response:
    """Send everything since then once more, in order, under the same ids; also what happened before it subscribed."""

    async def use_case(work: Work) -> ReplayOut:
        replay = await service.replay_messages(work, webhook_id, since=body.since, after_sequence=body.after_sequence)
        return ReplayOut(queued=replay.queued, last_sequence=replay.last_sequence, has_more=replay.has_more)

    return await edge.change(use_case, status=202)


@router.post(
    "/deliveries/{delivery_id}/replay",
    status_code=202,
    response_model=DeliveryOut,
    responses=problems(DeliveryNotFound, SubscriptionDisabled),
)
async def replay_delivery(delivery_id: UUID, edge: Annotated[Changing, changing(Scope.WEBHOOKS_WRITE)]) -> Response:
    """Send one message once more, under the same id."""

    async def use_case(work: Work) -> DeliveryOut:
        return _delivery_out(await service.replay_delivery(work, delivery_id))

    return await edge.change(use_case, status=202)


def _rules(edge: Changing) -> SubscriptionRules:
    context = edge.context
    return SubscriptionRules(secret_box=context.secret_box, allow_private=context.settings.allow_private_callbacks)


def _webhook_fields(subscription: Subscription) -> dict[str, Any]:
    return {
        "id": subscription.id,
        "kind": subscription.kind,
        "url": subscription.url,
        "event_types": list(subscription.event_types),
        "description": subscription.description,
        "shop": subscription.shop_code,
        "created_at": subscription.created_at,
        "previous_secret_expires_at": subscription.previous_secret_expires_at,
        "failing_since_at": subscription.failing_since_at,
        "disabled_at": subscription.disabled_at,
        "disabled_reason": subscription.disabled_reason,
    }


def _webhook_out(subscription: Subscription) -> WebhookOut:
    return WebhookOut(**_webhook_fields(subscription))


def _webhook_with_secret_out(subscription: Subscription, secret: str | None) -> WebhookWithSecretOut:
    return WebhookWithSecretOut(**_webhook_fields(subscription), secret=secret)


def _delivery_out(logged: LoggedDelivery) -> DeliveryOut:
    delivery = logged.delivery
    return DeliveryOut(
        id=delivery.id,
        webhook_id=delivery.subscription_id,
        message_id=delivery.message_id,
        event_type=delivery.event_type,
        sequence=delivery.sequence,
        status=delivery.status,
        next_attempt_at=delivery.next_attempt_at if delivery.status is DeliveryStatus.PENDING else None,
        last_outcome=delivery.last_outcome,
        delivered_at=delivery.delivered_at,
        created_at=delivery.created_at,
        attempts=[
            AttemptOut(
                number=attempt.number,
                attempted_at=attempt.attempted_at,
                duration_ms=attempt.duration_ms,
                status_code=attempt.status_code,
                error=attempt.error,
            )
            for attempt in logged.attempts
        ],
    )
