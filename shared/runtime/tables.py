"""Every service keeps the same tables, each in a schema of its own: a statement is written once and said in any of them."""

from sqlalchemy import TextClause, text


class Statement:
    """SQL in which `{schema}` stands for the service's schema."""

    __slots__ = ("_made", "_sql")

    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._made: dict[str, TextClause] = {}

    def on(self, schema: str) -> TextClause:
        """The statement in that schema, made once. Raises ValueError for what cannot be the name of a service."""
        made = self._made.get(schema)
        if made is None:
            if not schema.isidentifier():
                raise ValueError(f"{schema!r} is no name of a service")
            made = self._made[schema] = text(self._sql.replace("{schema}", schema))
        return made
