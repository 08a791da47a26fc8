"""What waits for somebody's yes or no, for the people who say it: the list, and one with all that is known of its case."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.offer.case import Case, Request
from services.offer.console import alike
from services.offer.console.alike import Alike
from services.offer.console.cases import ShownCase, show_case
from shared.events import Option
from shared.policy.policy import Policy
from shared.runtime.tables import Statement

LIMIT = 1_000
"""Requests in one list."""

# All of a case's requests, as its document has them: a late word on an earlier one is written too.
SAVE = Statement("""
insert into offer.approvals (id, "case", customer, kind, option, first, level, asked_at, due, late, asked_by, yes, reasons,
    limits, ended)
select id, c, customer, kind, cast(option as json), first, level, asked_at, due, late, asked_by, cast(yes as json),
    cast(reasons as json), cast(limits as json), ended
from unnest(cast(:ids as text[]), cast(:cases as text[]), cast(:customers as text[]), cast(:kinds as text[]),
    cast(:options as text[]), cast(:firsts as text[]), cast(:levels as text[]), cast(:asked as timestamptz[]),
    cast(:dues as timestamptz[]), cast(:lates as boolean[]), cast(:asked_by as text[]), cast(:yes as text[]),
    cast(:reasons as text[]), cast(:limits as text[]), cast(:ends as text[]))
    as e (id, c, customer, kind, option, first, level, asked_at, due, late, asked_by, yes, reasons, limits, ended)
on conflict (id) do update set kind = excluded.kind, option = excluded.option, level = excluded.level, due = excluded.due,
    late = excluded.late, yes = excluded.yes, ended = excluded.ended
""")

COLUMNS = """
select a.id, a."case", a.customer, c.complaint, a.kind, a.level, a.first, a.asked_at, a.due, a.late, a.asked_by, a.ended,
    cast(a.option as text), cast(a.yes as text), cast(a.reasons as text), cast(a.limits as text), c.severity
from offer.approvals a join offer.cases c on c."case" = a."case"
"""
OPEN = text(f"{COLUMNS} where a.ended is null order by a.due, a.id limit :limit")
ONE = text(f"{COLUMNS} where a.id = :id")
OPEN_OF = text("""
select a.id from offer.approvals a join offer.cases c on c."case" = a."case"
where a.ended is null and (a."case" = :name or c.complaint = :name)
""")


class ApprovalRow(Struct, frozen=True, kw_only=True):
    """Somebody of `level`, or of a level above `first`, has to say yes or no to `option` until `due`.

    `late`: that is over, and nobody stands above. `ended`: given, denied, amended or overtaken; None while it waits.
    """

    id: str
    case: str
    customer: str
    complaint: str
    severity: int
    kind: str
    option: Option
    level: str
    first: str
    asked_at: datetime
    due: datetime
    late: bool
    asked_by: str | None
    yes: tuple[str, ...]
    reasons: tuple[str, ...]
    limits: tuple[str, ...]
    ended: str | None


class Packet(ApprovalRow, frozen=True, kw_only=True):
    """A request with all that whoever decides has to know: what happened, what was measured, tried and held back and why,
    and what such cases got."""

    four_eyes: bool
    alike: Alike | None
    whole: ShownCase


async def save(tx: AsyncConnection, cases: Iterable[Case]) -> None:
    """Write how the requests of these cases stand now."""
    rows = [(name, case, request) for case in cases for name, request in case.requests.items()]
    if not rows:
        return
    parameters: dict[str, list[Any]] = {
        "ids": [name for name, _, _ in rows],
        "cases": [case.id for _, case, _ in rows],
        "customers": [case.customer for _, case, _ in rows],
        **_columns([request for _, _, request in rows]),
    }
    await SAVE.run(tx, "offer", **parameters)


async def list_open(connection: AsyncConnection) -> list[ApprovalRow]:
    """Those that wait, those due longest ago first; at most LIMIT."""
    rows = await connection.execute(OPEN, {"limit": LIMIT})
    return [ApprovalRow(**_facts(row)) for row in rows.mappings()]


async def find(connection: AsyncConnection, name: str) -> ApprovalRow | None:
    """The request of that id, ended or not."""
    row = (await connection.execute(ONE, {"id": name})).mappings().one_or_none()
    return ApprovalRow(**_facts(row)) if row else None


async def named(connection: AsyncConnection, name: str) -> str:
    """The id of the one request that waits in a case, by the case or by the number of its complaint; else the name itself."""
    ids = (await connection.execute(OPEN_OF, {"name": name})).scalars().all()
    return str(ids[0]) if len(ids) == 1 else name


async def packet(connection: AsyncConnection, name: str, policy: Policy) -> Packet | None:
    """The request of that id, with the whole of its case."""
    row = await find(connection, name)
    whole = await show_case(connection, row.case, policy) if row else None
    if row is None or whole is None:
        return None
    return Packet(
        **msgspec.structs.asdict(row),
        four_eyes=policy.approvals.four_eyes(row.option.amount),
        alike=await alike.read(connection, row.case, row.option.amount),
        whole=whole,
    )


def _columns(requests: list[Request]) -> dict[str, list[Any]]:
    return {
        "kinds": [request.kind for request in requests],
        "options": [_json(request.option) for request in requests],
        "firsts": [request.first for request in requests],
        "levels": [request.level for request in requests],
        "asked": [request.asked for request in requests],
        "dues": [request.due for request in requests],
        "lates": [request.late for request in requests],
        "asked_by": [request.asked_by for request in requests],
        "yes": [_json(request.yes) for request in requests],
        "reasons": [_json(request.reasons) for request in requests],
        "limits": [_json(request.limits) for request in requests],
        "ends": [request.ended for request in requests],
    }


def _facts(row: RowMapping) -> dict[str, Any]:
    facts: dict[str, Any] = dict(row)
    lists = {name: msgspec.json.decode(row[name], type=tuple[str, ...]) for name in ("yes", "reasons", "limits")}
    return facts | lists | {"option": msgspec.json.decode(row["option"], type=Option)}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
