"""What must be true of a house when all is done, whatever happened on the way; each breach is one sentence.

Every accepted complaint is decided once, nothing is lost, no effect comes twice, nothing waits, and what a customer was
told came in order.
"""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.notifier.sending import mailbox
from shared import events as e
from shared.bus import codec
from shared.bus.seam import Record
from shared.errors import Malformed, TooLarge
from shared.events import TOPICS, case_id
from shared.runtime.reading import read
from tests.oracle_of_cases import cases
from tests.road import Road
from tests.waiting import FLOWS, POLICY, left_to_do

FIRST = (e.ApologyOffered, e.OptionsOffered, e.ClaimDeclined)
ROUNDS = (*FIRST, e.FinalSayGiven, e.InputInvited)
LETTERS: dict[type[Any], str] = {
    e.ApologyOffered: "apology",
    e.OptionsOffered: "options",
    e.ClaimDeclined: "decline",
    e.InputInvited: "input",
    e.FinalSayGiven: "final-say",
    e.CaseSettled: "settlement",
}
"""What is told by a letter of its own, and of which kind."""
OURS = [topic for topic in TOPICS if topic.startswith("amends.") and topic != e.DEAD_LETTERS]
ENDS_THE_WAIT = (e.ComplaintWithdrawn, e.CaseWithdrawn)
AGAIN = 20.0
"""Seconds in which what is wrong may turn out to have been under way."""


@dataclass(frozen=True)
class Told:
    """One event where it was first seen on its topic."""

    id: UUID
    event: Any
    record: Record

    @property
    def name(self) -> UUID:
        """As its writer named it (`ce_id`); `id` is what readers know it by."""
        return UUID(dict(self.record.headers)["ce_id"].decode())

    @property
    def source(self) -> str:
        return dict(self.record.headers).get("ce_source", b"").decode()


@dataclass
class Seen:
    """A house when all is done: every topic in order of its logs, without repeats, and what the tables hold."""

    road: Road
    records: dict[str, list[Record]] = field(default_factory=dict)
    told: dict[str, list[Told]] = field(default_factory=dict)
    unreadable: list[Record] = field(default_factory=list)
    repeats: int = 0

    def all(self, kind: type[Any] | tuple[type[Any], ...]) -> list[Any]:
        """All events of a kind, first occurrences in order."""
        return [told.event for topic in TOPICS for told in self.told[topic] if isinstance(told.event, kind)]

    def of(self, complaint: str, kind: Any = object) -> list[Any]:
        """The events about one complaint, topic by topic."""
        return [event for event in self.all(kind) if getattr(event, "complaint", None) == complaint]

    def one(self, complaint: str, kind: Any) -> Any:
        """The one event of this kind about it."""
        found = self.of(complaint, kind)
        assert len(found) == 1, f"{complaint} has {len(found)} of {kind}"
        return found[0]


async def look(road: Road) -> Seen:
    """Read everything."""
    seen = Seen(road, {topic: [] for topic in TOPICS})
    for record in await road.read(*TOPICS):
        seen.records[record.partition.topic].append(record)
    seen.told = {topic: list(_first_seen(seen, topic)) for topic in TOPICS}
    return seen


def _first_seen(seen: Seen, topic: str) -> Iterator[Told]:
    known: dict[UUID, bytes | None] = {}
    for record in seen.records[topic]:
        try:
            decoded = codec.decode(record)
        except (Malformed, TooLarge):
            seen.unreadable.append(record)
            continue
        if decoded.id not in known:
            known[decoded.id] = record.value
            yield Told(decoded.id, decoded.event, record)
        else:
            seen.repeats += 1
            assert topic not in OURS or known[decoded.id] == record.value, f"{decoded.id} says two things on {topic}"


async def proved(road: Road, sent: Iterable[str] = ()) -> Seen:
    """All that was seen, after it was found right. `sent`: the numbers of complaints that must have been decided.

    A clock may ring between two looks at one road: what is wrong in one look must still be so in those after it.
    """
    sent, deadline = set(sent), time.monotonic() + AGAIN
    while True:
        seen = await look(road)
        wrong = await _wrong(seen, sent)
        if not wrong:
            return seen
        assert time.monotonic() < deadline, "\n".join(wrong[:20]) + f"\n({len(wrong)} in all)\n{road.told()}"
        await asyncio.sleep(0.25)


