"""Whatever day a letter names as ours, something wakes up by it: no promise rests on anybody's memory."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from services.notifier.turns import turn_of
from shared import events as e
from shared.runtime.decider import Timer
from tests.core.offer_stories import ANA, POLICY, Story, day, given

OURS = ("expires", "until", "undo_until", "next", "paid_by")
"""What letters call the days by which we act, or until which a customer may."""
STORIES: dict[str, Story] = {
    "an apology": given(ANA.verdict()),
    "a refusal": given(ANA.verdict(), ANA.refused(1, day(1))),
    "no idea of ours was right": given(ANA.verdict(), ANA.refused(1, day(1)), ANA.refused(2, day(2))),
    "a choice": given(ANA.verdict(), ANA.refused(1, day(1)), ANA.chose("voucher-10", 2, day(2))),
    "a proposal": given(ANA.verdict(), ANA.refused(1, day(1)), ANA.counters(2, day(2), "500.00")),
    "a grave failure": given(ANA.verdict(severity=4)),
    "a wait for evidence": given(ANA.awaited(), ANA.verdict(day(1))),
}


def named(story: Story) -> Iterator[tuple[str, str, datetime]]:
    """Each day that a letter of this story names: the event, what the day is called, and the day."""
    for event in story.all(e.AboutCase):
        turn = turn_of(event, POLICY)
        for name in OURS:
            moment = getattr(turn.facts, name)
            if moment is not None and (turn.kind or name == "paid_by"):
                yield type(event).__name__, name, moment


@pytest.mark.parametrize("name", STORIES)
def test_each_day_that_a_letter_names_has_a_timer(name: str) -> None:
    story = STORIES[name]
    timers = {timer.due for timer in story.all(Timer)} | {due.due for due in story.all(e.PayoutDue)}
    timers.add(ANA.awaited().until)  # the verifier's own: it judges then with what there is
    days = list(named(story))
    assert days, "there is something to keep"
    assert [day for day in days if day[2] not in timers] == []
