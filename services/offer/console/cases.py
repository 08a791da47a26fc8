"""How every case stands, for the people who look after it: the list of all, of those that wait, and one case whole."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.offer import budget, timeline
from services.offer.case import OFFERED, Case, Customer
from services.offer.console import payouts
from services.offer.console.due_dates import DueDates, due_dates
from services.offer.console.explanation import Explanation, explain
from services.offer.console.payouts import PayoutRow
from services.offer.menu import Held, held_back
from services.offer.terms import Known, Terms, weighed
from services.offer.timeline import Moment
from shared.events import NEVER, WIRE, VerdictReached
from shared.money import Money
from shared.policy.policy import Policy
from shared.runtime.tables import Statement

LIMIT = 1_000
"""Cases in one list; who needs more reads the topic."""
OPEN = OFFERED | {"awaiting", "handed_over"}
VERDICT = WIRE[VerdictReached][0]

SAVE = Statement("""
insert into offer.cases as c ("case", customer, complaint, source, subject, state, why, round, severity, contacts, outcome,
    promise, sums, opened_at, updated_at, incident, schedule)
select id, customer, complaint, source, subject, state, why, round, severity, contacts, outcome, promise,
    cast(sums as json), opened_at, updated_at, incident, schedule
from unnest(cast(:ids as text[]), cast(:customers as text[]), cast(:complaints as text[]), cast(:sources as text[]),
    cast(:subjects as text[]), cast(:states as text[]), cast(:whys as text[]), cast(:rounds as int[]),
    cast(:severities as int[]), cast(:contacts as int[]), cast(:outcomes as text[]), cast(:promises as text[]),
    cast(:sums as text[]), cast(:opened as timestamptz[]), cast(:updated as timestamptz[]),
    cast(:incidents as text[]), cast(:schedules as text[]))
    as e (id, customer, complaint, source, subject, state, why, round, severity, contacts, outcome, promise, sums,
    opened_at, updated_at, incident, schedule)
on conflict ("case") do update set subject = excluded.subject, state = excluded.state, why = excluded.why,
    round = excluded.round, severity = excluded.severity, contacts = excluded.contacts, outcome = excluded.outcome,
    promise = excluded.promise, sums = excluded.sums, opened_at = excluded.opened_at,
    updated_at = greatest(c.updated_at, excluded.updated_at), incident = coalesce(excluded.incident, c.incident),
    schedule = coalesce(excluded.schedule, c.schedule)
""")

COLUMNS = """
select "case", customer, complaint, source, subject, state, why, waiting, round, severity, contacts, outcome, promise,
    opened_at, updated_at, cast(sums as text)
