"""The codec: every fact can be written down and read again, and nothing that is read can break the reader."""

import contextlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as some

from shared.bus import codec
from shared.bus.seam import RECORD_LIMIT, Partition, Record
from shared.errors import Malformed, TooLarge
from shared.events import (
    CASES,
    COMPLAINTS,
    CRM,
    NEVER,
    PAYOUTS,
    TELEMETRY,
    TOPICS,
    WIRE,
    AnyEvent,
    CaseExpired,
    CompensationReceived,
    ComplaintAccepted,
    ComplaintReceived,
    DeadLetterAdded,
    IncidentReported,
    MeasurementTaken,
    PayoutCompleted,
    PayoutFailed,
    WithdrawalReceived,
)
from shared.money import Money
from shared.remedy import Remedy, remedy_of

ARRIVED = datetime(2026, 3, 2, 10, 0, 0, 5, UTC)
LETTER = {
    "id": "C-1001",
    "customer": {"id": "cust-77", "name": "Ana Lima"},
    "text": "The parcel never came.",
    "received_at": "2026-02-14T09:12:00Z",
}
MEASURED: dict[str, Any] = {
    "id": "m-1",
    "subject": {"kind": "order", "id": "53cdb2fc"},
    "taken_at": "2026-02-21T10:00:00Z",
    "facts": {"status": "delivered", "days": 9, "freight": 17.50, "stops": ["a", "b"], "signed": None},
}
INCIDENT = {"id": "inc-7", "service": "fibre-north", "severity": "major", "started_at": "2026-03-02T10:00:00Z"}
ENVELOPE = {"ce_id": "1", "ce_source": "crm/north", "ce_type": "crm.complaint-received.v1", "ce_specversion": "1.0"}


def record(topic: str, value: Any, ce: dict[str, Any] | None = None, at: datetime = ARRIVED) -> Record:
    """What lies on a topic: `value` as JSON unless it is bytes already."""
    written = value if isinstance(value, bytes) or value is None else json.dumps(value).encode()
    headers = tuple((name, text if isinstance(text, bytes) else text.encode()) for name, text in (ce or {}).items())
    return Record(Partition(topic, 0), 7, b"key", written, headers, at)


def reason(topic: str, value: Any, ce: dict[str, Any] | None = None) -> str:
    with pytest.raises(Malformed) as refused:
        codec.decode(record(topic, value, ce))
    return str(refused.value)


def letter(**changes: Any) -> dict[str, Any]:
    return LETTER | changes


# ── every fact ──────────────────────────────────────────────────────────────────────────────────────────────────────

WORDS = some.text(some.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)
TIMES = some.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1), timezones=some.just(UTC))  # noqa: DTZ001
SUMS = some.builds(Money, some.decimals(-10_000, 10_000, places=2), some.sampled_from(["EUR", "BRL", "JPY"]))
REMEDIES = some.builds(remedy_of, SUMS) | some.builds(
    remedy_of, SUMS, WORDS, some.none() | some.integers(1, 9), some.lists(WORDS, max_size=2).map(tuple)
)
PLAIN = some.none() | some.booleans() | WORDS | some.integers(-(10**20), 10**20)
SCALARS = (
    some.none() | some.booleans() | WORDS | some.integers(-(10**20), 10**20) | some.decimals(-1000, 1000, places=3)
)
FACTS = some.dictionaries(WORDS, SCALARS | some.lists(SCALARS, max_size=3), max_size=4)


