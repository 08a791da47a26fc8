"""How long to wait before the next try: longer each time, and never all at once."""

import random

FIRST = 0.05
LONGEST = 2.0


class Backoff:
    """Doubles from FIRST to LONGEST seconds, each with jitter, so that members do not come back in step."""

    def __init__(self) -> None:
        self._wait = FIRST

    def seconds(self) -> float:
        """How long to wait this time."""
        wait = self._wait * random.uniform(0.5, 1.5)
        self._wait = min(LONGEST, self._wait * 2)
        return wait

    def reset(self) -> None:
        """It went well."""
        self._wait = FIRST
