"""Everything that became due, under the one key by which it is given only once, and what billing said about it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.offer.case import Case
from services.offer.timeline import Entry
from shared.events import FulfilmentContested, PaymentDelayed, PaymentMade, PayoutCompleted, PayoutDue, PayoutFailed
from shared.money import Money
from shared.runtime.flow import Heard
from shared.runtime.tables import Statement

# An upsert even for what billing answers: its arbiter is the primary key, and that is the whole plan.
SAVE = Statement("""
insert into offer.payouts (key, "case", customer, ledger, form, amount, currency, state, due, owner, at)
select * from unnest(cast(:keys as text[]), cast(:cases as text[]), cast(:customers as text[]), cast(:ledgers as text[]),
    cast(:forms as text[]), cast(:amounts as numeric[]), cast(:currencies as text[]), cast(:states as text[]),
    cast(:dues as timestamptz[]), cast(:owners as text[]), cast(:ats as timestamptz[]))
on conflict (key) do update set form = excluded.form, state = excluded.state, due = excluded.due, owner = excluded.owner,
    at = excluded.at
""")

# One look into the primary key each: the limit keeps the planner from joining the whole table. What is none of our keys
# may still speak of one of our cases.
OWNERS = Statement("""
select k, coalesce(
    (select customer from offer.payouts where key = k limit 1),
    (select customer from offer.cases where "case" = split_part(k, '/', 1) limit 1))
from unnest(cast(:keys as text[])) as k
""")

READ = text("""
select key, ledger, form, amount, currency, state, due, owner, at from offer.payouts where "case" = :case order by at, key
""")

# What has not arrived, longest due first; a payout that became due before days were written down has none, and comes last.
OPEN = text("""
select key, ledger, form, amount, currency, state, due, owner, at, complaint, customer
from offer.payouts p join lateral (select complaint from offer.cases c where c."case" = p."case") c on true
where state <> 'paid' and (not :late or state = 'late' or due < clock.now()) order by due nulls last, key limit :limit
""")
LIMIT = 1_000
"""Payouts in one list."""

MOVES = (PayoutDue, PayoutFailed, PaymentDelayed, PaymentMade, FulfilmentContested)
"""What changes how something that is due stands."""


class PayoutRow(Struct, frozen=True):
    """What became due, `at` its last change. `state`: due, late, failed, paid or contested; it is with the customer by `due`, and `owner`,
    a role, sees to it. What has no price has no `amount`."""

    key: str
    ledger: str
    form: str
    amount: Money | None
    state: str
    due: datetime | None
    owner: str | None
    at: datetime


class OpenPayout(PayoutRow, frozen=True):
    """One that has not arrived, as staff look for it: also whose it is."""

    complaint: str
    customer: str


async def save(tx: AsyncConnection, happened: Sequence[Entry], cases: Mapping[str, Case]) -> None:
    """Write how the payouts of these events stand now; `cases` are those they belong to."""
    moved = {key: (cases[entry.case], entry.heard.event.at) for entry in happened for key in _moves(entry, cases)}
    if not moved:
        return
    rows = [(key, case, case.payouts[key], at) for key, (case, at) in moved.items()]
    parameters: dict[str, list[Any]] = {
        "keys": [key for key, _, _, _ in rows],
        "cases": [case.id for _, case, _, _ in rows],
        "customers": [case.customer for _, case, _, _ in rows],
        "ledgers": [payout.ledger for _, _, payout, _ in rows],
        "forms": [payout.form for _, _, payout, _ in rows],
        "amounts": [payout.amount and payout.amount.amount for _, _, payout, _ in rows],
        "currencies": [payout.amount and payout.amount.currency for _, _, payout, _ in rows],
        "states": [payout.state for _, _, payout, _ in rows],
        "dues": [payout.due for _, _, payout, _ in rows],
        "owners": [payout.owner for _, _, payout, _ in rows],
        "ats": [at for _, _, _, at in rows],
    }
    await SAVE.run(tx, "offer", **parameters)


async def find_keys(connection: AsyncConnection, heard: Sequence[Heard]) -> Sequence[str | None]:
    """The customers whom billing's answers concern: whose payout has that key, whomever billing names; else the one that
    it names. Nothing else comes without a customer."""
    said = [event.event for event in heard if isinstance(event.event, PayoutCompleted | PayoutFailed)]
    owners: dict[str, str] = dict(await OWNERS.run(connection, "offer", keys=sorted({event.key for event in said})))
    return [owners.get(event.key) or event.customer or None for event in said]


async def read(connection: AsyncConnection, case: str) -> tuple[PayoutRow, ...]:
    """The payouts of a case, in the order in which something last happened to them."""
    rows = await connection.execute(READ, {"case": case})
    return tuple(_row(*row) for row in rows)


async def list_open(connection: AsyncConnection, late: bool) -> list[OpenPayout]:
    """What is not with the customer, longest due first, at most LIMIT; with `late` only that whose day has passed."""
    rows = await connection.execute(OPEN, {"late": late, "limit": LIMIT})
    return [OpenPayout(*structs.astuple(_row(*row[:-2])), *row[-2:]) for row in rows]


def _row(key: str, ledger: str, form: str, amount: Decimal | None, currency: str | None, *standing: Any) -> PayoutRow:
    money = Money(amount, currency) if amount is not None and currency is not None else None
    return PayoutRow(key, ledger, form, money, *standing)


def _moves(entry: Entry, cases: Mapping[str, Case]) -> list[str]:
    """The keys that became due in this entry, or that billing spoke of."""
    said = (entry.heard.event, *(answer for _, answer in entry.answers))
    keys = [event.key for event in said if isinstance(event, MOVES)]
    return [key for key in keys if entry.case in cases and key in cases[entry.case].payouts]