def of_info(info: msgspec.inspect.Type) -> some.SearchStrategy[Any]:  # noqa: C901 - one line a type
    """Anything that fits a field of this type."""
    match info:
        case msgspec.inspect.Metadata(type=inner):
            return of_info(inner)
        case msgspec.inspect.StructType(cls=cls) if cls is Money:
            return SUMS
        case msgspec.inspect.StructType(cls=cls) if cls is Remedy:
            return REMEDIES
        case msgspec.inspect.AnyType():
            return PLAIN
        case msgspec.inspect.StructType(cls=cls):
            return facts(cls)
        case msgspec.inspect.UnionType(types=types):
            return some.one_of(*(of_info(inner) for inner in types))
        case msgspec.inspect.VarTupleType(item_type=item):
            return some.lists(of_info(item), max_size=2).map(tuple)
        case msgspec.inspect.DictType(key_type=key, value_type=msgspec.inspect.AnyType()):
            assert isinstance(key, msgspec.inspect.StrType)
            return FACTS
        case msgspec.inspect.DictType(key_type=key, value_type=value):
            return some.dictionaries(of_info(key), of_info(value), max_size=2)
        case msgspec.inspect.LiteralType(values=values):
            return some.sampled_from(list(values))
        case msgspec.inspect.StrType():
            return WORDS
        case msgspec.inspect.BoolType():
            return some.booleans()
        case msgspec.inspect.IntType(ge=least, le=most):
            return some.integers(least or 0, most or 2**40)
        case msgspec.inspect.NoneType():
            return some.none()
        case msgspec.inspect.DateType():
            return some.dates(date(1950, 1, 1), date(2150, 1, 1))
        case msgspec.inspect.DateTimeType():
            return TIMES
        case msgspec.inspect.DecimalType():
            return some.decimals(-1000, 1000, places=2)
        case _:
            raise AssertionError(f"no example of {info}")


@some.composite
def facts(draw: some.DrawFn, cls: type[Any]) -> Any:
    """Any instance of this struct: fields that may be missing are, half of the time."""
    given_fields = {
        field.name: draw(of_info(field.type))
        for field in msgspec.inspect.type_info(cls).fields  # type: ignore[attr-defined]
        if field.required or draw(some.booleans())
    }
    try:
        return cls(**given_fields)
    except ValueError:  # e.g. a complaint with neither text nor category
        reject()


@pytest.mark.parametrize("kind", WIRE, ids=lambda kind: kind.__name__)
def test_every_fact_reads_back_as_it_was_written(kind: type[AnyEvent]) -> None:
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
    @given(event=facts(kind), name=some.uuids(), at=TIMES)
    def holds(event: Any, name: UUID, at: datetime) -> None:
        ce_type, topic = WIRE[kind]
        ce = {key: text.decode() for key, text in codec.headers(name, ce_type, "amends/verifier", at)}
        read = codec.decode(record(topic, codec.encode(event), ce))
        assert read.event == expected(event, at)
        assert codec.kind(record(topic, b"", ce)) is kind

    holds()


def expected(event: Any, at: datetime) -> Any:
    """What a reader of ours should see: the road's time in `at`; what others state as `at` kept in its own field."""
    kept: dict[str, Any] = {"at": at}
    if hasattr(event, "source") and WIRE[type(event)][1] in {CRM, TELEMETRY}:
        kept["source"] = WIRE[type(event)][1]
    for cls, stated in ((WithdrawalReceived, "withdrawn_at"), (CompensationReceived, "given_at")):
        if isinstance(event, cls) and getattr(event, stated) is None and event.at != NEVER:
            kept[stated] = event.at
    return msgspec.structs.replace(event, **kept)


@settings(max_examples=300, deadline=None)
@given(
    topic=some.sampled_from(TOPICS),
    value=some.none()
    | some.binary(max_size=60)
    | some.recursive(SCALARS, lambda inner: some.lists(inner) | some.dictionaries(some.sampled_from([*LETTER, *MEASURED, "type"]), inner))
    .map(lambda value: json.dumps(value, default=str).encode()),
    ce=some.dictionaries(
        some.sampled_from(["ce_id", "ce_source", "ce_type", "ce_time", "content-type"]),
        some.binary(max_size=30) | some.sampled_from([name.encode() for name, _ in WIRE.values()]),
    ),
)  # fmt: skip
def test_whatever_lies_on_a_topic_is_read_or_refused_and_nothing_else(
    topic: str, value: bytes | None, ce: dict[str, bytes]
) -> None:
    found = record(topic, value, ce)
    with contextlib.suppress(Malformed):
        read = codec.decode(found)
        assert type(read.event) is codec.kind(found)
        assert len(read.digest) == 16
    json.dumps(codec.to_structured(found), default=str)


