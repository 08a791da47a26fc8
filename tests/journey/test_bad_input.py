"""Nothing that anybody sends stops the road: it is set aside with its bytes and a reason, and what is good goes through."""

import hashlib
import json
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from sqlalchemy import text

from shared import events as e
from shared.bus.seam import RECORD_LIMIT
from shared.events import CASES, CRM, NOTICES, PAYOUTS, TELEMETRY, case_id
from tests.oracle import Seen, proved
from tests.page import letter
from tests.people import LAST_WEEK, measured
from tests.people import letter as complaint
from tests.road import Road

LIMIT = f"{RECORD_LIMIT:,}"


def written(**fields: Any) -> bytes:
    """A letter with something wrong in it."""
    return json.dumps(complaint("C-666", "evil", "o-666") | fields).encode()


BAD = {
    b'{"id": "C-666", "customer": {"id": "cust-evil"': "it is not JSON",
    b"\xff\xfe not even text": "it is not",
    b"": "it is not JSON",
    b"[1, 2, 3]": "expected object",
    written(customer=7): "customer",
    written(paid={"amount": "a lot", "currency": "BRL"}): "paid",
    written(paid={"amount": "1.00", "currency": "XXY"}): "paid",
    written(text=None, category=None): "at least one of text and category",
    written(text="[" * 50_000).replace(b'"[', b"[").replace(b'["', b"["): "it is",
    written(text="up to here\0and no further"): "NUL",
    written(text="half a \ud83d"): "surrogate",
    written(type="crm.complaint-dreamt.v1"): "type",
    written(received_at="2026-03-02T10:00:00"): "a time needs its zone",
    written(received_at="soon"): "received_at",
}
"""What comes on the CRM's topic, and a part of the reason for which it is set aside."""
BAD_FIGURES = {
    b"nonsense": "it is not JSON",
    json.dumps(measured("o-1", 3) | {"taken_at": "2026-03-02T10:00:00"}).encode(): "a time needs its zone",
    json.dumps(measured("o-1", 3) | {"facts": [1]}).encode(): "facts",
    json.dumps({"id": "x"}).encode(): "it does not say what it is",
}


async def test_what_cannot_be_read_is_set_aside_with_its_bytes_and_a_reason_and_stops_nobody(house: Road) -> None:
    await house.up()
    good = [complaint(f"C-{n}", f"cust-{n}", f"o-{n}") for n in range(len(BAD))]
    await house.publish(TELEMETRY, *(measured(f"o-{n}", 3) for n in range(len(BAD))), *BAD_FIGURES)
    await house.publish(CRM, *(each for pair in zip(good, BAD, strict=True) for each in pair))
    await house.settled()

    seen = await proved(house, {each["id"] for each in good})
    assert len(seen.of("C-666")) == 0
    assert await aside(house, "intake") == sorted(BAD)
    assert await aside(house, "verifier") == sorted(BAD_FIGURES)
    assert not seen.all(e.TimerFired), "the good ones did not wait for the bad"
    for (value, reason), (_, told) in zip(sorted((BAD | BAD_FIGURES).items()), told_of(seen), strict=True):
        assert reason in told, value
        assert "Traceback" not in told


async def test_the_door_for_letters_says_what_is_wrong_with_them(given: Road) -> None:
    await given.up("intake")
    for value, reason in BAD.items():
        answer = await given.send(value)
        assert answer.status_code in (400, 422), value
        assert answer.headers["content-type"] == "application/problem+json"
        assert reason.removeprefix("it is ") in answer.text.replace("\\\\", "\\"), (value, answer.text)
    assert await given.rows("select complaint from intake.complaints") == []


async def test_what_is_too_large_is_refused_where_it_enters_and_the_limit_is_named(given: Road, tmp_path: Path) -> None:
    await given.up("intake")
    huge = written(text="x" * 10_000_000)
    answer = await given.send(huge)
    assert (answer.status_code, LIMIT in answer.text) == (413, True), answer.text

    file = tmp_path / "letters.jsonl"
    file.write_bytes(json.dumps(complaint("C-1", "ana", None)).encode() + b"\n" + huge + b"\n")
    refused = given.amends("publish", "crm.complaints", str(file))
    assert refused.code == 1
    assert "line 2" in refused.error
    assert LIMIT in refused.error
    await given.settled("intake")
    assert [row.complaint for row in await given.rows("select complaint from intake.complaints")] == ["C-1"]


