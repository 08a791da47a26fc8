"""Who is let down again and again goes to a person, not to a wall; claims that measurements contradict weigh the other way."""

from msgspec.structs import replace

from shared import events as e
from shared.policy.limits import Repeats
from shared.policy.policy import Policy
from tests.core.offer_stories import APOLOGY, POLICY, UNLIMITED, Complaint, Story, day, euro

YEAR = UNLIMITED.within
ELI = [Complaint("cust-eli", f"C-40{number}", "parcel-box-7") for number in range(6)]
"""The parcels of one box come late again and again."""


def repeating(verified: int = 3, of_one_subject: int = 100, contradicted: int = 100) -> Policy:
    repeats = Repeats(YEAR, verified, of_one_subject, contradicted)
    return replace(POLICY, limits=replace(UNLIMITED, repeats=repeats))


def test_the_third_verified_failure_brings_apology_options_and_a_person_and_says_so() -> None:
    story = Story(repeating())
    for number in range(2):
        story.when(ELI[number].verdict(day(number))).then(e.CaseOpened, e.RemedyGranted, e.PayoutDue, *APOLOGY)
        assert story.the(e.ApologyOffered).repeated == 0
    story.when(ELI[2].verdict(day(2)))
    story.then(e.CaseOpened, e.RemedyGranted, e.PayoutDue, e.OptionsOffered, e.HandedOver)
    offer, person = story.the(e.OptionsOffered), story.the(e.HandedOver)
    assert (offer.repeated, person.why, person.to) == (3, "repeated-failure", "care-team")
    assert story.when(ELI[2].chose("voucher-10", 1, day(40))).the(e.CaseSettled).option == "voucher-10"


def test_with_a_limit_that_bites_they_still_get_a_person_and_options() -> None:
    policy = repeating()
    story = Story(replace(policy, limits=replace(policy.limits, everyone=replace(UNLIMITED.everyone, gifts=0))))
    story.given(*(complaint.verdict(day(0)) for complaint in ELI[:3]))
    offer = story.the(e.OptionsOffered)
    assert (offer.repeated, offer.limits) == (3, ("limit-number",))
    assert story.the(e.HandedOver).why == "repeated-failure"


def test_only_what_was_verified_counts_and_only_within_the_time() -> None:
    story = Story(repeating())
    story.given(ELI[0].verdict(day(0)), ELI[1].unclear(day(1)), ELI[2].kept(day(2)))
    story.given(ELI[3].verdict(day(3), contested=True)).when(ELI[4].verdict(day(3)))
    assert story.the(e.ApologyOffered).repeated == 0
    story.when(ELI[5].verdict(day(0) + YEAR))
    assert story.the(e.ApologyOffered).repeated == 0


def test_a_failure_that_is_judged_again_is_still_one() -> None:
    story = Story(repeating(2))
    story.given(ELI[0].verdict(), ELI[0].verdict(day(1), remedy=euro("30")), ELI[0].verdict(day(2), remedy=euro("40")))
    assert not story.all(e.HandedOver)


def test_evidence_that_comes_later_may_show_that_it_happened_again() -> None:
    story = Story(repeating(2)).given(ELI[0].verdict(), ELI[1].unclear(day(1)))
    story.when(ELI[1].verdict(day(2)))
    assert story.the(e.HandedOver).why == "repeated-failure"


def test_the_third_verified_failure_of_one_subject_tells_operations() -> None:
    story = Story(repeating(verified=100, of_one_subject=3))
    other = Complaint("cust-eli", "C-500", "another-box")
    story.given(ELI[0].verdict(day(7)), other.verdict(day(8)), ELI[1].verdict(day(9)))
    assert not story.all(e.RepeatFailureFound)
    story.when(ELI[2].verdict(day(10)))
    found = story.the(e.RepeatFailureFound)
    assert (found.failures, found.since, found.subject) == (3, day(0), ELI[0].subject)


def test_only_the_letter_that_declines_says_that_measurements_contradict_again_and_again() -> None:
    story = Story(repeating(contradicted=2))
    story.given(ELI[0].kept(day(0)))
    assert story.the(e.ClaimDeclined).contradicted == 0
    story.given(ELI[1].kept(day(1)))
    assert story.the(e.ClaimDeclined).contradicted == 2
    told = (e.ApologyOffered, e.OptionsOffered, e.InputInvited, e.FinalSayGiven, e.CounterAnswered)
    assert not any("contradicted" in kind.__struct_fields__ for kind in told)


def test_whom_measurements_contradict_again_and_again_is_not_believed_against_them() -> None:
    """Their word stands against a measurement: a small sum would go to them, and now it goes to a person."""
    doubtful = ELI[2].unclear(day(2), contested=True, paid=euro("20"))
    believed = Story(repeating(contradicted=3)).given(ELI[0].kept(day(0)), ELI[1].kept(day(1)))
    believed.when(doubtful).then(e.CaseOpened, *APOLOGY)
    doubted = Story(repeating(contradicted=2)).given(ELI[0].kept(day(0)), ELI[1].kept(day(1)))
    doubted.when(doubtful).then(e.CaseOpened, e.ApologyOffered, e.HandedOver)
    assert doubted.the(e.HandedOver).why == "contested"


def test_a_claim_that_turns_out_to_be_true_is_contradicted_no_more() -> None:
    story = Story(repeating(contradicted=2)).given(ELI[0].kept(day(0)), ELI[0].verdict(day(1)))
    story.when(ELI[1].kept(day(2)))
    assert story.the(e.ClaimDeclined).contradicted == 0
    assert list(story.customer.failures) == [ELI[0].case]


def test_a_failure_of_which_the_complaint_was_taken_back_before_it_was_judged_does_not_count() -> None:
    story = Story(repeating(2)).given(ELI[0].withdrawn(day(0)), ELI[0].verdict(day(1)))
    assert story.customer.failures == {}
