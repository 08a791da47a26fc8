"""Who is written to, about what, and when: each turn of a case is told once, to somebody whom we know."""

from datetime import date, timedelta

import msgspec
import pytest
from msgspec.structs import replace

from services.notifier.core import State
from services.notifier.notice import Turned
from shared import events as e
from shared.remedy import remedy_of
from tests.core.notifier_stories import CALL, CRM, POLICY, START, VOUCHER, WHEN, Complaint, Desk, owing, reais

ANA = Complaint()


def test_an_apology_is_written_to_the_customer_as_the_complaint_described_her() -> None:
    desk = Desk()
    (letter,) = desk.letters(ANA.accepted(language="pt-BR"), ANA.opened(), ANA.granted("17.50"), ANA.apology())
    assert (letter.kind, letter.reader.name, letter.reader.email) == ("apology", "Ana Lima", "ana@example.org")
    assert (letter.reader.language, letter.reader.tag) == ("pt", "pt-BR")
    assert (letter.facts.days_late, letter.facts.remedy) == (9, owing("17.50"))


def test_what_happened_before_we_knew_her_waits_and_is_told_in_order_once_we_do() -> None:
    desk = Desk()
    assert desk.letters(ANA.opened(), ANA.granted("17.50"), ANA.apology(), ANA.options()) == []
    assert desk.kinds(ANA.accepted()) == ["apology", "options"]
    assert desk.kinds(ANA.settled("voucher-20", 2)) == ["settlement"]


def test_the_order_between_the_topics_changes_no_letter() -> None:
    told = [ANA.opened(), ANA.granted("17.50"), ANA.apology(), ANA.options(), ANA.settled("call", 2)]
    known_first = Desk().letters(ANA.accepted(), *told)
    for n in range(len(told)):
        assert Desk().letters(*told[:n], ANA.accepted(), *told[n:]) == known_first


def test_an_address_of_one_complaint_is_not_taken_for_another() -> None:
    second = Complaint(complaint="C-1002")
    desk = Desk()
    desk.hear(ANA.accepted())
    assert desk.letters(second.apology()) == []
    (letter,) = desk.letters(second.accepted(email="work@example.org"))
    assert letter.reader.email == "work@example.org"


def test_the_same_notice_twice_is_one_letter() -> None:
    desk = Desk()
    desk.hear(ANA.accepted())
    assert desk.kinds(ANA.apology(), ANA.apology()) == ["apology"]


def test_a_letter_is_never_repeated_after_the_case_is_closed() -> None:
    desk = Desk()
    desk.hear(ANA.accepted(), ANA.apology(), ANA.settled())
    assert desk.kinds(ANA.apology(), ANA.settled()) == []


def test_we_only_say_that_we_are_looking_into_it_while_there_is_something_to_wait_for() -> None:
    until = START + timedelta(days=3)
    assert Desk().kinds(ANA.accepted(), ANA.opened(awaiting=until)) == ["acknowledgement"]
    assert Desk().kinds(ANA.accepted(), ANA.opened()) == []
    assert Desk().kinds(ANA.accepted(), ANA.opened(awaiting=START)) == []
    assert Desk().kinds(ANA.opened(awaiting=until), ANA.apology(), ANA.accepted()) == ["apology"]


def test_in_the_first_round_apology_and_options_are_one_letter() -> None:
    (letter,) = Desk().letters(ANA.accepted(), ANA.granted("17.50"), ANA.options(1))
    assert (letter.kind, letter.round, letter.facts.options) == ("options", 1, (VOUCHER, CALL))


def test_what_is_owed_at_first_is_said_in_the_apology_and_what_is_owed_further_in_a_letter_of_its_own() -> None:
    desk = Desk()
    assert desk.kinds(ANA.accepted(), ANA.granted("17.50"), ANA.apology()) == ["apology"]
    (further,) = desk.letters(ANA.granted("5.00", part=2))
    assert (further.kind, further.facts.paying, further.facts.remedy) == ("payment-made", owing("5.00"), owing("22.50"))
    assert desk.kinds(ANA.granted("5.00", part=2)) == []
    assert desk.kinds(ANA.granted("1.00", part=3)) == ["payment-made"]


def test_a_first_payment_after_the_answer_has_a_letter_of_its_own() -> None:
    desk = Desk()
    desk.hear(ANA.accepted(), ANA.apology(promise="unknown", outcome="cannot_tell", remedy=None))
    assert desk.kinds(ANA.granted("17.50")) == ["payment-made"]


def test_a_settlement_names_what_was_chosen_also_from_an_earlier_round() -> None:
    desk = Desk()
    desk.hear(ANA.accepted(), ANA.apology(), ANA.options(2), ANA.options(3, options=(CALL,)))
    (letter,) = desk.letters(ANA.settled(VOUCHER.id, 3))
    assert letter.facts.chosen == VOUCHER


def test_who_lets_time_pass_or_takes_the_complaint_back_is_not_written_to() -> None:
    desk = Desk()
    assert desk.kinds(ANA.accepted(), ANA.withdrawn(), ANA.expired()) == []


