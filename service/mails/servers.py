"""Where mails are handed over: a server's address and how to speak to it, as an operator or a merchant says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

__all__ = ["MailServer", "Security", "ServerUnavailable", "StoredServer", "parse_server_url"]

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Security(StrEnum):
    """How a connection is encrypted: not at all, after a greeting in the clear, or from its first byte."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


_PORTS: Final = {Security.NONE: 25, Security.STARTTLS: 587, Security.TLS: 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """A server that takes mails. `is_trusted`: the operator's own choice, so that it may be on a private network."""

    host: str
    port: int
    security: Security
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    is_trusted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredServer:
    """A server as it is kept; the password is sealed. `version` grows with each change."""

    merchant_id: UUID
    host: str
    port: int
    security: str
    username: str | None
    password: bytes | None
    version: int
    failing_since_at: datetime | None
    last_error: str | None
    updated_at: datetime


class ServerUnavailable(Exception):
    """The server cannot be reached, or does not let us in. No mail is to blame."""


def parse_server_url(url: str) -> MailServer:
    """`smtp://user:password@host:587`, or `smtps://` for TLS from the first byte; raises ValueError.

    `smtp://` means STARTTLS, and does not go on without. `?security=none` is for servers on the same machine or network.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.path not in {"", "/"}:
        raise ValueError("A mail server is given as smtp://user:password@host:port or smtps://...")
    given = parse_qs(parts.query)
    if given.keys() - {"security"}:
        raise ValueError("The only option of a mail server's URL is `security`")
    default = Security.TLS if parts.scheme == "smtps" else Security.STARTTLS
    if parts.scheme == "smtp" and parts.hostname in _LOOPBACK:
        default = Security.NONE
    security = Security(given["security"][0]) if given else default
    return MailServer(
        host=parts.hostname,
        port=parts.port or _PORTS[security],
        security=security,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        is_trusted=True,
    )
