"""What a letter says of each claim, of what is still going on, and of what it is about, in the reader's own language."""

import pytest

from services.notifier.notice import Facts, Found
from services.notifier.turns import turn_of
from services.notifier.writing.wording import account, owed
from shared.events import ClaimJudged, Subject
from tests.core.notifier_stories import POLICY, VOICES, Complaint

LANGUAGES: tuple[str, ...] = ("en", "de", "pt", "fr", "es")
NOT_OVER = {
    "en": "not over yet",
    "de": "noch nicht vorbei",
    "pt": "ainda não acabou",
    "fr": "pas encore terminé",
    "es": "aún no ha terminado",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", ["not_owed", "excluded", "owed", "owed_in_part"])
def test_nothing_owed_yet_is_not_called_final_while_the_failure_goes_on(language: str, outcome: str) -> None:
    facts = {"promise": "broken", "outcome": outcome}
    going_on = owed(VOICES.of(language), Facts(**facts, ongoing=True))  # type: ignore[arg-type]  # any outcome
    over = owed(VOICES.of(language), Facts(**facts))  # type: ignore[arg-type]
    assert NOT_OVER[language] in going_on.lower()
    assert over
    assert NOT_OVER[language] not in over
    assert going_on.count("\n") == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_claim_and_every_kind_of_thing_of_the_house_has_words(language: str) -> None:
    words = VOICES.of(language).words
    assert set(POLICY.claims) <= set(words.claims)
    assert {row.kind for row in POLICY.applies.rows if row.kind} | {"room"} <= set(words.things)


def test_no_language_borrows_the_words_of_another() -> None:
    said = {language: VOICES.of(language) for language in LANGUAGES}
    for claim in POLICY.claims:
        assert len({voice.claim(claim) for voice in said.values()}) == len(LANGUAGES), claim
    assert said["de"].thing(Subject("service", "fibre-north")) == "Ihr Dienst fibre-north"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_nobody_claimed_stands_without_a_heading(language: str) -> None:
    voice = VOICES.of(language)
    line = account(voice, Facts(found=(Found("", "broken"),)))
    assert line == f"- {account(voice, Facts(promise='broken'))}"
    gap = account(voice, Facts(found=(Found("", "unknown"),)))
    assert gap[2].isupper()
    assert ":" not in gap


def test_a_part_that_nobody_claimed_is_not_called_by_the_name_of_its_schedule() -> None:
    spoken = ClaimJudged(claims=("late",), outcome="owed", promise="broken", severity=2, schedule="parcel-promise")
    other = ClaimJudged(claims=(), outcome="owed", promise="broken", severity=2, schedule="service_uptime")
    found = turn_of(Complaint().apology(claims=(spoken, other)), POLICY).facts.found or ()
    assert [one.claim for one in found] == ["late", ""]