def test_without_an_address_the_house_hears_of_it_at_once() -> None:
    desk = Desk()
    told, failed = desk.hear(ANA.accepted(email=None), ANA.apology())
    assert isinstance(told, Turned)
    assert told.letter is not None
    assert isinstance(failed, e.NoticeFailed)
    assert (failed.reason, failed.notice, failed.kind) == ("no_address", told.letter.notice, "apology")
    assert failed.notice == f"{ANA.case}/1/apology"


def test_who_wants_no_mail_gets_none() -> None:
    answers = Desk().hear(ANA.accepted(contact=e.Contact(email=False)), ANA.apology())
    assert [answer.reason for answer in answers if isinstance(answer, e.NoticeFailed)] == ["no_channel"]


def test_a_person_is_addressed_as_they_wish() -> None:
    (letter,) = Desk().letters(ANA.accepted(contact=e.Contact(form_of_address="Dr. Lima")), ANA.apology())
    assert letter.reader.name == "Dr. Lima"


@pytest.mark.parametrize("manner", ["formal", "Sie", "tú"])
def test_a_wish_for_manners_is_not_taken_for_a_name(manner: str) -> None:
    (letter,) = Desk().letters(ANA.accepted(contact=e.Contact(form_of_address=manner)), ANA.apology())
    assert letter.reader.name == "Ana Lima"


@pytest.mark.parametrize(
    ("given", "language", "tag"),
    [
        ("pt-BR", "pt", "pt-BR"),
        ("DE_at", "de", "DE_at"),
        ("fr-CA", "fr", "fr-CA"),
        ("es", "es", "es"),
        ("fi", "en", "en"),
        (None, "en", "en"),
        ("", "en", "en"),
    ],
)
def test_an_unknown_language_is_answered_in_that_of_the_house(given: str | None, language: str, tag: str) -> None:
    (letter,) = Desk().letters(ANA.accepted(language=given), ANA.apology())
    assert (letter.reader.language, letter.reader.tag) == (language, tag)


def test_letters_of_one_kind_are_counted_over_all_complaints_of_a_customer() -> None:
    desk = Desk()
    complaints = [Complaint(complaint=f"C-{n}") for n in range(4)]
    letters = [letter for one in complaints for letter in desk.letters(one.accepted(), one.apology())]
    assert [letter.variant for letter in letters] == [0, 1, 2, 3]


def test_options_that_come_with_an_apology_use_up_an_apology() -> None:
    desk = Desk()
    second = Complaint(complaint="C-1002")
    (first,) = desk.letters(ANA.accepted(), ANA.options(1))
    (later,) = desk.letters(second.accepted(), second.apology())
    assert (first.variant, later.variant) == (0, 1)


def test_a_person_who_has_taken_over_stays_on_the_page_through_what_follows() -> None:
    desk = Desk()
    told = [
        answer for answer in desk.hear(ANA.accepted(), ANA.apology(), ANA.handed_over()) if isinstance(answer, Turned)
    ]
    assert [(one.turn.table, one.person) for one in told] == [("apology", False), (None, True)]
    (settled,) = [answer for answer in desk.hear(ANA.settled()) if isinstance(answer, Turned)]
    assert settled.person


def test_what_has_no_dates_of_a_promise_is_told_without_them() -> None:
    odd = e.Clause("late-delivery", "met", {"promised_on": "soon", "delivered_at": "2018-02-19", "days_late": "-"}, ())
    (letter,) = Desk().letters(ANA.accepted(), ANA.apology(clauses=(odd,)))
    assert (letter.facts.promised_on, letter.facts.days_late) == (None, None)


def test_a_delivery_late_in_the_evening_is_told_with_the_day_of_the_place() -> None:
    late = e.Clause("late-delivery", "met", {"promised_on": "2018-02-10", "delivered_at": "2018-02-12T01:30:00Z"}, ())
    (letter,) = Desk().letters(ANA.accepted(), ANA.apology(clauses=(late,)))
    assert (letter.facts.delivered_on, letter.facts.days_late) == (date(2018, 2, 11), 1)


def test_what_is_remembered_comes_back_from_its_row_as_it_was() -> None:
    desk = Desk()
    desk.hear(ANA.opened(), ANA.apology())
    waiting = desk.state
    desk.hear(ANA.accepted(), ANA.options(), ANA.handed_over())
    for state in (waiting, desk.state):
        assert msgspec.json.decode(msgspec.json.encode(state), type=State) == state


def test_of_a_settled_case_only_who_and_what_was_written_is_remembered() -> None:
    desk = Desk()
    desk.hear(ANA.accepted(), ANA.apology(), ANA.options(), ANA.settled("call", 2))
    case = desk.state.cases[e.case_id(CRM, "C-1001")]
    assert (case.shown, case.waiting, case.story.remedy) == ((), (), None)
    assert case.written == ("1/apology", "2/options", "2/settlement")


def test_a_house_with_another_language_of_its_own_writes_in_it() -> None:
    desk = Desk(replace(POLICY, house=replace(POLICY.house, language="de")))
    (letter,) = desk.letters(ANA.accepted(language="fi"), ANA.apology())
    assert letter.reader.language == "de"


