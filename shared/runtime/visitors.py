"""Who is being served over HTTP by this process: what can wait a moment lets them go first.

All loops of a process take turns. A person waits for the page that they have opened; nobody notices a deadline or a verdict
that is told a few milliseconds later. So a flow lets visitors pass before it takes a batch, and takes less in one go.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 0.05
"""Seconds that a batch waits for visitors at most: however many there are, the road goes on."""
IN_ONE_GO = 10
"""Records that are answered in one transaction while there are visitors: nobody else gets a turn while they are decided."""


class Visitors:
    """The requests that are in hand."""

    def __init__(self) -> None:
        self._here = 0
        self._nobody = asyncio.Event()
        self._nobody.set()

    @property
    def here(self) -> bool:
        """Whether anybody is being served."""
        return self._here > 0

    @contextmanager
    def served(self) -> Iterator[None]:
        """One more, for as long as it takes."""
        self._here += 1
        self._nobody.clear()
        try:
            yield
        finally:
            self._here -= 1
            if not self._here:
                self._nobody.set()

    async def let_pass(self) -> None:
        """Until nobody is being served, or for PATIENCE."""
        if not self.here:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self._nobody.wait()
        except TimeoutError:
            return
