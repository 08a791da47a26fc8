"""The register of all letters: what was written to whom, whether it has gone, and if not, why."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notifier.sending.message import file_name
from shared.errors import Misconfigured
from shared.runtime.failures import named
from shared.runtime.tables import Statement

SCHEMA = "notifier"
FIND = Statement("""
select l.notice, l.at, l.ended_at, l.kind, l.channel, l.language, l.recipient as "to", l.subject, l.body as text, l.message_id,
    l.attempts, l.reason, l.resent_at, l.resent_by, l.resent_why, case when l.state = 'waiting' then l.next_at end as next_at,
    case when l.state <> 'waiting' then l.state
        when exists (select from {schema}.switches s where s.paused and s.channel in ('all', l.channel)) then 'paused'
        else 'queued' end as state
from {schema}.letters l
where cast(:letter as text) is null or l.notice = cast(:letter as text) or replace(l.notice, '/', '.') = cast(:letter as text)
order by l.number
""")
NAMES = (
    "notice",
    "at",
    "ended_at",
    "kind",
    "channel",
    "language",
    "to",
    "subject",
    "text",
    "message_id",
    "attempts",
    "reason",
    "resent_at",
    "resent_by",
    "resent_why",
    "next_at",
    "state",
)


class Entry(Struct, frozen=True):
    """A letter in the register. `state`: queued, paused, sent, failed, overtaken by a later one, or shadow (never sent).

    `resent_by` says who had it sent again after it had failed, and `resent_why` for which reason.
    """

    id: str
    state: str
    at: datetime
    kind: str
    channel: str
    to: str | None
    subject: str | None
    reason: str | None
    notice: str
    language: str
    attempts: int
    next_at: datetime | None
    ended_at: datetime | None
    message_id: str | None
    text: str | None
    resent_at: datetime | None
    resent_by: str | None
    resent_why: str | None

    def as_text(self) -> str:
        """As its reader sees it, below what became of it."""
        told = {"State": self.state + (f" ({self.reason})" if self.reason else ""), "Kind": self.kind}
        told |= {
            "Channel": self.channel,
            "To": self.to or "nobody",
            "Date": f"{self.ended_at or self.at:%Y-%m-%d %H:%M %Z}",
        }
        if self.state in ("queued", "paused") and self.next_at:
            told["Next try"] = f"{self.next_at:%Y-%m-%d %H:%M %Z}"
        if self.resent_at:
            told["Sent again"] = f"{self.resent_at:%Y-%m-%d %H:%M %Z} by {self.resent_by}: {self.resent_why}"
        if self.text is None:
            return "\n".join(f"{name}: {value}" for name, value in told.items()) + "\n\n(not put into words yet)\n"
        told["Subject"] = self.subject or ""
        return "\n".join(f"{name}: {value}" for name, value in told.items()) + f"\n\n{self.text}"


async def list_entries(engine: AsyncEngine) -> list[Entry]:
    """Every letter, oldest first."""
    return await _find(engine, None)


async def show_entry(engine: AsyncEngine, letter: str) -> Entry:
    """The letter of that id or notice. Raises Misconfigured when there is none."""
    found = await _find(engine, letter.removesuffix(".eml"))
    if not found:
        raise Misconfigured(f"there is no letter {letter!r}: `amends mail list` shows what there is")
    return found[0]


async def _find(engine: AsyncEngine, letter: str | None) -> list[Entry]:
    with named():
        async with engine.connect() as connection:
            rows = await FIND.run(connection, SCHEMA, letter=letter)
    return [Entry(id=file_name(row[0]), **dict(zip(NAMES, row, strict=True))) for row in rows]
