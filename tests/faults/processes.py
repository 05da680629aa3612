"""Real processes of the service, to be killed."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]


@dataclass
class ServiceProcess:
    """One `encours` process. `address` is empty for a worker."""

    process: subprocess.Popen[bytes]
    address: str = ""

    def kill(self) -> None:
        """As the kernel does when memory runs out: no goodbye."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=30)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def service_process(
    command: str, *arguments: str, database_url: str, log: Path, also: Mapping[str, str] | None = None
) -> Iterator[ServiceProcess]:
    """`encours <command>` on a database, its log in a file; waits until a server is ready."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ENCOURS_")},
        "ENCOURS_DATABASE_URL": database_url,
        "ENCOURS_SECRET_KEY": "n5pQ3mX0l8m1o9k7J2r4t6v8y0B1d3F5h7K9n1P3r5U=",
        "ENCOURS_RATE_LIMIT": "",
        **(also or {}),
    }
    address = ""
    if command == "serve":
        port = free_port()
        arguments = (*arguments, "--port", str(port))
        address = f"http://127.0.0.1:{port}"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "service.cli", command, *arguments],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
        )
    running = ServiceProcess(process, address)
    try:
        if address:
            _wait_until_ready(running)
        yield running
    finally:
        running.stop()


def _wait_until_ready(running: ServiceProcess) -> None:
    transport = httpx.HTTPTransport(retries=10)
    with httpx.Client(transport=transport, timeout=30) as client:
        while running.process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                client.get(f"{running.address}/readyz").raise_for_status()
                return
    raise AssertionError(f"the server ended with {running.process.returncode}")
