"""Named places at which a test may kill this very process, as a power cut would, or freeze it.

Nothing happens unless the environment variable AMENDS_FAILPOINT names a place: `mid-batch`, or `mid-batch:3` for the
third time that it is passed; `mid-batch:3:STOP` freezes the process there until somebody continues it.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncTransaction

Place = Literal[
    "after-commit-before-publish",
    "after-publish-before-delete",
    "after-assignment-before-seek",
    "mid-batch",
    "commit-sent-answer-not-read",
]


def _passes_by(_: Place) -> None:
    """Nobody wants to end here."""


class _Trap:
    def __init__(self, wanted: str) -> None:
        self.place, times, how = (*wanted.split(":"), "", "")[:3]
        self._left = int(times or 1)
        self._how = signal.SIGSTOP if how == "STOP" else signal.SIGKILL

    def __call__(self, place: Place) -> None:
        if place == self.place:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), self._how)


_wanted = os.environ.get("AMENDS_FAILPOINT", "")
reach: Callable[[Place], None] = _Trap(_wanted) if _wanted else _passes_by


async def commit(transaction: AsyncTransaction) -> None:
    """Commit; at `commit-sent-answer-not-read` the server has been told and we are gone before it answers."""
    if not _wanted.startswith("commit-sent-answer-not-read"):
        await transaction.commit()
        return
    telling = asyncio.ensure_future(transaction.commit())
    await asyncio.wait((telling,), timeout=0)
    reach("commit-sent-answer-not-read")
    await telling
