"""The VIES client against a server that speaks the registry's protocol over real HTTP."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import structlog

from service.companies.vat import VatCheckResult, VatNumber, VatReason, VatRegistry, VatSource, VatStatus
from service.core.clock import FixedClock
from service.infra.http import HttpTimeouts, build_http_client
from service.integrations.vies.cache import VatAnswerCache
from service.integrations.vies.client import OfflineRegistry, ViesClient, ViesSettings, build_vies_http_client
from service.integrations.vies.fake import Behaviour, FakeVies, serve_fake_vies

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FRENCH = VatNumber("FR", "40303265045")
FRENCH_TOO = VatNumber("FR", "83404833048")
GERMAN = VatNumber("DE", "136695976")
REQUESTER = VatNumber("BE", "0428759497")

MakeClient = Callable[[ViesSettings], ViesClient]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(scope="module")
async def served() -> AsyncIterator[tuple[FakeVies, str]]:
    fake = FakeVies(clock=FixedClock(NOW))
    async with serve_fake_vies(fake) as base_url:
        yield fake, base_url


@pytest.fixture
def fake(served: tuple[FakeVies, str]) -> FakeVies:
    served[0].reset()
    return served[0]


@pytest.fixture
def settings(served: tuple[FakeVies, str]) -> ViesSettings:
    return ViesSettings(base_url=served[1])


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
async def make_client(clock: FixedClock, waits: list[float]) -> AsyncIterator[MakeClient]:
    """Builds clients that note how long they would wait before a second try instead of waiting."""
    open_http: list[httpx.AsyncClient] = []

    async def note_wait(seconds: float) -> None:
        waits.append(seconds)

    def make(settings: ViesSettings) -> ViesClient:
        http = build_vies_http_client(settings, transport=httpx.AsyncHTTPTransport())
        open_http.append(http)
        return ViesClient(http, clock=clock, settings=settings, sleep=note_wait, jitter=lambda _, most: most)

    yield make
    for http in open_http:
        await http.aclose()


@pytest.fixture
def client(make_client: MakeClient, settings: ViesSettings) -> ViesClient:
    return make_client(settings)


def unknown(reason: VatReason) -> VatCheckResult:
    return VatCheckResult(status=VatStatus.UNKNOWN, checked_at=NOW, source=VatSource.VIES, reason_code=reason)


class TestClearAnswers:
    async def test_a_registered_number_is_valid_with_name_and_address(self, fake, client):
        fake.script(str(FRENCH), Behaviour.VALID)
        assert await client.check(FRENCH) == VatCheckResult(
            status=VatStatus.VALID,
            checked_at=NOW,
            source=VatSource.VIES,
            name="Example Company 5045",
            address="1 Example Street\n12345 Exampletown",
        )

    async def test_an_unregistered_number_is_invalid(self, fake, client):
        fake.script(str(FRENCH), Behaviour.INVALID)
        assert await client.check(FRENCH) == VatCheckResult(
            status=VatStatus.INVALID, checked_at=NOW, source=VatSource.VIES
        )

    @pytest.mark.parametrize(
        ("behaviour", "status"),
        [(Behaviour.RESTATED, VatStatus.VALID), (Behaviour.RESTATED_INVALID, VatStatus.INVALID)],
    )
    async def test_an_answer_that_is_said_twice_is_clear(self, fake, client, behaviour, status):
        fake.script(str(FRENCH), behaviour)
        assert (await client.check(FRENCH)).status is status

    async def test_what_a_member_state_keeps_to_itself_is_left_empty(self, fake, client):
        fake.script(str(GERMAN), Behaviour.UNDISCLOSED)
        result = await client.check(GERMAN)
        assert (result.status, result.name, result.address) == (VatStatus.VALID, None, None)

    async def test_asks_with_the_prefix_of_the_tax_office(self, fake, client):
        await client.check(VatNumber("EL", "094259216"))
        assert fake.received[0].body == {"countryCode": "EL", "vatNumber": "094259216"}

    async def test_takes_an_address_with_a_slash_at_its_end(self, fake, make_client, settings):
        client = make_client(replace(settings, base_url=f"{settings.base_url}/"))
        assert (await client.check(FRENCH)).status is VatStatus.VALID

    async def test_shows_the_same_request_id_to_the_registry_and_in_the_log(self, fake, client):
        with structlog.testing.capture_logs() as logs, structlog.contextvars.bound_contextvars(request_id="req-7"):
            await client.check(FRENCH)
        assert fake.received[0].headers["x-request-id"] == "req-7"
        assert [entry["request_id"] for entry in logs] == ["req-7"]


class TestConsultationNumber:
    async def test_is_given_to_a_merchant_who_asks_in_his_own_name(self, fake, client):
        result = await client.check(FRENCH, requester=REQUESTER)
        assert result.consultation_number == "WAPIFAKE00000001"
        assert fake.received[0].body == {
            "countryCode": "FR",
            "vatNumber": "40303265045",
            "requesterMemberStateCode": "BE",
            "requesterNumber": "0428759497",
        }

    async def test_is_missing_when_nobody_is_named(self, fake, client):
        assert (await client.check(FRENCH)).consultation_number is None

    async def test_a_requester_outside_the_registry_still_gets_an_answer(self, fake, client):
        result = await client.check(FRENCH, requester=VatNumber("GB", "980780684"))
        assert (result.status, result.consultation_number) == (VatStatus.VALID, None)
        assert "requesterNumber" not in fake.received[0].body


class TestNoClearAnswer:
    @pytest.mark.parametrize(
        ("behaviour", "reason"),
        [
            (Behaviour.UNAVAILABLE, VatReason.MEMBER_STATE_UNAVAILABLE),
            (Behaviour.BUSY, VatReason.MEMBER_STATE_BUSY),
            (Behaviour.GLOBALLY_BUSY, VatReason.REGISTRY_BUSY),
            (Behaviour.MEMBER_STATE_TIMEOUT, VatReason.MEMBER_STATE_TIMEOUT),
            (Behaviour.INVALID_INPUT, VatReason.REGISTRY_REFUSED_INPUT),
            (Behaviour.REQUESTER_REFUSED, VatReason.REGISTRY_REFUSED_REQUESTER),
            (Behaviour.REQUESTER_BLOCKED, VatReason.REGISTRY_BLOCKED_REQUESTER),
            (Behaviour.CALLER_BLOCKED, VatReason.REGISTRY_BLOCKED_US),
            (Behaviour.UNHEARD_OF, VatReason.REGISTRY_ERROR),
            (Behaviour.CONTRADICTORY, VatReason.REGISTRY_ERROR),
            (Behaviour.SILENT, VatReason.REGISTRY_UNREADABLE),
            (Behaviour.GARBAGE, VatReason.REGISTRY_UNREADABLE),
            (Behaviour.OVERSIZED, VatReason.REGISTRY_UNREADABLE),
            (Behaviour.REDIRECT, VatReason.REGISTRY_ERROR),
            (Behaviour.FORBIDDEN, VatReason.REGISTRY_ERROR),
            (Behaviour.TOO_MANY_REQUESTS, VatReason.REGISTRY_BUSY),
            (Behaviour.SERVER_ERROR, VatReason.REGISTRY_UNAVAILABLE),
            (Behaviour.BAD_GATEWAY, VatReason.REGISTRY_UNAVAILABLE),
        ],
    )
    async def test_is_unknown_with_a_reason_and_asked_once(self, fake, client, behaviour, reason):
        fake.script(str(FRENCH), behaviour)
        assert await client.check(FRENCH) == unknown(reason)
        assert fake.count_of(str(FRENCH)) == 1

    async def test_a_registry_that_does_not_answer_in_time_is_unknown_and_not_asked_twice(
        self, fake, make_client, settings
    ):
        fake.script(str(FRENCH), Behaviour.SLOW)
        client = make_client(replace(settings, read_timeout_s=0.05))
        assert await client.check(FRENCH) == unknown(VatReason.REGISTRY_TIMEOUT)
        await fake.wait_until_asked(str(FRENCH))
        assert fake.count_of(str(FRENCH)) == 1

    async def test_an_answer_that_stops_half_way_is_unknown(self, fake, make_client, settings):
        fake.script(str(FRENCH), Behaviour.DRIPPING)
        client = make_client(replace(settings, read_timeout_s=0.05))
        assert await client.check(FRENCH) == unknown(VatReason.REGISTRY_TIMEOUT)

    async def test_a_check_ends_by_its_deadline_whatever_the_single_waits_allow(self, fake, make_client, settings):
        fake.script(str(FRENCH), Behaviour.SLOW)
        client = make_client(replace(settings, read_timeout_s=60, total_timeout_s=0.05))
        assert await client.check(FRENCH) == unknown(VatReason.REGISTRY_TIMEOUT)

    @pytest.mark.parametrize(("number", "text"), [("GB", "980780684"), ("CH", "E107787577"), ("NO", "995525828MVA")])
    async def test_countries_outside_the_registry_are_not_asked_about(self, fake, client, number, text):
        assert await client.check(VatNumber(number, text)) == unknown(VatReason.REGISTRY_NOT_COVERED)
        assert not fake.received

    @pytest.mark.parametrize(
        ("status_code", "body", "reason"),
        [
            (500, {"valid": True}, VatReason.REGISTRY_UNAVAILABLE),
            (404, {"valid": False}, VatReason.REGISTRY_ERROR),
            (200, {"valid": True, "actionSucceed": False}, VatReason.REGISTRY_ERROR),
            (200, {"valid": True, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]}, VatReason.MEMBER_STATE_UNAVAILABLE),
            (200, {"valid": "true"}, VatReason.REGISTRY_UNREADABLE),
            (200, {"valid": 1}, VatReason.REGISTRY_UNREADABLE),
            (200, {"valid": None}, VatReason.REGISTRY_UNREADABLE),
            (200, {"valid": True, "requestIdentifier": "W" * 65}, VatReason.REGISTRY_UNREADABLE),
            (200, [], VatReason.REGISTRY_UNREADABLE),
        ],
    )
    async def test_a_yes_or_no_in_a_wrong_place_does_not_count(self, clock, status_code, body, *, reason):
        def answer(request: httpx.Request) -> httpx.Response:
            return httpx.Response(status_code, json=body)

        settings = ViesSettings()
        async with build_vies_http_client(settings, transport=httpx.MockTransport(answer)) as http:
            assert await ViesClient(http, clock=clock, settings=settings).check(FRENCH) == unknown(reason)


class TestRetry:
    async def test_a_broken_connection_is_tried_once_more_after_a_short_wait(self, fake, client, settings, waits):
        fake.script(str(FRENCH), Behaviour.DISCONNECT, Behaviour.VALID)
        assert (await client.check(FRENCH)).status is VatStatus.VALID
        assert fake.count_of(str(FRENCH)) == 2
        assert waits == [settings.retry_after_at_most_s]

    async def test_both_tries_carry_the_same_request_id(self, fake, client):
        fake.script(str(FRENCH), Behaviour.DISCONNECT, Behaviour.VALID)
        await client.check(FRENCH)
        assert len({question.headers["x-request-id"] for question in fake.received}) == 1

    async def test_gives_up_after_the_second_try(self, fake, client, waits):
        fake.script(str(FRENCH), Behaviour.DISCONNECT)
        assert await client.check(FRENCH) == unknown(VatReason.REGISTRY_UNREACHABLE)
        assert fake.count_of(str(FRENCH)) == 2
        assert len(waits) == 1

    async def test_a_refused_connection_is_unreachable(self, make_client, waits):
        with socket.socket() as bound_but_not_listening:
            bound_but_not_listening.bind(("127.0.0.1", 0))
            port = bound_but_not_listening.getsockname()[1]
            client = make_client(ViesSettings(base_url=f"http://127.0.0.1:{port}"))
            assert await client.check(FRENCH) == unknown(VatReason.REGISTRY_UNREACHABLE)
        assert len(waits) == 1


class TestBreaker:
    @pytest.fixture
    async def paused_client(self, fake: FakeVies, client: ViesClient, settings: ViesSettings) -> ViesClient:
        fake.script(str(FRENCH), Behaviour.UNAVAILABLE)
        for _ in range(settings.breaker_failures):
            await client.check(FRENCH)
        return client

    async def test_a_member_state_that_keeps_failing_is_left_alone(self, fake, paused_client, settings):
        assert await paused_client.check(FRENCH_TOO) == unknown(VatReason.REGISTRY_PAUSED)
        assert len(fake.received) == settings.breaker_failures

    async def test_other_member_states_are_still_asked(self, fake, paused_client):
        assert (await paused_client.check(GERMAN)).status is VatStatus.VALID

    async def test_after_the_pause_one_call_goes_through_and_a_good_one_resumes(
        self, fake, paused_client, settings, clock
    ):
        clock.advance(seconds=settings.breaker_open_for.total_seconds())
        assert (await paused_client.check(FRENCH_TOO)).status is VatStatus.VALID
        fake.script(str(FRENCH), Behaviour.VALID)
        assert (await paused_client.check(FRENCH)).status is VatStatus.VALID

    async def test_a_failed_call_after_the_pause_starts_another_pause(self, fake, paused_client, settings, clock):
        clock.advance(seconds=settings.breaker_open_for.total_seconds())
        assert (await paused_client.check(FRENCH)).reason_code is VatReason.MEMBER_STATE_UNAVAILABLE
        assert (await paused_client.check(FRENCH_TOO)).reason_code is VatReason.REGISTRY_PAUSED

    async def test_a_caller_who_gives_up_during_the_trial_does_not_end_all_checks(
        self, fake, paused_client, settings, clock
    ):
        clock.advance(seconds=settings.breaker_open_for.total_seconds())
        fake.script(str(FRENCH_TOO), Behaviour.SLOW, Behaviour.VALID)
        trial = asyncio.create_task(paused_client.check(FRENCH_TOO))
        await fake.wait_until_asked(str(FRENCH_TOO))
        trial.cancel()
        with pytest.raises(asyncio.CancelledError):
            await trial
        assert (await paused_client.check(FRENCH_TOO)).reason_code is VatReason.REGISTRY_PAUSED
        clock.advance(seconds=settings.breaker_open_for.total_seconds())
        assert (await paused_client.check(FRENCH_TOO)).status is VatStatus.VALID

    @pytest.mark.parametrize(
        "behaviour", [Behaviour.INVALID_INPUT, Behaviour.REQUESTER_REFUSED, Behaviour.REQUESTER_BLOCKED]
    )
    async def test_refused_questions_do_not_pause_a_member_state(self, fake, client, settings, behaviour):
        fake.script(str(FRENCH), behaviour)
        for _ in range(settings.breaker_failures + 1):
            await client.check(FRENCH)
        assert (await client.check(FRENCH_TOO)).status is VatStatus.VALID

    async def test_running_out_of_our_own_connections_does_not_pause_a_member_state(self, fake, settings, clock):
        timeouts = HttpTimeouts(connect_s=3, read_s=60, write_s=3, pool_s=0.05)
        transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=1))
        async with build_http_client(timeouts=timeouts, max_connections=1, transport=transport) as http:
            client = ViesClient(http, clock=clock, settings=replace(settings, breaker_failures=1))
            fake.script(str(GERMAN), Behaviour.SLOW)
            holding = asyncio.create_task(client.check(GERMAN))
            await fake.wait_until_asked(str(GERMAN))
            crowded_out = await client.check(FRENCH_TOO)
            fake.release.set()
            assert (await holding).status is VatStatus.VALID
            assert crowded_out == unknown(VatReason.REGISTRY_BUSY)
            assert (await client.check(FRENCH_TOO)).status is VatStatus.VALID


class TestCache:
    @pytest.mark.parametrize("behaviour", [Behaviour.VALID, Behaviour.INVALID])
    async def test_a_clear_answer_is_given_again_without_asking(self, fake, client, clock, behaviour):
        fake.script(str(FRENCH), behaviour)
        first = await client.check(FRENCH)
        clock.advance(minutes=59)
        assert await client.check(FRENCH) == first
        assert fake.count_of(str(FRENCH)) == 1

    @pytest.mark.parametrize(
        ("behaviour", "lifetime"),
        [(Behaviour.VALID, timedelta(hours=24)), (Behaviour.INVALID, timedelta(hours=1))],
    )
    async def test_is_asked_again_when_the_answer_has_aged(self, fake, client, clock, *, behaviour, lifetime):
        fake.script(str(FRENCH), behaviour)
        await client.check(FRENCH)
        clock.instant = NOW + lifetime - timedelta(microseconds=1)
        await client.check(FRENCH)
        assert fake.count_of(str(FRENCH)) == 1
        clock.instant = NOW + lifetime
        assert (await client.check(FRENCH)).checked_at == NOW + lifetime
        assert fake.count_of(str(FRENCH)) == 2

    async def test_an_unknown_answer_is_never_kept(self, fake, client):
        fake.script(str(FRENCH), Behaviour.BUSY, Behaviour.VALID)
        await client.check(FRENCH)
        assert (await client.check(FRENCH)).status is VatStatus.VALID

    async def test_one_merchant_does_not_get_the_proof_of_another(self, fake, client):
        first = await client.check(FRENCH, requester=REQUESTER)
        second = await client.check(FRENCH, requester=GERMAN)
        assert first.consultation_number != second.consultation_number
        assert fake.count_of(str(FRENCH)) == 2

    def test_is_bounded_and_lets_the_longest_unused_answer_go(self, clock):
        cache = VatAnswerCache(clock=clock, max_entries=2, valid_for=timedelta(hours=1), invalid_for=timedelta(hours=1))
        answer = VatCheckResult(status=VatStatus.VALID, checked_at=NOW, source=VatSource.VIES)
        cache.put(FRENCH, None, answer)
        cache.put(GERMAN, None, answer)
        cache.get(FRENCH, None)
        cache.put(FRENCH_TOO, None, answer)
        assert len(cache) == 2
        assert cache.get(GERMAN, None) is None
        assert cache.get(FRENCH, None) is answer


class TestPrivacy:
    @pytest.mark.parametrize("behaviour", [Behaviour.VALID, Behaviour.OVERSIZED, Behaviour.CONTRADICTORY])
    async def test_logs_hold_no_number_name_or_address(self, fake, client, caplog, behaviour):
        caplog.set_level(logging.DEBUG)
        fake.script(str(FRENCH), behaviour)
        with structlog.testing.capture_logs() as logs:
            await client.check(FRENCH, requester=REQUESTER)
        assert logs, "a check leaves one line"
        written = f"{logs} {caplog.text}"
        assert not re.search(r"40303265045|0428759497|Example Company|Example Street", written)

    async def test_an_answer_outside_the_protocol_leaves_no_trace_of_its_content(self, clock):
        def answer_with_a_person(request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, json={"valid": "perhaps", "name": "Ada Example"})

        settings = ViesSettings()
        async with build_vies_http_client(settings, transport=httpx.MockTransport(answer_with_a_person)) as http:
            with structlog.testing.capture_logs() as logs:
                result = await ViesClient(http, clock=clock, settings=settings).check(FRENCH)
        assert result.reason_code is VatReason.REGISTRY_UNREADABLE
        assert "Ada" not in str(logs)


class TestWhatArrivesIsCleaned:
    @pytest.mark.parametrize(
        ("sent", "kept"),
        [("  A\x00B\x1b[31m\u202e ", "AB[31m"), ("x" * 10_000, "x" * 500), ("---", None), ("  ", None), (None, None)],
    )
    async def test_texts_are_bounded_and_without_control_characters(self, clock, sent, kept):
        def answer_with_text(request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, json={"valid": True, "name": sent, "somethingNew": {"nested": 1}})

        settings = ViesSettings()
        async with build_vies_http_client(settings, transport=httpx.MockTransport(answer_with_text)) as http:
            result = await ViesClient(http, clock=clock, settings=settings).check(FRENCH)
        assert (result.status, result.name) == (VatStatus.VALID, kept)


class TestOfflineRegistry:
    async def test_knows_nothing_about_any_number(self, clock):
        assert await OfflineRegistry(clock=clock).check(FRENCH, requester=REQUESTER) == VatCheckResult(
            status=VatStatus.UNKNOWN,
            checked_at=NOW,
            source=VatSource.OFFLINE,
            reason_code=VatReason.REGISTRY_SWITCHED_OFF,
        )


class TestRegistries:
    async def test_both_can_stand_in_for_each_other(self, fake, client, clock):
        registries: list[VatRegistry] = [client, OfflineRegistry(clock=clock)]
        statuses = [(await registry.check(FRENCH)).status for registry in registries]
        assert statuses == [VatStatus.VALID, VatStatus.UNKNOWN]
