"""Nobody reads the page faster than people do: who tries one address after the other is asked to wait.

What is counted lies in this process alone, and ends with it: several replicas allow several times as much, which does
not matter for guessing 256 bits, and keeps the page free of a write for each look.
"""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

KNOWN = 20_000
"""So many are remembered, the latest; who was forgotten begins anew."""


class Rate(NamedTuple):
    """So many at once, and then so many a second."""

    burst: float
    each_second: float


LOOKS = Rate(60, 4)
"""For one link: somebody who goes through the page in a hurry, and their mail scanner besides."""
CALLS = Rate(600, 40)
"""For one address: an office or a telephone company's customers behind it."""
MISSES = Rate(20, 0.2)
"""For one address: links that lead nowhere."""


class Brake:
    """Lets through what keeps within the rate, by name: a bucket that fills again while time goes on."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spends(self, name: str) -> bool:
        """Count one for this name; whether it is within the rate."""
        left = self._left_for(name)
        self._left[name] = (max(left - 1, 0.0), self._clock())
        self._left.move_to_end(name)
        if len(self._left) > KNOWN:
            self._left.popitem(last=False)
        return left >= 1

    def allows(self, name: str) -> bool:
        """Whether one more is within the rate; counts none."""
        return self._left_for(name) >= 1

    def _left_for(self, name: str) -> float:
        left, at = self._left.get(name, (self._rate.burst, self._clock()))
        return min(self._rate.burst, left + (self._clock() - at) * self._rate.each_second)


def neighbourhood(address: str) -> str:
    """Who is behind an address: in IPv6 a household or a server has a /64 to choose from."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return "somebody"
    if known.version == 4:
        return address
    return str(known.ipv4_mapped or ipaddress.ip_network((known, 64), strict=False))
