"""Takes a batch past a flow: one transaction, so that the position moves with everything that the records led to.

What the database refuses is halved down to the one record that brings it. Where dead letters become a flood the batch
ends, so that the flow stops right behind the letter that made it one.
"""

import time
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.bus.seam import Batch, Record
from shared.errors import Fenced, Flooded, FlowStopped, Unavailable
from shared.runtime import dead_letters, failpoints, floods, flows, metrics, positions
from shared.runtime.cuts import cut
from shared.runtime.failures import named
from shared.runtime.flow import Flow
from shared.runtime.fold import Folded
from shared.runtime.hop import At, Hop, straight_on
from shared.runtime.reading import Letter, Reading, parked, read

S = TypeVar("S")
K = TypeVar("K")

log = structlog.get_logger()


class _FloodWithin(Exception):
    """After so many records of the batch there is a flood; what comes behind them must wait."""

    def __init__(self, records: int) -> None:
        self.records = records


class Passage(Generic[S, K]):
    """The way past one flow, for all lanes of a member."""

    def __init__(self, flow: Flow[S, K], engine: AsyncEngine, at: At = straight_on) -> None:
        self._flow, self._engine, self._at = flow, engine, at
        self._hop = Hop(flow, at)

    async def take(self, batch: Batch) -> None:
        """Do all that this batch asks for. Raises Unavailable, Fenced and Flooded: then it has not surely committed."""
        for part in await self._try(batch):
            await self.take(part)

    async def _try(self, batch: Batch) -> tuple[Batch, ...]:
        """Do it in one transaction; where that cannot be, the parts to take one after the other instead."""
        try:
            await self._transact(batch, read(self._flow, _records(batch)))
            return ()
        except _FloodWithin as flood:
            return cut(batch, flood.records)
        except (Unavailable, Fenced, FlowStopped):
            raise
        except Exception as error:  # refused data, or a bug around the decider: the record is found by halving
            if batch.records > 1:
                return cut(batch, batch.records // 2)
            if not batch.records:
                raise
            letter = parked(_records(batch)[0], error)
        await self._transact(batch, Reading((), (), (letter,)))
        return ()

    async def _transact(self, batch: Batch, reading: Reading) -> None:
        began = time.monotonic()
        flow = self._flow
        with named():
            async with self._engine.connect() as connection, connection.begin() as transaction:
                await positions.advance(connection, flow.service, flow.name, batch)
                await self._at("advanced")
                folded = await self._hop.run(connection, reading)
                flood = await self._bury(connection, batch, folded.letters) if folded.letters else ""
                await self._at("commit")
                await failpoints.commit(transaction)
        if folded.rows:
            failpoints.reach("after-commit-before-publish")
        self._hop.committed(folded)
        self._count(batch, folded, time.monotonic() - began)
        if flood:
            raise Flooded(flood)

    async def _bury(self, tx: AsyncConnection, batch: Batch, letters: list[Letter]) -> str:
        """Store the dead letters; where they are a flood, stop the flow and say so. Raises _FloodWithin."""
        service, name = self._flow.service, self._flow.name
        records = _records(batch)
        places = {(record.partition, record.offset): place for place, record in enumerate(records)}
        letters.sort(key=lambda letter: places[letter.record.partition, letter.record.offset])
        passed = await positions.passed(tx, service, name)
        before_batch = passed - len(records)
        marks = [before_batch + places[letter.record.partition, letter.record.offset] + 1 for letter in letters]
        flood = await self._flood(tx, letters, marks)
        if flood is not None and flood < passed:
            raise _FloodWithin(flood - before_batch)
        await dead_letters.append(tx, service, name, letters, marks)
        if flood is None:
            return ""
        reason = f"{floods.LETTERS} dead letters in {floods.RECORDS:,} records, the last: {letters[-1].reason}"
        await flows.stop(tx, service, name, "flooded", reason)
        return reason

    async def _flood(self, tx: AsyncConnection, letters: Sequence[Letter], marks: Sequence[int]) -> int | None:
        """The mark of the letter that makes it a flood, if one does."""
        counted = [mark for mark, letter in zip(marks, letters, strict=True) if letter.kind in floods.COUNTED]
        if not counted:
            return None
        before = await floods.earlier(tx, self._flow.service, self._flow.name, counted[0] - floods.RECORDS)
        crossing = floods.crossing(before, counted)
        return None if crossing is None else counted[crossing]

    def _count(self, batch: Batch, folded: Folded[Any], seconds: float) -> None:
        name = self._flow.name
        metrics.RECORDS.labels(name).inc(batch.records)
        metrics.ANSWERS.labels(name).inc(len(folded.rows))
        metrics.DUPLICATES.labels(name).inc(folded.repeats)
        metrics.BATCH_SECONDS.labels(name).observe(seconds)
        metrics.BATCH_RECORDS.labels(name).observe(batch.records)
        for letter in folded.letters:
            metrics.LETTERS.labels(name, letter.kind).inc()
            part, offset = letter.record.partition, letter.record.offset
            where = f"{part.topic}/{part.number}/{offset}"
            log.warning("dead_letter", flow=name, kind=letter.kind, record=where, reason=letter.reason)


def _records(batch: Batch) -> list[Record]:
    return [record for part in batch.slices for record in part.records]
