"""What operations wrote down about one thing, read as the promise needs it: dates, words and sums, never a guess."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from services.verifier.about import Fact, Facts
from shared.money import Money
from shared.policy.policy import DeliverySchedule

YEARS = range(1900, 2200)
"""A date outside of these is a slip of the pen, and adding a day to it can fail."""
LONGEST_READ = 200
"""Characters of a fact that a clause shows; the rest adds nothing to a decision."""


class Delivery(Struct, frozen=True, kw_only=True):
    """The facts of one delivery as a schedule reads them. What is missing or cannot be read is None.

    Dates are local to the schedule's zone. `shown` and `records` are what was read, for the verdict's clauses.
    """

    promised: date | None
    delivered_on: date | None
    delivered_at: datetime | None
    status: str
    status_after_delivery: bool
    ordered_at: datetime | None
    pays: Money | None
    missing_of_sum: tuple[str, ...]
    paid: Money | None
    latest: datetime | None
    shown: dict[str, str]
    records: tuple[str, ...]


def read_delivery(schedule: DeliverySchedule, facts: Facts, currency: str | None) -> Delivery:
    """The delivery on file. `currency` is the letter's, where the record names none."""
    zone = ZoneInfo(schedule.zone)
    known = {name: fact for name, fact in facts.items() if fact.value is not None}
    delivered, status = known.get(schedule.delivered), known.get(schedule.status)
    judged = [
        name for name in (schedule.promised, schedule.delivered, schedule.status, schedule.ordered) if name in known
    ]
    code = _word(known.get(schedule.currency)) or currency or ""
    pays = _money(known.get(schedule.pays), code)
    return Delivery(
        promised=_day(known.get(schedule.promised), zone),
        delivered_on=_day(delivered, zone),
        delivered_at=_instant(delivered),
        status=_word(status).lower(),
        status_after_delivery=bool(status and (delivered is None or status.taken_at >= delivered.taken_at)),
        ordered_at=_instant(known.get(schedule.ordered or "")),
        pays=pays,
        missing_of_sum=tuple(_missing_of_sum(schedule, known, code)) if pays is None else (),
        paid=_money(known.get(schedule.paid or ""), code),
        latest=max((known[name].taken_at for name in judged), default=None),
        shown={name: _shown(known[name].value) for name in judged},
        records=records_of(known[name] for name in judged),
    )


def records_of(facts: Iterable[Fact]) -> tuple[str, ...]:
    """The measurements behind these facts, each once, in order."""
    return tuple(dict.fromkeys(fact.record for fact in facts))


def local_day(moment: datetime, zone: str) -> date:
    """The date on which the moment falls there."""
    return moment.astimezone(ZoneInfo(zone)).date()


def start_of_day(day: date, zone: str) -> datetime:
    """The first moment of that day there."""
    return datetime.combine(day, time(), ZoneInfo(zone))


def after(day: date, days: int) -> date:
    """So many days later."""
    return day + timedelta(days=days)


def _missing_of_sum(schedule: DeliverySchedule, known: Facts, code: str) -> Iterator[str]:
    """Which facts of the sum are lacking: without a currency an amount is no sum."""
    if not _is_currency(code):
        yield schedule.currency
    if _number(known.get(schedule.pays)) is None:
        yield schedule.pays


def _day(fact: Fact | None, zone: ZoneInfo) -> date | None:
    """A date as it is written, or the local date of an instant; a time without a zone has its own date."""
    if fact is None or not isinstance(fact.value, str):
        return None
    try:
        moment = datetime.fromisoformat(fact.value)
    except ValueError:
        return None
    if moment.year not in YEARS:
        return None
    return moment.astimezone(zone).date() if moment.tzinfo else moment.date()


def _instant(fact: Fact | None) -> datetime | None:
    if fact is None or not isinstance(fact.value, str):
        return None
    try:
        moment = datetime.fromisoformat(fact.value)
    except ValueError:
        return None
    return moment if moment.tzinfo and moment.year in YEARS else None


def _word(fact: Fact | None) -> str:
    return fact.value.strip() if fact is not None and isinstance(fact.value, str) else ""


def _money(fact: Fact | None, currency: str) -> Money | None:
    amount = _number(fact)
    return Money(amount, currency).rounded() if amount is not None and _is_currency(currency) else None


def _number(fact: Fact | None) -> Decimal | None:
    """A sum that somebody can be owed: neither negative nor more than any ledger holds."""
    if fact is None or isinstance(fact.value, bool) or not isinstance(fact.value, str | int | Decimal):
        return None
    try:
        number = Decimal(fact.value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and 0 <= number < 10**12 else None


def _is_currency(code: str) -> bool:
    try:
        Money(Decimal(0), code)
    except ValueError:
        return False
    return True


def _shown(value: Any) -> str:
    return str(value)[:LONGEST_READ]
