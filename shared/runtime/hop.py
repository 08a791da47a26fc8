"""One hop of the road: what a batch of records comes to, inside the transaction of whoever holds its place."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.runtime import failpoints, inbox, outbox, timers
from shared.runtime.documents import Documents, Loaded
from shared.runtime.flow import Flow, Outcome
from shared.runtime.fold import Claims, Folded, Sifted, fold, sift
from shared.runtime.reading import Reading

S = TypeVar("S")
K = TypeVar("K")

At = Callable[[str], Awaitable[None]]
"""Awaited at named places, so that a test can hold a member there and force a race."""


async def straight_on(_: str) -> None:
    """Nobody waits."""


class Hop(Generic[S, K]):
    """Runs the events of one flow through its decider: claims, locks, answers, and writes all of it."""

    def __init__(self, flow: Flow[S, K], at: At = straight_on) -> None:
        self._flow, self._at = flow, at
        self._documents = Documents(flow)

    async def run(self, tx: AsyncConnection, reading: Reading) -> Folded[S]:
        """Answer what is new in `reading`; dead letters are left to the caller. Locks in order: inbox, then documents.

        Raises whatever the flow's own `find_keys`, `look_up` and `keep` raise, and the database.
        """
        claims = reading.claims()
        if not claims:
            return Folded({}, letters=list(reading.letters))
        sifted = await self._claim(tx, reading, claims)
        await self._find_keys(tx, sifted)
        folded = await self._answer(tx, sifted)
        if folded.letters or sifted.letters:
            claimed = {event_id: claims[event_id] for event_id in sifted.fresh}
            await inbox.settle(tx, self._flow.service, self._flow.name, claimed, folded.done)
        folded.letters += (*reading.letters, *sifted.letters)
        folded.repeats += sifted.repeats
        return folded

    def committed(self, folded: Folded[S]) -> None:
        """What `run` gave is in the database now."""
        self._documents.committed(folded.states)

    async def _claim(self, tx: AsyncConnection, reading: Reading, claims: Claims) -> Sifted:
        service, name = self._flow.service, self._flow.name
        fresh = await inbox.claim(tx, service, name, claims)
        await self._at("claimed")
        known = [event_id for event_id in claims if event_id not in fresh] if self._flow.inbound else []
        stored = await inbox.digests(tx, service, name, known) if known else {}
        return sift(reading.heard, reading.digests, fresh, stored)

    async def _find_keys(self, tx: AsyncConnection, sifted: Sifted) -> None:
        lacking = [event for event in sifted.heard if event.key == ""]
        if not lacking:
            return
        found = await self._flow.find_keys(tx, lacking) if self._flow.find_keys else [None] * len(lacking)
        sifted.give_keys({event.id: key for event, key in zip(lacking, found, strict=True)})

    async def _answer(self, tx: AsyncConnection, sifted: Sifted) -> Folded[S]:
        flow, service = self._flow, self._flow.service
        if not sifted.heard:
            return Folded({})
        keys = sorted({event.key for event in sifted.heard if event.key is not None})
        loaded: Loaded[S] = await self._documents.load(tx, keys) if keys else Loaded({}, {})
        await self._at("locked")
        known = await flow.look_up(tx, sifted.heard, loaded.states)
        folded = fold(flow, sifted.heard, sifted.digests, known, loaded.states, loaded.unreadable)
        await self._documents.save(tx, folded.changed)
        failpoints.reach("mid-batch")
        await flow.keep(tx, Outcome(tuple(folded.answers), folded.states, loaded.states))
        await outbox.append(tx, service, folded.rows)
        await timers.set_all(tx, service, flow.name, folded.timers)
        await self._at("written")
        return folded
