"""Which addresses out there may be called with what we know of a customer: public ones, and none of the house's own network.

The lists are IANA's registries of special-purpose addresses (RFC 6890 and what came after it), written out: what the standard
library holds for global has changed between releases.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, as text. Raises OSError where there are none."""

CLOSED_4 = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared by a provider's customers
            "127.0.0.0/8",  # this machine
            "169.254.0.0/16",  # link-local, where clouds keep their keys
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocols
            "192.0.2.0/24",  # examples
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # examples
            "203.0.113.0/24",  # examples
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
OPEN_6 = ip_network("2000::/3")
"""All that is routed; mapped (::ffff:0:0/96), translated (64:ff9b::/96), local and multicast addresses lie outside."""
CLOSED_6 = tuple(
    map(
        ip_network,
        (
            "2001::/23",  # protocols, Teredo (2001::/32) among them
            "2001:db8::/32",  # examples
            "2002::/16",  # 6to4, which carries an IPv4 address
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # examples
        ),
    )
)


def is_public(text: str) -> bool:
    """Whether this address lies in the open internet. What is no address is not."""
    address = _address(text)
    if isinstance(address, IPv6Address):
        return address in OPEN_6 and not any(address in closed for closed in CLOSED_6)
    return address is not None and not any(address in closed for closed in CLOSED_4)


def is_here(text: str) -> bool:
    """Whether this address is the machine's own."""
    address = _address(text)
    return address is not None and address.is_loopback


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


async def resolve(host: str, port: int) -> Sequence[str]:
    """What the machine's own resolver says."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