# ── who wrote it, when, and under which name ────────────────────────────────────────────────────────────────────────


def test_the_same_source_and_id_have_one_name_and_others_another() -> None:
    def name(**changes: str) -> UUID:
        return codec.decode(record(CRM, LETTER, ENVELOPE | changes)).id

    assert name() == name()
    assert len({name(), name(ce_id="2"), name(ce_source="crm/south")}) == 3


def test_a_plain_letter_is_known_by_its_topic_and_its_own_id() -> None:
    read = codec.decode(record(CRM, LETTER))
    assert (read.event.source, read.event.id, read.event.at) == (CRM, "C-1001", ARRIVED)
    assert read.id == codec.decode(record(CRM, letter(text="Another text."))).id
    assert read.digest != codec.decode(record(CRM, letter(text="Another text."))).digest


def test_a_letter_that_came_by_http_is_the_same_as_one_that_came_plainly() -> None:
    entered = ARRIVED - timedelta(seconds=3)
    posted = dict(codec.headers(uuid4(), "crm.complaint-received.v1", "amends/intake", entered))
    read = codec.decode(record(CRM, LETTER, posted))
    plain = codec.decode(record(CRM, LETTER))
    assert (read.id, read.digest, read.event.source) == (plain.id, plain.digest, CRM)
    assert read.event.at == entered


def test_a_withdrawal_is_not_taken_for_the_complaint_whose_id_it_has() -> None:
    gone = {"type": "complaint-withdrawn", "id": "C-1001", "customer": "cust-77"}
    assert codec.decode(record(CRM, gone)).id != codec.decode(record(CRM, LETTER)).id


def test_time_is_when_the_record_entered_the_road_and_what_the_value_states_is_kept_apart() -> None:
    gone = {
        "type": "crm.complaint-withdrawn.v1",
        "id": "C-1",
        "customer": {"id": "cust-77"},
        "at": "2026-01-05T08:00:00+01:00",
    }
    event = codec.decode(record(CRM, gone)).event
    assert event.at == ARRIVED
    assert event.withdrawn_at == datetime(2026, 1, 5, 8, tzinfo=timezone(timedelta(hours=1)))


def test_only_what_we_wrote_brings_its_own_time() -> None:
    ours = {
        "ce_id": "1",
        "ce_type": "amends.case-expired.v1",
        "ce_source": "amends/offer",
        "ce_time": "2026-01-01T00:00:00+00:00",
    }
    case = {"customer": "cust-77", "complaint": "C-1", "source": CRM, "case": "k"}
    assert codec.decode(record(CASES, case, ours)).event.at == datetime(2026, 1, 1, tzinfo=UTC)
    theirs = ENVELOPE | {"ce_time": "2026-01-01T00:00:00Z"}
    assert codec.decode(record(CRM, LETTER, theirs)).event.at == ARRIVED


@pytest.mark.parametrize("time", ["2026-01-01T00:00:00", "yesterday", "", None])
def test_our_own_record_without_a_sound_time_is_refused(time: str | None) -> None:
    ours = {"ce_id": "1", "ce_type": "amends.case-expired.v1", "ce_source": "amends/offer"}
    ours |= {} if time is None else {"ce_time": time}
    assert "ce_time" in reason(CASES, {"customer": "c", "complaint": "C-1", "source": CRM, "case": "k"}, ours)


# ── what content is the same ────────────────────────────────────────────────────────────────────────────────────────


