"""Stories of letters: taken up once, joined to the one that is there, turned down with a sentence, taken back."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.intake.core import First, Known, decider
from services.intake.letters import Letters, Registered
from shared.errors import Conflict
from shared.events import (
    CompensationReceived,
    CompensationRecorded,
    ComplaintAccepted,
    ComplaintMerged,
    ComplaintReceived,
    ComplaintRejected,
    ComplaintWithdrawn,
    Person,
    Subject,
    WithdrawalReceived,
)
from shared.money import Money
from shared.policy.load import load_policy
from shared.policy.policy import Intake
from shared.runtime.decider import Answered, step

CRM = "crm.complaints.v1"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MONDAY = datetime(2018, 2, 12, 9, tzinfo=UTC)
PARCEL = Subject("order", "53cdb2fc")
SHIPPED = load_policy(Path(__file__).resolve().parents[2] / "deploy" / "policy")
POLICY = replace(SHIPPED, intake=Intake(merge_window=14 * DAY, future=DAY, horizon=400 * DAY))
DECIDER = decider(POLICY)
ANA = Person(id="cust-77", name="Ana Lima", email="ana@example.org", language="pt-BR")


def letter(number: str = "C-1", *, received: datetime = MONDAY, **facts: Any) -> ComplaintReceived:
    usual = {"customer": ANA, "subject": PARCEL, "text": "Nine days late.", "source": CRM, "at": received}
    facts = {**usual, **facts}
    return ComplaintReceived(id=number, received_at=received, **facts)


def withdrawal(number: str = "C-1", customer: str = "cust-77", at: datetime = MONDAY + DAY) -> WithdrawalReceived:
    return WithdrawalReceived(id=number, customer=customer, source=CRM, at=at)


class Desk:
    """Intake with one customer's document and the table of all complaints, in memory."""

    def __init__(self) -> None:
        self.letters = Letters()
        self.known: dict[tuple[str, str], First] = {}

    def hears(self, *events: Any) -> list[Answered]:
        return [said for event in events for said in self._hear(event)]

    def _hear(self, event: Any) -> Iterable[Answered]:
        result = step(DECIDER, "intake", self.letters, UUID(int=1), event, self._look_up(event))
        self.letters = result.state
        for _, said in result.answers:
            if isinstance(said, Registered):
                self.known[said.source, said.complaint] = First(said.customer, said.digest, said.state)
            else:
                yield said

    def _look_up(self, event: Any) -> Known:
        if isinstance(event, CompensationReceived):
            return Known()
        name = (event.source, event.id)
        if isinstance(event, WithdrawalReceived):
            return Known(b"", self.known.get(name))
        digest = repr((event.customer.id, event.text, event.received_at)).encode()
        return Known(digest, self.known.setdefault(name, First(event.customer.id, digest, "received")))


def test_a_letter_is_accepted_with_the_words_and_the_address_that_it_came_with() -> None:
    paid = Money(Decimal("129.90"), "BRL")
    (accepted,) = Desk().hears(letter(category="late-delivery", paid=paid, sought="refund", occurred_at=MONDAY - DAY))
    assert accepted == ComplaintAccepted(
        customer="cust-77",
        at=MONDAY,
        complaint="C-1",
        source=CRM,
        received_at=MONDAY,
        name="Ana Lima",
        email="ana@example.org",
        language="pt-BR",
        subject=PARCEL,
        category="late-delivery",
        text="Nine days late.",
        occurred_at=MONDAY - DAY,
        paid=paid,
        sought="refund",
    )


def test_the_same_letter_again_does_nothing_whatever_brings_it() -> None:
    desk = Desk()
    desk.hears(letter())
    assert desk.hears(letter(), letter()) == []


def test_the_same_letter_twice_before_anything_is_stored_counts_once() -> None:
    desk = Desk()
    known = desk._look_up(letter())  # both are looked up before the first is decided
    first = step(DECIDER, "intake", Letters(), UUID(int=1), letter(), known)
    again = step(DECIDER, "intake", first.state, UUID(int=2), letter(), known)
    assert again.answers == ()


def test_other_content_under_a_known_id_is_a_conflict() -> None:
    desk = Desk()
    desk.hears(letter())
    with pytest.raises(Conflict, match=r"'C-1' .* other content"):
        desk.hears(letter(text="Ten days late."))


def test_a_known_id_from_another_customer_is_a_conflict() -> None:
    desk = Desk()
    desk.hears(letter())
    with pytest.raises(Conflict, match="another customer's"):
        desk.hears(letter(customer=Person(id="cust-78")))


def test_a_known_id_from_another_source_is_another_letter() -> None:
    (first, second) = Desk().hears(letter(subject=None), letter(subject=None, source="shop/web", text="x"))
    assert isinstance(first, ComplaintAccepted)
    assert isinstance(second, ComplaintAccepted)


