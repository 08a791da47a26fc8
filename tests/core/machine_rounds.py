"""What must hold of the rounds in every history: nothing twice, nothing withheld, and every no with its reason."""

from collections import defaultdict
from typing import Any

from hypothesis.stateful import invariant

from services.offer.case import OFFERED
from services.offer.payout import OF_MONEY
from shared import events as e
from shared.runtime.decider import Timer
from tests.core.machine_house import House
from tests.core.machine_words import ROUNDS, RULED, TO_THE_CUSTOMER, is_of_clocks, of

LATE = ("clock_missed", "kept_waiting")
A_WORD = "promise/"


class Weights(list[str]):
    """Reasons for a person in the order of their weight; all that are no signal weigh the same."""

    def index(self, why: str, *_: Any) -> int:
        return super().index(why) if why in self else len(self)


GRAVER = Weights(["danger", "law"])


class RoundsHold(House):
    @invariant()
    def options_are_two_or_three_and_never_shown_twice(self) -> None:
        shown: dict[str, list[str]] = defaultdict(list)
        for offer in self.ever(e.OptionsOffered):
            assert 2 <= len(offer.options) <= 3
            shown[offer.case] += [option.id for option in offer.options]
        for options in shown.values():
            assert len(options) == len(set(options))

    @invariant()
    def every_wish_gets_a_yes_a_reasoned_no_beside_what_is_left_or_a_person(self) -> None:
        if not isinstance(self.event, e.CounterOffered) or not self.last:
            return
        kinds = [type(said) for said in self.last if not is_of_clocks(said)]
        for said in self.last:
            if isinstance(said, e.CounterAnswered):
                assert said.granted == bool({e.CaseSettled, e.ChoiceNoted} & set(kinds))
                assert said.granted or said.explained == (len(kinds) > 1)
            if isinstance(said, e.ApprovalRequested):
                assert kinds == [e.ApprovalRequested, Timer, e.HandedOver]
        assert {e.CounterAnswered, e.HandedOver, e.ClaimDeclined} & set(kinds)

    @invariant()
    def every_no_has_a_reason(self) -> None:
        for said in self.last:
            assert not isinstance(said, e.CounterAnswered | e.ClaimDeclined) or said.reason
            assert not isinstance(said, e.RulingRefused | e.HandedOver) or said.why
            assert not isinstance(said, e.FinalSayGiven) or said.role

    @invariant()
    def what_was_decided_about_money_says_by_which_policy(self) -> None:
        for said in of(e.OptionsOffered | e.CounterAnswered | e.GoodwillGiven, self.last):
            if said.policy or isinstance(said, e.OptionsOffered | e.GoodwillGiven):
                assert (said.policy, said.policy_digest) == (self.by.version, self.by.digest)

    @invariant()
    def what_was_shown_is_given_as_it_was_shown_to_who_chooses_it_in_time(self) -> None:
        """Whatever version has come into force since, and whether or not its expiry was read first."""
        case = self.before.cases.get(getattr(self.event, "case", ""))
        if not isinstance(self.event, e.OptionAccepted) or case is None or case.state not in (*OFFERED, "expired"):
            return
        shown = self.pencil.shown[case.id].get(self.event.option)
        settled = of(e.ChoiceNoted | e.CaseSettled, self.last)
        if shown and self.event.at <= self.pencil.named[case.id]:
            (noted,) = settled
            assert noted.option == shown.id
            assert not isinstance(noted, e.ChoiceNoted) or noted.gift == shown
        elif not shown or (case.expires and self.event.at > case.expires):
            assert not settled

    @invariant()
    def nobody_is_asked_twice_and_nobody_who_has_said_it(self) -> None:
        asked = [said.case for said in self.ever(e.InputInvited)]
        assert len(asked) == len(set(asked))
        for said in of(e.InputInvited, self.last):
            assert not self.before.cases[said.case].denied
            assert not any(word.missed for word in self.customer.cases[said.case].promises.values())

    @invariant()
    def only_a_kept_promise_is_declined_and_only_where_nothing_was_granted(self) -> None:
        for said in of(e.ClaimDeclined, self.last):
            assert self.customer.cases[said.case].due("remedy") is None
            assert self.customer.cases[said.case].promise == "kept"

    @invariant()
    def no_case_is_settled_while_the_thing_is_still_broken(self) -> None:
        for said in of(e.CaseSettled, self.last):
            assert not self.customer.cases[said.case].ongoing

    @invariant()
    def what_is_closed_stays_closed(self) -> None:
        """But for a word of ours that we did not keep: that is a new failure."""
        for said in of(TO_THE_CUSTOMER, self.last):
            case = self.before.cases.get(said.case)
            if case is None:
                continue
            assert case.state not in ("withdrawn", "history")
            broken = of(e.PromiseMissed, self.last) or of(e.PaymentDelayed, self.last)
            assert case.state != "settled" or (broken and isinstance(said, e.OptionsOffered))
            assert case.state != "agreed" or isinstance(said, e.ChoiceUndone | e.CaseSettled)
            if case.state == "declined" and not isinstance(self.event, RULED):
                assert isinstance(self.event, e.VerdictReached) or isinstance(said, e.ClaimDeclined)

    @invariant()
    def rounds_count_from_one_without_a_gap_and_each_case_opens_once(self) -> None:
        numbers: dict[str, list[int]] = defaultdict(list)
        opened = [said.case for said in self.ever(e.CaseOpened)]
        assert len(opened) == len(set(opened))
        for said in self.rounds:
            numbers[said.case].append(said.round)
        for rounds in numbers.values():
            assert rounds == list(range(1, len(rounds) + 1))

    @invariant()
    def who_joins_another_case_gets_no_round_with_it_and_is_counted_there(self) -> None:
        for said in self.last:
            if isinstance(said, e.CaseJoined):
                rounds = [one for one in of(ROUNDS, self.last) if one.case == said.case]
                assert not rounds
                first = self.customer.cases[said.into]
                assert first.id != said.case
                assert first.contacts == self.before.cases[said.into].contacts + 1

    @invariant()
    def no_case_that_was_joined_lies_open_with_what_lies_before_the_customer(self) -> None:
        for case in self.customer.cases.values():
            assert (case.state == "joined") <= (case.round == 0 and case.expires is None and case.into is not None)

    @invariant()
    def with_a_person_the_rounds_stand_still(self) -> None:
        for said in self.last:
            case = self.before.cases.get(getattr(said, "case", ""))
            if case and case.why and not isinstance(self.event, RULED):
                assert not isinstance(said, e.OptionsOffered | e.FinalSayGiven | e.CaseExpired)
                if isinstance(said, e.HandedOver):
                    weak = case.why == "approval" and said.why != "approval"
                    late = said.why in (*LATE, "promise_missed") and case.why not in GRAVER
                    heavy = GRAVER.index(said.why) < GRAVER.index(case.why)
                    money = said.why == "payout_late" or (case.why in OF_MONEY and said.why not in OF_MONEY)
                    assert weak or late or heavy or money

    @invariant()
    def whom_a_letter_called_keeps_the_case_until_it_is_taken_back(self) -> None:
        for case in self.customer.cases.values():
            assert not case.called or case.why in case.called or case.state in ("withdrawn", "history")

    @invariant()
    def only_the_letter_that_declines_says_that_they_were_wrong_before(self) -> None:
        for said in self.last:
            assert not getattr(said, "contradicted", 0) or isinstance(said, e.ClaimDeclined)

    def teardown(self) -> None:
        """Every history ends: when all has rung nobody waits for the customer any more, and what is open a person has."""
        self.run_out()
        for case in self.customer.cases.values():
            assert case.state not in (*OFFERED, "awaiting")
            assert case.state != "agreed" or case.ongoing
            assert case.state != "handed_over" or case.why
            assert case.request is None or case.request[1].late
            assert all(payout.arrived or payout.trouble for payout in case.payouts.values())
            assert all(word.kept or word.missed for word in case.promises.values()) or case.state == "withdrawn"
