"""The same failure is owed once: in whatever order its complaints are read, it is paid once, in full, and never twice."""

from decimal import Decimal
from itertools import permutations
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from services.offer.case import Customer
from services.offer.console.explanation import explain
from services.offer.console.fairness import compare
from services.offer.console.told import Told, tell
from services.offer.granted import Granted
from services.offer.negotiation.rounds import EXPIRY
from services.offer.terms import Known, weighed
from shared import events as e
from shared.policy.limits import LONGEST, Raise
from shared.remedy import remedy_of
from shared.runtime.decider import TimersCancelled
from tests.core.offer_stories import (
    ANSWER_WITHIN,
    APOLOGY,
    FINAL_SAY,
    POLICY,
    Complaint,
    Story,
    day,
    euro,
    given,
)
from tests.core.test_offer_repeated import repeating

FIRST = Complaint("cust-ana", "C-1", "order-1")
SECOND = Complaint("cust-ana", "C-2", "order-1")
THIRD = Complaint("cust-ana", "C-3", "order-1")
LATE = "f-late"
OTHER = "f-of-another-month"
PAID = (e.RemedyGranted, e.PayoutDue)


def late(complaint: Complaint, at: float = 0, owed: str = "17.50", failure: str | None = LATE, **facts: Any) -> Any:
    return complaint.verdict(day(at), remedy=euro(owed), failure=failure, **facts)


def both(name: str, amount: str, other: str, more: str) -> dict[str, Any]:
    """A letter with two claims, each about a failure of its own."""
    parts = [
        e.ClaimJudged(
            claims=(claim,), outcome="owed", promise="broken", severity=2, schedule="parcel-promise",
            remedy=remedy_of(euro(owed)), failure=failure,
        )
        for claim, failure, owed in (("late", name, amount), ("damaged", other, more))
    ]  # fmt: skip
    return {"claims": tuple(parts), "remedy": euro(str(Decimal(amount) + Decimal(more))), "failure": name}


def test_a_second_complaint_about_one_failure_is_granted_nothing_more_and_joins_the_first() -> None:
    story = given(late(FIRST)).when(late(SECOND, 40))
    story.then(e.CaseOpened, e.CaseJoined)
    joined = story.the(e.CaseJoined)
    assert (joined.into, joined.first, joined.remedy) == (FIRST.case, "C-1", None)
    assert (joined.granted, joined.due) == (remedy_of(euro("17.50")), day(10))
    assert (story.case(SECOND).state, story.paid()) == ("joined", Decimal("17.50"))


def test_another_failure_of_the_same_thing_is_owed_by_itself() -> None:
    story = given(late(FIRST)).when(late(SECOND, 40, failure=OTHER))
    story.then(e.CaseOpened, *PAID, *APOLOGY)
    assert story.paid() == Decimal(35)


def test_a_failure_that_nobody_can_name_counts_by_itself() -> None:
    story = given(late(FIRST, failure=None)).when(late(SECOND, failure=None)).then(e.CaseOpened, *PAID, *APOLOGY)
    assert story.paid() == Decimal(35)


def test_that_of_another_customer_is_theirs() -> None:
    ben = Complaint("cust-ben", "C-9", "order-1")
    assert given(late(FIRST)).paid() == given(late(ben)).paid() == Decimal("17.50")


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_in_any_order_the_largest_remedy_of_any_complaint_is_paid_once(order: tuple[int, ...]) -> None:
    verdicts = [late(FIRST), late(SECOND, owed="30.00"), late(FIRST, owed="40.00"), late(THIRD, owed="25.00")]
    story = given(*(verdicts[n] for n in order))
    assert story.paid() == Decimal(40)
    assert len({due.key for due in story.all(e.PayoutDue)}) == len(story.all(e.PayoutDue))


