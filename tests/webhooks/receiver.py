"""A receiver of webhooks: a small application behind a real server on a free port of the loopback interface."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from standardwebhooks import Webhook, WebhookVerificationError


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver says."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


OK = Answer()
BROKEN = Answer(status=500, body=b"stack trace")


class Receiver:
    """Keeps what it gets. `answer` decides what it says; while `is_open` is not set it keeps every sender waiting.

    The first requests wait for the `gates` instead, each for its own.
    """

    def __init__(self) -> None:
        self.url = ""
        self.received: list[Received] = []
        self.answer: Callable[[Received], Answer] = lambda _: OK
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.gates: list[asyncio.Event] = []
        self.arrived = asyncio.Event()
        self.waiting = 0
        self.most_waiting = 0

    @property
    def ids(self) -> list[str]:
        return [received.id for received in self.received]

    async def wait_for(self, count: int) -> None:
        """Until so many requests have come in."""
        while len(self.received) < count:
            self.arrived.clear()
            await self.arrived.wait()

    @property
    def sequences(self) -> list[int]:
        return [received.document["sequence"] for received in self.received]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        received = Received(path=scope["path"], headers=headers, body=body)
        number = len(self.received)
        self.received.append(received)
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        self.arrived.set()
        await (self.gates[number] if number < len(self.gates) else self.is_open).wait()
        self.waiting -= 1
        answer = self.answer(received)
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": [(name.encode(), value.encode()) for name, value in answer.headers.items()],
            }
        )
        await send({"type": "http.response.body", "body": answer.body})


def verifying(secret: str) -> Callable[[Received], Answer]:
    """Answers like a careful receiver: only what is signed is taken, over the bytes as they came."""

    def answer(received: Received) -> Answer:
        try:
            Webhook(secret).verify(received.body, received.headers)
        except WebhookVerificationError as error:
            return Answer(status=401, body=str(error).encode())
        return OK

    return answer


class _Server(uvicorn.Server):
    """A server inside a test, whose signals are not its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serve(app: Any, **options: Any) -> AsyncIterator[int]:
    """Run an application under uvicorn on a free port; gives the port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", **options)
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            server.force_exit = True
            await task
