"""Addresses on the network, and to which of them others may send us."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

__all__ = ["IpAddress", "find_address_problem"]

IpAddress = IPv4Address | IPv6Address

# Machines in a cloud find their own credentials at these addresses.
_METADATA_V6: Final = IPv6Address("fd00:ec2::254")
_NEVER_V4: Final = (IPv4Network("0.0.0.0/8"), IPv4Network("169.254.0.0/16"), IPv4Network("255.255.255.255/32"))
_PRIVATE: Final[Collection[IPv4Network | IPv6Network]] = (
    IPv4Network("127.0.0.0/8"),
    IPv4Network("10.0.0.0/8"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.168.0.0/16"),
    IPv6Network("::1/128"),
    IPv6Network("fc00::/7"),
)
_NAT64: Final = IPv6Network("64:ff9b::/96")


def find_address_problem(address: IpAddress, *, is_plain: bool, allow_private: bool) -> str | None:
    """Why nothing may be sent to this address, or None.

    Merchants choose where the service sends to, so an address inside the operator's own network would be a way in.
    What is not encrypted is for such private networks alone, where the operator has allowed it.
    """
    address = _unwrap(address)
    if address == _METADATA_V6 or any(address in network for network in _NEVER_V4):
        return "The address is reserved."
    if any(address in network for network in _PRIVATE):
        return None if allow_private else "The address is private."
    if not address.is_global or address.is_multicast:
        return "The address is reserved."
    return "A public address needs https://." if is_plain else None


def _unwrap(address: IpAddress) -> IpAddress:
    """An IPv4 address can be written in several kinds of IPv6 address, and is then reached all the same."""
    if isinstance(address, IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address in _NAT64:
        inner = IPv4Address(address.packed[-4:])
    return inner or address
