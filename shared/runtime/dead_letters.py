"""What could not be read or decided: the bytes as they came, where from and why, until a person ends it.

A dead letter is known as <flow>-<number>. Its event is not held in the inbox, so it may still be answered: by a retry, or
when its sender sends it again.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.bus.seam import RECORD_LIMIT, Partition, Record
from shared.errors import Misconfigured
from shared.events import DeadLetterAdded
from shared.runtime import outbox
from shared.runtime.failures import named
from shared.runtime.reading import Kind, Letter
from shared.runtime.tables import Statement

REASON_LIMIT = 20_000
Ending = Literal["waiting", "retried", "discarded"]

_pack = msgspec.json.Encoder().encode
_unpack = msgspec.json.Decoder(tuple[tuple[str, bytes], ...]).decode

APPEND = Statement("""
insert into {schema}.dead_letters
    (flow, kind, topic, partition, "offset", key, value, headers, record_at, reason, size, digest, mark, at)
select :flow, kind, topic, partition, "offset", key, value, headers, record_at, reason, size, digest, mark,
    (select clock.now())
from unnest(cast(:kinds as text[]), cast(:topics as text[]), cast(:partitions as int[]), cast(:offsets as bigint[]),
    cast(:keys as bytea[]), cast(:values as bytea[]), cast(:headers as bytea[]), cast(:record_ats as timestamptz[]),
    cast(:reasons as text[]), cast(:sizes as bigint[]), cast(:digests as text[]), cast(:marks as bigint[])) with ordinality
    as l (kind, topic, partition, "offset", key, value, headers, record_at, reason, size, digest, mark, n)
order by n returning number
""")

COLUMNS = """flow, number, kind, topic, partition, "offset", key, value, headers, record_at, reason, size, digest, at,
    state, by, ended_at"""

LIST = Statement(f"""
select {COLUMNS} from {{schema}}.dead_letters where :all or state = 'waiting' order by number desc limit :rows
""")  # noqa: S608 - the columns stand above

SHOW = Statement(f"select {COLUMNS} from {{schema}}.dead_letters where flow = :flow and number = :number")  # noqa: S608

HOLD = Statement(f"""
select {COLUMNS} from {{schema}}.dead_letters where flow = :flow and number = :number for update
""")  # noqa: S608

END = Statement("""
update {schema}.dead_letters set state = :state, by = :by, ended_at = (select clock.now())
where flow = :flow and number = :number
""")

FAIL_AGAIN = Statement("""
update {schema}.dead_letters set kind = :kind, reason = :reason, by = :by where flow = :flow and number = :number
""")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One row: `reason` may go over several lines and quote the customer; `value` is none where it was over the limit."""

    flow: str
    number: int
    kind: Kind
    record: Record
    reason: str
    size: int
    digest: str
    at: datetime
    state: Ending
    by: str | None
    ended_at: datetime | None

    @property
    def id(self) -> str:
        return f"{self.flow}-{self.number}"


def relay_of(service: str) -> str:
    """What stands for the flow in the dead letters of the service's relay: events that the bus would not take."""
    return f"{service}-relay"


DIGITS = 18
"""What fits into the table's bigint whatever the digits are."""


def parse_id(letter_id: str) -> tuple[str, int]:
    """The flow and the number in <flow>-<number>. Raises Misconfigured for anything else."""
    flow, _, number = letter_id.rpartition("-")
    if not flow or not number.isdecimal() or len(number) > DIGITS:
        raise Misconfigured(f"{letter_id!r} names no dead letter: `amends dead-letters list` shows <flow>-<number>")
    return flow, int(number)


async def list_all(engine: AsyncEngine, service: str, *, ended: bool = False, limit: int = 1_000) -> list[DeadLetter]:
    """The service's dead letters, newest first: those that wait, and with `ended` all of them. Raises Unavailable."""
    with named():
        async with engine.connect() as connection:
            rows = await connection.execute(LIST.on(service), {"all": ended, "rows": limit})
            return [_of(row) for row in rows]