def test_spacing_order_and_unknown_fields_do_not_make_it_another_letter() -> None:
    spaced = json.dumps(dict(reversed(LETTER.items())) | {"colour": "blue"}, indent=3).encode()
    first, again = codec.decode(record(CRM, LETTER)), codec.decode(record(CRM, spaced, at=ARRIVED + timedelta(days=1)))
    assert (first.id, first.digest) == (again.id, again.digest)


def test_an_incident_with_news_is_another_fact_and_the_same_report_again_is_not() -> None:
    first = codec.decode(record(TELEMETRY, INCIDENT)).id
    assert codec.decode(record(TELEMETRY, INCIDENT | {"colour": "blue"})).id == first
    assert codec.decode(record(TELEMETRY, INCIDENT | {"resolved_at": None})).id != first


def test_a_payout_that_fails_twice_is_two_facts() -> None:
    failed = {"type": "payout-failed", "key": "k/remedy/-/1", "customer": "cust-77", "at": "2026-03-01T10:00:00Z"}
    again = failed | {"at": "2026-03-02T10:00:00Z"}
    names = {codec.decode(record(PAYOUTS, value)).id for value in (failed, failed, again)}
    assert len(names) == 2


def test_a_fact_may_be_a_list_of_small_records() -> None:
    outages = [{"from": "2026-03-02T10:00:00Z", "to": "2026-03-02T10:40:00Z", "share": Decimal("0.50")}]
    value = json.dumps(MEASURED | {"facts": {"outages": outages}}, default=str).replace('"0.50"', "0.50").encode()
    assert codec.decode(record(TELEMETRY, value)).event.facts == {"outages": outages}


def test_facts_keep_their_numbers_exactly() -> None:
    facts = codec.decode(record(TELEMETRY, json.dumps(MEASURED).replace("17.5", "17.50").encode())).event.facts
    assert facts["freight"] == Decimal("17.50")
    assert str(facts["freight"]) == "17.50"
    assert facts["days"] == 9


# ── plain and structured values ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("topic", "value", "kind"),
    [
        (CRM, LETTER, ComplaintReceived),
        (CRM, letter(type="complaint-received"), ComplaintReceived),
        (CRM, letter(type="crm.complaint-received.v1"), ComplaintReceived),
        (CRM, {"type": "complaint-withdrawn", "id": "C-1", "customer": "c"}, WithdrawalReceived),
        (TELEMETRY, MEASURED, MeasurementTaken),
        (TELEMETRY, INCIDENT, IncidentReported),
        (PAYOUTS, {"type": "payout-completed", "key": "k"}, PayoutCompleted),
        (PAYOUTS, {"type": "billing.payout-failed.v1", "key": "k"}, PayoutFailed),
    ],
)
def test_a_plain_value_says_what_it_is_or_the_topic_does(
    topic: str, value: dict[str, Any], kind: type[AnyEvent]
) -> None:
    assert codec.kind(record(topic, value)) is kind
    assert type(codec.decode(record(topic, value)).event) is kind


def test_a_structured_event_reads_as_the_same_event_in_binary_mode() -> None:
    outer = {"specversion": "1.0", "id": "1", "source": "crm/north", "type": ENVELOPE["ce_type"], "data": LETTER}
    for headers in ({}, {"content-type": "application/cloudevents+json; charset=utf-8"}):
        structured = codec.decode(record(CRM, outer, headers))
        assert structured == codec.decode(record(CRM, LETTER, ENVELOPE))


def test_on_our_own_topics_a_value_without_headers_is_refused() -> None:
    assert "ce_type" in reason(COMPLAINTS, LETTER)


# ── what is refused, in words ───────────────────────────────────────────────────────────────────────────────────────

DEEP = b'{"id": "m", "facts": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}"


