"""The command line as an operator uses it: real processes on a database of their own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx
import pytest
from cryptography.fernet import Fernet

COMMAND = (sys.executable, "-m", "service.cli")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture
def environment(database_url: str) -> dict[str, str]:
    return {
        **os.environ,
        "ENCOURS_DATABASE_URL": database_url,
        "ENCOURS_SECRET_KEY": Fernet.generate_key().decode(),
        "COLUMNS": "200",
    }


def encours(environment: dict[str, str], *arguments: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
    finished = subprocess.run(
        [*COMMAND, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert finished.returncode == expect, finished.stderr
    return finished


@contextmanager
def process(environment: dict[str, str], arguments: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    running = subprocess.Popen(
        [*COMMAND, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield running
    finally:
        if running.poll() is None:
            running.kill()
            running.communicate(timeout=30)


def address_of(running: subprocess.Popen[str]) -> str:
    """Where a server that was told to take any free port listens, as it says itself once it is ready."""
    assert running.stdout is not None
    for line in running.stdout:
        if found := re.search(r"running on (http://[0-9.:]+)", line):
            return found[1]
    pytest.fail("the service ended instead of becoming ready")


class TestTenants:
    def test_are_made_from_nothing_to_a_working_key(self, environment: dict[str, str]):
        merchant_id = encours(environment, "merchant", "create", "Dupont Négoce").stdout.strip()
        assert UUID.fullmatch(merchant_id)
        assert "Dupont Négoce" in encours(environment, "merchant", "list").stdout
        encours(environment, "shop", "create", "main", "--merchant", "Dupont Négoce")
        made = encours(environment, "key", "create", "bridge", "--merchant", merchant_id, "--shop", "main")
        secret = made.stdout.strip()
        assert secret.startswith("enc_shop_")
        assert secret not in made.stderr
        listed = encours(environment, "key", "list", "--merchant", merchant_id).stdout
        assert "bridge" in listed
        assert secret not in listed
        key_id = UUID.search(made.stderr)
        assert key_id is not None
        assert key_id[0] in listed
        successor = encours(environment, "key", "rotate", key_id[0], "--merchant", merchant_id).stdout.strip()
        assert successor != secret
        encours(environment, "key", "revoke", key_id[0], "--merchant", merchant_id)
        assert "revoked" in encours(environment, "key", "list", "--merchant", merchant_id).stdout

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (["merchant", "create", "X", "--currency", "XXX"], "currency_unknown"),
            (["merchant", "create", "X", "--time-zone", "Mars/Base"], "time_zone_unknown"),
            (["shop", "create", "main", "--merchant", "Nobody"], "not_found"),
        ],
    )
    def test_mistakes_are_said_in_a_sentence(self, environment: dict[str, str], arguments: list[str], code: str):
        finished = encours(environment, *arguments, expect=1)
        assert finished.stderr.startswith(code)
        assert "Traceback" not in finished.stderr


class TestSettings:
    def test_a_wrong_one_is_named_without_its_value(self, environment: dict[str, str]):
        finished = encours({**environment, "ENCOURS_PORT": "hunter2"}, "serve", expect=2)
        assert "ENCOURS_PORT" in finished.stderr
        assert "hunter2" not in finished.stderr

    def test_a_database_without_schema_is_refused_with_the_command_that_helps(
        self, environment: dict[str, str], server_url: str
    ):
        # The server's own database has never been migrated.
        finished = encours({**environment, "ENCOURS_DATABASE_URL": server_url}, "serve", expect=1)
        assert "schema_behind" in finished.stderr
        assert "encours migrate" in finished.stderr


class TestProcesses:
    @pytest.mark.parametrize("command", ["serve", "run"])
    def test_serve_answer_and_end_when_told(self, environment: dict[str, str], command: str):
        with process(environment, [command, "--port", "0"]) as running:
            address = address_of(running)
            assert httpx.get(f"{address}/readyz", timeout=30).status_code == 200
            document = httpx.get(f"{address}/openapi.json", timeout=30).json()
            assert document["openapi"].startswith("3.1")
            running.send_signal(signal.SIGTERM)
            output, _ = running.communicate(timeout=60)
        assert running.returncode == 0, output
        assert "Traceback" not in output
        assert ('"worker.stopped"' in output) == (command == "run")

    def test_worker_ends_when_told(self, environment: dict[str, str]):
        with process(environment, ["worker"]) as running:
            assert running.stdout is not None
            assert '"worker.started"' in running.stdout.readline()
            running.send_signal(signal.SIGTERM)
            output, _ = running.communicate(timeout=60)
        assert running.returncode == 0, output
        assert '"worker.stopped"' in output
