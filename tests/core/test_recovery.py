"""The house comes forward first: to everybody whom a failure touched, once for each thing, with the same offer."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from services.cli.forecast import Forecast, forecast
from services.cli.recovery import Draft, Listed, drafts, read_customers
from services.verifier.records.affected import Failure
from shared import events as e
from shared.errors import Misconfigured
from shared.policy.load import load_policy

POLICY = load_policy(Path(__file__).resolve().parents[2] / "deploy" / "policy")
NOW = datetime(2026, 3, 3, 9, 20, tzinfo=UTC)
BEGAN, OVER = NOW - timedelta(hours=30), NOW - timedelta(hours=2)
LINE = e.Subject("line", "L-9")


def failure(*affects: e.Affected, **facts: Any) -> Failure:
    known: dict[str, Any] = {"started_at": BEGAN, "resolved_at": OVER, "severity": "major", "updated_at": OVER} | facts
    return Failure(
        e.IncidentReported(id="inc-7", service="fibre", source=e.TELEMETRY, **known), affects, withdrawn=False
    )


def listed(**says: Any) -> Listed:
    return Listed("list:1", says)


def ana(**more: Any) -> dict[str, Any]:
    return {"id": "ana", "email": "ana@example.org", "language": "en"} | more


PAID = {"amount": "40.00", "currency": "EUR"}
HERS = {"kind": "line", "id": "L-9"}


def drafted(failed: Failure, *lines: Listed, now: datetime = NOW) -> list[Draft]:
    return drafts(failed, lines, POLICY.recovery, now)


def foreseen(failed: Failure, *lines: Listed, **more: Any) -> Forecast:
    return forecast(POLICY, failed, drafted(failed, *lines), more.pop("measured", {}), more.pop("states", {}), NOW)


def fee(subject: e.Subject, amount: str = "40.00") -> dict[e.Subject, list[e.MeasurementTaken]]:
    facts = {"monthly_fee": amount, "currency": "EUR"}
    return {
        subject: [
            e.MeasurementTaken(id=f"m-{subject.id}", subject=subject, taken_at=BEGAN, facts=facts, source=e.TELEMETRY)
        ]
    }


def test_whom_the_incident_names_is_written_to_about_their_own_thing() -> None:
    (draft,) = drafted(failure(e.Affected("line", "L-9", "ana"), e.Affected("line", "L-8")))
    letter = draft.letter
    assert (letter.customer.id, letter.subject, letter.channel) == ("ana", LINE, "recovery")
    assert (letter.category, letter.occurred_at) == ("outage", BEGAN)


def test_twice_is_once_and_says_the_same_within_the_hour() -> None:
    failed = failure(e.Affected("line", "L-9", "ana"))
    once, again = drafted(failed), drafted(failed, now=NOW + timedelta(minutes=20))
    assert [draft.record for draft in once] == [draft.record for draft in again]
    (other,) = drafted(replace(failed, report=replace(failed.report, id="inc-8")))
    assert other.letter.id != once[0].letter.id


def test_the_crms_list_says_more_of_whom_the_incident_names_and_each_comes_once() -> None:
    failed = failure(e.Affected("line", "L-9", "ana"), e.Affected("line", "L-8", "ana"))
    found = drafted(failed, listed(customer=ana(), subject=HERS, paid=PAID), listed(customer=ana(), subject=HERS))
    assert [str(draft.letter.subject) for draft in found] == ["line/L-9", "line/L-8"]
    assert all(draft.reachable for draft in found), "her address is known by her other line"


def test_who_is_listed_without_a_thing_stands_for_the_service_itself() -> None:
    bo = drafted(failure(), listed(customer={"id": "bo"}), listed(customer={"id": "cem"}))
    assert {str(draft.letter.subject) for draft in bo} == {"service/fibre"}
    assert len({draft.letter.id for draft in bo}) == 2


def test_who_has_no_address_or_wants_no_mail_is_listed() -> None:
    failed = failure(e.Affected("line", "L-1", "dora"))
    seen = foreseen(
        failed, listed(customer=ana(contact={"email": False})), listed(customer={"id": "bo", "email": "b@example.org"})
    )
    assert seen.unreachable == ("ana", "dora")


def test_what_it_would_come_to_is_said_before_anybody_is_written_to() -> None:
    failed = failure(e.Affected("line", "L-9", "ana"))
    seen = foreseen(failed, listed(customer=ana(), subject=HERS, paid=PAID), measured=fee(LINE))
    (one,) = seen.expected
    assert seen.complaints == 1
    assert one.outcome == "owed"
    assert one.remedy is not None
    assert one.becomes in ("apology", "options")
    assert one.dearest is not None
    assert one.cheapest is not None
    assert one.cheapest <= one.dearest
    assert seen.remedy == (one.remedy,)


def test_what_would_wait_for_evidence_is_named_as_unknown() -> None:
    seen = foreseen(failure(e.Affected("line", "L-9", "ana")))
    assert seen.becomes == {"awaiting": 1}
    assert any("wait for evidence" in unknown for unknown in seen.unknown)


def test_equal_facts_are_foreseen_equally_for_all() -> None:
    names = [f"c-{n}" for n in range(5)]
    failed = failure(*(e.Affected("line", f"L-{name}", name) for name in names))
    lines = [listed(customer={"id": name}, subject={"kind": "line", "id": f"L-{name}"}, paid=PAID) for name in names]
    measured = {subject: said for name in names for subject, said in fee(e.Subject("line", f"L-{name}")).items()}
    seen = foreseen(failed, *lines, measured=measured)
    first, *others = [replace(one, complaint="", customer="", subject=LINE) for one in seen.expected]
    assert first.outcome == "owed"
    assert others == [first] * 4


def test_where_nobody_knows_what_was_paid_the_preview_says_so() -> None:
    seen = foreseen(failure(e.Affected("line", "L-9", "ana")), measured=fee(LINE))
    assert seen.dearest == ()
    assert any("what they paid" in unknown for unknown in seen.unknown)


def test_a_line_that_is_no_customer_is_named(tmp_path: Path) -> None:
    file = tmp_path / "list.jsonl"
    file.write_text(json.dumps({"customer": ana()}) + "\n\n{\n")
    with pytest.raises(Misconfigured, match=r"list\.jsonl:3: it is no JSON object"):
        read_customers(file)
    with pytest.raises(Misconfigured, match="list:1: it needs a `customer` with an `id`"):
        drafted(failure(), listed(subject=HERS))
    with pytest.raises(Misconfigured, match="list:1: paid"):
        drafted(failure(), listed(customer=ana(), paid="40 euro"))