async def test_what_is_too_large_and_came_by_other_means_is_set_aside_by_its_digest(house: Road) -> None:
    await house.up()
    huge = written(text="x" * 1_500_000)
    await house.publish(CRM, complaint("C-1", "ana", None))
    await smuggle(house, huge)
    await house.publish(CRM, complaint("C-2", "ana", None))
    await house.settled("intake")
    (row,) = await house.rows("select number, kind, value, size, digest, reason from intake.dead_letters")
    assert (row.kind, row.value, row.size) == ("too_large", None, len(huge))
    assert row.digest == hashlib.sha256(huge).hexdigest()
    assert LIMIT in row.reason

    again = house.amends("dead-letters", "retry", f"intake-{row.number}")
    assert (again.code, "discard" in again.error) == (1, True)
    assert house.amends("dead-letters", "discard", f"intake-{row.number}").code == 0
    await house.settled()
    await proved(house, {"C-1", "C-2"})


async def test_a_retry_goes_to_the_one_flow_that_failed_and_twice_has_one_effect(house: Road) -> None:
    """Billing answers for a payment that nobody has heard of yet, and names no customer."""
    await house.up()
    key = f"{case_id(CRM, 'C-1')}/remedy/-/1"
    await house.publish(PAYOUTS, {"type": "billing.payout-completed.v1", "key": key, "at": LAST_WEEK})
    await house.settled()
    await house.publish(TELEMETRY, measured("o-1", 9))
    await house.publish(CRM, complaint("C-1", "ana", "o-1"))
    await letter(house, "C-1", "apology")
    await house.settled()
    (waiting,) = house.amends("dead-letters", "list", "--json").json
    assert (waiting["id"], waiting["topic"]) == ("offer-1", PAYOUTS)
    before = {topic: len(records) for topic, records in (await proved(house)).records.items()}

    assert [house.amends("dead-letters", "retry", "offer-1", "--json").json["state"] for _ in range(2)] == [
        "retried"
    ] * 2
    await house.settled()
    case = house.amends("case", "show", "C-1", "--json").json
    assert [payout["state"] for payout in case["payouts"]] == ["paid"]
    assert [moment["type"] for moment in case["timeline"]].count("billing.payout-completed.v1") == 1
    assert house.amends("dead-letters", "list", "--json").json == []
    after = {topic: len(records) for topic, records in (await proved(house, {"C-1"})).records.items()}
    told = {topic: before[topic] + 1 for topic in (CASES, NOTICES)}  # the customer hears that the money is there
    assert after == before | told, "nobody else has heard of it"


async def aside(house: Road, service: str) -> list[bytes]:
    return sorted(row.value for row in await house.rows(f"select value from {service}.dead_letters"))


def told_of(seen: Seen) -> list[tuple[bytes, str]]:
    """The bytes of each dead letter, from the topic that it lay on, with the reason that was told."""
    lies = {(*record.partition, record.offset): record.value or b"" for record in seen.unreadable}
    told = seen.all(e.DeadLetterAdded)
    return sorted((lies[each.topic, each.partition, each.offset], each.reason) for each in told)


async def smuggle(house: Road, value: bytes) -> None:
    """Put it on the CRM's topic past our own limit."""
    if kafka := house.settings.kafka:
        producer = AIOKafkaProducer(bootstrap_servers=kafka, max_request_size=2 * RECORD_LIMIT)
        await producer.start()
        try:
            await producer.send_and_wait(CRM, value, key=b"ana")
        finally:
            await producer.stop()
        return
    take = "update bus.heads set next = next + 1 where topic = :topic and partition = 0 returning next - 1"
    put = """
        insert into bus.log (topic, partition, "offset", key, value, headers, at)
        values (:topic, 0, :offset, 'ana', :value, :headers, clock.now())
        """
    async with house.engine.begin() as tx:
        headers = await tx.scalar(text("select headers from bus.log where headers is not null limit 1"))
        offset = await tx.scalar(text(take), {"topic": CRM})
        await tx.execute(text(put), {"topic": CRM, "offset": offset, "value": value, "headers": headers})
