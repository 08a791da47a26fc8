"""The commands as staff and scripts use them, beside a house that is up: what they print, and how they end."""

import asyncio
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.notifier.sending import mailbox
from shared.events import TOPICS
from shared.host.settings import CHECKOUT
from tests.houses import undone_within
from tests.people import letter, measured
from tests.road import SERVICES, Road
from tests.waiting import FLOWS, until

pytestmark = pytest.mark.timeout(300)  # each command is a process of its own


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    """One house for all of these, started as a user starts it; every test has customers of its own, and none has long to
    think again."""
    folder = tmp_path_factory.mktemp("console")
    made = Road(folder / "home", policy=undone_within(folder, "1 s"))
    made.run([sys.executable, "-P", "-m", "services.cli", "up"], "up")
    try:
        asyncio.run(made.ready())
        yield made
        assert made.running[0].stop() == 0, made.told()
    finally:
        asyncio.run(made.close())


def published(house: Road, topic: str, *values: Any, words: tuple[str, ...] = ()) -> Any:
    lines = b"\n".join(value if isinstance(value, bytes) else json.dumps(value).encode() for value in values)
    done = house.amends("publish", topic, "-", "--json", *words, given=lines)
    assert done.code == 0, done.error
    return done.json["published"]


def come(house: Road, number: str, state: str) -> Any:
    """The case of that complaint, once it stands so."""
    found: dict[str, Any] = {}

    def stands() -> bool:
        done = house.amends("case", "show", number, "--json")
        found.update(done.json if done.code == 0 else {})
        return found.get("state") == state

    asyncio.run(until(stands, f"{number} is {state}", told=house.told))
    return found


def refused(house: Road, *words: str, code: int = 1) -> str:
    """What a command says that ends badly: one line that helps, and nothing else."""
    done = house.amends(*words)
    assert (done.code, done.out) == (code, ""), done
    assert code != 1 or done.error.startswith("amends: "), done.error
    assert code != 1 or done.error.count("\n") == 1, done.error
    return done.error


def test_what_a_user_publishes_is_seen_on_every_topic_and_in_the_case_and_in_the_mailbox(
    house: Road, tmp_path: Path
) -> None:
    file = tmp_path / "figures.jsonl"
    file.write_text(json.dumps(measured("o-1", 9)) + "\n\n" + json.dumps(measured("o-2", -1)) + "\n")
    told = house.amends("publish", "ops.telemetry", str(file))
    assert (told.code, told.out) == (0, "2 events are on ops.telemetry.v1\n")
    late = letter("C-1", "ana", "o-1")
    assert published(house, "crm.complaints.v1", late, letter("C-2", "bo", "o-2", "My parcel was late.")) == 2

    case = come(house, "C-1", "apology")
    assert case == house.amends("case", "show", case["case"], "--json").json
    assert come(house, "C-2", "declined")["promise"] == "kept"
    listed = {row["complaint"]: row["state"] for row in house.amends("case", "list", "--json").json}
    assert (listed["C-1"], listed["C-2"]) == ("apology", "declined")
    shown = house.amends("case", "show", "C-1").out
    assert all(words in shown for words in ("C-1", "ana", "order/o-1", "EUR 7.00", "explanation and apology"))

    lines = house.amends("tail", "amends.cases", "--from-start", "--until-idle", "0.5", "--json").out.splitlines()
    events = [json.loads(line) for line in lines]
    assert {"amends.apology-offered.v1", "amends.claim-declined.v1"} <= {event["type"] for event in events}
    assert late["text"] not in "".join(lines)
    assert late["customer"]["email"] not in "".join(lines)
    tail = house.amends("tail", "amends.payouts.v1", "--from-start", "--until-idle", "0.5").out
    assert "due (remedy): EUR 7.00 as refund" in tail
    (owed,) = [row for row in house.amends("payouts", "list", "--json").json if row["complaint"] == "C-1"]
    assert (owed["amount"], owed["state"]) == ({"amount": "7.00", "currency": "EUR"}, "due")
    assert "EUR 7.00" in house.amends("payouts", "list").out
    assert house.amends("payouts", "list", "--late").out == "nothing is late\n"

    letters = house.amends("mail", "list", "--json").json
    (apology,) = [each for each in letters if "ana@example.org" in each["to"]]
    text = house.amends("mail", "show", apology["id"]).out
    assert "To: " in text
    assert "€7.00" in text
    assert f"{house.address('notifier')}/c/" in text