async def _wrong(seen: Seen, sent: set[str]) -> list[str]:
    wrong = [*await _waiting(seen.road), *decided(seen), *lost(seen, sent), *doubled(seen), *out_of_order(seen)]
    return [*wrong, *await cases(seen), *await _inboxes(seen), *await _timelines(seen), *await _letters(seen)]


async def _waiting(road: Road) -> Iterator[str]:
    left = await left_to_do(road.engine, road.bus, FLOWS)
    unset = await road.rows(
        """select c."case" from offer.cases c where state in ('apology', 'options', 'input', 'final_say') and not exists
        (select from offer.timers t where t."case" = c."case" and t.flow = 'offer' and t.name = 'expiry')"""
    )
    return iter([left] * bool(left) + [f"case {case} waits for the customer without an end" for (case,) in unset])


def decided(seen: Seen) -> Iterator[str]:
    """Every accepted complaint has one case, a verdict, and one first round."""
    opened, first = Counter(case.case for case in seen.all(e.CaseOpened)), Counter(_first_rounds(seen))
    judged = {case_id(verdict.source, verdict.complaint) for verdict in seen.all(e.VerdictReached)}
    gone = {case_id(gone.source, gone.complaint) for gone in seen.all(ENDS_THE_WAIT)}
    for accepted in seen.all(e.ComplaintAccepted):
        case = case_id(accepted.source, accepted.complaint)
        history = accepted.at - accepted.received_at > POLICY.intake.horizon
        wanted = 0 if history else 1  # what is history is judged, and nobody is written to
        if case in gone:
            continue
        if case not in judged:
            yield f"{accepted.complaint} has no verdict"
        if (opened[case], first[case]) != (wanted, wanted):
            yield f"{accepted.complaint} has {opened[case]} cases and was told {first[case]} first words, not {wanted}"


def _first_rounds(seen: Seen) -> list[str]:
    """Who complained of one failure twice is told of the first time, and may have rounds later."""
    rounds = [event.case for event in seen.all(ROUNDS) if event.round == 1]
    return [*rounds, *({event.case for event in seen.all(e.CaseJoined)} - set(rounds))]


def lost(seen: Seen, sent: set[str]) -> Iterator[str]:
    """Whatever was sent has come to something, and whatever was said in a case was told on."""
    answered = {event.complaint for event in seen.all((e.ComplaintAccepted, e.ComplaintMerged, e.ComplaintRejected))}
    yield from (f"{number} was sent and came to nothing" for number in sorted(sent - answered))
    told = {notice.notice for notice in seen.all((e.NoticeSent, e.NoticeFailed))}
    for event in seen.all(tuple(LETTERS)):
        if getattr(event, "explained", False):
            continue  # the letter that goes out with it says so
        notice = f"{event.case}/{event.round}/{LETTERS[type(event)]}"
        if notice not in told:
            yield f"nobody was told of {notice}"


def doubled(seen: Seen) -> Iterator[str]:
    """What happens once has happened once."""
    names: dict[str, Sequence[Any]] = {
        "decision on a letter": [
            (event.source, event.complaint)
            for event in seen.all((e.ComplaintAccepted, e.ComplaintMerged, e.ComplaintRejected))
        ],
        "case opened": [event.case for event in seen.all(e.CaseOpened)],
        "round": [(event.case, event.round) for event in seen.all(ROUNDS)],
        "remedy granted": [event.payout for event in seen.all(e.RemedyGranted)],
        "evidence awaited": [(event.source, event.complaint) for event in seen.all(e.EvidenceAwaited)],
        "settlement": [event.case for event in seen.all(e.CaseSettled)],
        "notice": [event.notice for event in seen.all((e.NoticeSent, e.NoticeFailed))],
        "timer": [(x.flow, x.customer, x.case, x.name, x.due) for x in seen.all(e.TimerFired)],
        "dead letter": [(event.flow, event.number) for event in seen.all(e.DeadLetterAdded)],
    }
    for what, keys in names.items():
        yield from (f"{what} {key}: {count} times" for key, count in Counter(keys).items() if count > 1)
    owed: dict[str, Any] = {}
    for verdict in seen.all(e.VerdictReached):
        case, before = case_id(verdict.source, verdict.complaint), owed.get(verdict.complaint)
        if before is not None and (verdict.remedy is None or verdict.remedy < before):
            yield f"a later verdict on {case} owes less"
        owed[verdict.complaint] = verdict.remedy


