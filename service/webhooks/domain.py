"""Who gets which message, when a failed one is tried again, and to which addresses anything may be sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from service.core.addresses import find_address_problem

__all__ = [
    "EVERY_TYPE", "GIVE_UP_AFTER", "RETRY_DELAYS", "TEST_EVENT", "Attempt", "ClaimedDelivery", "Delivery",
    "DeliveryStatus", "Destination", "Message", "OutgoingMessage", "SendResult", "Subscription",
    "SubscriptionKind", "compose_body", "find_url_problem", "is_wanted", "parse_retry_after",
    "retry_at",
]  # fmt: skip

EVERY_TYPE: Final = "*"
TEST_EVENT: Final = "webhook.test"

# The wait before each repetition; after the last one the delivery is dead. Together a good two days: over a weekend.
RETRY_DELAYS: Final = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=24),
    timedelta(hours=24),
)
# A subscription to which nothing could be delivered for so long is switched off.
GIVE_UP_AFTER: Final = timedelta(days=5)
_LONGEST_RETRY_AFTER: Final = timedelta(hours=24)
_SPREAD: Final = 0.2


class SubscriptionKind(StrEnum):
    """A `callback` is the shop's own; a `webhook` any other system's."""

    CALLBACK = "callback"
    WEBHOOK = "webhook"


class DeliveryStatus(StrEnum):
    """`dead` means that the last attempt failed or the subscription was switched off; it can be replayed."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Destination:
    """A subscription, as far as choosing its messages goes."""

    merchant_id: UUID
    id: UUID
    shop_id: UUID | None
    event_types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Message:
    """An outbox message, as far as choosing its receivers goes."""

    merchant_id: UUID
    id: UUID
    sequence: int
    event_type: str
    shop_id: UUID | None
    subject_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What may be known of a subscription: everything but its secrets."""

    id: UUID
    kind: SubscriptionKind
    url: str
    event_types: tuple[str, ...]
    description: str
    shop_id: UUID | None
    shop_code: str | None
    created_at: datetime
    previous_secret_expires_at: datetime | None
    failing_since_at: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One line of a delivery's log. A missing number was begun and never recorded: the worker was killed in between."""

    number: int
    attempted_at: datetime
    duration_ms: int
    status_code: int | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message on its way to a subscription, or where that way ended."""

    id: UUID
    subscription_id: UUID
    message_id: UUID
    event_type: str
    sequence: int
    status: DeliveryStatus
    attempts: int
    next_attempt_at: datetime
    last_outcome: str | None
    delivered_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """What is sent: the document, where to, and the encrypted secrets that sign it."""

    id: UUID
    url: str
    document: dict[str, Any]
    sealed_secrets: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedDelivery:
    """A delivery that one worker may send now. `number` is its attempt, and guards the result against a late one."""

    merchant_id: UUID
    id: UUID
    subscription_id: UUID
    subject_id: UUID
    sequence: int
    number: int
    failures: int
    message: OutgoingMessage


@dataclass(frozen=True, slots=True)
class SendResult:
    """What came of one attempt. `error` is a sentence for the log, empty when the message was taken."""

    status_code: int | None
    duration_ms: int
    error: str | None = None
    retry_after: timedelta | None = None

    @property
    def is_delivered(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def is_gone(self) -> bool:
        """The receiver says that nobody will ever listen there again."""
        return self.status_code == 410


def is_wanted(message: Message, destination: Destination) -> bool:
    """Whether a subscription is to get a message: its merchant's, its shop's or no shop's, and of a type it asked for.

    A test message is for the one subscription that it tests.
    """
    if message.merchant_id != destination.merchant_id:
        return False
    if message.event_type == TEST_EVENT:
        return message.subject_id == destination.id
    if destination.shop_id is not None and message.shop_id not in {None, destination.shop_id}:
        return False
    return EVERY_TYPE in destination.event_types or message.event_type in destination.event_types


def retry_at(now: datetime, *, failures: int, retry_after: timedelta | None, delivery_id: UUID) -> datetime | None:
    """When to try again after so many failures in a row, or None when that was the last attempt.

    A receiver that asks for more time with Retry-After gets it, up to a day. Waits are stretched by up to a fifth,
    so that what failed together does not come back together; the random end of the id is as good as dice for that.
    """
    assert failures >= 1
    if failures > len(RETRY_DELAYS):
        return None
    delay = RETRY_DELAYS[failures - 1]
    if retry_after is not None:
        delay = max(delay, min(retry_after, _LONGEST_RETRY_AFTER))
    return now + delay * (1 + _SPREAD * (delivery_id.int % 1000) / 1000)


def parse_retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """Read a Retry-After header, seconds or an HTTP date; what cannot be read is as good as absent."""
    if value is None:
        return None
    value = value.strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        return timedelta(seconds=int(value))
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(until - now, timedelta(0))


def compose_body(
    message: Message, *, occurred_at: datetime, shop_code: str | None, data: dict[str, Any]
) -> dict[str, Any]:
    """The JSON document that receivers get."""
    return {
        "id": str(message.id),
        "type": message.event_type,
        "occurred_at": occurred_at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "sequence": message.sequence,
        "merchant_id": str(message.merchant_id),
        "shop": shop_code,
        "data": data,
    }


def find_url_problem(url: str, *, allow_private: bool) -> str | None:
    """Why a URL cannot be subscribed, or None. Names are looked up only when something is sent to them."""
    # Anything but printable ASCII, and the backslash, is read differently by different URL parsers.
    if not re.fullmatch(r"[!-\[\]-~]+", url):
        return "The URL contains characters that must be percent-encoded."
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "This is not a URL."
    if parts.scheme not in {"https", "http"} or not host:
        return "The URL must start with https:// and name a host."
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "The URL must hold no user, password or fragment."
    if parts.scheme == "http" and not allow_private:
        return "The URL must start with https://."
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return find_address_problem(address, is_plain=parts.scheme == "http", allow_private=allow_private)