def test_a_second_letter_about_the_parcel_joins_the_first() -> None:
    desk = Desk()
    desk.hears(letter())
    (merged,) = desk.hears(letter("C-2", received=MONDAY + 14 * DAY, text="Still waiting!"))
    assert merged == ComplaintMerged(
        customer="cust-77",
        at=MONDAY + 14 * DAY,
        complaint="C-2",
        source=CRM,
        into="C-1",
        into_source=CRM,
        received_at=MONDAY + 14 * DAY,
        language="pt-BR",
        text="Still waiting!",
    )


def test_a_letter_that_joins_another_keeps_all_that_it_says_itself() -> None:
    _, merged = Desk().hears(letter(), letter("C-2", text=None, category="damaged", occurred_at=MONDAY - DAY))
    assert isinstance(merged, ComplaintMerged)
    assert (merged.category, merged.occurred_at, merged.language) == ("damaged", MONDAY - DAY, "pt-BR")


@pytest.mark.parametrize(
    ("kind", "first", "then", "days", "answer"),
    [
        ("order", None, None, 14, ComplaintMerged),
        ("order", None, MONDAY - 9 * DAY, 1, ComplaintMerged),
        ("order", MONDAY - HOUR, MONDAY - 2 * HOUR, 1, ComplaintMerged),
        ("order", MONDAY - HOUR, MONDAY - 3 * HOUR, 1, ComplaintAccepted),
        ("order", MONDAY - 9 * HOUR, MONDAY + 10 * HOUR, 1, ComplaintMerged),  # a bare day, and a moment of that day
        ("service", MONDAY - HOUR, MONDAY - HOUR, 1, ComplaintMerged),
        ("service", None, MONDAY - 2 * DAY, 1, ComplaintMerged),
        ("service", None, MONDAY - 4 * DAY, 1, ComplaintAccepted),
        ("service", None, None, 3, ComplaintMerged),
        ("service", None, None, 8, ComplaintAccepted),
    ],
)
def test_a_letter_about_another_time_speaks_of_another_failure(
    kind: str, first: datetime | None, then: datetime | None, days: int, answer: type
) -> None:
    """What fails once fails at whatever time; of a service a letter that names none speaks of the days before it."""
    about = Subject(kind, "53cdb2fc")
    earlier = letter(subject=about, occurred_at=first)
    (_, second) = Desk().hears(earlier, letter("C-2", subject=about, received=MONDAY + days * DAY, occurred_at=then))
    assert isinstance(second, answer)


def test_whichever_of_two_letters_comes_first_is_the_one_that_is_joined() -> None:
    for first, second in permutations((letter("C-1"), letter("C-2", received=MONDAY + 5 * DAY))):
        accepted, merged = Desk().hears(first, second)
        assert isinstance(accepted, ComplaintAccepted)
        assert isinstance(merged, ComplaintMerged)
        assert (accepted.complaint, merged.complaint, merged.into) == (first.id, second.id, first.id)


def test_after_the_window_a_letter_stands_for_itself() -> None:
    _, second = Desk().hears(letter(), letter("C-2", received=MONDAY + 14 * DAY + timedelta(seconds=1)))
    assert isinstance(second, ComplaintAccepted)


@pytest.mark.parametrize("other", [None, Subject("order", "other"), Subject("line", PARCEL.id)])
def test_letters_about_other_things_or_nothing_do_not_join(other: Subject | None) -> None:
    _, second = Desk().hears(letter(subject=other and PARCEL), letter("C-2", subject=other))
    assert isinstance(second, ComplaintAccepted)


def test_a_letter_that_was_merged_is_joined_by_nobody() -> None:
    desk = Desk()
    desk.hears(letter("C-1"), letter("C-2", received=MONDAY + 10 * DAY))
    (third,) = desk.hears(letter("C-3", received=MONDAY + 20 * DAY))
    assert isinstance(third, ComplaintAccepted)


def test_a_letter_dated_tomorrow_is_taken_and_one_dated_later_is_not() -> None:
    early, far = (letter(f"C-{n}", received=MONDAY + DAY + timedelta(seconds=n), at=MONDAY) for n in (0, 1))
    accepted, rejected = Desk().hears(early, far)
    assert isinstance(accepted, ComplaintAccepted)
    assert isinstance(rejected, ComplaintRejected)
    assert rejected.reason == "received_in_future"
    assert "2018-02-13T09:00:01+00:00" in rejected.detail


def test_what_happened_after_the_letter_about_it_cannot_be_right() -> None:
    (rejected,) = Desk().hears(letter(occurred_at=MONDAY + 2 * DAY))
    assert isinstance(rejected, ComplaintRejected)
    assert rejected.reason == "occurred_after_received"


def test_a_rejected_letter_is_known_and_joined_by_nobody() -> None:
    desk = Desk()
    wrong = letter(occurred_at=MONDAY + 2 * DAY)
    desk.hears(wrong)
    assert desk.hears(wrong) == []
    (second,) = desk.hears(letter("C-2"))
    assert isinstance(second, ComplaintAccepted)