def test_what_the_second_verdict_owes_beyond_the_first_is_granted_and_said_in_one_letter() -> None:
    story = given(late(FIRST)).when(late(SECOND, 40, "30.00")).then(e.CaseOpened, *PAID, e.CaseJoined)
    assert story.the(e.RemedyGranted).explained
    assert story.the(e.CaseJoined).remedy == remedy_of(euro("12.50"))
    story.when(late(FIRST, 41, "30.00")).then_nothing()
    story.when(late(FIRST, 42, "31.00")).then(*PAID)
    story.when(late(SECOND, 43, "31.00")).then_nothing()
    assert story.paid() == Decimal(31)


def test_a_difference_that_comes_later_is_granted_where_it_was_found_and_has_a_letter_of_its_own() -> None:
    story = given(late(FIRST), late(SECOND, 1)).when(late(SECOND, 2, "20.00")).then(*PAID)
    assert not story.the(e.RemedyGranted).explained
    assert story.case(SECOND).state == "joined"


def test_what_was_given_elsewhere_for_the_first_is_given_for_the_second() -> None:
    story = given(FIRST.compensated("10.00", day(-1)), late(FIRST), late(SECOND, 1))
    assert story.paid() == Decimal("7.50")
    assert story.the(e.CaseJoined).granted == remedy_of(euro("17.50"))


def test_of_two_failures_in_one_letter_only_the_new_one_is_owed_and_gets_rounds() -> None:
    story = given(late(FIRST)).when(SECOND.verdict(day(40), **both(LATE, "17.50", OTHER, "8.00")))
    story.then(e.CaseOpened, *PAID, *APOLOGY)
    assert story.the(e.RemedyGranted).failures == {OTHER: euro("8.00")}
    story.when(late(THIRD, 41, "8.00", OTHER)).then(e.CaseOpened, e.CaseJoined)
    assert story.the(e.CaseJoined).into == SECOND.case
    assert story.paid() == Decimal("25.50")


def test_who_writes_about_each_of_two_failures_again_is_owed_neither_again() -> None:
    story = given(FIRST.verdict(**both(LATE, "17.50", OTHER, "8.00")), late(SECOND, 1), late(THIRD, 2, "8.00", OTHER))
    assert story.paid() == Decimal("25.50")
    assert [joined.granted for joined in story.all(e.CaseJoined)] == [remedy_of(euro("17.50")), remedy_of(euro("8.00"))]


def test_a_first_complaint_that_was_taken_back_before_it_was_judged_pays_nothing_and_covers_nothing() -> None:
    story = given(FIRST.withdrawn(day(0)), late(FIRST, 1)).when(late(SECOND, 2)).then(e.CaseOpened, *PAID, *APOLOGY)
    assert story.paid() == Decimal("17.50")


def test_after_a_first_complaint_was_taken_back_the_second_has_its_rounds_and_no_second_remedy() -> None:
    story = given(late(FIRST), FIRST.withdrawn(day(1))).when(late(SECOND, 2)).then(e.CaseOpened, *APOLOGY)
    assert story.paid() == Decimal("17.50")


def test_when_the_first_is_taken_back_the_one_that_had_joined_it_gets_the_rounds_that_it_did_not_have() -> None:
    story = given(late(FIRST), late(SECOND, 1), late(THIRD, 2)).when(FIRST.withdrawn(day(3)))
    story.then(e.CaseWithdrawn, *APOLOGY)
    assert story.the(e.ApologyOffered).case == SECOND.case
    needless = {(said.case, name) for said in story.last if isinstance(said, TimersCancelled) for name in said.names}
    assert (FIRST.case, EXPIRY) in needless
    assert (SECOND.case, EXPIRY) not in needless, "its round has just begun"
    story.when(SECOND.content(1, day(4))).then(e.CaseSettled)


def test_who_takes_the_first_back_with_a_gift_in_it_gets_no_second_one() -> None:
    story = given(late(FIRST), FIRST.refused(1, day(1)), FIRST.chose("voucher-10", 2, day(2)), late(SECOND, 3))
    story.when(FIRST.withdrawn(day(4))).then(e.CaseWithdrawn)
    story.when(late(THIRD, 5)).then(e.CaseOpened, e.CaseJoined)
    assert story.paid("goodwill") == Decimal("12.99")


