"""Asks VIES whether a VAT number is registered. Anything but a clear answer is `unknown`, never `invalid`."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

import httpx
import structlog
from pydantic import ValidationError

from service.companies.vat import VatCheckResult, VatNumber, VatReason, VatSource, VatStatus
from service.core.clock import Clock
from service.infra.circuit_breaker import BreakerState, CircuitBreaker
from service.infra.http import (
    REQUEST_ID_HEADER,
    HttpTimeouts,
    ResponseTooLarge,
    build_http_client,
    read_bounded,
    request_id,
)
from service.integrations.vies.cache import VatAnswerCache
from service.integrations.vies.errors import (
    RegistryHealth,
    ViesFailure,
    failure_of_code,
    failure_of_request_error,
    failure_of_status,
)
from service.integrations.vies.schemas import ViesAnswer

__all__ = ["OfflineRegistry", "ViesClient", "ViesSettings", "build_vies_http_client"]

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ViesSettings:
    """`total_timeout_s` bounds one check with all its tries, however slowly the registry drips its answer."""

    base_url: str = "https://ec.europa.eu/taxation_customs/vies/rest-api"
    connect_timeout_s: float = 3.0
    read_timeout_s: float = 15.0
    total_timeout_s: float = 40.0
    max_connections: int = 10
    max_response_bytes: int = 64 * 1024
    tries: int = 2
    retry_after_at_least_s: float = 0.2
    retry_after_at_most_s: float = 1.0
    breaker_failures: int = 5
    breaker_open_for: timedelta = timedelta(minutes=2)
    cache_max_entries: int = 10_000
    cache_valid_for: timedelta = timedelta(hours=24)
    cache_invalid_for: timedelta = timedelta(hours=1)


def build_vies_http_client(
    settings: ViesSettings, *, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """The HTTP client that `ViesClient` wants; whoever builds it closes it."""
    timeouts = HttpTimeouts(
        connect_s=settings.connect_timeout_s,
        read_s=settings.read_timeout_s,
        write_s=settings.read_timeout_s,
        pool_s=settings.read_timeout_s,
    )
    return build_http_client(timeouts=timeouts, max_connections=settings.max_connections, transport=transport)


class ViesClient:
    """A `VatRegistry`. Keeps one breaker per member state, since they fail one by one, and caches clear answers.

    Numbers, names and addresses may be a natural person's, so none of them is logged.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        clock: Clock,
        settings: ViesSettings,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._http = http
        self._clock = clock
        self._settings = settings
        self._sleep = sleep
        self._jitter = jitter
        self._breakers: dict[str, CircuitBreaker] = {}
        self._cache = VatAnswerCache(
            clock=clock,
            max_entries=settings.cache_max_entries,
            valid_for=settings.cache_valid_for,
            invalid_for=settings.cache_invalid_for,
        )

    async def check(self, number: VatNumber, *, requester: VatNumber | None = None) -> VatCheckResult:
        """Ask about one number; with a requester that VIES knows, the answer carries a consultation number."""
        if not number.is_in_vies:
            return _unknown(VatReason.REGISTRY_NOT_COVERED, clock=self._clock)
        if requester is not None and not requester.is_in_vies:
            # VIES refuses the whole question for a requester it does not know; an answer without proof is better.
            requester = None
        cached = self._cache.get(number, requester)
        if cached is not None:
            return cached
        breaker = self._breaker_of(number.prefix)
        if not breaker.admits_call():
            return _unknown(VatReason.REGISTRY_PAUSED, clock=self._clock)
        call_id = request_id()
        log = logger.bind(member_state=number.prefix, request_id=call_id)
        try:
            answer = await self._ask_within_deadline(_question(number, requester), call_id=call_id)
        except ViesFailure as failure:
            _record_failure(breaker, failure, log=log)
            return _unknown(failure.reason, clock=self._clock)
        breaker.record_success()
        result = VatCheckResult(
            status=VatStatus.VALID if answer.valid else VatStatus.INVALID,
            checked_at=self._clock.now(),
            source=VatSource.VIES,
            consultation_number=answer.request_identifier,
            name=answer.name,
            address=answer.address,
        )
        self._cache.put(number, requester, result)
        log.info("vies.number_checked", status=result.status, has_proof=result.consultation_number is not None)
        return result

    async def _ask_within_deadline(self, question: dict[str, str], *, call_id: str) -> ViesAnswer:
        try:
            async with asyncio.timeout(self._settings.total_timeout_s):
                return await self._ask(question, call_id=call_id)
        except TimeoutError as error:
            raise ViesFailure(VatReason.REGISTRY_TIMEOUT) from error

    async def _ask(self, question: dict[str, str], *, call_id: str) -> ViesAnswer:
        """Repeats only what brought no response at all: the question changes nothing, so asking twice is safe."""
        tries_left = self._settings.tries
        while True:
            tries_left -= 1
            try:
                return await self._ask_once(question, call_id=call_id)
            except ViesFailure as failure:
                if not failure.may_repeat or tries_left <= 0:
                    raise
            await self._sleep(self._jitter(self._settings.retry_after_at_least_s, self._settings.retry_after_at_most_s))

    async def _ask_once(self, question: dict[str, str], *, call_id: str) -> ViesAnswer:
        # Uncompressed, so that the bound on the body is one on what arrives, too.
        headers = {REQUEST_ID_HEADER: call_id, "Accept": "application/json", "Accept-Encoding": "identity"}
        # A bare host comes with a slash at its end, however it was written in the settings.
        url = f"{self._settings.base_url.rstrip('/')}/check-vat-number"
        try:
            async with self._http.stream("POST", url, json=question, headers=headers) as response:
                content = await read_bounded(response, max_bytes=self._settings.max_response_bytes)
        except httpx.RequestError as error:
            raise failure_of_request_error(error) from error
        except ResponseTooLarge as error:
            raise ViesFailure(VatReason.REGISTRY_UNREADABLE) from error
        return _read_answer(response.status_code, content)

    def _breaker_of(self, member_state: str) -> CircuitBreaker:
        # Bounded by the number of member states, because only covered prefixes come here.
        if member_state not in self._breakers:
            self._breakers[member_state] = CircuitBreaker(
                clock=self._clock,
                failure_threshold=self._settings.breaker_failures,
                open_for=self._settings.breaker_open_for,
            )
        return self._breakers[member_state]


