"""Everything that PostgreSQL, its driver and the pool of connections may raise: one list, so that none is forgotten."""

from asyncpg.exceptions import InterfaceError, InternalClientError, PostgresError
from sqlalchemy.exc import DBAPIError, PendingRollbackError, ResourceClosedError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# The driver itself raises InternalClientError (no kind of the others) where a session has been ended and its goodbye was
# read, but not yet the end of the line.
SAID_NO = (
    DBAPIError,
    PostgresError,
    InterfaceError,
    InternalClientError,
    PoolTimeout,
    PendingRollbackError,
    ResourceClosedError,
    OSError,
)
"""OSError covers time-outs and refused connections."""
