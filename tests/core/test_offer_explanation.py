"""Why not more? Whoever looks at a case reads what is owed by what, what is held back and why, and who could give more."""

from msgspec.structs import replace

from services.offer.case import Case, Customer
from services.offer.console.explanation import Explanation, Reason, explain
from services.offer.menu import held_back
from services.offer.terms import Known, Terms, weighed
from shared import events as e
from shared.policy.limits import GoodwillLimit
from tests.core.offer_stories import POLICY, Complaint, Story, day, euro, given

ANA = Complaint("ana", "C-1")


NOW = day(2)


def terms(story: Story) -> tuple[Case, Terms]:
    return weighed(story.customer, story.case(ANA), NOW, Known(story.policy, story.balance))


def why(story: Story, verdict: e.VerdictReached | None) -> Explanation:
    case, by = terms(story)
    return explain(case, verdict, by)


def held(story: Story) -> set[str]:
    case, by = terms(story)
    return {option.id for option in held_back(by.rounds, case, by.room)}


def the(reasons: tuple[Reason, ...], code: str) -> Reason:
    (found,) = [reason for reason in reasons if reason.code == code]
    return found


def codes(reasons: tuple[Reason, ...]) -> list[str]:
    return [reason.code for reason in reasons]


def test_what_is_owed_names_its_promise_its_clause_and_the_policy() -> None:
    verdict = ANA.verdict()
    owed = the(why(given(verdict), verdict).remedy, "owed")
    assert owed.amount == euro("17.50")
    for said in ("parcel-promise", "late delivery", "policy 2018.1"):
        assert said in owed.says


def test_a_limit_of_the_promise_that_bit_is_named() -> None:
    limited = e.Clause("at most 20 % of the price", "limited")
    verdict = ANA.verdict(clauses=(limited, *ANA.verdict().clauses))
    assert "at most 20 % of the price" in the(why(given(verdict), verdict).remedy, "limited").says


def test_an_exclusion_that_nobody_proved_takes_nothing_away_and_is_said_so() -> None:
    verdict = ANA.verdict(clauses=(e.Clause("exclude storm", "not_proved"), *ANA.verdict().clauses))
    assert "exclude storm" in the(why(given(verdict), verdict).remedy, "not-proved").says


def test_what_nobody_measured_is_named() -> None:
    verdict = ANA.unclear(missing=("delivered_at",))
    explained = why(given(verdict), verdict)
    assert codes(explained.remedy) == ["cannot-tell", "missing"]
    assert "delivered at" in the(explained.remedy, "missing").says


def test_a_later_verdict_never_takes_away_and_the_explanation_says_which_sum_stands() -> None:
    later = ANA.verdict(day(1), remedy=euro("10.00"))
    assert the(why(given(ANA.verdict(), later), later).remedy, "never-less").amount == euro("17.50")


def test_what_others_gave_is_named_beside_what_was_granted() -> None:
    verdict = ANA.verdict()
    remedy = why(given(ANA.compensated("7.50", day(0)), verdict), verdict).remedy
    assert the(remedy, "set-off").amount == euro("7.50")
    assert the(remedy, "granted").amount == euro("10.00")


def test_the_ceiling_says_how_much_is_left_for_goodwill_and_of_which_loss() -> None:
    verdict = ANA.verdict()
    ceiling = the(why(given(verdict), verdict).goodwill, "ceiling")
    assert ceiling.amount == euro("194.85") - euro("17.50")
    assert "EUR 194.85, 150 % of the loss of EUR 129.90" in ceiling.says


def test_a_remedy_past_the_ceiling_leaves_nothing_for_goodwill_and_stays_whole() -> None:
    verdict = ANA.verdict(remedy=euro("500.00"))
    explained = why(given(verdict), verdict)
    assert the(explained.goodwill, "ceiling").amount == euro("0.00")
    assert the(explained.remedy, "granted").amount == euro("500.00")
    assert "above-ceiling" in codes(explained.goodwill)


def test_every_option_that_was_not_shown_has_its_reason() -> None:
    verdict = ANA.verdict()
    story = given(verdict)
    explained = why(story, verdict).goodwill
    assert {name for reason in explained if reason.code != "shown" for name in reason.options} == held(story)


def test_what_was_shown_is_listed_and_no_more_among_what_is_held_back() -> None:
    verdict = ANA.verdict()
    story = given(verdict, ANA.refused(1, day(1)))
    shown = set(the(why(story, verdict).goodwill, "shown").options)
    assert shown == {option.id for option in story.the(e.OptionsOffered).options}
    assert shown.isdisjoint(held(story))


def test_where_the_loss_is_unknown_only_what_costs_no_money_is_left() -> None:
    verdict = ANA.unclear(paid=None)
    explained = why(given(verdict), verdict)
    assert "loss-unknown" in codes(explained.goodwill)
    assert "price-unknown" in codes(explained.goodwill)


def test_who_could_give_more_is_named_with_the_sum_up_to_which() -> None:
    verdict = ANA.verdict()
    approval = why(given(verdict), verdict).approval
    assert codes(approval)[-1] == "beyond-the-loss"
    levels = [(reason.amount, reason.says) for reason in approval if reason.code == "approver"]
    assert [amount for amount, _ in levels] == [euro("100"), euro("129.90")]
    assert [role in says for role, (_, says) in zip(("head-of-care", "board"), levels, strict=True)] == [True, True]


def test_a_declined_case_says_that_the_promise_was_kept_and_asks_nobody() -> None:
    verdict = ANA.kept()
    explained = why(given(verdict), verdict)
    assert codes(explained.goodwill) == ["declined"]
    assert explained.approval == ()


def test_a_case_that_a_person_has_says_why() -> None:
    verdict = ANA.verdict()
    explained = why(given(verdict, ANA.wants_a_person(1, day(1))), verdict)
    assert codes(explained.goodwill)[:2] == ["handed-over", "person"]


def test_before_any_verdict_nobody_pretends_to_know() -> None:
    story = given(ANA.awaited())
    assert codes(why(story, None).remedy) == ["no-verdict"]
    assert codes(why(story, None).goodwill) == ["awaiting"]


def test_a_limit_that_leaves_nothing_is_named_and_who_could_still_give_it() -> None:
    limits = replace(POLICY.limits, everyone=GoodwillLimit(gifts=0, sums=(euro("5.00"),)))
    verdict = ANA.verdict()
    explained = why(Story(replace(POLICY, limits=limits)).given(verdict), verdict)
    assert the(explained.goodwill, "limit-sum").amount == euro("5.00")
    assert [reason.options for reason in explained.goodwill if reason.code == "limit-number" and reason.options]
    assert "limit number" in the(explained.approval, "limited").says


def test_looking_changes_nothing() -> None:
    verdict = ANA.verdict()
    story = given(verdict)
    before: Customer = story.customer
    why(story, verdict)
    assert story.customer == before