def test_where_the_first_could_not_be_told_the_second_is_granted_and_the_first_is_not_granted_again() -> None:
    story = given(FIRST.unclear(failure=LATE)).when(late(SECOND, 1)).then(e.CaseOpened, *PAID, *APOLOGY)
    story.when(late(FIRST, 2)).then_nothing()
    assert story.paid() == Decimal("17.50")


def test_a_further_complaint_is_a_further_contact_of_the_open_case_and_weighs_there() -> None:
    limits = replace(POLICY.limits, raises=(Raise(by=2, contacts=2),))
    story = Story(replace(POLICY, limits=limits)).given(late(FIRST), late(SECOND, 1))
    assert story.case(FIRST).contacts == 2
    story.when(FIRST.refused(1, day(2)))
    assert (story.the(e.OptionsOffered).severity, story.the(e.OptionsOffered).raised) == (4, ("contacts",))
    story.when(late(SECOND, 3)).then_nothing()
    assert story.case(FIRST).contacts == 2


def test_a_letter_that_joins_a_complaint_that_has_joined_is_heard_where_that_is_answered() -> None:
    story = given(late(FIRST), late(SECOND, 1)).when(THIRD.merged_into(SECOND, day(2)))
    assert story.case(FIRST).contacts == 3


@pytest.mark.parametrize("at", [5, 40])
def test_a_settled_case_is_not_opened_by_the_same_failure_and_gives_nothing_twice(at: float) -> None:
    story = given(late(FIRST), FIRST.refused(1, day(1)), FIRST.chose("voucher-10", 2, day(2)))
    story.when(late(SECOND, at)).then(e.CaseOpened, e.CaseJoined)
    assert (story.the(e.CaseJoined).standing, story.case(FIRST).state) == ("closed", "settled")


def test_after_the_final_say_a_second_complaint_is_answered_with_it() -> None:
    said = given(late(FIRST), *(FIRST.refused(number, day(number)) for number in range(1, 5)))
    said.when(late(SECOND, 5)).then(e.CaseOpened, e.CaseJoined)
    assert said.the(e.CaseJoined).standing == "final-say"
    lapsed = given(late(FIRST), *(FIRST.refused(number, day(number)) for number in range(1, 5)))
    lapsed.given(FIRST.expiry(day(4) + ANSWER_WITHIN)).when(late(SECOND, 40))
    lapsed.then(e.CaseOpened, e.CaseJoined, *FINAL_SAY)
    assert lapsed.the(e.CaseJoined).explained
    assert (lapsed.the(e.FinalSayGiven).case, lapsed.case(FIRST).state) == (FIRST.case, "final_say")


def test_what_turns_out_graver_after_the_first_was_settled_has_rounds_of_its_own_and_no_second_remedy() -> None:
    story = given(late(FIRST), FIRST.content(1, day(1))).when(late(SECOND, 40, severity=4))
    story.then(e.CaseOpened, e.OptionsOffered, story.last[-1].__class__)
    assert story.paid() == Decimal("17.50")


def test_graver_news_goes_to_the_first_case_while_that_is_open() -> None:
    story = given(late(FIRST)).when(late(SECOND, 1, severity=3)).then(e.CaseOpened, e.CaseJoined)
    assert story.case(FIRST).severity == 3


def test_a_new_fact_parts_the_second_complaint_from_the_first() -> None:
    story = given(late(FIRST), late(SECOND, 1)).when(late(SECOND, 2, failure=OTHER)).then(*PAID, *APOLOGY)
    assert story.case(SECOND).state == "apology"


def test_a_letter_of_danger_reaches_a_person_though_the_failure_is_known() -> None:
    story = given(late(FIRST)).when(late(SECOND, 1, signals=("danger",)))
    story.then(e.CaseOpened, e.HandedOver, e.ApologyOffered)
    assert story.paid() == Decimal("17.50")


