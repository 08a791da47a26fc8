"""One failure has one name, whoever complains of it, when and where; another failure of the same thing has another."""

from typing import Any

from services.verifier.judging.failures import broken_once, owed_once
from shared.events import IncidentReported, VerdictReached
from tests.core.test_verifier_incidents import FIBRE, LINE, incident, watched
from tests.core.verifier_stories import DAY, LETTER_CAME, Road, judged, letter, measured, moment, parcel

LATE = "02-19 18:00"


def two(*letters: Any, evidence: Any = None) -> tuple[VerdictReached, VerdictReached]:
    """The verdicts on two letters of one customer that were not merged."""
    road = Road()
    road.stores(evidence or parcel(LATE), LETTER_CAME - DAY)
    road.hears(*letters)
    road.comes_to(LETTER_CAME + 90 * DAY)
    (one, other) = road.letters.letters.values()
    assert one.verdict
    assert other.verdict
    return one.verdict, other.verdict


def again(text: str = "It was late.", **facts: Any) -> Any:
    """Weeks later, under another number, through another channel."""
    usual: dict[str, Any] = {"at": LETTER_CAME + 40 * DAY, "complaint": "C-2001", "channel": "phone"}
    return letter(text, **{**usual, **facts})


def test_a_second_complaint_about_one_parcel_is_judged_as_owed_and_names_the_same_failure() -> None:
    one, other = two(letter("It was late."), again())
    assert one.failure
    assert (one.failure, one.remedy) == (other.failure, other.remedy)


def test_another_parcel_and_another_promised_day_are_other_failures() -> None:
    first = judged(letter("It was late."), parcel(LATE))
    other_day = judged(letter("It was late."), parcel(LATE, promised_on="2018-02-12"))
    assert len({first.failure, other_day.failure, None}) == 3


def test_a_failure_that_goes_on_and_grows_is_still_the_same() -> None:
    road = Road()
    road.stores(parcel(), LETTER_CAME - DAY)
    road.hears(letter("It has not arrived."))
    so_far = road.verdict
    road.measures(parcel("02-28 18:00", freight="20.00"), LETTER_CAME + 8 * DAY)
    assert (so_far.ongoing, road.verdict.ongoing) == (True, False)
    assert so_far.failure == road.verdict.failure


def test_where_the_promised_day_is_on_no_record_nobody_can_say_which_failure_it_is() -> None:
    delivered = measured(freight="17.50", currency="BRL", delivered_at=moment(LATE).isoformat())
    one, other = two(letter("It was late."), again(), evidence=delivered)
    assert (one.failure, other.failure) == (None, None)


def test_a_moment_is_the_same_in_whatever_zone_it_was_written() -> None:
    one = judged(letter("It was late."), parcel(LATE))
    road = Road()
    road.stores(parcel(LATE, delivered_at=moment(LATE).isoformat().replace("+00:00", "Z")), LETTER_CAME - DAY)
    road.hears(letter("It was late."))
    assert road.verdict.failure == one.failure


def outage(*incidents: IncidentReported, subject: Any = FIBRE, at: str = "02-20 18:00", **facts: Any) -> VerdictReached:
    road = Road()
    for one in (*incidents, watched(), measured(subject=LINE, monthly_fee="30.00")):
        road.stores(one, moment("02-20 17:00"))
    road.hears(letter("No internet since this morning.", subject=subject, paid=None, at=moment(at), **facts))
    road.comes_to(moment("03-20 00:00"))
    return road.verdict


def test_an_outage_is_known_by_its_incident_and_another_incident_is_another_failure() -> None:
    first, update = outage(incident()), outage(incident(severity="critical"))
    other = outage(incident(id="inc-8"))
    assert first.failure == update.failure
    assert len({first.failure, other.failure, None}) == 3


def test_two_lines_that_one_incident_touched_are_two_failures() -> None:
    touched = incident(affects=({"kind": "line", "id": "L-9"},))
    assert outage(touched).failure != outage(touched, subject=LINE).failure


def test_of_an_outage_without_an_incident_nobody_can_say_which_it_was() -> None:
    assert outage().failure is None


def test_each_claim_names_the_failure_that_it_is_about() -> None:
    verdict = judged(letter("It was late, and I lost many customers over it!"), parcel(LATE))
    assert [one.failure is None for one in verdict.claims] == [False, True]
    assert verdict.failure == verdict.claims[0].failure


def test_what_was_owed_for_a_failure_fills_no_limit_that_the_same_failure_is_held_to() -> None:
    """It has cost the whole fee of the month, which is the most that this promise ever costs in one."""
    road = Road()
    whole_days = incident(severity="critical", started_at=moment("02-18 00:00"), resolved_at=moment("02-20 15:00"))
    for one in (whole_days, watched()):
        road.stores(one, moment("02-20 17:00"))
    road.hears(*(outage_letter(number) for number in (1, 2)))
    first, second = road.verdicts
    assert first.remedy is not None
    assert str(first.remedy.sum.amount) == "40.00"
    assert (second.failure, second.remedy) == (first.failure, first.remedy)


def test_a_failure_of_which_somebody_complained_twice_counts_once_against_the_house() -> None:
    road = Road()
    road.stores(incident(), moment("02-20 17:00"))
    road.stores(watched(), moment("02-20 17:00"))
    road.hears(*(outage_letter(number) for number in (1, 2)))
    for but, count in ((None, 1), (road.verdict.failure, 0)):
        assert len(broken_once(road.verdicts, but)) == len(owed_once(road.verdicts, but)) == count


def outage_letter(number: int) -> Any:
    return letter(
        "No internet!", subject=FIBRE, paid=None, at=moment(f"02-20 1{7 + number}:00"), complaint=f"C-300{number}"
    )