"""
ALL = text(f"{COLUMNS} from offer.cases order by opened_at desc nulls last limit :limit")
WAITING = text(f"{COLUMNS} from offer.cases where waiting order by opened_at desc nulls last limit :limit")
# One complaint's number may come from two sources: the case that was opened last is shown, and its id names the other.
ONE = text(f"""
{COLUMNS} from offer.cases where "case" = :id or complaint = :id
order by "case" = :id desc, opened_at desc nulls last limit 1
""")

DOCUMENT = text("""
select (select state from offer.documents where flow = 'offer' and key = :customer), clock.now()
""")


class CaseRow(Struct, frozen=True, kw_only=True):
    """How a case stands. `waiting`: for a person, because of `why`; `remedy` and `goodwill` are the sums that became due;
    `updated_at`: when something was last decided in it."""

    case: str
    customer: str
    complaint: str
    source: str
    subject: str | None
    state: str
    why: str | None
    waiting: bool
    round: int
    severity: int
    contacts: int
    outcome: str
    promise: str
    opened_at: datetime | None
    updated_at: datetime
    owed: Money | None = None
    set_off: Money | None = None
    remedy: Money | None = None
    goodwill: Money | None = None


class ShownCase(CaseRow, frozen=True, kw_only=True):
    """A case whole: also what happened, what was paid, the last verdict as it was reached, what is in reserve and why, and
    why there is not more, and what is owed by which day."""

    timeline: tuple[Moment, ...]
    payouts: tuple[PayoutRow, ...]
    explanation: dict[str, Any] | None
    reserve: tuple[Held, ...]
    why_not_more: Explanation | None
    due_dates: DueDates


async def save(tx: AsyncConnection, cases: Sequence[Case], decided: Mapping[str, datetime]) -> None:
    """Write how these cases stand; one that was not taken up yet is not shown. `decided`: when something was, if it was."""
    known = [case for case in cases if case.state != "unopened"]
    if not known:
        return
    parameters: dict[str, list[Any]] = {
        "ids": [case.id for case in known],
        "customers": [case.customer for case in known],
        "complaints": [case.complaint for case in known],
        "sources": [case.source for case in known],
        "subjects": [str(case.subject) if case.subject else None for case in known],
        "states": [case.state for case in known],
        "whys": [case.why for case in known],
        "rounds": [case.round for case in known],
        "severities": [case.severity for case in known],
        "contacts": [case.contacts for case in known],
        "outcomes": [case.outcome for case in known],
        "promises": [case.promise for case in known],
        "sums": [_json(_sums(case)) for case in known],
        "opened": [case.opened for case in known],
        "updated": [decided.get(case.id, NEVER) for case in known],
        "incidents": [case.incident for case in known],
        "schedules": [case.schedule for case in known],
    }
    await SAVE.run(tx, "offer", **parameters)


async def list_cases(connection: AsyncConnection, waiting: bool) -> Sequence[CaseRow]:
    """The newest cases, at most LIMIT; with `waiting` only those that wait for a person."""
    rows = await connection.execute(WAITING if waiting else ALL, {"limit": LIMIT})
    return [CaseRow(**_facts(row)) for row in rows.mappings()]


async def find_case(connection: AsyncConnection, name: str) -> CaseRow | None:
    """How the case with this id, or of the complaint with this number, stands."""
    row = (await connection.execute(ONE, {"id": name})).mappings().one_or_none()
    return CaseRow(**_facts(row)) if row else None


async def show_case(connection: AsyncConnection, name: str, policy: Policy) -> ShownCase | None:
    """The case with this id, or of the complaint with this number; None where there is no such case."""
    row = (await connection.execute(ONE, {"id": name})).mappings().one_or_none()
    if row is None:
        return None
    facts = _facts(row)
    moments = await timeline.read(connection, facts["case"], facts["customer"])
    verdicts = [moment.value for moment in moments if moment.type == VERDICT]
    case, terms = await weighed_case(connection, facts["case"], facts["customer"], policy) or (None, None)
    verdict = msgspec.convert(verdicts[-1], VerdictReached, strict=False) if verdicts else None
    return ShownCase(
        **facts,
        timeline=moments,
        payouts=await payouts.read(connection, facts["case"]),
        explanation=verdicts[-1] if verdicts else None,
        reserve=held_back(terms.rounds, case, terms.room) if case and terms and case.state in OPEN else (),
        why_not_more=explain(case, verdict, terms) if case and terms else None,
        due_dates=due_dates(case, policy.calendars) if case else DueDates(),
    )


async def weighed_case(
    connection: AsyncConnection, name: str, customer: str, policy: Policy
) -> tuple[Case, Terms] | None:
    """The case as it is remembered and as it weighs now, with the menu and the limits of today: what could still be
    offered is worked out from that when somebody asks, since hardly anybody does."""
    state, now = (await connection.execute(DOCUMENT, {"customer": customer})).one()
    known = msgspec.json.decode(state or "{}", type=Customer)
    case = known.cases.get(name)
    if case is None:
        return None
    return weighed(known, case, now, Known(policy, await budget.balance(connection, now, policy.limits.budget)))


def _facts(row: RowMapping) -> dict[str, Any]:
    facts: dict[str, Any] = {name: value for name, value in row.items() if name != "sums"}
    return facts | msgspec.json.decode(row["sums"], type=dict[str, Money])


def _sums(case: Case) -> dict[str, Money]:
    sums = {
        "owed": case.owed,
        "set_off": case.set_off,
        "remedy": case.due("remedy"),
        "goodwill": case.due("goodwill"),
    }
    return {name: money for name, money in sums.items() if money is not None}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
