"""What was never promised gets one kind letter with one sentence: no search in records, no rounds, no money, no date."""

import re
from typing import Any

import pytest

from services.notifier.notice import Found
from services.notifier.turns import turn_of
from services.notifier.writing.wording import account
from shared import events as e
from tests.core import notifier_stories as desk
from tests.core.notifier_stories import VOICES
from tests.core.offer_stories import ANA, Story, day, given
from tests.core.test_notifier_wording import FORBIDDEN, text, voice

LANGUAGES: tuple[str, ...] = ("en", "de", "pt", "fr", "es")
CHEAPER = e.ClaimJudged(
    claims=("price-match",),
    outcome="not_owed",
    promise="unknown",
    severity=1,
    schedule="none",
    reasons=("not-provided",),
)


def verdict(at: float = 0, **facts: Any) -> e.VerdictReached:
    known: dict[str, Any] = {
        "outcome": "not_owed",
        "promise": "unknown",
        "remedy": None,
        "severity": 1,
        "clauses": (),
        "schedule": "none",
    }
    return ANA.verdict(day(at), **(known | {"reasons": ("not-provided",), "claims": (CHEAPER,)} | facts))


def told(story: Story) -> list[str]:
    return [type(event).__name__ for event in story.last]


def test_one_letter_says_so_without_rounds_and_without_a_date() -> None:
    story = given(verdict())
    assert told(story) == ["CaseOpened", "ClaimDeclined"]
    assert story.case(ANA).state == "declined"
    assert story.case(ANA).expires is None
    assert story.the(e.ClaimDeclined).reason == "not-provided"


def test_a_severe_claim_to_what_was_never_promised_gets_no_options_either() -> None:
    assert told(given(verdict(severity=4))) == ["CaseOpened", "ClaimDeclined"]


def test_a_refusal_leads_to_nothing_more() -> None:
    assert given(verdict(), ANA.refused(1, day(1))).last == ()


def test_it_is_said_once_however_often_it_is_judged() -> None:
    assert given(verdict(), verdict(1)).last == ()


def test_what_comes_to_light_later_opens_the_case_again() -> None:
    assert "ApologyOffered" in told(given(verdict(), ANA.verdict(day(1))))


def test_what_is_claimed_beside_it_is_heard_as_ever() -> None:
    assert told(given(ANA.verdict(claims=(CHEAPER,))))[-1] != "ClaimDeclined"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_letter_thanks_and_says_one_kind_sentence_without_money_or_a_search_in_records(language: str) -> None:
    found = (Found("price-match", "unknown", ("not-provided",)),)
    bodies = [text("decline", language, variant, promise="unknown", found=found).body for variant in range(9)]
    assert len(set(bodies)) == 9
    for body in bodies:
        _, thanks, sentence, invitation, *_ = body.split("\n\n")
        assert any(mark in thanks.lower() for mark in VOICES.of(language).spoken.marks.thanks)
        assert sentence.count(".") == 1
        assert invitation.endswith(":")
        assert not re.search(r"R\$|€|[0-9]", sentence + invitation)
        assert not any(phrase in body.lower() for phrase in FORBIDDEN[language])


@pytest.mark.parametrize("claims", [(CHEAPER,), ()])
def test_the_page_does_not_say_that_a_promise_was_kept(claims: tuple[e.ClaimJudged, ...]) -> None:
    declined = desk.Complaint().declined(reason="not-provided", clauses=(), claims=claims)
    facts = turn_of(declined, desk.POLICY).facts
    assert facts.promise == "unknown"
    assert "not among the things that we promise" in account(voice("en"), facts)