def test_a_flow_that_is_paused_lets_its_backlog_wait_and_goes_on_where_it_stood(house: Road) -> None:
    rows = house.amends("flows", "list", "--json").json
    assert {row["flow"]: row["state"] for row in rows} == dict.fromkeys(FLOWS, "running")
    assert house.amends("flows", "pause", "offer", "--reason", "a look at the menu").code == 0
    asyncio.run(until(lambda: standing(house) == "degraded", "readiness tells", told=house.told))
    published(house, "crm.complaints", letter("P-1", "paula", None))
    asyncio.run(until(lambda: behind(house) > 0, "the backlog waits", told=house.told))
    assert "a look at the menu" in house.amends("flows", "list").out
    assert house.amends("flows", "resume", "offer", "--json").json["state"] == "running"
    come(house, "P-1", "apology")
    asyncio.run(until(lambda: behind(house) == 0, "nothing waits", told=house.told))
    assert "choose from intake" in refused(house, "flows", "pause", "billing")


def on_the_phone(house: Road, case: str, **said: Any) -> None:
    """What a customer says to somebody who enters it."""
    where = f"{house.address('notifier')}/admin/cases/{case}/answers"
    key = {"Authorization": f"Bearer {house.settings.admin_key}"}
    answer = httpx.post(where, json={"by": "Ida Berg", **said}, headers=key)
    assert answer.status_code == 202, answer.text


def test_a_wish_on_the_phone_goes_to_who_may_grant_it_and_their_yes_to_the_customer_and_to_billing(house: Road) -> None:
    published(house, "ops.telemetry", measured("o-9", 9))
    published(house, "crm.complaints", letter("W-1", "wanda", "o-9"))
    case = come(house, "W-1", "apology")["case"]
    wish = {"amount": {"amount": "30.00", "currency": "EUR"}, "form": "refund", "text": "Half of it back."}
    on_the_phone(house, case, kind="counter-offered", round=1, **wish)
    come(house, "W-1", "handed_over")

    (waits,) = house.amends("approvals", "list", "--json").json
    assert (waits["complaint"], waits["level"], waits["asked_by"]) == ("W-1", "a senior in customer care", "Ida Berg")
    shown = house.amends("approvals", "show", "W-1").out
    # How many other cases there are depends on how long the stories before this one have had to end.
    assert all(words in shown for words in ("EUR 30.00", "above the menu", "explanation and apology")), shown
    assert re.search(r"(no|\d+) other cases? of parcel-promise, severity 2, in 90 days", shown), shown
    staff = ("--role", "the head of customer care", "--reason", "She is right.")
    assert "themselves" in refused(house, "approvals", "approve", "W-1", "--by", "ida berg", *staff)
    assert "stored: approve" in house.amends("approvals", "approve", "W-1", "--by", "Mara Lund", *staff).out

    settled = come(house, "W-1", "settled")
    assert settled["goodwill"] == {"amount": "30.00", "currency": "EUR"}
    told = house.amends("case", "show", "W-1").out
    assert "Mara Lund (the head of customer care) says yes: She is right." in told
    assert "Half of it back." not in told
    tail = house.amends("tail", "amends.payouts", "--from-start", "--until-idle", "0.5").out
    assert "(goodwill): EUR 30.00 as refund" in tail
    asyncio.run(until(lambda: "€30.00" in written_to(house, "wanda"), "the yes has gone out", told=house.told))

    assert (
        "stored: give" in house.amends("case", "rule", "W-1", "give", "--by", "M", *staff, "--amount", "5.00 EUR").out
    )
    asyncio.run(until(lambda: "€5.00" in written_to(house, "wanda"), "the gift has a letter", told=house.told))


def written_to(house: Road, who: str) -> str:
    """What all letters to them say."""
    folder = house.home / "mail"
    mine = [one.id for one in mailbox.list_letters(folder) if f"{who}@example.org" in one.to]
    return "\n".join(mailbox.show_letter(folder, name).text for name in mine)


def test_letters_that_are_stopped_wait_and_go_out_when_they_may_again(house: Road) -> None:
    assert "`amends mail resume`" in house.amends("mail", "pause", "--reason", "a wrong sum").out
    published(house, "crm.complaints", letter("S-1", "stella", None))
    come(house, "S-1", "apology")
    asyncio.run(until(lambda: state_of(house, "stella") == "paused", "the letter waits", told=house.told))
    assert standing(house, "notifier") == "degraded"
    assert "a wrong sum" in house.amends("doctor").out
    assert house.amends("mail", "resume").out == "letters go out\n"
    asyncio.run(until(lambda: state_of(house, "stella") == "sent", "the letter goes", told=house.told))
    assert standing(house, "notifier") == "ok"
    assert "choose from all" in refused(house, "mail", "pause", "--channel", "pigeon")


