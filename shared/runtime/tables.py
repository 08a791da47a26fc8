"""Every service keeps the same tables, each in a schema of its own: a statement is written once and said in any of them."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

NAMED = re.compile(r"(?<![:\w]):(\w+)")


class Statement:
    """SQL in which `{schema}` stands for the service's schema, and `:name` for a parameter."""

    __slots__ = ("_made", "_names", "_plain", "_sql")

    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._names = tuple(dict.fromkeys(NAMED.findall(sql)))
        self._made: dict[str, TextClause] = {}
        self._plain: dict[str, str] = {}

    def on(self, schema: str) -> TextClause:
        """The statement in that schema, made once. Raises ValueError for what cannot be the name of a service."""
        made = self._made.get(schema)
        if made is None:
            if not schema.isidentifier():
                raise ValueError(f"{schema!r} is no name of a service")
            written = self._sql.replace("{schema}", schema)
            made = self._made[schema] = text(written)
            self._plain[schema] = NAMED.sub(lambda found: f"${self._names.index(found[1]) + 1}", written)
        return made

    async def run(self, connection: AsyncConnection, schema: str, **parameters: Any) -> Sequence[Any]:
        """Say it in that schema; all rows, each as good as a tuple.

        Past SQLAlchemy where that changes nothing, since it takes 130 of 180 us of a statement and a small batch has ten.
        """
        made = self.on(schema)
        driver = _begun(connection)
        if driver is None:
            found = await connection.execute(made, parameters)
            return found.all() if found.returns_rows else ()
        rows: Sequence[Any] = await driver.fetch(self._plain[schema], *(parameters[name] for name in self._names))
        return rows


def _begun(connection: AsyncConnection) -> Any:
    """The driver's own connection; none before the first statement of a transaction, with which SQLAlchemy begins it."""
    if connection.invalidated or connection.sync_connection is None:
        return None
    adapted: Any = connection.sync_connection.connection.dbapi_connection
    driver = adapted.driver_connection
    return driver if adapted.autocommit or driver.is_in_transaction() else None