@pytest.mark.parametrize(
    ("topic", "value", "words"),
    [
        (CRM, None, "no value"),
        (CRM, b"", "not JSON"),
        (CRM, b"Dear Sir or Madam", "not JSON"),
        (CRM, b'{"id": "C-1"', "not JSON"),
        (CRM, b"[]", "expected object, got array"),
        (CRM, b'{"id": "\xff\xfe"}', "not UTF-8"),
        (CRM, letter(id=5), "id: expected str, got int"),
        (CRM, letter(customer={"name": "Ana"}), "customer: it lacks the field id"),
        (CRM, letter(received_at="2026-02-14T09:12:00"), "received_at: a time needs its zone"),
        (CRM, letter(received_at="0001-01-01T00:00:00Z"), "received_at: the year 1 cannot be right"),
        (CRM, letter(text=None), "at least one of text and category"),
        (CRM, letter(paid={"amount": "12", "currency": "XXQ"}), "paid: 'XXQ' is no ISO 4217"),
        (CRM, letter(paid={"amount": "1e99", "currency": "EUR"}), "paid: an amount"),
        (CRM, letter(text="a\0b"), "NUL"),
        (CRM, json.dumps(LETTER).replace("parcel", "par\0cel").encode(), "not JSON"),
        (CRM, letter(text="\ud800"), "surrogate"),
        (CRM, letter(text="x\udc00y"), "surrogate"),
        (CRM, letter(id="x" * 201), "id: expected str of length <= 200"),
        (CRM, letter(type="complaint-shredded"), "'complaint-shredded' is nothing that crm.complaints.v1 carries"),
        (CRM, letter(type="measurement-taken"), "nothing that"),
        (CRM, {"specversion": "1.0", "type": "x"}, "it lacks the field"),
        (TELEMETRY, {"id": "m-1"}, "one of `type`, `facts` and `service`"),
        (TELEMETRY, DEEP, "nested too deeply"),
        (TELEMETRY, MEASURED | {"facts": {"size": {"cm": 3}}}, "facts.size: expected text, a number"),
        (TELEMETRY, MEASURED | {"facts": {"sizes": [[3]]}}, "facts.sizes"),
        (TELEMETRY, MEASURED | {"facts": {"outages": [{"from": {"day": 3}}]}}, "facts.outages: expected text"),
        (TELEMETRY, json.dumps(MEASURED).replace("17.5", '[{"n": ' + "9" * 40 + "}]").encode(), "too large"),
        (TELEMETRY, json.dumps(MEASURED).replace("17.5", "1e400").encode(), "too large"),
        (TELEMETRY, json.dumps(MEASURED).replace("17.5", "1e99999999999999999999").encode(), "number"),
        (TELEMETRY, json.dumps(MEASURED).replace("17.5", "9" * 400).encode(), "too large"),
        (TELEMETRY, json.dumps(MEASURED).replace("17.5", "9" * 5000).encode(), "range"),
        (TELEMETRY, json.dumps(MEASURED).replace("17.5", "NaN").encode(), "not JSON"),
        (PAYOUTS, {"key": "k"}, "`type` is needed"),
    ],
)
def test_bad_input_is_refused_with_a_reason_that_a_person_understands(topic: str, value: Any, words: str) -> None:
    assert words in reason(topic, value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ce_id": None}, "ce_id is missing"),
        ({"ce_source": None}, "ce_source is missing"),
        ({"ce_id": b"\xff"}, "ce_id is not UTF-8"),
        ({"ce_source": b"\xff"}, "ce_source is not UTF-8"),
        ({"ce_id": ""}, "ce_id has 0 characters"),
        ({"ce_id": "x" * 201}, "ce_id has 201 characters"),
        ({"ce_source": "a\0b"}, "ce_source holds a NUL"),
        ({"ce_type": "crm.complaint-shredded.v1"}, "'crm.complaint-shredded.v1' is not known"),
        ({"ce_type": b"\xff\xfe"}, "is not known"),
        ({"ce_type": "amends.case-expired.v1"}, "is nothing that crm.complaints.v1 carries"),
    ],
)
def test_an_envelope_that_lacks_something_is_refused_by_name(changes: dict[str, Any], words: str) -> None:
    ce = {name: text for name, text in (ENVELOPE | changes).items() if text is not None}
    assert words in reason(CRM, LETTER, ce)


