"""What one run comes to, and how it is waited for."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from msgspec import Struct

PATIENCE = 180.0


class Measured(Struct, frozen=True):
    """`seconds` of wall time, `cpu` seconds of the measured Python process, `count` of events that came out."""

    seconds: float
    cpu: float
    count: int

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.count / self.seconds


async def wait_for(count: Callable[[], Awaitable[int]], wanted: int, look: float = 0.02) -> int:
    """What `count` says once it is `wanted` or more. Raises TimeoutError after three minutes."""
    deadline = time.monotonic() + PATIENCE
    while (found := await count()) < wanted:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{found} of {wanted} after {PATIENCE:.0f} s")
        await asyncio.sleep(look)
    return found
