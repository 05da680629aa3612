"""How asking VIES can go wrong, in our words. These never leave the client: it answers `unknown` with the reason."""

from __future__ import annotations

import re
from enum import StrEnum

import httpx

from service.companies.vat import VatReason

__all__ = ["RegistryHealth", "ViesFailure", "failure_of_code", "failure_of_request_error", "failure_of_status"]

_REASON_BY_CODE = {
    "GLOBAL_MAX_CONCURRENT_REQ": VatReason.REGISTRY_BUSY,
    "GLOBAL_MAX_CONCURRENT_REQ_TIME": VatReason.REGISTRY_BUSY,
    "INVALID_INPUT": VatReason.REGISTRY_REFUSED_INPUT,
    "INVALID_REQUESTER_INFO": VatReason.REGISTRY_REFUSED_REQUESTER,
    "IP_BLOCKED": VatReason.REGISTRY_BLOCKED_US,
    "MS_MAX_CONCURRENT_REQ": VatReason.MEMBER_STATE_BUSY,
    "MS_MAX_CONCURRENT_REQ_TIME": VatReason.MEMBER_STATE_BUSY,
    "MS_UNAVAILABLE": VatReason.MEMBER_STATE_UNAVAILABLE,
    "SERVICE_UNAVAILABLE": VatReason.REGISTRY_UNAVAILABLE,
    "TIMEOUT": VatReason.MEMBER_STATE_TIMEOUT,
    "VAT_BLOCKED": VatReason.REGISTRY_BLOCKED_REQUESTER,
}
# The registry is up and refuses this one question; asking another one is fine.
_ABOUT_THE_QUESTION = frozenset(
    {
        VatReason.REGISTRY_REFUSED_INPUT,
        VatReason.REGISTRY_REFUSED_REQUESTER,
        VatReason.REGISTRY_BLOCKED_REQUESTER,
    }
)
_CODE_FIT_TO_LOG = re.compile(r"[A-Z0-9_]{1,64}")


class RegistryHealth(StrEnum):
    """What a failure tells about the registry, for the breaker."""

    UP = "up"
    DOWN = "down"
    NOT_ASKED = "not_asked"


class ViesFailure(Exception):
    """No clear answer. `registry_code` is the registry's own word for it, where it is one that may be logged."""

    def __init__(
        self,
        reason: VatReason,
        *,
        health: RegistryHealth = RegistryHealth.DOWN,
        may_repeat: bool = False,
        registry_code: str | None = None,
    ) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.health = health
        self.may_repeat = may_repeat
        self.registry_code = registry_code


def failure_of_code(code: str) -> ViesFailure:
    """From the registry's own code, which may be one that is not in its documentation."""
    reason = _REASON_BY_CODE.get(code, VatReason.REGISTRY_ERROR)
    health = RegistryHealth.UP if reason in _ABOUT_THE_QUESTION else RegistryHealth.DOWN
    return ViesFailure(reason, health=health, registry_code=code if _CODE_FIT_TO_LOG.fullmatch(code) else None)


def failure_of_status(status_code: int) -> ViesFailure:
    """From an HTTP status that came without the registry's own code, as from a proxy on the way."""
    if status_code == httpx.codes.TOO_MANY_REQUESTS:
        return ViesFailure(VatReason.REGISTRY_BUSY)
    if httpx.codes.is_server_error(status_code):
        return ViesFailure(VatReason.REGISTRY_UNAVAILABLE)
    return ViesFailure(VatReason.REGISTRY_ERROR)


def failure_of_request_error(error: httpx.RequestError) -> ViesFailure:
    """From a call that brought no whole response."""
    match error:
        case httpx.PoolTimeout():
            # Our own connections are all in use, which says nothing about the registry.
            return ViesFailure(VatReason.REGISTRY_BUSY, health=RegistryHealth.NOT_ASKED)
        case httpx.ReadTimeout() | httpx.WriteTimeout():
            # A member state may take its 15 seconds; asking again at once doubles its load and our wait.
            return ViesFailure(VatReason.REGISTRY_TIMEOUT)
        case httpx.TransportError():
            return ViesFailure(VatReason.REGISTRY_UNREACHABLE, may_repeat=True)
        case _:
            return ViesFailure(VatReason.REGISTRY_UNREADABLE)
