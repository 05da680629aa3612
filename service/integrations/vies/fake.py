"""A stand-in for VIES that speaks its REST protocol, for tests and for trying things out.

Run it with `python -m service.integrations.vies.fake --port 8089 --script FR40303265045=busy` and point the service's
VIES address at `http://127.0.0.1:8089`.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import StrEnum

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from service.core.clock import Clock, SystemClock

__all__ = ["Behaviour", "FakeVies", "ReceivedQuestion", "serve_fake_vies"]

_LOOPBACK = "127.0.0.1"
_OVERSIZED_BYTES = 1_000_000
_REMEMBERED_QUESTIONS = 10_000


class Behaviour(StrEnum):
    """What the fake does when it is asked about a number."""

    VALID = "valid"
    RESTATED = "restated"  # valid, and `userError` says VALID as well
    INVALID = "invalid"
    RESTATED_INVALID = "restated_invalid"  # invalid, and `userError` says INVALID as well
    UNDISCLOSED = "undisclosed"  # valid, but the member state keeps name and address to itself
    UNAVAILABLE = "unavailable"  # MS_UNAVAILABLE as `userError` with status 200
    BUSY = "busy"
    GLOBALLY_BUSY = "globally_busy"
    MEMBER_STATE_TIMEOUT = "member_state_timeout"
    INVALID_INPUT = "invalid_input"
    REQUESTER_REFUSED = "requester_refused"
    REQUESTER_BLOCKED = "requester_blocked"
    CALLER_BLOCKED = "caller_blocked"
    UNHEARD_OF = "unheard_of"  # a code that is in no documentation
    SERVER_ERROR = "server_error"
    CONTRADICTORY = "contradictory"  # `valid` and `userError` say different things
    SILENT = "silent"  # well-formed JSON without an answer
    SLOW = "slow"  # valid, but only once `FakeVies.release` is set
    DRIPPING = "dripping"  # begins to answer, then waits for `FakeVies.release`
    GARBAGE = "garbage"
    OVERSIZED = "oversized"
    REDIRECT = "redirect"
    TOO_MANY_REQUESTS = "too_many_requests"  # these three as a page from a proxy, without the registry's envelope
    FORBIDDEN = "forbidden"
    BAD_GATEWAY = "bad_gateway"
    DISCONNECT = "disconnect"  # breaks off in the middle of the answer


_REFUSALS = {
    Behaviour.BUSY: (200, "MS_MAX_CONCURRENT_REQ"),
    Behaviour.GLOBALLY_BUSY: (200, "GLOBAL_MAX_CONCURRENT_REQ"),
    Behaviour.MEMBER_STATE_TIMEOUT: (200, "TIMEOUT"),
    Behaviour.INVALID_INPUT: (400, "INVALID_INPUT"),
    Behaviour.REQUESTER_REFUSED: (400, "INVALID_REQUESTER_INFO"),
    Behaviour.REQUESTER_BLOCKED: (200, "VAT_BLOCKED"),
    Behaviour.CALLER_BLOCKED: (200, "IP_BLOCKED"),
    Behaviour.UNHEARD_OF: (200, "SOLAR_FLARE"),
    Behaviour.SERVER_ERROR: (500, "SERVICE_UNAVAILABLE"),
}
_PAGES = {
    Behaviour.GARBAGE: (200, "<html>Scheduled maintenance</html>"),
    Behaviour.TOO_MANY_REQUESTS: (429, "<html>Slow down</html>"),
    Behaviour.FORBIDDEN: (403, "<html>Access denied</html>"),
    Behaviour.BAD_GATEWAY: (502, "<html>Bad gateway</html>"),
}


@dataclass(frozen=True, slots=True)
class ReceivedQuestion:
    """One request as it arrived: the number with its prefix, the whole body, and the headers in lower case."""

    number: str
    body: dict[str, str]
    headers: dict[str, str]


class FakeVies:
    """Answers each number by its script, one behaviour a request, the last one for good; others by `default`."""

    def __init__(self, *, clock: Clock, default: Behaviour = Behaviour.VALID) -> None:
        self._clock = clock
        self._default = default
        self._scripts: dict[str, list[Behaviour]] = {}
        self.received: deque[ReceivedQuestion] = deque(maxlen=_REMEMBERED_QUESTIONS)
        self.release = asyncio.Event()
        self._arrival = asyncio.Condition()
        self.app = Starlette(routes=[Route("/check-vat-number", self._check_vat_number, methods=["POST"])])

    def script(self, number: str, *behaviours: Behaviour) -> None:
        """Say what happens to the next requests for a number, such as `FR40303265045`."""
        assert behaviours, "a script has at least one behaviour"
        self._scripts[number] = list(behaviours)

    def count_of(self, number: str) -> int:
        """How often a number was asked about."""
        return sum(question.number == number for question in self.received)

    async def wait_until_asked(self, number: str) -> None:
        """Come back once a question about the number has arrived."""
        async with self._arrival:
            await self._arrival.wait_for(lambda: self.count_of(number) > 0)

    def reset(self) -> None:
        """Let go of whoever waits, and forget scripts and requests."""
        self.release.set()
        self.release = asyncio.Event()
        self._scripts.clear()
        self.received.clear()

    async def _check_vat_number(self, request: Request) -> Response:
        body: dict[str, str] = await request.json()
        if not {"countryCode", "vatNumber"} <= body.keys():
            return _refusal(400, "INVALID_INPUT")
        number = f"{body['countryCode']}{body['vatNumber']}"
        async with self._arrival:
            self.received.append(ReceivedQuestion(number=number, body=body, headers=dict(request.headers)))
            self._arrival.notify_all()
        script = self._scripts.get(number, [self._default])
        behaviour = script.pop(0) if len(script) > 1 else script[0]
        if behaviour is Behaviour.SLOW:
            await self.release.wait()
            behaviour = Behaviour.VALID
        if behaviour in _REFUSALS:
            return _refusal(*_REFUSALS[behaviour])
        if behaviour in _PAGES:
            status_code, text = _PAGES[behaviour]
            return HTMLResponse(text, status_code=status_code)
        return self._answer(behaviour, body)

    def _answer(self, behaviour: Behaviour, body: dict[str, str]) -> Response:
        answer: dict[str, object] = {
            "countryCode": body["countryCode"],
            "vatNumber": body["vatNumber"],
            "requestDate": self._clock.now().isoformat(),
            "valid": True,
            "requestIdentifier": f"WAPIFAKE{len(self.received):08d}" if "requesterNumber" in body else "",
            "name": f"Example Company {body['vatNumber'][-4:]}",
            "address": "1 Example Street\n12345 Exampletown",
        }
        undisclosed = {"name": "---", "address": "---"}
        match behaviour:
            case Behaviour.VALID:
                return JSONResponse(answer)
            case Behaviour.RESTATED:
                return JSONResponse(answer | {"userError": "VALID"})
            case Behaviour.INVALID:
                return JSONResponse(answer | undisclosed | {"valid": False})
            case Behaviour.RESTATED_INVALID:
                return JSONResponse(answer | undisclosed | {"valid": False, "userError": "INVALID"})
            case Behaviour.UNDISCLOSED:
                return JSONResponse(answer | undisclosed)
            case Behaviour.UNAVAILABLE:
                # `valid: false` although nobody could be asked: the trap this protocol sets.
                return JSONResponse(answer | undisclosed | {"valid": False, "userError": "MS_UNAVAILABLE"})
            case Behaviour.CONTRADICTORY:
                return JSONResponse(answer | {"userError": "INVALID"})
            case Behaviour.SILENT:
                return JSONResponse({"countryCode": body["countryCode"], "vatNumber": body["vatNumber"]})
            case Behaviour.OVERSIZED:
                return JSONResponse(answer | {"traderName": "x" * _OVERSIZED_BYTES})
            case Behaviour.REDIRECT:
                return RedirectResponse("/check-vat-number", status_code=307)
            case Behaviour.DRIPPING:
                return _UnfinishedResponse(held_until=self.release)
            case Behaviour.DISCONNECT:
                return _UnfinishedResponse(held_until=None)
            case _:
                raise AssertionError(f"{behaviour} is answered elsewhere")


class _UnfinishedResponse(Response):
    """Begins an answer and never ends it; the server then closes the connection."""

    def __init__(self, *, held_until: asyncio.Event | None) -> None:
        super().__init__()
        self._held_until = held_until

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        headers = [(b"content-type", b"application/json"), (b"content-length", b"100")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"valid": tr', "more_body": True})
        if self._held_until is not None:
            await self._held_until.wait()


class _Server(uvicorn.Server):
    """A server inside another program, whose signals are not ours to catch."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serve_fake_vies(fake: FakeVies) -> AsyncIterator[str]:
    """Serve on a free port of the loopback interface; gives the base URL for `ViesSettings`."""
    # The protocol is named because asyncio switches Nagle's delay off only for sockets that say they are TCP.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind((_LOOPBACK, 0))
        # Listening already, so that a call before the server task runs waits for it instead of being refused.
        listener.listen()
        server = _Server(uvicorn.Config(fake.app, log_config=None, log_level="critical", lifespan="off", ws="none"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://{_LOOPBACK}:{listener.getsockname()[1]}"
        finally:
            fake.release.set()
            server.should_exit = True
            await serving


def main() -> None:
    """Run the fake until it is interrupted."""
    parser = argparse.ArgumentParser(description="A stand-in for VIES on the loopback interface.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--default", type=Behaviour, default=Behaviour.VALID, help="for numbers without a script")
    parser.add_argument(
        "--script",
        type=_script_line,
        action="append",
        default=[],
        metavar="NUMBER=BEHAVIOUR[,BEHAVIOUR...]",
        help=f"may be repeated; behaviours: {', '.join(Behaviour)}",
    )
    options = parser.parse_args()
    fake = FakeVies(clock=SystemClock(), default=options.default)
    for number, behaviours in options.script:
        fake.script(number, *behaviours)
    uvicorn.run(fake.app, host=_LOOPBACK, port=options.port, lifespan="off", ws="none", timeout_graceful_shutdown=1)


def _script_line(text: str) -> tuple[str, list[Behaviour]]:
    number, _, behaviours = text.partition("=")
    return number, [Behaviour(name) for name in behaviours.split(",")]


def _refusal(status_code: int, code: str) -> Response:
    return JSONResponse({"actionSucceed": False, "errorWrappers": [{"error": code}]}, status_code=status_code)


if __name__ == "__main__":
    main()
