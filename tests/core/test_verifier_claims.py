"""Stories of letters that say several things, and of promises of which several speak: each claim is judged by itself."""

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.verifier.judging.matter import said_by
from services.verifier.letters import Letter
from services.verifier.records.changes import FIELDS
from services.verifier.records.history import remembered
from shared.events import Subject, VerdictReached
from shared.money import Money
from shared.policy.load import load_policy
from shared.policy.policy import Policy
from shared.policy.sources import NAMES
from shared.remedy import remedy_of
from tests.core.verifier_stories import CRM, Road, joined, judged, letter, measured, moment, parcel, real

POLICY_FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "policy"
ROOM = Subject("room", "R-12")
LATE_KEY = """
schedule: late-key
title: The key by the promised hour
source: the house's own promise
ledger: remedy
currency: EUR
zone: Europe/Berlin
anchor: local_date(promised_at)
facts:
  promised_at: {instant: the key was promised}
  handed_at: {instant: the key was handed over}
  price: {money: the price of the night}
  nights: {count: nights that were booked, default: 1}
pay: RATE * price
remedy: {form: upgrade, quantity: nights, equal: [refund]}
checks:
  - {if: handed_at <= promised_at, then: not_owed in_time, promise: kept}
  - {then: owed key_late}
"""
ROW = """  - {{schedule: {name}, kind: room, claims: [late], jurisdictions: [{places}]}}
"""