def out_of_order(seen: Seen) -> Iterator[str]:
    """A customer's events lie in one partition, and those of one writer in the order in which they entered the road."""
    for topic in OURS:
        where: dict[str, set[int]] = defaultdict(set)
        last: dict[tuple[str, str], Any] = {}
        for told in seen.told[topic]:
            customer = told.event.customer or "billing's"
            where[customer].add(told.record.partition.number)
            if told.event.at < last.get((customer, told.source), told.event.at):
                yield f"{topic}: {told.id} of {customer} lies behind what came after it"
            last[customer, told.source] = told.event.at
        yield from (f"{topic}: {customer} is in {parts}" for customer, parts in where.items() if len(parts) > 1)
    yield from _letters_in_order(seen)


def _letters_in_order(seen: Seen) -> Iterator[str]:
    """A customer's letters are answered in the order in which they lie on the CRM's topic, where that is one log."""
    came: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for told in seen.told[e.CRM]:
        if isinstance(told.event, e.ComplaintReceived):
            came[told.event.customer.id].append((told.record.partition.number, told.event.id))
    answers: dict[str, list[str]] = defaultdict(list)
    for event in seen.all((e.ComplaintAccepted, e.ComplaintMerged, e.ComplaintRejected)):
        answers[event.customer].append(event.complaint)
    for customer, letters in came.items():
        numbers = list(dict.fromkeys(number for _, number in letters))
        in_one_log = len({part for part, _ in letters}) == 1 and sorted(numbers) == sorted(answers[customer])
        if in_one_log and numbers != answers[customer]:
            yield f"{customer} wrote {numbers} and was answered {answers[customer]}"


async def _inboxes(seen: Seen) -> list[str]:
    """Each flow remembers what it has heard: no more, and no less but for what it could not answer."""
    wrong = []
    for flow in FLOWS.values():
        records = [record for topic in flow.topics for record in seen.records[topic]]
        heard = {event.id for event in read(flow, records).heard}
        rows = await seen.road.rows(f"select id from {flow.service}.inbox where flow = :flow", flow=flow.name)
        parked = await seen.road.rows(
            f'select topic, partition, "offset" from {flow.service}.dead_letters where flow = :flow', flow=flow.name
        )
        places = {tuple(place) for place in parked}
        aside = {
            event.id for event in read(flow, records).heard if (*event.record.partition, event.record.offset) in places
        }
        inbox = {row.id for row in rows}
        wrong += [f"{flow.name} has no memory of {lacking}" for lacking in heard - inbox - aside]
        wrong += [f"{flow.name} remembers {more}, which is on no topic" for more in inbox - heard]
    return wrong


async def _timelines(seen: Seen) -> list[str]:
    """The order on the topic is the order in which the offer service decided, for each customer."""
    kinds = tuple(name for name, topic in e.WIRE.values() if topic == e.CASES)
    rows = await seen.road.rows(
        """select t.customer, cast(m.moment ->> 'id' as uuid) from offer.timeline t,
        json_array_elements(cast(t.moments as json)) with ordinality as m (moment, k)
        where m.moment ->> 'type' = any(:kinds) order by t.n, m.k""",
        kinds=list(kinds),
    )
    written: dict[str, list[UUID]] = defaultdict(list)
    for customer, event in dict.fromkeys(map(tuple, rows)):  # that a case joins another stands in both
        written[customer].append(event)
    published: dict[str, list[UUID]] = defaultdict(list)
    for told in seen.told[e.CASES]:
        published[told.event.customer].append(told.name)
    return [
        f"{customer}: decided {written[customer]} and published {published[customer]}"
        for customer in written.keys() | published.keys()
        if written[customer] != published[customer]
    ]


async def _letters(seen: Seen) -> list[str]:
    """One file in the mailbox for each letter that was sent, and a word to the house about each that has ended."""
    rows = await seen.road.rows("select notice, state from notifier.letters")
    files = Counter(letter.notice for letter in mailbox.list_letters(seen.road.home / "mail"))
    sent = {row.notice for row in rows if row.state == "sent"}
    told = {notice.notice for notice in seen.all(e.NoticeSent)}
    wrong = [f"letter {notice} lies in the mailbox {count} times" for notice, count in files.items() if count > 1]
    wrong += [f"letter {notice} was sent and is not in the mailbox" for notice in sent - files.keys()]
    wrong += [f"letter {notice} is in the mailbox and was never sent" for notice in files.keys() - sent]
    return wrong + [f"letter {notice} is sent for some and not for others" for notice in sent ^ told]
