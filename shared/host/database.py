"""Connections to PostgreSQL whose patience has an end: nobody waits for long behind a process that has frozen."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

SESSION = {
    "lock_timeout": "3s",
    "statement_timeout": "8s",
    "idle_in_transaction_session_timeout": "3s",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "jit": "off",
}
"""What the server holds each session to. The statements are short: compiling them would cost more than it saves."""
CONNECT_SECONDS = 3
ANSWER_SECONDS = 12
"""For a server that is gone without a word; above `statement_timeout`, so that a slow one may speak for itself."""
POOL = 16
"""Opened when they are needed, and kept: a connection that is opened for one request costs the server more than the request."""
POOL_SECONDS = 3


def make_engine(url: str, application_name: str) -> AsyncEngine:
    """An engine for `url` (postgresql+asyncpg://…); `application_name` is what the server's list of sessions shows.

    Connects lazily. What its sessions raise is named by `shared.runtime.failures`.
    """
    engine = create_async_engine(
        url,
        pool_size=POOL,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        pool_use_lifo=True,
        hide_parameters=True,  # an error quotes the statement, and what people wrote never
        connect_args={
            "timeout": CONNECT_SECONDS,
            "command_timeout": ANSWER_SECONDS,
            "server_settings": SESSION | {"application_name": application_name},
        },
    )
    event.listen(engine.sync_engine, "connect", _limit_transactions)
    return engine


# A process that freezes between preparing a statement and running it is neither idle nor in a statement for the server,
# so neither of the limits above ends its session. PostgreSQL knows this one from 17 on; before, the select finds no row.
LIMIT = "select set_config(name, '10s', false) from pg_settings where name = 'transaction_timeout'"


def _limit_transactions(connection: Any, _: object) -> None:
    connection.run_async(lambda driver: driver.execute(LIMIT))
