"""What can be wrong with a subscription or with asking for a delivery."""

from __future__ import annotations

from service.core.errors import ServiceError

__all__ = [
    "CallbackNeedsShopKey", "CallbackTaken", "DeliveryNotFound", "EventTypeUnknown", "SubscriptionDisabled", "SubscriptionNotFound",
    "TooManySubscriptions", "UrlRefused", "WebhookError",
]  # fmt: skip


class WebhookError(ServiceError):
    """Base of this domain's refusals."""


class SubscriptionNotFound(WebhookError):
    """No subscription with this id that the key may see."""

    code = "webhook_not_found"
    status = 404
    title = "There is no such webhook here"


class DeliveryNotFound(WebhookError):
    """No delivery with this id that the key may see."""

    code = "delivery_not_found"
    status = 404
    title = "There is no such delivery here"


class UrlRefused(WebhookError):
    """The service will not send to this address."""

    code = "webhook_url_refused"
    status = 422
    title = "The service does not send to this URL"


class EventTypeUnknown(WebhookError):
    """A subscription names only types that are in the catalogue."""

    code = "event_type_unknown"
    status = 422
    title = "There is no such event type"


class CallbackNeedsShopKey(WebhookError):
    """A callback belongs to one shop; an integrator's key belongs to none."""

    code = "callback_needs_shop_key"
    status = 409
    title = "Only a shop's own key can set its callback"


class SubscriptionDisabled(WebhookError):
    """Nothing is sent to a subscription that is switched off."""

    code = "webhook_disabled"
    status = 409
    title = "The webhook is disabled; enable it first"


class TooManySubscriptions(WebhookError):
    """Every message is sent to each subscription, so their number is bounded."""

    code = "too_many_webhooks"
    status = 409
    title = "The merchant has as many webhooks as it can have"


class CallbackTaken(WebhookError):
    """Two requests set a shop's first callback at once; repeating the second one changes the callback of the first."""

    code = "callback_taken"
    status = 409
    title = "The callback was just set by another request; please repeat this one"