def test_a_letter_taken_back_is_joined_by_nobody() -> None:
    desk = Desk()
    desk.hears(letter())
    (withdrawn,) = desk.hears(withdrawal())
    assert withdrawn == ComplaintWithdrawn(customer="cust-77", complaint="C-1", source=CRM, at=MONDAY + DAY)
    (second,) = desk.hears(letter("C-2"))
    assert isinstance(second, ComplaintAccepted)


def test_a_withdrawal_that_overtakes_its_letter_waits_for_it() -> None:
    desk = Desk()
    assert desk.hears(withdrawal(at=MONDAY)) == []
    accepted, withdrawn = desk.hears(letter())
    assert isinstance(accepted, ComplaintAccepted)
    assert isinstance(withdrawn, ComplaintWithdrawn)
    assert desk.known[CRM, "C-1"].state == "withdrawn"


def test_nobody_takes_back_the_letter_of_somebody_else() -> None:
    desk = Desk()
    desk.hears(letter())
    with pytest.raises(Conflict, match="only they can take it back"):
        desk.hears(withdrawal(customer="cust-78"))


def test_a_letter_that_was_turned_down_need_not_be_taken_back() -> None:
    desk = Desk()
    desk.hears(letter(occurred_at=MONDAY + 2 * DAY))
    assert desk.hears(withdrawal()) == []


def test_a_withdrawal_years_later_still_finds_its_letter() -> None:
    desk = Desk()
    desk.hears(letter(), letter("C-2", received=MONDAY + 500 * DAY))
    assert list(desk.letters.letters) == [f"{CRM}\nC-2"], "the document forgets what nothing can join any more"
    (withdrawn,) = desk.hears(withdrawal(at=MONDAY + 501 * DAY))
    assert isinstance(withdrawn, ComplaintWithdrawn)


def test_letters_years_old_that_come_today_still_join_each_other() -> None:
    today = MONDAY + 3000 * DAY
    _, second = Desk().hears(letter(at=today), letter("C-2", at=today))
    assert isinstance(second, ComplaintMerged)


def test_what_was_given_elsewhere_goes_on_as_it_came() -> None:
    amount = Money(Decimal(10), "BRL")
    given_ = CompensationReceived(id="K-1", customer=ANA, amount=amount, complaint="C-1", source=CRM, at=MONDAY)
    (recorded,) = Desk().hears(given_)
    assert recorded == CompensationRecorded(
        customer="cust-77", at=MONDAY, id="K-1", source=CRM, amount=amount, complaint="C-1"
    )


Days = st.lists(st.integers(0, 40), min_size=1, max_size=8)


@given(Days, st.randoms())
def test_each_letter_gets_one_answer_and_none_joins_one_that_is_not_accepted(days: list[int], chance: Any) -> None:
    letters = [letter(f"C-{n}", received=MONDAY + day * DAY) for n, day in enumerate(days)]
    stream = letters + [chance.choice(letters) for _ in range(4)]
    chance.shuffle(stream)
    said = Desk().hears(*stream)
    accepted = {one.complaint: one.received_at for one in said if isinstance(one, ComplaintAccepted)}
    merged = [one for one in said if isinstance(one, ComplaintMerged)]
    assert sorted([*accepted, *(one.complaint for one in merged)]) == sorted(one.id for one in letters)
    assert all(abs(accepted[one.into] - one.received_at) <= POLICY.intake.merge_window for one in merged)


def test_words_of_danger_travel_with_the_letter_in_the_order_of_their_weight() -> None:
    (accepted,) = Desk().hears(letter(text="Meu advogado já sabe: o carregador pegou fogo."))
    assert isinstance(accepted, ComplaintAccepted)
    assert accepted.signals == ("danger", "law")


def test_a_second_letter_is_heard_like_the_first_and_in_the_language_of_who_writes() -> None:
    for language, signals in (("pt-BR", ("illness",)), ("de", ()), (None, ("illness",))):
        ana = replace(ANA, language=language)
        second = letter("C-2", customer=ana, text="Passei mal depois de comer.")
        _, merged = Desk().hears(letter(), second)
        assert isinstance(merged, ComplaintMerged)
        assert merged.signals == signals


def test_what_is_loud_is_no_signal() -> None:
    (accepted,) = Desk().hears(letter(text="Isto é uma PORCARIA!!!"))
    assert isinstance(accepted, ComplaintAccepted)
    assert accepted.signals == ()


def test_where_the_crm_filed_nothing_the_words_say_what_it_is_likely_about_and_the_category_stays_empty() -> None:
    (accepted,) = Desk().hears(letter(text="Veio quebrado e atrasado"))
    assert isinstance(accepted, ComplaintAccepted)
    assert (accepted.category, accepted.likely) == (None, ("damaged", "overdue"))


def test_where_the_crm_filed_it_its_word_stands() -> None:
    (accepted,) = Desk().hears(letter(category="late-delivery", text="Veio quebrado"))
    assert isinstance(accepted, ComplaintAccepted)
    assert (accepted.category, accepted.likely) == ("late-delivery", ())
