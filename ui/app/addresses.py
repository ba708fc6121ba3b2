"""Where a request comes from, also behind reverse proxies.

A proxy adds the address that connected to it to ``X-Forwarded-For``, at the right end; what stands to the
left of that may be made up. So the list is read from the right, as long as the address so far is that of a
trusted proxy: this machine's own, and those in ``ATTUNE_TRUSTED_PROXIES``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

HERE: Final = "loopback"
"""Where Streamlit and Unix sockets name no address: somebody on this machine."""

_HOUSEHOLD_BITS: Final = 64
"""Of IPv6 one customer gets a network of this length or more, and may use any address in it."""


def client_of(peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The address of the browser, or what comes nearest to it.

    Args:
        peer: whoever connected; None on this machine.
        forwarded: the values of ``X-Forwarded-For``, in their order.
        trusted: networks of proxies that are believed, beside this machine itself.

    Returns:
        An address as text, ``HERE``, or what a trusted proxy wrote in place of an address, at most 64 signs.
    """
    client = peer or HERE
    passed_on = [one.strip() for value in forwarded for one in value.split(",") if one.strip()]
    while passed_on and _is_trusted(client, trusted):
        client = passed_on.pop()
    ip = parsed(client)
    return str(ip) if ip is not None else client[:64]


def household(client: str) -> str:
    """Who is counted together: an IPv4 address, or the IPv6 network of a household."""
    ip = parsed(client)
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((ip, _HOUSEHOLD_BITS), strict=False))
    return client if ip is None else str(ip)


def is_here(client: str) -> bool:
    """Whether that address is this machine's own."""
    ip = parsed(client)
    return client == HERE if ip is None else ip.is_loopback


def parsed(address: str) -> Address | None:
    """The address; IPv4 in IPv6's clothes comes as IPv4. None for what is none."""
    try:
        # Some proxies also write the port: 203.0.113.9:5012, [2001:db8::1]:5012.
        host = address if address.count(":") > 1 and "[" not in address else urlsplit(f"//{address}").hostname
        ip = ipaddress.ip_address(host or "")
    except ValueError:
        return None
    return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip


def _is_trusted(client: str, trusted: Iterable[Network]) -> bool:
    ip = parsed(client)
    return is_here(client) or (ip is not None and any(ip in network for network in trusted))