def euro(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def house(tmp_path: Path, **rates: str) -> Policy:
    """A house that also lets rooms: one promise a name, each at its rate, all about the same claim."""
    folder = shutil.copytree(POLICY_FOLDER, tmp_path / "policy")
    rows = (folder / "applies.yaml").read_text()
    for name, rate in rates.items():
        file = folder / "schedules" / f"{name}.yaml"
        file.write_text(LATE_KEY.replace("late-key", name).replace("RATE", rate.partition(" in ")[0]))
        rows += ROW.format(name=name, places=rate.partition(" in ")[2])
    (folder / "applies.yaml").write_text(rows)
    return load_policy(folder)


def judge_room(policy: Policy, handed: str = "02-19 18:00", **facts: Any) -> VerdictReached:
    road = Road(policy)
    night = measured(
        subject=ROOM,
        promised_at=moment("02-19 15:00").isoformat(),
        handed_at=moment(handed).isoformat(),
        price="80.00",
        nights=2,
    )
    road.stores(night, moment("02-20 12:00"))
    road.hears(letter("It was late.", subject=ROOM, paid=None, **facts))
    return road.verdict


def test_late_and_broken_are_two_claims_with_a_verdict_each() -> None:
    verdict = judged(letter("It came late, and the lid is broken."), parcel("02-19 18:00"))
    late, broken = verdict.claims
    assert (late.claims, late.outcome, late.promise, late.remedy) == (
        ("late",),
        "owed",
        "broken",
        remedy_of(real("17.50")),
    )
    assert (broken.claims, broken.outcome, broken.promise, broken.reasons) == (
        ("damaged",),
        "cannot_tell",
        "unknown",
        ("not-measured",),
    )
    assert (verdict.outcome, verdict.reasons, verdict.remedy) == ("owed", ("late-delivery",), late.remedy)


def test_a_letter_with_one_claim_is_its_verdict() -> None:
    assert judged(letter("It came late."), parcel("02-19 18:00")).claims == ()


def test_what_was_never_promised_gets_no_money_and_does_not_stand_in_the_way_of_a_decline() -> None:
    verdict = judged(letter("It came late, and it is cheaper elsewhere."), parcel("02-09 12:00"))
    assert [(one.claims, one.outcome, one.reasons) for one in verdict.claims] == [
        (("late",), "not_owed", ("delivered-on-time",)),
        (("price-match",), "not_owed", ("not-provided",)),
    ]
    assert (verdict.outcome, verdict.promise) == ("not_owed", "kept")


def test_what_was_never_promised_and_nothing_else_is_neither_kept_nor_broken() -> None:
    verdict = judged(letter("It is cheaper elsewhere."), parcel("02-09 12:00"))
    assert (verdict.outcome, verdict.promise, verdict.remedy) == ("not_owed", "unknown", None)
    assert verdict.reasons == ("not-provided",)


def test_a_loss_beyond_the_price_is_a_claim_for_a_person_and_what_is_owed_goes_on() -> None:
    verdict = judged(letter("It came late and I lost three customers."), parcel("02-19 18:00"))
    beyond = verdict.claims[-1]
    assert (beyond.claims, beyond.outcome, beyond.reasons) == (
        ("lost-business",),
        "cannot_tell",
        ("loss-beyond-price",),
    )
    assert (verdict.outcome, verdict.remedy) == ("owed", remedy_of(real("17.50")))


def test_of_two_promises_about_one_claim_the_larger_one_counts(tmp_path: Path) -> None:
    policy = house(tmp_path, small="10%", large="25%")
    verdict = judge_room(policy)
    assert (verdict.schedule, verdict.claims) == ("large", ())
    assert verdict.remedy is not None
    assert verdict.remedy.sum == euro("20.00")


def test_a_promise_holds_where_its_row_says_and_everywhere_for_a_letter_that_does_not_say_where(tmp_path: Path) -> None:
    policy = house(tmp_path, german="10% in DE", french="25% in FR")
    assert judge_room(policy, jurisdiction="DE").schedule == "german"
    assert judge_room(policy, jurisdiction="FR").schedule == "french"
    assert judge_room(policy).schedule == "french"
    assert judge_room(policy, jurisdiction="ES").reasons == ("no-schedule",)


def test_a_remedy_in_kind_has_a_form_a_number_and_a_worth(tmp_path: Path) -> None:
    verdict = judge_room(house(tmp_path, rooms="10%"))
    assert verdict.remedy == remedy_of(euro("8.00"), "upgrade", 2, ("refund",))


def test_the_verdict_can_be_taken_again_from_what_it_carries(tmp_path: Path) -> None:
    verdict = judge_room(house(tmp_path, rooms="10%"))
    assert {name: (fact.value, fact.record) for name, fact in verdict.facts.items()} == {
        "promised_at": (moment("02-19 15:00").isoformat(), "m-1"),
        "handed_at": (moment("02-19 18:00").isoformat(), "m-1"),
        "price": ("80.00", "m-1"),
        "nights": (2, "m-1"),
    }
    assert str(verdict.as_of) == "2018-02-19"


@pytest.mark.parametrize("subject", [None, Subject("flight", "LH-1")])
def test_every_claim_of_a_letter_that_meets_no_promise_is_nobodys_to_decline(subject: Subject | None) -> None:
    verdict = judged(letter("It was late and broken.", subject=subject))
    assert {(one.outcome, one.promise, one.reasons) for one in verdict.claims} == {
        ("cannot_tell", "unknown", ("no-schedule",))
    }
    assert verdict.schedule == "none"


ROOMS = """
schedule: NAME
title: A room as it was promised
source: the house's own promise
ledger: remedy
currency: CURRENCY
zone: Europe/Berlin
anchor: on_day
facts:
  on_day: {date: the night}
  sum: {money: what is paid, named: NAME}
pay: sum
checks:
  - need: sum
  - {then: owed NAME}
"""


def rooms(tmp_path: Path, *promises: tuple[str, str, str]) -> Policy:
    """Promises about rooms, each with the claims that it answers, its currency, and a sum of its own name."""
    folder = shutil.copytree(POLICY_FOLDER, tmp_path / "policy")
    rows = (folder / "applies.yaml").read_text()
    for name, claims, currency in promises:
        (folder / "schedules" / f"{name}.yaml").write_text(ROOMS.replace("NAME", name).replace("CURRENCY", currency))
        rows += f"  - {{schedule: {name}, kind: room, claims: [{claims}]}}\n"
    (folder / "applies.yaml").write_text(rows)
    return load_policy(folder)


def judge_letter(policy: Policy, text: str, **sums: Any) -> VerdictReached:
    road = Road(policy)
    road.stores(measured(subject=ROOM, on_day="2018-02-19", **sums), moment("02-20 12:00"))
    road.hears(letter(text, subject=ROOM, paid=None))
    return road.verdict


def test_what_two_claims_owe_is_owed_together(tmp_path: Path) -> None:
    policy = rooms(tmp_path, ("cold", "late", "EUR"), ("dirty", "damaged", "EUR"))
    verdict = judge_letter(policy, "It was late and broken.", cold="17.50", dirty="40.00")
    assert verdict.remedy == remedy_of(euro("57.50"))


def test_what_is_owed_in_two_currencies_is_not_added_up_and_a_person_sees_to_it(tmp_path: Path) -> None:
    policy = rooms(tmp_path, ("cold", "late", "EUR"), ("dirty", "damaged", "BRL"))
    verdict = judge_letter(policy, "It was late and broken.", cold="17.50", dirty="40.00")
    assert verdict.remedy == remedy_of(euro("17.50"))
    assert verdict.reasons == ("cold", "another-currency")
    assert [one.remedy for one in verdict.claims] == [remedy_of(euro("17.50")), remedy_of(real("40.00"))]


def test_each_claim_keeps_one_promise_that_answers_it(tmp_path: Path) -> None:
    policy = rooms(tmp_path, ("one", "late", "EUR"), ("both", "late, damaged", "EUR"))
    larger = judge_letter(policy, "It was late and broken.", one="50.00", both="20.00")
    assert [(one.claims, one.schedule) for one in larger.claims] == [(("late",), "one"), (("damaged",), "both")]
    smaller = judge_letter(policy, "It was late and broken.", one="10.00", both="20.00")
    assert (smaller.claims, smaller.schedule, smaller.remedy) == ((), "both", remedy_of(euro("20.00")))


def test_what_a_further_letter_claims_is_said_though_nothing_more_is_owed_for_it() -> None:
    road = Road()
    road.stores(parcel("02-25 18:00"), moment("02-25 19:00"))
    road.hears(letter("It was late.", at=moment("02-26 10:00")))
    road.hears(joined("And I lost many customers over it!", at=moment("02-27 10:00")))
    assert len(road.verdicts) == 2
    assert road.verdict.claims[-1].reasons == ("loss-beyond-price",)
    assert road.verdict.remedy == remedy_of(real("17.50"))


def test_a_sum_that_no_ledger_holds_is_told_as_one_that_cannot_be_computed() -> None:
    verdict = judged(letter("It was late."), parcel("02-19 18:00", freight="9999999999999"))
    assert (verdict.outcome, verdict.promise, verdict.reasons) == ("cannot_tell", "broken", ("not_computable",))


def test_what_was_never_promised_is_said_by_its_name_though_the_letter_holds_nothing_else() -> None:
    (only,) = judged(letter("It is cheaper elsewhere."), parcel("02-09 12:00")).claims
    assert (only.claims, only.reasons) == (("price-match",), ("not-provided",))


def test_a_schedule_may_ask_for_just_what_letters_incidents_and_the_house_know() -> None:
    at = moment("02-20 12:00")
    assert set(said_by(Letter(CRM, "C-1", at, received_at=at), at, at)) == set(NAMES["complaint"])
    schedule = load_policy(POLICY_FOLDER).schedules["service_uptime"].schedule
    assert set(remembered(schedule, None, at, ())) == set(NAMES["history"])
    assert set(NAMES["incident"]) < set(FIELDS)


def test_who_is_answered_by_one_promise_hears_nothing_of_another_that_nobody_measured(tmp_path: Path) -> None:
    policy = rooms(tmp_path, ("cold", "late", "EUR"), ("dirty", "damaged", "EUR"))
    verdict = judge_letter(policy, "It was late.", cold="17.50")
    assert (verdict.claims, verdict.schedule) == ((), "cold")
