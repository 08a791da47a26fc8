"""`amends recover`: everybody whom a failure touched is written to before they complain, once, on the same road."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shared.events import CRM, TELEMETRY, OptionsOffered, VerdictReached
from shared.events import ComplaintMerged as Merged
from tests.oracle import look
from tests.road import Road

BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=40)
PAID = {"amount": "40.00", "currency": "EUR"}


def incident(*customers: str) -> dict[str, Any]:
    affects = [{"kind": "line", "id": f"L-{who}", "customer": who} for who in customers]
    over = BEGAN + timedelta(hours=30)
    return {"id": "inc-7", "service": "fibre", "started_at": BEGAN.isoformat(), "resolved_at": over.isoformat(),
            "severity": "major", "affects": affects}  # fmt: skip


def fees(*customers: str) -> list[dict[str, Any]]:
    facts = {"monthly_fee": "40.00", "currency": "EUR"}
    lines = [(who, {"kind": "line", "id": f"L-{who}"}) for who in customers]
    return [{"id": f"m-{who}", "subject": line, "taken_at": BEGAN.isoformat(), "facts": facts} for who, line in lines]


def listed(file: Path, *customers: str) -> str:
    lines = [
        {"customer": {"id": who, "email": f"{who}@example.org", "language": "en"}, "paid": PAID} for who in customers
    ]
    file.write_text("\n".join(map(json.dumps, lines)))
    return str(file)


async def test_all_whom_an_incident_names_get_the_same_before_they_complain_and_a_letter_of_theirs_joins(
    given: Road, tmp_path: Path
) -> None:
    await given.up()
    await given.publish(TELEMETRY, incident("ana", "bo", "cem"), *fees("ana", "bo", "cem"))
    await given.settled()
    customers = ("--customers", listed(tmp_path / "list.jsonl", "ana", "bo"))
    before = given.amends("recover", "inc-7", *customers, "--json")
    assert before.code == 0, before.error
    assert (before.json["complaints"], before.json["unreachable"]) == (3, ["cem"])
    assert (await look(given)).all(VerdictReached) == [], "a preview hands nothing in"

    done = given.amends("recover", "inc-7", *customers, "--rate", "50/s", "--yes", "--json")
    assert done.code == 0, done.error
    assert done.json["handed_in"] == 3
    await given.settled()
    verdicts = (await look(given)).all(VerdictReached)
    assert sorted(verdict.customer for verdict in verdicts) == ["ana", "bo", "cem"]
    assert {verdict.incident for verdict in verdicts} == {"inc-7"}
    hers, his = [verdict for verdict in verdicts if verdict.customer in ("ana", "bo")]
    assert hers.outcome == "owed"
    assert (hers.outcome, hers.remedy, hers.severity) == (his.outcome, his.remedy, his.severity)
    offers = {offer.customer: offer.options for offer in (await look(given)).all(OptionsOffered)}
    assert offers.get("ana") == offers.get("bo")

    again = given.amends("recover", "inc-7", *customers, "--yes", "--json")
    assert (again.json["handed_in"], again.json["known"]) == (0, 3)
    late = {"id": "C-1", "customer": {"id": "ana"}, "subject": {"kind": "line", "id": "L-ana"}, "category": "outage",
            "received_at": datetime.now(UTC).isoformat(), "occurred_at": BEGAN.isoformat()}  # fmt: skip
    await given.publish(CRM, late)
    await given.settled()
    (merged,) = (await look(given)).all(Merged)
    assert merged.into == hers.complaint


async def test_an_incident_that_nobody_reported_or_that_names_nobody_is_refused_with_what_to_do(given: Road) -> None:
    await given.up()
    await given.publish(TELEMETRY, incident())
    await given.settled()
    unheard = given.amends("recover", "inc-9")
    assert (unheard.code, "nobody has reported an incident" in unheard.error) == (1, True)
    nobody = given.amends("recover", "inc-7")
    assert (nobody.code, "--customers FILE" in nobody.error) == (1, True)