def test_who_has_joined_may_ask_for_a_person() -> None:
    story = given(late(FIRST), late(SECOND, 1)).when(SECOND.wants_a_person(0, day(2))).then(e.HandedOver)
    assert (story.case(SECOND).state, story.case(SECOND).why) == ("joined", "person_asked_for")


def test_who_complains_twice_of_one_failure_was_let_down_once() -> None:
    story = Story(repeating(2)).given(late(FIRST), late(SECOND, 1))
    assert not story.all(e.HandedOver)
    story.when(late(THIRD, 2, failure=OTHER))
    assert story.the(e.HandedOver).why == "repeated-failure"


def test_a_failure_that_goes_on_is_owed_so_far_and_again_when_it_ends_once() -> None:
    story = given(late(FIRST, ongoing=True), late(SECOND, 1, ongoing=True))
    story.given(late(FIRST, 5, "30.00"), late(SECOND, 5, "30.00"))
    assert story.paid() == Decimal(30)


def test_what_was_granted_before_its_failure_was_known_counts_for_the_one_that_nobody_else_was_granted_for() -> None:
    story = given(late(SECOND), late(FIRST, 1, failure=None), late(FIRST, 2), late(FIRST, 3, failure=OTHER))
    assert (story.paid(), list(story.customer.granted[OTHER])) == (Decimal(35), [FIRST.case])
    story.when(late(THIRD, 4, failure=OTHER)).then(e.CaseOpened, e.CaseJoined)
    assert story.paid() == Decimal(35)


def test_in_kind_what_is_due_beyond_the_first_is_made_up_in_money() -> None:
    two, three = (remedy_of(euro(worth), "replacement", n) for n, worth in ((2, "20.00"), (3, "30.00")))
    story = given(FIRST.verdict(remedy=two, failure=LATE)).when(SECOND.verdict(day(1), remedy=three, failure=LATE))
    assert (story.the(e.CaseJoined).granted, story.the(e.CaseJoined).remedy) == (two, remedy_of(euro("10.00")))


def test_what_was_granted_is_remembered_for_as_long_as_limits_look_back_and_no_longer() -> None:
    story = given(late(FIRST))
    assert story.customer.granted == {LATE: {FIRST.case: Granted(euro("17.50"), day(0))}}
    old = Complaint("cust-ana", "C-4", "order-4")
    story.when(old.verdict(day(1) + LONGEST, failure=OTHER))
    assert list(story.customer.granted) == [OTHER]


def test_a_document_of_before_tells_of_no_failures_and_is_read_as_it_is() -> None:
    written = msgspec.to_builtins(given(late(FIRST)).customer)
    del written["granted"]
    del written["cases"][FIRST.case]["failures"]
    story = Story()
    story.customer = msgspec.convert(written, Customer, strict=False)
    story.when(late(FIRST, 1)).then_nothing()
    story.when(late(SECOND, 2)).then(e.CaseOpened, e.CaseJoined)


def test_both_cases_tell_of_it_and_say_why_there_is_not_more() -> None:
    story = given(late(FIRST), late(SECOND, 1))
    case, terms = weighed(story.customer, story.case(SECOND), day(2), Known(POLICY))
    reasons = explain(case, late(SECOND, 1), terms)
    why = next(one for one in reasons.remedy if one.code == "same-failure")
    assert (why.amount, FIRST.case in why.says) == (euro("17.50"), True)
    assert [one.code for one in reasons.goodwill] == ["joined"]


def test_fairness_names_it_as_the_cause_of_a_difference() -> None:
    def told(complaint: Complaint, story: Story) -> Told:
        events = [late(complaint), *(one for one in story.said if getattr(one, "case", "") == complaint.case)]
        return tell(Told(complaint.case, complaint.names["complaint"], "cust-ana", "x"), events)

    story = given(late(FIRST), late(SECOND))
    fairness = compare("inc-7", [told(FIRST, story), told(SECOND, story)])
    assert fairness.unexplained == 0
    assert {cause.code for one in fairness.cases for said in one.differences for cause in said.causes} == {
        "same-failure"
    }
