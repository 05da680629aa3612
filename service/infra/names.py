"""Names of machines and their addresses."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address

from service.core.addresses import IpAddress

__all__ = ["Resolve", "resolve_host"]

Resolve = Callable[[str, int], Awaitable[Sequence[IpAddress]]]


async def resolve_host(host: str, port: int) -> Sequence[IpAddress]:
    """All addresses of a name, as the system knows them; raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(entry[4][0]) for entry in found]
