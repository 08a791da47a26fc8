"""A way of saying something is refused where a shorter one is found in every letter in which it is."""

import pytest

from shared.policy.dead_ways import dead_ways


@pytest.mark.parametrize(
    ("ways", "dead"),
    [
        (("late", "late"), [(1, "late")]),
        (("broken", "brok"), [(0, "brok")]),
        (("not … deliver", "not delivered"), [(1, "not … deliver")]),
        (("not … deliver", "not yet … delivered"), []),
        (("not … deliver", "not yet delivered"), [(1, "not … deliver")]),
        (("deliver", "not … delivered today"), [(1, "deliver")]),
        (("so late", "so … late"), [(0, "so … late")]),
        (("late.", "later"), []),
        (("late.", "late"), [(0, "late")]),
        (("late.", "far too late."), [(1, "late.")]),
        (("late.", "far too late"), []),
        (("it came", "came it"), []),
        (("a … b … c", "a b c"), [(1, "a … b … c")]),
        (("a … c", "a … b c"), []),
    ],
)
def test_what_a_shorter_way_covers_is_dead(ways: tuple[str, ...], dead: list[tuple[int, str]]) -> None:
    assert list(dead_ways(ways)) == dead
