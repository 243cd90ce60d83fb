"""Whose request it is: the address of the peer, and what may be believed of forwarded headers.

The socket says who connected. Only where that is a proxy of ours (``CHAPPE_TRUSTED_PROXIES``) does
``X-Forwarded-For`` count, read from its right end: each proxy adds the peer it saw there, so the
right-most address that is no proxy of ours is the last that somebody trusted has vouched for.
Whatever stands further left, or comes from elsewhere, anybody could have written.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

FORWARDED = b"x-forwarded-for"
_UNKNOWN = "unknown"  # a peer without an address
_MOST_HOPS = 20


def read_networks(text: str) -> tuple[Network, ...]:
    """Return the networks of a comma-separated list such as ``10.0.0.0/8, 192.0.2.7``.

    Raises ValueError naming the entry that is none.
    """
    found: list[Network] = []
    for entry in filter(None, (part.strip() for part in text.split(","))):
        try:
            found.append(ip_network(entry))
        except ValueError as fault:
            msg = f"{entry!r} is no address or network: {fault}"
            raise ValueError(msg) from None
    return tuple(found)


class Peers:
    """Names the peer of a request."""

    def __init__(self, trusted: tuple[Network, ...]) -> None:
        self._trusted = trusted
        self.is_proxy = lru_cache(1_000)(self._is_proxy)

    def _is_proxy(self, host: str) -> bool:
        """Return whether a host is a proxy of ours."""
        address = _read(host)
        return address is not None and self._among_trusted(address)

    def address(self, host: str | None, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """Return the address that a request comes from.

        host  of the socket's other end; None: it has none
        """
        if host is None:
            return _UNKNOWN
        if not self._trusted or not self.is_proxy(host):
            return _plain(host)
        nearest = _plain(host)
        forwarded = b",".join(value for name, value in headers if name == FORWARDED)
        entries = forwarded.decode("latin-1").split(",")[-_MOST_HOPS:]
        for entry in reversed(entries):
            address = _read(entry)
            if address is None:
                break  # not what a proxy writes: nothing left of it can be believed
            nearest = str(address)
            if not self._among_trusted(address):
                break
        return nearest

    def _among_trusted(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


def neighbourhood(address: str) -> str:
    """Return what limits are kept for: the address, or its /64 where it is IPv6.

    Whoever has one IPv6 address usually has 2**64 of them.
    """
    if ":" not in address:
        return address
    parsed = _read(address)
    if not isinstance(parsed, IPv6Address):
        return address
    return str(IPv6Network((int(parsed) >> 64 << 64, 64)))


def _plain(host: str) -> str:
    if ":" not in host:
        return host
    address = _read(host)
    return host if address is None else str(address)


def _read(text: str) -> Address | None:
    """Return the address in a text such as ``192.0.2.1``, ``192.0.2.1:80``, ``[2001:db8::1]:80``."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
