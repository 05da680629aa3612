"""The processes of a measurement: the service as users run it, the bare floor, and the load generator."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Final

import httpx
import orjson
import psutil
from cryptography.fernet import Fernet

from benchmarks.load import Load, LoadResult

__all__ = ["Server", "run_floor", "run_load", "run_service"]

_START_TIMEOUT_S: Final = 30
_STOP_TIMEOUT_S: Final = 40
_LOAD_TIMEOUT_S: Final = 60


@dataclass(frozen=True, slots=True)
class Server:
    """A server process that answers."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def memory_mb(self) -> float:
        """Resident memory of the process, in units of a million bytes."""
        return psutil.Process(self.process.pid).memory_info().rss / 1e6


@contextmanager
def run_service(database_url: str) -> Iterator[Server]:
    """`encours serve` with everything on: keys, rate limit, structured logs."""
    port = _free_port()
    environment = {
        **os.environ,
        "ENCOURS_DATABASE_URL": database_url,
        "ENCOURS_SECRET_KEY": Fernet.generate_key().decode(),
        "ENCOURS_PORT": str(port),
        "ENCOURS_RATE_LIMIT": "1000000/second",
        "ENCOURS_LOG_FORMAT": "json",
    }
    with _running([sys.executable, "-m", "service.cli", "serve"], port=port, environment=environment) as server:
        yield server


@contextmanager
def run_floor() -> Iterator[Server]:
    """FastAPI with nothing behind it."""
    port = _free_port()
    with _running([sys.executable, "-m", "benchmarks.floor", str(port)], port=port, environment=None) as server:
        yield server


def run_load(load: Load) -> LoadResult:
    """Send a load from a process of its own and wait for the last answer."""
    finished = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=orjson.dumps(asdict(load)),
        stdout=subprocess.PIPE,
        check=True,
        timeout=load.seconds + _LOAD_TIMEOUT_S,
    )
    return LoadResult(**orjson.loads(finished.stdout))


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def _running(command: list[str], *, port: int, environment: dict[str, str] | None) -> Iterator[Server]:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 - our own programs
    try:
        _wait_until_it_answers(process, port)
        yield Server(port, process)
    finally:
        process.terminate()
        process.wait(timeout=_STOP_TIMEOUT_S)


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    deadline_s = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline_s and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"The server did not start: {process.args!r}")