def test_a_payment_that_the_apology_explains_has_no_letter_of_its_own() -> None:
    desk = Desk()
    desk.hear(ANA.accepted(), ANA.declined())
    reopened = ANA.apology(2, remedy=owing("17.50"))
    assert desk.kinds(ANA.granted("17.50", explained=True), reopened) == ["apology"]
    assert desk.kinds(ANA.granted("5.00", part=2)) == ["payment-made"]


def test_what_only_she_can_know_is_asked_in_one_letter() -> None:
    desk = Desk()
    assert desk.kinds(ANA.accepted(), ANA.opened(), ANA.asked()) == ["question"]
    assert desk.kinds(ANA.asked()) == []
    assert desk.kinds(ANA.apology()) == ["apology"]


def test_a_question_is_off_the_page_once_she_has_our_answer() -> None:
    desk = Desk()
    told = desk.hear(ANA.accepted(), ANA.asked(), ANA.handed_over(0), ANA.apology())
    turns = [answer.facts.questions for answer in told if isinstance(answer, Turned)]
    assert turns == [(WHEN,), (WHEN,), ()]


def test_with_a_person_an_apology_sets_no_clock() -> None:
    (_, apology) = Desk().letters(ANA.accepted(), ANA.handed_over(0), ANA.apology())
    assert (apology.kind, apology.facts.expires) == ("apology", None)


def test_what_a_letter_of_danger_or_distress_says_of_its_writer_is_taken_in_once() -> None:
    hard, dangerous = "how hard this has been for you", "dangerous as well"
    for signals, told in (
        (("distress",), hard),
        (("law", "danger"), dangerous),
        (("contradiction",), None),
        ((), None),
    ):
        first, second = Desk().texts(ANA.accepted(signals=signals), ANA.apology(), ANA.options())
        assert [words for words in (hard, dangerous) if words in first.body] == ([told] if told else [])
        assert not any(words in second.body for words in (hard, dangerous))


def test_a_failure_that_goes_on_is_told_so_until_a_verdict_says_that_it_has_ended() -> None:
    desk = Desk()
    (first,) = desk.letters(ANA.accepted(), ANA.apology(ongoing=True))
    (more,) = desk.letters(ANA.granted("5.00", part=2, ongoing=True))
    (last,) = desk.letters(ANA.granted("5.00", part=3))
    assert (first.facts.ongoing, more.facts.ongoing, last.facts.ongoing) == (True, True, False)


def test_a_remedy_in_kind_is_added_up_in_kind() -> None:
    desk = Desk()
    one, two = (remedy_of(reais(amount), "replacement", pieces) for amount, pieces in (("25.00", 1), ("50.00", 2)))
    desk.hear(ANA.accepted(), ANA.apology(remedy=one))
    (letter,) = desk.letters(ANA.granted("50.00", part=2, remedy=two))
    assert letter.facts.remedy == remedy_of(reais("75.00"), "replacement", 3)


def test_what_she_asked_for_and_gets_is_told_in_one_letter_and_not_again_as_a_settlement() -> None:
    gift = replace(VOUCHER, id="as-asked", form="refund", amount=reais("40.00"))
    desk = Desk()
    desk.hear(ANA.accepted(), ANA.apology(), ANA.options(), ANA.input())
    letters = desk.letters(ANA.answered(granted=True, option=gift), ANA.settled("as-asked", 3, explained=True))
    assert [letter.kind for letter in letters] == ["counter-answer"]
    assert letters[0].facts.chosen == gift


def test_a_no_is_told_in_the_letter_that_brings_what_we_can_do_instead() -> None:
    desk = Desk()
    desk.hear(ANA.accepted(), ANA.apology(), ANA.options(), ANA.input())
    no = ANA.answered(granted=False, explained=True)
    letters = desk.letters(no, ANA.options(4, unmet="beyond-the-loss", options=(CALL, VOUCHER)))
    assert [(letter.kind, letter.facts.unmet) for letter in letters] == [("options", "beyond-the-loss")]
    assert desk.letters(ANA.final_say(5))[0].facts.unmet is None
    assert desk.kinds(ANA.answered(granted=False, round_=5)) == ["counter-answer"]


def test_whoever_only_says_yes_or_no_to_a_wish_does_not_have_the_case_so_a_person_may_still_be_asked_for() -> None:
    desk = Desk()
    desk.letters(ANA.accepted(), ANA.input(3))
    told = desk.hear(ANA.handed_over(3, why="approval"))
    assert not any(turned.person for turned in told if isinstance(turned, Turned))


def test_what_a_person_gives_unasked_has_a_letter_of_its_own_each_time() -> None:
    desk = Desk()
    desk.letters(ANA.accepted(), ANA.apology())
    gifts = [ANA.given(e.Option(f"given-{n}", "refund", reais("20.00"))) for n in (1, 2)]
    letters = desk.letters(*gifts)
    assert [(letter.template, letter.facts.given) for letter in letters] == [
        ("goodwill-given", gift.option) for gift in gifts
    ]
