"""Bodies of the webhook routes."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from service.infra.schemas import Code, InstantText, Page, Schema, Text
from service.webhooks.domain import EVERY_TYPE, DeliveryStatus, SubscriptionKind

__all__ = [
    "AttemptOut", "CallbackIn", "DeliveryOut", "DeliveryPage", "EventTypeOut", "EventTypesOut", "ReplayIn", "ReplayOut",
    "RotateSecretIn", "TestQueuedOut", "WebhookIn", "WebhookOut", "WebhookPage", "WebhookPatch", "WebhookWithSecretOut",
]  # fmt: skip

Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2000,
        description="Where messages are posted to: https, without user and password. Redirects are not followed.",
        examples=["https://erp.example/hooks/encours"],
    ),
]
EventTypes = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=64)]],
    Field(
        min_length=1,
        max_length=50,
        description='Names from `GET /v1/webhooks/event-types`, or `"*"` for all, also those that come later.',
        examples=[["order.settled", "company.credit_changed"]],
    ),
]
Description = Annotated[Text, Field(max_length=200, description="For people.", examples=["Accounting"])]
Secret = Annotated[
    str,
    Field(
        description="Shown this once. Verifies the `webhook-signature` of every message (Standard Webhooks).",
        examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"],
    ),
]


class WebhookIn(Schema):
    """A new subscription."""

    url: Url
    event_types: EventTypes
    description: Description | None = None
    shop: Annotated[
        Code | None,
        Field(
            description="Only messages of this shop, and those that concern no single shop. A shop's key always means "
            "its own."
        ),
    ] = None


class WebhookPatch(Schema):
    """What is given is changed."""

    url: Annotated[Url | None, Field(description="The new address; the secret stays.")] = None
    event_types: EventTypes | None = None
    description: Description | None = None
    is_enabled: Annotated[
        bool | None, Field(description="False ends what is pending; true starts afresh with what happens from now on.")
    ] = None


class CallbackIn(Schema):
    """Where the shop itself listens."""

    url: Url
    event_types: EventTypes = Field(default_factory=lambda: [EVERY_TYPE])


class RotateSecretIn(Schema):
    """How long the old secret goes on signing beside the new one."""

    overlap_hours: Annotated[int, Field(ge=0, le=168, description="0 drops the old secret at once.")] = 24


class ReplayIn(Schema):
    """From when on messages are sent once more, in their order."""

    since: InstantText
    after_sequence: Annotated[
        int, Field(ge=0, le=2**63 - 1, description="`last_sequence` of the answer before, to go on where it ended.")
    ] = 0


class WebhookOut(Schema):
    """A subscription. `callback` is the shop's own, `webhook` any other system's."""

    id: UUID
    kind: SubscriptionKind
    url: str
    event_types: list[str]
    description: str
    shop: str | None
    created_at: InstantText
    previous_secret_expires_at: Annotated[
        InstantText | None, Field(description="Until then messages carry a signature by the old secret, too.")
    ]
    failing_since_at: Annotated[
        InstantText | None, Field(description="Nothing could be delivered since. After five days it is disabled.")
    ]
    disabled_at: InstantText | None
    disabled_reason: str | None


class WebhookWithSecretOut(WebhookOut):
    """A subscription with its new secret; null when the secret was shown before and has not changed."""

    secret: Secret | None


class WebhookPage(Page[WebhookOut]):
    """One page of subscriptions, newest first."""


class TestQueuedOut(Schema):
    """The test message is on its way."""

    message_id: Annotated[UUID, Field(description="The `webhook-id` that the receiver will see.")]


class ReplayOut(Schema):
    """What was queued once more."""

    queued: Annotated[int, Field(description="Messages queued by this call.")]
    last_sequence: Annotated[int, Field(description="Where this call ended.")]
    has_more: Annotated[bool, Field(description="Call again with `after_sequence` set to `last_sequence`.")]


class EventTypeOut(Schema):
    """One kind of message."""

    type: str
    description: str
    example: Annotated[dict[str, Any], Field(description="A whole message as it is posted.")]


class EventTypesOut(Schema):
    """All kinds of messages."""

    items: list[EventTypeOut]


class AttemptOut(Schema):
    """One try. A missing number was begun and never recorded: the worker was stopped in between."""

    number: int
    attempted_at: InstantText
    duration_ms: int
    status_code: int | None
    error: str | None


class DeliveryOut(Schema):
    """A message on its way to a subscription, or where that way ended. `dead` can be replayed."""

    id: UUID
    webhook_id: UUID
    message_id: UUID
    event_type: str
    sequence: int
    status: DeliveryStatus
    next_attempt_at: Annotated[InstantText | None, Field(description="Null unless pending.")]
    last_outcome: str | None
    delivered_at: InstantText | None
    created_at: InstantText
    attempts: list[AttemptOut]


class DeliveryPage(Page[DeliveryOut]):
    """One page of deliveries, newest message first."""
