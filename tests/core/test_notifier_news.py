"""What we said that we would do is told when it is done, and when it is not, each time in a letter of its own."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.notifier.notice import Turned
from shared import events as e
from tests.core.notifier_stories import CALL, CRM, START, VOUCHER, Complaint, Desk, owing, reais

ANA = Complaint()
OUTAGE = "service_uptime"
LATER = START + timedelta(days=3)


def about(round_: int = 1) -> dict[str, Any]:
    names = {"customer": ANA.customer, "complaint": ANA.complaint, "source": CRM, "case": ANA.case}
    return names | {"at": START, "round": round_, "severity": 2}


MISSED = e.ClockMissed(
    **about(), clock="house", rung="answer", due=START, to="the head of customer care", next=LATER,
    body="the Financial Ombudsman Service",
)  # fmt: skip
PROGRESS = e.ProgressReported(**about(), reason="with-a-person", next=LATER, owner="customer care")
KEPT = e.PromiseKept(**about(), promised="p-1", what="call", on=START)
BROKEN = e.PromiseMissed(
    **about(), promised="p-1", what="I ring you on Monday", due=START, owner="customer care", next=LATER
)
PAID = e.PaymentMade(**about(), key=f"{ANA.case}/remedy/-/1", ledger="remedy", form="refund", amount=reais("17.50"))
DELAYED = e.PaymentDelayed(
    **about(), key=f"{ANA.case}/goodwill/voucher-20/1", ledger="goodwill", form="voucher", amount=reais("20.00"),
    due=START, next=LATER, owner="billing",
)  # fmt: skip
UNDONE = e.ChoiceUndone(**about(3), table="options", options=(VOUCHER, CALL), expires=LATER)


def told(*events: e.AnyEvent, **person: Any) -> Desk:
    desk = Desk()
    desk.hear(ANA.accepted(**person), *events)
    return desk


@pytest.mark.parametrize(
    ("event", "kind", "says"),
    [
        (MISSED, "progress", ("24 February 2018", "head of our customer care", "you may turn to the Financial Ombuds")),
        (PROGRESS, "progress", ("24 February 2018", "A person is going through it", "our customer care")),
        (KEPT, "promise-kept", ("a call from somebody who can decide", "21 February 2018")),
        (BROKEN, "promise-missed", ("“I ring you on Monday”", "our customer care", "24 February 2018", "We are sorry")),
        (PAID, "payment-made", ("What we owed you has been paid: R$17.50 back to you.",)),
        (DELAYED, "payment-late", ("what you chose: a voucher for R$20.00", "our failure", "our billing")),
        (UNDONE, "progress", ("- a voucher for R$20.00", "24 February 2018")),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, e.Event) else "",
)
def test_what_became_of_our_word_is_a_letter(event: e.AboutCase, kind: str, says: tuple[str, ...]) -> None:
    desk = told(ANA.apology(), language="en-GB")
    (letter,) = desk.letters(event)
    assert letter.kind == kind
    (text,) = told(ANA.apology(), language="en-GB").texts(event)
    assert [words for words in says if words not in text.body] == []
    assert desk.letters(event) == [], "and the same word is said once"


def test_each_promise_and_each_clock_has_a_letter_of_its_own() -> None:
    desk = told(ANA.apology())
    second = e.PromiseMissed(**about(), promised="p-2", what="call", due=START, owner="customer care", next=LATER)
    again = e.ProgressReported(**about(), reason="other", next=LATER + timedelta(days=14))
    assert desk.kinds(BROKEN, second) == ["promise-missed", "promise-missed"]
    assert desk.kinds(PROGRESS, again) == ["progress", "progress"]


def test_what_one_letter_says_of_a_day_is_not_said_by_the_next() -> None:
    desk = told(ANA.apology())
    (_, progress) = desk.letters(DELAYED, e.ProgressReported(**about(), reason="other", next=LATER))
    assert (progress.facts.due, progress.facts.given, progress.facts.owner) == (None, None, None)


def test_a_clock_that_names_nobody_else_leaves_the_law_aside() -> None:
    (text,) = told().texts(e.ClockMissed(**about(), clock="house", rung="answer", due=START, to="customer care"))
    assert "turn to" not in text.body


def test_what_is_owed_has_a_day_by_which_it_is_there() -> None:
    granted = ANA.granted("17.50", due=LATER)
    (text,) = told(granted).texts(ANA.apology())
    assert "It is paid by itself, by February 24, 2018 at the latest: you do not have to ask for it" in text.body
    (further,) = Desk().texts(ANA.accepted(), ANA.declined(), granted)[1:]
    assert "by February 24, 2018 at the latest" in further.body


def test_our_answer_begins_with_what_she_proposed() -> None:
    asked = e.Option("as-asked", "refund", reais("40.00"))
    for granted, option in ((True, asked), (False, None)):
        (text,) = told().texts(ANA.answered(granted=granted, asked=asked, option=option))
        assert text.body.split("\n\n")[1] == "Your proposal was: R$40.00."
    (words,) = told().texts(ANA.answered(granted=False))
    assert "You told us in your own words what would put it right for you." in words.body


def test_a_no_that_comes_with_other_options_begins_with_what_she_proposed_too() -> None:
    asked = e.Option("as-asked", "redo")
    desk = told(ANA.answered(granted=False, explained=True, asked=asked))
    (text,) = desk.texts(ANA.options(4, unmet="beyond-the-loss"))
    assert text.body.split("\n\n")[1] == "Your proposal was: the work done again, and properly."


def test_who_did_not_have_to_write_is_not_thanked_for_writing() -> None:
    (text,) = Desk().texts(ANA.accepted(channel="recovery"), ANA.apology())
    assert "You did not have to write to us for this" in text.body
    assert "Thank you" not in text.body


@pytest.mark.parametrize(
    ("jurisdiction", "kind", "body"),
    [
        ("GB", "account", "the Financial Ombudsman Service (https://www.financial-ombudsman.org.uk)"),
        ("GB", "order", "Citizens Advice (www.citizensadvice.org.uk)"),
        ("BR", "order", "Procon or consumidor.gov.br"),
        (None, "order", "your local consumer advice body"),
    ],
)
def test_the_next_body_to_turn_to_is_that_of_the_place_and_the_trade(
    jurisdiction: str | None, kind: str, body: str
) -> None:
    accepted = ANA.accepted(jurisdiction=jurisdiction, subject=e.Subject(kind, "1"))
    for event in (ANA.declined(), ANA.final_say()):
        (text,) = Desk().texts(accepted, event)
        assert f"You may also turn to {body}." in text.body


def test_a_choice_that_may_be_taken_back_says_until_when_and_that_no_right_is_given_up() -> None:
    noted = e.ChoiceNoted(**about(2), option=VOUCHER.id, gift=VOUCHER, until=LATER)
    (text,) = told(ANA.apology(), ANA.options()).texts(noted)
    assert "You chose: a voucher for R$20.00" in text.body
    assert "24, 2018" in text.body
    assert "give up no right" in text.body


def test_an_outage_is_told_with_the_times_that_were_measured() -> None:
    reads = {"started_at": "2018-02-19T18:00:00Z", "resolved_at": "2018-02-19T21:30:00Z"}
    line = e.Subject("service", "fibre-north")
    down = ANA.apology(clauses=(e.Clause("outage", "met", reads),), subject=line, schedule=OUTAGE, remedy=owing("2.40"))
    (text,) = Desk().texts(ANA.accepted(language="en-GB"), down)
    assert "a failure from 19 February 2018, 19:00 (UTC+1) to 19 February 2018, 22:30 (UTC+1)" in text.body
    going_on = ANA.apology(clauses=(e.Clause("outage", "met", {"started_at": reads["started_at"]}),), subject=line)
    (turned,) = [one for one in Desk().hear(ANA.accepted(), going_on) if isinstance(one, Turned)]
    assert turned.facts.ended is None
    assert turned.facts.began is not None


def test_a_limit_that_bites_is_told_truly_and_takes_nothing_from_what_is_owed() -> None:
    (first, _) = Desk().texts(ANA.accepted(), ANA.options(limits=("times-a-year",)), ANA.input())
    assert "has its limits, the same for everybody" in first.body
    assert "what we owe you does not depend on it" in first.body
    assert "limits" not in Desk().texts(ANA.accepted(), ANA.options())[0].body


def test_the_day_by_which_we_answer_is_that_of_the_clocks() -> None:
    (text,) = told().texts(ANA.opened(awaiting=START + timedelta(hours=1), answer_by=LATER))
    assert "by February 24, 2018" in text.body


def test_a_clock_that_was_met_late_is_counted_and_needs_no_letter() -> None:
    late = e.ClockMissed(**about(), clock="house", rung="answer", due=START, to="customer care", met=LATER)
    assert told().kinds(late) == []


def test_what_staff_would_rather_give_is_not_called_the_customers_proposal() -> None:
    instead = e.ApprovalRequested(**about(3), id="a-1", level="head", due=LATER, option=VOUCHER, kind="amendment")
    (letter,) = told(ANA.apology(), instead).letters(ANA.answered(granted=False))
    assert letter.facts.asked is None


def test_who_was_let_down_again_hears_that_we_know_it() -> None:
    (text,) = told().texts(ANA.apology(repeated=3))
    assert "it is not the first time that we have let you down" in text.body
    assert "That is our failure. You relied on us" in Desk().texts(ANA.accepted(), ANA.apology())[0].body


def test_who_is_known_by_their_id_alone_is_written_to_at_the_address_of_their_last_letter() -> None:
    desk, again = Desk(), Complaint(complaint="recovery-1")
    desk.hear(ANA.accepted(), ANA.apology())
    said = desk.hear(again.accepted(channel="recovery", email=None, name=None), again.apology())
    (told,) = [one for one in said if isinstance(one, Turned)]
    assert told.reader.email == "ana@example.org"
    assert told.letter is not None
    assert told.letter.failed is None


def test_a_letter_of_their_own_without_an_address_goes_to_no_other() -> None:
    desk, again = Desk(), Complaint(complaint="C-2")
    desk.hear(ANA.accepted(), ANA.apology())
    said = desk.hear(again.accepted(email=None), again.apology())
    (told,) = [one for one in said if isinstance(one, Turned)]
    assert told.reader.email is None


def test_what_came_in_pieces_is_told_with_how_many() -> None:
    sent = e.PaymentMade(
        **about(), key=f"{ANA.case}/remedy/-/1", ledger="remedy", form="replacement", amount=reais("50.00"), quantity=2
    )
    (text,) = told(ANA.apology()).texts(sent)
    assert "What we owed you has been paid: 2 replacements (worth R$50.00)." in text.body


def test_what_came_late_or_as_another_sum_is_told_so() -> None:
    late = msgspec.structs.replace(PAID, late=True)
    other = msgspec.structs.replace(PAID, amount=reais("12.00"), instead_of=reais("17.50"))
    plain, waited, differs = (told(ANA.apology()).texts(paid)[0].body for paid in (PAID, late, other))
    assert "later than we had told you, and we are sorry" in waited
    assert "R$12.00 back to you" in differs
    assert "It should have been R$17.50. A person is looking into the difference" in differs
    assert "sorry" not in plain
    assert "should have been" not in plain


def test_a_letter_about_a_gift_is_not_headed_as_what_is_owed() -> None:
    late = told(ANA.apology()).texts(DELAYED)[0].subject
    came = told(ANA.apology()).texts(msgspec.structs.replace(PAID, ledger="goodwill"))[0].subject
    assert late.endswith("what you chose is late, and we are sorry")
    assert came.endswith("what you chose is there")
    assert told(ANA.apology()).texts(PAID)[0].subject.endswith("your payment has been made")


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "- a call from a senior in our customer care, at a time that suits you (within a day)"),
        ("de", "es meldet sich eine leitende Person unserer Kundenbetreuung (innerhalb eines Tages)"),
        ("fr", "c'est un responsable de notre service clients qui vous appelle ("),
        ("es", "le llama un responsable de nuestra atención al cliente (en un día)"),
        ("pt-BR", "quem liga é a supervisão do nosso atendimento (em até um dia)"),
    ],
)
def test_who_calls_back_is_named_where_the_menu_says_who(language: str, says: str) -> None:
    call = e.Option("call", "call", arrives=1, role="a senior in customer care")
    (_, text) = told(language=language).texts(ANA.apology(), ANA.options(2, options=(VOUCHER, call)))
    assert says in text.body