async def show(engine: AsyncEngine, service: str, flow: str, number: int) -> DeadLetter | None:
    """One dead letter with its bytes. Raises Unavailable."""
    with named():
        async with engine.connect() as connection:
            row = (await connection.execute(SHOW.on(service), {"flow": flow, "number": number})).one_or_none()
    return _of(row) if row else None


async def discard(engine: AsyncEngine, service: str, flow: str, number: int, by: str) -> DeadLetter | None:
    """End a dead letter that waits, without doing anything; one that has ended stays as it is. Raises Unavailable."""
    with named():
        async with engine.begin() as tx:
            letter = await hold(tx, service, flow, number)
            if letter is not None and letter.state == "waiting":
                await end(tx, service, letter, "discarded", by)
    return await show(engine, service, flow, number)


async def append(tx: AsyncConnection, service: str, flow: str, letters: Sequence[Letter], marks: Sequence[int]) -> None:
    """Store these letters and say on the road that they are there. `marks`: how many records the flow had passed."""
    if not letters:
        return
    numbers = (await tx.execute(APPEND.on(service), {"flow": flow} | _columns(letters, marks))).scalars().all()
    added = zip(letters, numbers, strict=True)
    await outbox.append(tx, service, [_announcement(flow, letter, number) for letter, number in added])


async def hold(tx: AsyncConnection, service: str, flow: str, number: int) -> DeadLetter | None:
    """One dead letter, locked until the transaction ends: of two who retry it the second sees what the first did."""
    row = (await tx.execute(HOLD.on(service), {"flow": flow, "number": number})).one_or_none()
    return _of(row) if row else None


async def end(tx: AsyncConnection, service: str, letter: DeadLetter, state: Ending, by: str) -> None:
    """It is done."""
    await tx.execute(END.on(service), {"flow": letter.flow, "number": letter.number, "state": state, "by": by})


async def fail_again(tx: AsyncConnection, service: str, letter: DeadLetter, failed: Letter, by: str) -> None:
    """It goes on waiting, for the reason that it has now."""
    reason = {"kind": failed.kind, "reason": _reason(failed), "by": by}
    await tx.execute(FAIL_AGAIN.on(service), {"flow": letter.flow, "number": letter.number} | reason)


def _of(row: Any) -> DeadLetter:
    flow, number, kind, topic, partition, offset, key, value, headers, record_at, *rest = row
    record = Record(Partition(topic, partition), offset, key, value, _unpack(headers), record_at)
    return DeadLetter(flow, number, kind, record, *rest)


def _columns(letters: Sequence[Letter], marks: Sequence[int]) -> dict[str, list[Any]]:
    records = [letter.record for letter in letters]
    return {
        "kinds": [letter.kind for letter in letters],
        "topics": [record.partition.topic for record in records],
        "partitions": [record.partition.number for record in records],
        "offsets": [record.offset for record in records],
        "keys": [record.key for record in records],
        "values": [None if _size(record) > RECORD_LIMIT else record.value for record in records],
        "headers": [_pack(record.headers) for record in records],
        "record_ats": [record.at for record in records],
        "reasons": [_reason(letter) for letter in letters],
        "sizes": [_size(record) for record in records],
        "digests": [_digest(record) for record in records],
        "marks": list(marks),
    }


def _announcement(flow: str, letter: Letter, number: int) -> outbox.Row:
    part, record = letter.record.partition, letter.record
    event = DeadLetterAdded(
        flow=flow,
        number=number,
        kind=letter.kind,
        topic=part.topic,
        partition=part.number,
        offset=record.offset,
        reason=_clean(letter.reason),
        size=_size(record),
        digest=_digest(record),
    )
    return outbox.row_of(event, uuid5(NAMESPACE_URL, f"amends:dead-letter:{flow}-{number}"))


def _reason(letter: Letter) -> str:
    return _clean(f"{letter.reason}\n{letter.detail}".strip())


def _clean(text: str) -> str:
    """As PostgreSQL takes it: no NUL, no half of a surrogate pair, and not without end."""
    return text.replace("\0", "␀")[:REASON_LIMIT].encode(errors="replace").decode()


def _size(record: Record) -> int:
    return len(record.value or b"")


def _digest(record: Record) -> str:
    return hashlib.sha256(record.value or b"").hexdigest()
