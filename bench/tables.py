"""What the two consumers that we compare ourselves with have in common: two tables, a document, an answer."""

from typing import Any

import asyncpg
import msgspec

from shared.bus import codec
from shared.events import CASES, CaseOpened, ComplaintAccepted

ANSWER_TOPIC = CASES


async def make_tables(connection: asyncpg.Connection) -> None:
    """An inbox and a document for each customer."""
    await connection.execute("create table if not exists inbox (id text primary key)")
    await connection.execute("create table if not exists desks (customer text primary key, state jsonb not null)")


def encode_desk(event: ComplaintAccepted) -> str:
    """The document, of about the size that ours has."""
    options = (("voucher", 500), ("call", 0))
    return msgspec.json.encode({"contacts": 1, "latest": event.complaint, "options": options}).decode()


def answer(event: ComplaintAccepted) -> bytes:
    """The same answer as ours."""
    about: dict[str, Any] = {
        "customer": event.customer,
        "at": event.at,
        "complaint": event.complaint,
        "source": event.source,
    }
    return codec.encode(CaseOpened(**about, case=f"case-{event.complaint}", severity=1, subject=event.subject))