def state_of(house: Road, who: str) -> str:
    rows = [row for row in house.amends("mail", "list", "--json").json if row["to"] == f"{who}@example.org"]
    return str(rows[-1]["state"]) if rows else ""


def standing(house: Road, service: str = "offer") -> str:
    return str(httpx.get(f"{house.address(service)}/readyz").json()["status"])


def behind(house: Road) -> int:
    return sum(row["behind"] for row in house.amends("flows", "list", "--json").json if row["flow"] == "offer")


def test_a_doctor_finds_the_dead_letter_and_is_content_when_it_is_discarded(house: Road) -> None:
    well = house.amends("doctor", "--json")
    assert well.code == 0, well.out
    assert all(finding["ok"] for finding in well.json)
    published(house, "crm.complaints", b'{"id": "C-666"', words=("--unchecked",))
    asyncio.run(until(lambda: house.amends("dead-letters", "list", "--json").json, "it is set aside", told=house.told))
    (waiting,) = house.amends("dead-letters", "list", "--json").json
    assert waiting["kind"] == "malformed"
    assert house.amends("dead-letters", "show", waiting["id"], "--json").json["value"] == '{"id": "C-666"'
    ill = house.amends("doctor")
    assert (ill.code, f"amends dead-letters show {waiting['id']}" in ill.out) == (1, True)

    assert house.amends("dead-letters", "retry", waiting["id"], "--json").json["state"] == "waiting"
    assert house.amends("dead-letters", "discard", waiting["id"], "--json").json["state"] == "discarded"
    assert house.amends("doctor").code == 0
    (ended,) = house.amends("dead-letters", "list", "--all", "--json").json
    assert ended["state"] == "discarded"


def test_what_is_already_there_is_left_as_it_is(house: Road) -> None:
    assert house.amends("topics", "ensure", "--json").json == {"created": []}
    assert {row["topic"] for row in house.amends("topics", "list", "--json").json} == set(TOPICS)
    assert house.amends("migrate", "--json").code == 0
    assert "sound" in house.amends("policy", "check").out
    assert house.amends("clock", "show", "--json").json["now"]


def test_what_cannot_be_done_is_one_line_that_helps_and_a_code(house: Road, tmp_path: Path) -> None:
    assert "choose from" in refused(house, "tail", "amends.dreams")
    assert "there is no case" in refused(house, "case", "show", "C-404")
    assert "amends mail list" in refused(house, "mail", "show", "no-such-letter")
    assert "amends dead-letters list" in refused(house, "dead-letters", "show", "intake-404")
    assert "nowhere.jsonl" in refused(house, "publish", "crm.complaints", str(tmp_path / "nowhere.jsonl"))
    assert f"choose from {', '.join(SERVICES)}" in refused(house, "up", "billing")
    refused(house, "dance", code=2)
    taken = house.amends("up", "intake")
    assert taken.code == 1
    assert taken.error.splitlines()[-1].startswith("amends: port "), taken.error


def test_a_verdict_is_explained_and_judged_by_another_policy_from_its_own_facts(house: Road, tmp_path: Path) -> None:
    published(house, "ops.telemetry", measured("explained", 9))
    published(house, "crm.complaints", letter("X-1", "erin", "explained"))
    come(house, "X-1", "apology")
    (found,) = house.amends("policy", "explain", "X-1", "--json").json
    assert (found["schedule"], found["outcome"], found["amount"]) == ("parcel-promise", "owed", "7.00")
    assert found["trace"][-1]["says"] == "then owed late-delivery"
    other = shutil.copytree(CHECKOUT / "deploy" / "policy", tmp_path / "policy")
    parcel = other / "schedules" / "parcel-promise.yaml"
    parcel.write_text(parcel.read_text().replace("pay: freight", "pay: 2 * freight"))
    told = house.amends("policy", "diff", str(CHECKOUT / "deploy" / "policy"), str(other), "--json").json
    assert [one["clause"] for one in told["clauses"]] == ["pay"]
    assert "X-1" in {one["complaint"] for one in told["cases"] if one["difference"] == "+7.00 EUR"}
    assert "no complaint with a verdict" in refused(house, "policy", "explain", "X-9")
