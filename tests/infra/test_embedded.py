"""The embedded server: shared by processes, durable, and gone with its last user however that one ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from service.infra.embedded import EmbeddedServerFailed, embedded_postgres, running_database

# Says when the server runs and keeps it until its input ends.
USER_PROGRAM = """
import sys
from pathlib import Path
from service.infra.embedded import embedded_postgres
with embedded_postgres(Path(sys.argv[1])):
    print("running", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(server_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """A second user of the same server, in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", USER_PROGRAM, str(server_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        yield process
        process.communicate()
    finally:
        process.kill()
        process.communicate()


def is_running(server_dir: Path) -> bool:
    return (server_dir / "postmaster.pid").exists()


async def ask(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def server_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A path with a space, since home folders have them. Each test stops the server, none needs a folder of its own."""
    return tmp_path_factory.mktemp("data folder") / "postgres"


class TestEmbeddedPostgres:
    async def test_keeps_what_was_committed_and_opens_no_port(self, server_dir: Path) -> None:
        with embedded_postgres(server_dir) as url:
            await ask(url, "CREATE TABLE note AS SELECT 'kept' AS text")
            assert await ask(url, "SHOW listen_addresses") == ""
        with embedded_postgres(server_dir) as url:
            assert await ask(url, "SELECT text FROM note") == "kept"

    async def test_is_durable(self, server_dir: Path) -> None:
        with embedded_postgres(server_dir) as url:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                assert await ask(url, f"SHOW {setting}") == "on"

    def test_stops_with_its_last_user(self, server_dir: Path) -> None:
        with embedded_postgres(server_dir):
            with another_process(server_dir):
                pass
            assert is_running(server_dir)
        assert not is_running(server_dir)

    def test_stays_while_another_process_uses_it(self, server_dir: Path) -> None:
        with another_process(server_dir):
            with embedded_postgres(server_dir):
                pass
            assert is_running(server_dir)
        assert not is_running(server_dir)

    def test_a_killed_user_is_not_waited_for(self, server_dir: Path) -> None:
        with embedded_postgres(server_dir), another_process(server_dir) as other:
            other.send_signal(signal.SIGKILL)
            other.wait()
        assert not is_running(server_dir)

    async def test_a_server_whose_only_user_was_killed_is_taken_over(self, server_dir: Path) -> None:
        with another_process(server_dir) as other:
            other.send_signal(signal.SIGKILL)
            other.wait()
        assert is_running(server_dir)
        with embedded_postgres(server_dir) as url:
            assert await ask(url, "SELECT 1") == 1
        assert not is_running(server_dir)

    async def test_starts_although_its_old_process_id_now_belongs_to_another_program(self, server_dir: Path) -> None:
        with embedded_postgres(server_dir):
            pid_file = server_dir / "postmaster.pid"
            lines = pid_file.read_text().splitlines()
        with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE) as stranger:
            pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
            with embedded_postgres(server_dir) as url:
                assert await ask(url, "SELECT 1") == 1

    def test_says_where_the_log_is_when_it_cannot_start(self, server_dir: Path) -> None:
        with (
            pytest.raises(EmbeddedServerFailed, match="its log is "),
            embedded_postgres(server_dir, extra_settings={"shared_buffers": "nonsense"}),
        ):
            pytest.fail("it cannot have started")


class TestRunningDatabase:
    def test_a_given_url_starts_nothing(self, tmp_path: Path) -> None:
        with running_database(database_url="postgresql://elsewhere/encours", data_dir=tmp_path) as url:
            assert url == "postgresql://elsewhere/encours"
        assert list(tmp_path.iterdir()) == []

    async def test_without_a_url_the_server_lives_in_the_data_folder(self, tmp_path: Path) -> None:
        with running_database(database_url=None, data_dir=tmp_path) as url:
            assert await ask(url, "SELECT current_database()") == "encours"
        assert (tmp_path / "postgres" / "PG_VERSION").exists()
