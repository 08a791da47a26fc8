"""Holds a member at a named place for as long as a test wants, so that a race is forced and not waited for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

SECONDS = 10.0


class Barrier:
    """Passed as `at`: the first to come to `place` stops there until `open`."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._reached, self._open = asyncio.Event(), asyncio.Event()

    async def __call__(self, place: str) -> None:
        if place == self._place and not self._reached.is_set():
            self._reached.set()
            await self._open.wait()

    async def reached(self) -> None:
        """Somebody stands at the place."""
        await asyncio.wait_for(self._reached.wait(), SECONDS)

    def open(self) -> None:
        self._open.set()


async def until(is_so: Callable[[], object], seconds: float = SECONDS) -> None:
    """Wait until it is so; fail when it does not come about. `is_so` may give something to await."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        found = is_so()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        assert asyncio.get_running_loop().time() < deadline, "it did not come about in time"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def running(*parts: object) -> AsyncIterator[None]:
    """Members and relays run for as long as this lasts, and are stopped in the order given."""
    tasks = [asyncio.create_task(part.run()) for part in parts]  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for part in parts:
            await part.stop()  # type: ignore[attr-defined]
        await asyncio.gather(*tasks, return_exceptions=True)
