"""Everything that happens in a case reads as a sentence, also what goes on no topic."""

from typing import Any

import pytest

from services.cli.timeline import SENTENCES, describe
from services.offer.case import CompensationSetOff, HistoryKept
from services.offer.timeline import TYPES
from shared import events as e
from shared.remedy import remedy_of
from tests.core.offer_stories import ANA, CLEO, day, euro

CASE: dict[str, Any] = {**ANA.names, "case": ANA.case, "at": day(0)}
KIND = remedy_of(euro("50.00"), "replacement", 2)
LATE = e.ClaimJudged(claims=("late",), outcome="owed", promise="broken", severity=2, schedule="parcel-promise")
WRAP = e.ClaimJudged(claims=("gift-wrap",), outcome="not_owed", promise="unknown", severity=1, schedule="none")


def test_every_event_of_ours_has_a_sentence_of_its_own() -> None:
    ours = {kind for kind, name in TYPES.items() if name.startswith(("amends.", "billing."))}
    assert {kind.__name__ for kind in ours - SENTENCES.keys()} == set()


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (
            CompensationSetOff(customer="c", case="x", compensation="K-1", amount=euro("5.00"), at=day(0)),
            "set off, as others have given it already: EUR 5.00",
        ),
        (
            HistoryKept(customer="c", case="x", at=day(0)),
            "older than the house looks back: judged, and nobody is written to",
        ),
        (CLEO.asked(), "only the customer can know: taken on"),
        (
            e.InformationGiven(**CASE, round=0, facts={}),
            "the customer says what only they can know",
        ),
        (
            e.RemedyGranted(**CASE, remedy=KIND, part=2, payout="k", ongoing=True),
            "owed so far, and paid by itself: 2 × replacement worth EUR 50.00 (part 2)",
        ),
        (
            e.PayoutDue(
                **CASE, key="k", ledger="remedy", form="replacement", amount=euro("50.00"), reference="C", quantity=2
            ),
            "due (remedy): EUR 50.00 as 2 × replacement",
        ),
        (
            e.HandedOver(**CASE, to="safety-desk", why="danger"),
            "handed to a person (safety-desk): danger",
        ),
        (
            ANA.merged_into(CLEO, day(0), "danger", "law"),
            "C-1001: wrote again; joined to C-1003, and counted; it hints at danger and law",
        ),
        (
            ANA.letter(text="It broke", signals=(), likely=("damaged",)),
            "complaint taken: “It broke”, likely about damaged",
        ),
        (ANA.letter(text=None), "complaint taken; it hints at danger"),
        (
            ANA.verdict(claims=(LATE, WRAP), incident="inc-7", ongoing=True),
            "verdict: owed, promise broken, EUR 17.50 owed so far, severity 2 (late delivery); late owed, gift wrap not owed; "
            "incident inc-7",
        ),
    ],
)
def test_what_happened_reads_as_a_sentence(event: Any, sentence: str) -> None:
    assert describe(event)[1] == sentence


def test_a_suspected_incident_and_an_invitation_name_what_staff_must_know() -> None:
    suspected = e.IncidentSuspected(
        **ANA.names, subject=e.Subject("service", "fibre-north"), claims=("outage",), similar=5, since=day(0)
    )
    assert "5 complaints about service/fibre-north say “outage” since" in describe(suspected)[1]
    invited = e.InformationInvited(**CASE, questions=CLEO.asked().questions, expires=day(10))
    assert describe(invited)[1].startswith("the customer is asked taken on, until")
