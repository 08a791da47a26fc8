"""When PostgreSQL says no: is it having a bad day, or does it refuse what it was given?

A bad day means that the same work is done again later, and nothing is lost. Refused data would be refused for ever, so
the one record that brings them becomes a dead letter. What is neither is a bug, and stays the exception that it was.
"""

import contextlib
from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError

from shared.bus.postgres_errors import SAID_NO
from shared.errors import AmendsError, Unavailable

DATA = ("21", "22", "23", "44", "54", "P0")
"""SQLSTATE classes that speak of the data: cardinality, data exception, constraint, view check, program limit, raised.

All others wait, a missing table (42) too: the migration has not run yet, and no record is to blame for that.
"""


class Refused(AmendsError):
    """PostgreSQL refuses these data, and would refuse them again. `detail` are its words, and may quote the data."""

    def __init__(self, text: str, detail: str) -> None:
        super().__init__(text)
        self.detail = detail


@contextlib.contextmanager
def named() -> Iterator[None]:
    """Raise what PostgreSQL, its driver and the pool raise as `Unavailable` or `Refused`; let the rest through."""
    try:
        yield
    except SAID_NO as error:
        raise _named(error) from error


def _named(error: Exception) -> AmendsError:
    driver = error.driver_exception if isinstance(error, DBAPIError) else error
    state = str(getattr(driver, "sqlstate", None) or "")
    text = str(driver).strip() or type(driver).__name__
    if state.startswith(DATA):
        return Refused(f"PostgreSQL refuses the data: {type(driver).__name__} ({state})", text)
    return Unavailable(f"PostgreSQL: {text.splitlines()[0]}")