@pytest.mark.parametrize("text", ["C:\\u0000", "\\\\u0000", "tab\tand \\ slash", "\U0001f600"])
def test_what_only_looks_like_a_nul_or_half_a_pair_is_read(text: str) -> None:
    assert codec.decode(record(CRM, letter(text=text))).event.text == text


def test_a_value_over_the_limit_is_too_large_and_the_limit_is_named() -> None:
    with pytest.raises(TooLarge, match="1,048,576"):
        codec.decode(record(CRM, b" " * (RECORD_LIMIT + 1)))
    with pytest.raises(TooLarge, match="1,048,576"):
        codec.encode(CaseExpired(customer="c", complaint="C-1", source="s" * RECORD_LIMIT, case="k"))


# ── keys, lines, listings ───────────────────────────────────────────────────────────────────────────────────────────


def test_records_are_keyed_by_whom_or_what_they_concern() -> None:
    lost = DeadLetterAdded(
        flow="offer", number=1, kind="bug", topic=CASES, partition=3, offset=9, reason="r", size=1, digest="d"
    )
    assert (
        codec.key_of(ComplaintAccepted(customer="cust-77", complaint="C", source="s", received_at=ARRIVED))
        == b"cust-77"
    )
    assert codec.key_of(codec.decode(record(CRM, LETTER)).event) == b"cust-77"
    assert codec.key_of(codec.decode(record(TELEMETRY, MEASURED)).event) == b"order/53cdb2fc"
    assert codec.key_of(codec.decode(record(TELEMETRY, INCIDENT)).event) == b"fibre-north"
    assert codec.key_of(lost) == b"amends.cases.v1/3/9"


def test_a_line_of_a_file_becomes_a_keyed_record() -> None:
    outgoing = codec.parse_line(CRM, json.dumps(LETTER).encode() + b"\n")
    assert (outgoing.topic, outgoing.key, outgoing.headers, outgoing.at) == (CRM, b"cust-77", (), None)
    assert json.loads(outgoing.value) == LETTER


def test_what_tail_shows_can_be_published_again() -> None:
    ours = dict(codec.headers(uuid4(), "amends.case-expired.v1", "amends/offer", ARRIVED))
    case = record(CASES, {"customer": "cust-77", "complaint": "C-1", "source": CRM, "case": "k"}, ours)
    shown = codec.to_structured(case)
    assert (shown["type"], shown["partitionkey"], shown["offset"]) == ("amends.case-expired.v1", "key", 7)
    again = codec.parse_line(CASES, json.dumps(shown).encode())
    assert codec.decode(Record(case.partition, 0, again.key, again.value, again.headers, NEVER)) == codec.decode(case)


def test_a_bad_line_is_refused_and_goes_all_the_same_when_that_is_wanted() -> None:
    with pytest.raises(Malformed, match="not JSON"):
        codec.parse_line(CRM, b"Dear Sir or Madam")
    with pytest.raises(TooLarge):
        codec.parse_line(CRM, b'"' + b"x" * RECORD_LIMIT + b'"')
    assert codec.parse_line(CRM, b"Dear Sir or Madam", unchecked=True).value == b"Dear Sir or Madam"


def test_what_cannot_be_read_is_shown_with_its_reason_and_its_bytes() -> None:
    shown = codec.to_structured(record(CRM, b"\xff", {}))
    assert shown["unreadable"] == "it is not JSON: JSON is malformed: invalid character (byte 0)"
    assert shown["data_base64"] == "/w=="


def test_a_plain_value_is_shown_under_the_name_that_its_readers_give_it() -> None:
    shown = codec.to_structured(record(CRM, LETTER))
    assert shown["type"] == "crm.complaint-received.v1"
    assert shown["id"] == str(codec.decode(record(CRM, LETTER)).id)
    assert shown["data"] == LETTER
