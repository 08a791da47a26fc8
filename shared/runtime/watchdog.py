"""Tells a flow that waits from one that hangs: only the second is to be ended and started again."""

import time
from collections.abc import Callable

PATIENCE = 60.0
"""Seconds without a turn, or with records waiting and none done, after which a flow counts as hanging."""


class Watchdog:
    """Watches the lanes of one member. Waiting for PostgreSQL or for a person is progress of its kind."""

    def __init__(self, lanes: int, patience: float = PATIENCE, clock: Callable[[], float] = time.monotonic) -> None:
        self.lag = 0
        """Records behind, when last asked."""
        self._patience, self._clock = patience, clock
        self._turned = [clock()] * lanes
        self._progressed = clock()

    def turn(self, lane: int) -> None:
        """The lane goes round."""
        self._turned[lane] = self._clock()

    def progress(self) -> None:
        """Something was done, or there is a known reason why nothing was."""
        self._progressed = self._clock()

    def behind(self, records: int) -> None:
        """So many records wait. None: there is nothing to do."""
        self.lag = records
        if not records:
            self.progress()

    def alive(self) -> bool:
        """Whether every lane turns, and something is done while something waits."""
        now = self._clock()
        turning = all(now - turned < self._patience for turned in self._turned)
        return turning and (not self.lag or now - self._progressed < self._patience)
