"""How loops of the runtime pause: until something happens, or for so long."""

import asyncio
import contextlib


async def pause(until: asyncio.Event, seconds: float) -> None:
    """Until the event has come, or so many seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await until.wait()
