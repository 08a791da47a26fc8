"""A case lives by one table: whatever is heard in whatever state leads where the table says, and never into a dead end."""

from typing import get_args

from services.offer.case import State
from services.offer.life import LIFE
from tests.core.case_life import ENDS, PAGE, page
from tests.core.case_walk import LIVES, told, walked
from tests.core.offer_stories import ANA

STATES: set[State] = set(get_args(State))


def reached_from(state: State) -> set[State]:
    found: set[State] = set()
    ahead = {state}
    while ahead:
        found |= ahead
        ahead = {after for one in ahead for leads in LIFE[one].values() for after in leads} - found
    return found


def test_every_event_in_every_state_leads_where_the_table_says_and_the_table_says_no_more() -> None:
    table = {(state, heard.__name__): set(leads) for state, row in LIFE.items() for heard, leads in row.items()}
    assert walked() == table


def test_the_walk_has_been_in_every_state() -> None:
    assert {told(events).case(ANA).state for events in LIVES.values()} == STATES == LIFE.keys()


def test_every_state_can_be_reached_from_the_first_word() -> None:
    assert reached_from("unopened") == STATES


def test_no_case_is_stuck_and_what_is_over_stays_over() -> None:
    for state in STATES - set(ENDS):
        assert reached_from(state) & set(ENDS), f"nothing leads out of {state}"
    assert reached_from("withdrawn") == {"withdrawn"}
    assert reached_from("history") == {"history"}
    back = {heard.__name__ for heard, leads in LIFE["settled"].items() if set(leads) - {"settled", "withdrawn"}}
    assert back == {"TimerFired"}, "only a word that was not kept opens what was settled"


def test_the_drawing_in_the_docs_is_that_of_the_table() -> None:
    assert PAGE.read_text() == page(), "run `python -m tests.core.case_life`"