class OfflineRegistry:
    """A `VatRegistry` for installations that may not call out: every number stays `unknown`."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    async def check(self, number: VatNumber, *, requester: VatNumber | None = None) -> VatCheckResult:  # noqa: ARG002
        """Answer that nobody was asked."""
        return VatCheckResult(
            status=VatStatus.UNKNOWN,
            checked_at=self._clock.now(),
            source=VatSource.OFFLINE,
            reason_code=VatReason.REGISTRY_SWITCHED_OFF,
        )


def _question(number: VatNumber, requester: VatNumber | None) -> dict[str, str]:
    question = {"countryCode": number.prefix, "vatNumber": number.national}
    if requester is not None:
        question |= {"requesterMemberStateCode": requester.prefix, "requesterNumber": requester.national}
    return question


def _read_answer(status_code: int, content: bytes) -> ViesAnswer:
    """A clear yes or no, or `ViesFailure`."""
    try:
        answer = ViesAnswer.model_validate_json(content)
    except ValidationError:
        # Without its cause: a validation error shows the input, and with it a name or an address.
        raise _failure_without_code(status_code) from None
    if answer.error_code is not None:
        raise failure_of_code(answer.error_code)
    if status_code != httpx.codes.OK or answer.valid is None:
        raise _failure_without_code(status_code)
    return answer


def _failure_without_code(status_code: int) -> ViesFailure:
    if status_code == httpx.codes.OK:
        return ViesFailure(VatReason.REGISTRY_UNREADABLE)
    return failure_of_status(status_code)


def _record_failure(
    breaker: CircuitBreaker, failure: ViesFailure, *, log: structlog.typing.FilteringBoundLogger
) -> None:
    match failure.health:
        case RegistryHealth.DOWN:
            breaker.record_failure()
        case RegistryHealth.UP:
            # It answered; that it refused this one question is no reason to stop asking others.
            breaker.record_success()
        case RegistryHealth.NOT_ASKED:
            pass
        case _:
            assert_never(failure.health)
    log.warning(
        "vies.number_not_checked",
        reason=failure.reason,
        registry_code=failure.registry_code,
        member_state_paused=breaker.state is BreakerState.OPEN,
    )


def _unknown(reason: VatReason, *, clock: Clock) -> VatCheckResult:
    return VatCheckResult(status=VatStatus.UNKNOWN, checked_at=clock.now(), source=VatSource.VIES, reason_code=reason)
