"""The house's budget of a month is counted with what is given and offered, and passed by the batches in flight at most."""

from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import uuid4

import pytest
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from services.offer import budget
from services.offer.flows import flows
from shared import events as e
from shared.bus.seam import Partition, Record
from shared.events import WIRE, AnyEvent
from shared.host.database import make_engine
from shared.policy.limits import Budget
from shared.runtime.flow import Heard
from shared.runtime.hop import Hop
from shared.runtime.reading import Reading
from tests.core.offer_stories import ANSWER_WITHIN, POLICY, UNLIMITED, Complaint, day, euro

LINES = Budget("UTC", soft=(euro("30"),), hard=(euro("40"),))
TIGHT = replace(POLICY, limits=replace(UNLIMITED, budget=LINES))
PEOPLE = [Complaint(f"cust-{number}", f"C-{number}") for number in range(8)]
"""Each was let down in the same way; what is offered first is worth 12.99."""


class Counter:
    """The offer's flow under a tight budget; events of one customer come from one partition."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine, self.hop = engine, Hop(flows(TIGHT)[0])

    def reading(self, *events: AnyEvent) -> Reading:
        heard = tuple(self._heard(event) for event in events)
        return Reading(heard, (None,) * len(heard), ())

    def _heard(self, event: AnyEvent) -> Heard:
        customer = str(getattr(event, "customer", ""))
        partition = Partition(WIRE[type(event)][1], int(customer.removeprefix("cust-")) % 4)
        return Heard(uuid4(), customer, event, Record(partition, 0, None, b"", (), getattr(event, "at", day(0))))

    async def hear(self, *events: AnyEvent) -> list[AnyEvent]:
        """One batch; what was answered."""
        async with self.engine.begin() as tx:
            folded = await self.hop.run(tx, self.reading(*events))
        assert not folded.letters
        return [said for answer in folded.answers for _, said in answer.answers]  # type: ignore[misc]

    async def balance(self, at: float = 0) -> Decimal:
        async with self.engine.connect() as connection:
            return sum((money.amount for money in await budget.balance(connection, day(at), LINES)), Decimal(0))


@pytest.fixture
async def counter(database_url: str) -> AsyncIterator[Counter]:
    engine = make_engine(database_url, "tests of the budget")
    yield Counter(engine)
    await engine.dispose()


def refusal(complaint: Complaint, at: float = 0) -> tuple[AnyEvent, AnyEvent]:
    return complaint.verdict(day(at)), complaint.refused(1, day(at))


def limits(said: list[AnyEvent]) -> list[tuple[str, ...]]:
    return [offer.limits for offer in said if isinstance(offer, e.OptionsOffered)]


async def test_what_is_offered_counts_until_it_lapses_and_what_is_given_stays(counter: Counter) -> None:
    await counter.hear(*refusal(PEOPLE[0]), *refusal(PEOPLE[1]))
    assert await counter.balance() == Decimal("25.98")
    await counter.hear(PEOPLE[0].chose("voucher-10", 2, day(1)), PEOPLE[1].expiry(day(0) + ANSWER_WITHIN))
    assert await counter.balance() == Decimal("12.99")


async def test_past_the_hard_line_options_are_without_money_and_say_what_the_balance_was(counter: Counter) -> None:
    for person in PEOPLE[:3]:
        assert limits(await counter.hear(*refusal(person))) == [()]
    said = await counter.hear(*refusal(PEOPLE[3]))
    (offer,) = [offer for offer in said if isinstance(offer, e.OptionsOffered)]
    assert (offer.limits, offer.balance) == (("budget",), euro("38.97"))
    assert not any(option.amount for option in offer.options)
    assert await counter.balance() == Decimal("38.97")


async def test_another_month_has_a_budget_of_its_own(counter: Counter) -> None:
    await counter.hear(*(event for person in PEOPLE[:3] for event in refusal(person)))
    assert limits(await counter.hear(*refusal(PEOPLE[3], 20))) == [()]
    assert (await counter.balance(0), await counter.balance(20)) == (Decimal("38.97"), Decimal("12.99"))


async def test_the_counters_are_the_same_however_the_stream_is_cut(counter: Counter) -> None:
    events = [event for person in PEOPLE[:3] for event in refusal(person)]
    events += [PEOPLE[0].chose("voucher-10", 2, day(1)), PEOPLE[1].chose("call-back", 2, day(1))]
    for event in events:
        await counter.hear(event)
    one_by_one = await _rows(counter)
    async with counter.engine.begin() as tx:
        await tx.exec_driver_sql("truncate offer.budget, offer.documents, offer.inbox, offer.cases")
    await counter.hear(*events)
    assert await _rows(counter) == one_by_one
    assert [row[2] for row in one_by_one] == [0, 2]


async def test_the_hard_line_is_passed_by_the_batches_in_flight_and_no_further(counter: Counter) -> None:
    """Two batches that do not see each other's offers; whoever comes after them sees both."""
    await counter.hear(*refusal(PEOPLE[0]), *refusal(PEOPLE[1]))
    async with counter.engine.begin() as tx:
        first = await counter.hop.run(tx, counter.reading(*refusal(PEOPLE[2])))
        second = await counter.hear(*refusal(PEOPLE[3]))
    assert limits([said for answer in first.answers for _, said in answer.answers]) == [()]  # type: ignore[misc]
    assert limits(second) == [()]
    assert await counter.balance() == Decimal("51.96") == 40 + Decimal("12.99") - Decimal("1.03")
    assert limits(await counter.hear(*refusal(PEOPLE[4]))) == [("budget",)]
    assert await counter.balance() == Decimal("51.96")


async def test_a_batch_that_rolls_back_has_counted_nothing(counter: Counter) -> None:
    async with counter.engine.connect() as tx:
        await counter.hop.run(tx, counter.reading(*refusal(PEOPLE[0])))
        await tx.rollback()
    assert await counter.balance() == 0


async def _rows(counter: Counter) -> list[tuple[object, ...]]:
    async with counter.engine.connect() as connection:
        rows = await connection.exec_driver_sql(
            "select month, currency, slot, amount from offer.budget where amount <> 0 order by 1, 2, 3"
        )
        return [tuple(row) for row in rows]
