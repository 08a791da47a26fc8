"""Stories of further letters: what they claim in their own words and by their category, and the time that they name."""

from datetime import datetime, timedelta

import pytest

from tests.core.test_verifier_incidents import FIBRE, incident, watched
from tests.core.verifier_stories import DAY, LETTER_CAME, Road, joined, letter, moment, parcel

HOUR = timedelta(hours=1)


def test_a_further_letter_claims_by_its_category_too() -> None:
    road = Road()
    road.stores(parcel("02-19 18:00"), LETTER_CAME - DAY)
    road.hears(letter("It was late."), joined(category="damaged", at=LETTER_CAME + DAY))
    assert [one.claims for one in road.verdict.claims] == [("late",), ("damaged",)]


def test_a_further_letter_is_read_in_the_language_of_who_writes() -> None:
    for language, concerns in (("de", ("late",)), ("pt", ("damaged", "late"))):
        road = Road()
        road.stores(parcel("02-19 18:00"), LETTER_CAME - DAY)
        road.hears(letter("It was late."), joined("Veio quebrado.", at=LETTER_CAME + DAY, language=language))
        assert road.verdict.concerns == concerns


@pytest.mark.parametrize("first", [None, moment("02-12 11:00")])
@pytest.mark.parametrize("further_first", [True, False])
def test_the_time_that_a_further_letter_names_counts_where_the_first_names_none(
    first: datetime | None, further_first: bool
) -> None:
    road = Road()
    for one, began in (("inc-1", moment("02-12 11:00")), ("inc-2", moment("02-14 11:00"))):
        failed = incident(id=one, started_at=began, resolved_at=began + HOUR, updated_at=began + HOUR)
        road.stores(failed, moment("02-19 00:00"))
    road.stores(watched(), moment("02-19 00:00"))
    letters = [
        letter("No internet.", subject=FIBRE, at=moment("02-20 18:00"), paid=None, occurred_at=first),
        joined("No internet!", at=moment("02-20 19:00"), occurred_at=moment("02-14 11:00")),
    ]
    road.hears(*(reversed(letters) if further_first else letters))
    assert road.verdict.incident == ("inc-2" if first is None else "inc-1")
