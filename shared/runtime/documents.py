"""What a flow remembers about each customer: one row each, the truth, never deleted by the road."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.errors import Unavailable
from shared.runtime.flow import Flow
from shared.runtime.metrics import DOCUMENT_BYTES
from shared.runtime.tables import Statement

S = TypeVar("S")

SEEN_LIMIT = 200_000
"""Keys kept in memory, some 20 MB; past it they are forgotten, which costs one statement a batch for a while."""

# A row that may be missing is inserted before it is locked: else two first events of a customer overwrite each other.
FIRST = Statement("""
insert into {schema}.documents (flow, key) select :flow, k from unnest(cast(:keys as text[])) as k
order by k collate "C" on conflict do nothing
""")

# One look into the primary key per customer, locked in the order given, whatever the planner believes about the table.
LOAD = Statement("""
select k, d.version, d.state from unnest(cast(:keys as text[])) as k,
lateral (select version, state from {schema}.documents where flow = :flow and key = k for update) d
""")

# Nobody is locked out by whoever only wants to look.
LOOK = Statement("""
select key, state from {schema}.documents where flow = :flow and key = any(cast(:keys as text[])) and state is not null
""")

# An upsert of rows that are there and locked: its arbiter is the primary key, and that is the whole plan.
SAVE = Statement("""
insert into {schema}.documents (flow, key, version, state)
select :flow, k, cast(:version as int), s from unnest(cast(:keys as text[]), cast(:states as text[])) as d (k, s)
on conflict (flow, key) do update set version = excluded.version, state = excluded.state
""")


@dataclass(frozen=True, slots=True)
class Loaded(Generic[S]):
    """The states of some customers, locked; `unreadable` says why a state could not be made of a row."""

    states: dict[str, S]
    unreadable: dict[str, str]


class Documents(Generic[S]):
    """The documents of one flow. Keeps in mind which rows are there, so that most batches insert none."""

    def __init__(self, flow: Flow[S, Any]) -> None:
        self._schema, self._flow, self._version, self._initial = (
            flow.service,
            flow.name,
            flow.version,
            flow.decider.initial,
        )
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(flow.state)
        self._seen: set[str] = set()

    async def load(self, tx: AsyncConnection, keys: Sequence[str]) -> Loaded[S]:
        """Lock and read the documents of `keys`, which are sorted bytewise; a missing one is made first.

        Raises Unavailable when a newer release has written one of them: this process must not write it again.
        """
        unseen = [key for key in keys if key not in self._seen]
        rows = await self._locked(tx, keys, unseen)
        if len(rows) < len(keys):  # a row is gone that was there, e.g. with a restored database
            self._seen.clear()
            rows = await self._locked(tx, keys, keys)
        loaded: Loaded[S] = Loaded({}, {})
        for key, version, state in rows:
            self._read(loaded, key, version, state)
        return loaded

    async def save(self, tx: AsyncConnection, states: Mapping[str, S]) -> None:
        """Write these states, whose rows are locked. One that cannot be written raises, as a bug of its event."""
        if not states:
            return
        written = [self._encoder.encode(state).decode() for state in states.values()]
        DOCUMENT_BYTES.labels(self._flow).observe(max(map(len, written)))
        await SAVE.run(tx, self._schema, flow=self._flow, version=self._version, keys=list(states), states=written)

    def committed(self, keys: Iterable[str]) -> None:
        """These rows are there now, for everybody."""
        if len(self._seen) > SEEN_LIMIT:
            self._seen.clear()
        self._seen.update(keys)

    async def _locked(self, tx: AsyncConnection, keys: Sequence[str], unseen: Sequence[str]) -> Sequence[Any]:
        if unseen:
            await FIRST.run(tx, self._schema, flow=self._flow, keys=unseen)
        return await LOAD.run(tx, self._schema, flow=self._flow, keys=keys)

    def _read(self, loaded: Loaded[S], key: str, version: int | None, state: str | None) -> None:
        if state is None:
            loaded.states[key] = self._initial
            return
        if version is not None and version > self._version:
            raise Unavailable(
                f"{self._flow}: a newer release wrote the document of {key!r} (version {version}, this one knows "
                f"{self._version}): run the newer release"
            )
        try:
            loaded.states[key] = self._decoder.decode(state)
        except msgspec.MsgspecError as wrong:
            loaded.states[key] = self._initial
            loaded.unreadable[key] = f"the document of {key!r} cannot be read: {wrong}"


async def look(connection: AsyncConnection, flow: Flow[S, Any], keys: Sequence[str]) -> dict[str, S]:
    """The documents of `keys` as they stand, for who only looks: unlocked, and those alone that are there."""
    decode = msgspec.json.Decoder(flow.state).decode
    rows = await LOOK.run(connection, flow.service, flow=flow.name, keys=list(keys))
    return {key: decode(state) for key, state in rows}
