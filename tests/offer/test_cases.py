"""Staff see how each case stands and everything that happened in it, once each, without the customer's own words."""

from typing import Any

import msgspec
import pytest

from services.offer.case import CompensationSetOff
from services.offer.timeline import TYPES, without_words
from shared import events as e
from shared.remedy import remedy_of
from tests.core.offer_stories import ANA, ANSWER_WITHIN, BEN, CLEO, Complaint, day, euro
from tests.offer.house import House

ANAS_STORY: tuple[e.AnyEvent, ...] = (
    ANA.compensated("5.00", day(-1), subject=ANA.subject),
    Complaint("cust-ana", "C-1001-b").merged_into(ANA, day(-0.5)),
    ANA.awaited(day(-0.2)),
    ANA.verdict(),
    ANA.refused(1, day(1)),
    ANA.was_paid(f"{ANA.case}/remedy/-/1", day(2)),
    ANA.expiry(day(0) + ANSWER_WITHIN),
    ANA.chose("voucher-10", 2, day(15)),
    ANA.verdict(day(16), remedy=euro("20.00")),
    ANA.not_paid(f"{ANA.case}/goodwill/voucher-10/1", day(17)),
)
"""Late, partly paid elsewhere, refused once, settled with a voucher, and billing could not pay that."""


def kinds(shown: Any) -> list[str]:
    return [moment.type.removeprefix("amends.").removesuffix(".v1") for moment in shown.timeline]


async def test_a_case_is_shown_whole_by_its_own_id_and_by_the_number_of_its_complaint(house: House) -> None:
    await house.hear(*ANAS_STORY)
    shown = await house.the("C-1001")
    assert shown == await house.the(ANA.case)
    assert (shown.state, shown.why, shown.waiting, shown.contacts) == ("settled", "payout_failed", True, 2)
    assert (shown.round, shown.severity, shown.outcome, shown.promise) == (2, 2, "owed", "broken")
    assert (shown.owed, shown.set_off, shown.remedy, shown.goodwill) == (
        euro("20"),
        euro("5"),
        euro("15"),
        euro("12.99"),
    )
    assert (shown.subject, shown.opened_at, shown.updated_at) == ("order/order-of-C-1001", day(-0.2), day(17))


async def test_the_timeline_tells_what_was_heard_and_answered_in_order(house: House) -> None:
    await house.hear(*ANAS_STORY)
    assert kinds(await house.the("C-1001")) == [
        *("complaint-merged", "evidence-awaited", "case-opened"),
        *("verdict-reached", "compensation-set-off", "remedy-granted", "payout-due", "apology-offered"),
        *("options-rejected", "options-offered", "billing.payout-completed", "payment-made"),
        *("option-accepted", "payout-due", "case-settled"),
        *("verdict-reached", "remedy-granted", "payout-due"),
        *("billing.payout-failed", "handed-over"),
    ]


async def test_every_line_of_a_timeline_can_be_read_as_the_event_that_it_was(house: House) -> None:
    await house.hear(*ANAS_STORY)
    classes = {name: kind for kind, name in TYPES.items()}
    shown = await house.the("C-1001")
    read = [msgspec.convert(moment.value, classes[moment.type]) for moment in shown.timeline]
    assert ANA.verdict() in read
    assert [moment.at for moment in shown.timeline] == [event.at for event in read]
    assert [part.amount for part in read if isinstance(part, CompensationSetOff)] == [euro("5.00")]


async def test_what_the_customer_alone_could_know_is_a_line_that_does_not_say_what(house: House) -> None:
    told = CLEO.answer(e.InformationGiven, 0, day(1), facts={"taken_on": "2018-02-10"})
    await house.hear(CLEO.asked(), told)
    shown = await house.the("C-1003")
    assert kinds(shown) == ["information-requested", "case-opened", "information-invited", "information-given"]
    assert shown.state == "awaiting"
    assert "2018-02-10" not in msgspec.json.encode(shown.timeline[-1]).decode()


async def test_a_replacement_is_a_payout_of_that_form(house: House) -> None:
    await house.hear(ANA.verdict(remedy=remedy_of(euro("50.00"), "replacement", 2)))
    (payout,) = (await house.the("C-1001")).payouts
    assert (payout.form, payout.amount) == ("replacement", euro("50.00"))


async def test_each_payout_is_one_row_with_what_billing_said(house: House) -> None:
    await house.hear(*ANAS_STORY)
    payouts = {payout.key.removeprefix(f"{ANA.case}/"): payout for payout in (await house.the("C-1001")).payouts}
    assert {key: (payout.form, payout.amount, payout.state) for key, payout in payouts.items()} == {
        "remedy/-/1": ("refund", euro("12.50"), "paid"),
        "goodwill/voucher-10/1": ("voucher", euro("12.99"), "failed"),
        "remedy/-/2": ("refund", euro("2.50"), "due"),
    }


async def test_a_payout_says_by_when_it_is_there_and_who_sees_to_it_also_where_it_has_no_price(house: House) -> None:
    await house.hear(ANA.verdict(), ANA.refused(1, day(1)), ANA.chose("call-back", 2, day(2)))
    owed, call = (await house.the("C-1001")).payouts
    assert (owed.due, owed.owner) == (day(10), "billing")
    assert (call.form, call.amount, call.due, call.owner) == ("attention", None, day(4), "care-team")


async def test_the_verdict_explains_the_case_and_the_reserve_is_what_was_not_shown(house: House) -> None:
    await house.hear(ANA.verdict(), ANA.refused(1, day(1)))
    shown = await house.the("C-1001")
    assert shown.explanation is not None
    assert shown.explanation["policy_digest"] == "3f9c"
    assert shown.explanation["clauses"][0]["evidence"] == ["m-1"]
    assert [(held.id, held.why) for held in shown.reserve] == [
        ("credit-25", "later-round"),
        ("refund-20", "later-round"),
        ("letter", "later-round"),
        ("priority", "later-round"),
    ]
    assert shown.reserve[1].cost == euro("25.98")
    assert shown.why_not_more is not None
    assert {reason.code: reason.amount for reason in shown.why_not_more.remedy}["owed"] == euro("17.50")
    (later,) = [reason for reason in shown.why_not_more.goodwill if reason.code == "later-round"]
    assert set(later.options) == {held.id for held in shown.reserve}
    await house.hear(ANA.content(2, day(2)))
    assert (await house.the("C-1001")).reserve == ()


async def test_the_last_verdict_is_the_one_that_explains(house: House) -> None:
    await house.hear(ANA.verdict(), ANA.verdict(day(1), policy="2018.2"))
    explanation = (await house.the("C-1001")).explanation
    assert explanation is not None
    assert explanation["policy"] == "2018.2"


async def test_a_case_is_shown_as_it_stands_after_each_batch(house: House) -> None:
    await house.hear(ANA.verdict())
    await house.hear(Complaint("cust-ana", "C-1001-b").merged_into(ANA, day(1)), ANA.wants_a_person(1, day(2)))
    shown = await house.the("C-1001")
    assert (shown.contacts, shown.state, shown.why, shown.waiting) == (2, "handed_over", "person_asked_for", True)
    await house.hear(ANA.content(1, day(3)))
    shown = await house.the("C-1001")
    assert (shown.state, shown.why, shown.waiting, shown.updated_at) == ("settled", None, False, day(3))


@pytest.mark.parametrize("batch", [1, 2])
async def test_a_case_was_last_decided_at_the_latest_time_also_when_times_come_out_of_turn(
    house: House, batch: int
) -> None:
    await house.hear(ANA.verdict(day(5)), ANA.refused(1, day(3)), batch=batch)
    assert (await house.the("C-1001")).updated_at == day(5)


async def test_the_list_has_the_newest_first_and_those_that_wait_for_a_person_by_themselves(house: House) -> None:
    await house.hear(ANA.verdict(), BEN.kept(day(1)), CLEO.unclear(day(2), contested=True, paid=euro("340")))
    assert [case.complaint for case in await house.listed()] == ["C-1003", "C-1002", "C-1001"]
    assert [(case.complaint, case.why) for case in await house.listed(waiting=True)] == [("C-1003", "contested")]


async def test_what_is_not_known_is_not_shown(house: House) -> None:
    second = Complaint("cust-ana", "C-1001-b")
    await house.hear(second.merged_into(ANA, day(0)), ANA.refused(1, day(1)), BEN.expiry(day(2)))
    assert await house.show("C-1001") is None
    assert await house.show(BEN.case) is None
    await house.hear(ANA.verdict(day(3)))
    assert kinds(await house.the("C-1001"))[0] == "complaint-merged"


async def test_history_is_in_the_list_as_such(house: House) -> None:
    await house.hear(ANA.verdict(received_at=day(-1000)))
    shown = await house.the("C-1001")
    assert (shown.state, shown.opened_at, kinds(shown), shown.remedy) == (
        *("history", None, ["verdict-reached", "history-kept"], None),
    )


async def test_one_number_from_two_sources_shows_the_case_that_was_opened_last(house: House) -> None:
    shop = e.VerdictReached(**msgspec.structs.asdict(ANA.verdict(day(1))) | {"source": "shop"})
    await house.hear(shop, ANA.verdict())
    assert (await house.the("C-1001")).source == "shop"
    assert (await house.the(ANA.case)).source == "crm.complaints.v1"


@pytest.mark.parametrize(
    "kind",
    [e.ComplaintMerged, *sorted(set(e.Answer.__subclasses__()) - {e.Ruling}, key=str)],
    ids=lambda kind: kind.__name__,
)
def test_no_timeline_keeps_what_a_customer_wrote(kind: type[Any]) -> None:
    written: dict[str, Any] = {
        field.name: "my own words" for field in msgspec.structs.fields(kind) if field.name in ("text", "reason")
    }
    if "facts" in kind.__struct_fields__:
        written |= {"facts": {"where": "my own words"}}
    required = {"into": "C-1", "into_source": "crm", "received_at": day(0), "option": "voucher-10"}
    required |= {"key": "case/remedy/-/1", "score": 5, "role": "care"}
    known = {name: value for name, value in required.items() if name in kind.__struct_fields__}
    names = {"customer": "cust-ana", "complaint": "C-2", "source": "crm"}
    case = {"case": "case"} if "case" in kind.__struct_fields__ else {}
    event = kind(**names, **case, **known, **written)
    assert b"my own words" not in msgspec.json.encode(without_words(event))


async def test_why_staff_ruled_as_they_did_stays_and_the_wish_in_the_customer_s_words_does_not(house: House) -> None:
    await house.hear(ANA.verdict(), ANA.counters(1, day(1), "60.00"), ANA.approved(day(2)))
    timeline = (await house.the("C-1001")).timeline
    assert [moment.value["reason"] for moment in timeline if moment.type == "amends.approval-given.v1"] == [
        "I have looked into it."
    ]
    assert b"This would." not in msgspec.json.encode(timeline)


async def test_a_batch_of_any_size_leaves_the_same_rows(house: House) -> None:
    others = [Complaint(f"cust-{number}", f"C-{number}") for number in range(5)]
    told = [
        event
        for number, story in enumerate(zip(*(_story(of) for of in (ANA, *others)), strict=True))
        for event in (story if number % 2 else story[::-1])
    ]
    pictures = []
    for size in (1, 2, 7, 100):
        await house.forget()
        await house.hear(*told, batch=size)
        pictures.append(await house.picture())
    assert all(picture == pictures[0] for picture in pictures)


def _story(of: Complaint) -> tuple[e.AnyEvent, ...]:
    return (
        of.verdict(),
        of.refused(1, day(1)),
        of.chose("voucher-10", 2, day(2)),
        of.verdict(day(3), remedy=euro("25")),
    )


async def test_what_is_told_again_changes_nothing(house: House) -> None:
    await house.hear(*ANAS_STORY)
    before = await house.picture()
    await house.hear(*ANAS_STORY, batch=3)
    await house.hear(*ANAS_STORY)
    assert await house.picture() == before


async def test_billing_finds_the_customer_by_the_key_and_a_strange_key_is_a_dead_letter(house: House) -> None:
    await house.hear(ANA.verdict())
    key = f"{ANA.case}/remedy/-/1"
    (folded,) = await house.hear(
        e.PayoutCompleted(key=key, at=day(1)), e.PayoutFailed(key="nobody/remedy/-/1", at=day(1))
    )
    await house.hear(ANA.not_paid("nobody/remedy/-/1", day(2)))
    assert [payout.state for payout in (await house.the("C-1001")).payouts] == ["paid"]
    assert [letter.kind for letter in folded.letters] == ["malformed"]


async def test_billing_is_believed_about_the_key_and_not_about_whose_it_is(house: House) -> None:
    await house.hear(ANA.verdict())
    await house.hear(e.PayoutCompleted(customer="cust-somebody", key=f"{ANA.case}/remedy/-/1", at=day(1)))
    await house.hear(e.PayoutFailed(customer="cust-somebody", key=f"{ANA.case}/remedy/-/9", at=day(2)))
    shown = await house.the("C-1001")
    assert [payout.state for payout in shown.payouts] == ["paid"]
    assert (shown.why, kinds(shown)[-2:]) == ("payout_unknown", ["billing.payout-failed", "handed-over"])


async def test_a_late_and_a_contested_payout_are_shown_so(house: House) -> None:
    key = f"{ANA.case}/remedy/-/1"
    for heard, state in (
        (ANA.asked_after(key, day(13)), "late"),
        (ANA.was_paid(key, day(14)), "paid"),
        (ANA.never_came(key, day(15)), "contested"),
    ):
        await house.hear(ANA.verdict(), heard)
        assert [payout.state for payout in (await house.the("C-1001")).payouts] == [state]


async def test_a_timer_that_found_its_round_answered_is_no_news(house: House) -> None:
    await house.hear(ANA.verdict(), ANA.content(1, day(1)), ANA.expiry(day(0) + ANSWER_WITHIN))
    assert kinds(await house.the("C-1001"))[-1] == "case-settled"
    await house.hear(CLEO.unclear(), CLEO.expiry(day(0) + ANSWER_WITHIN))
    assert kinds(await house.the("C-1003"))[-2:] == ["timer-fired", "case-expired"]


async def test_the_deadline_of_a_round_and_the_day_of_a_payout_are_timers_of_the_flow(house: House) -> None:
    await house.hear(ANA.verdict())
    assert await house.rows('select flow, customer, "case", name, due from offer.timers order by name') == [
        ("offer", "cust-ana", ANA.case, "expiry", day(0) + ANSWER_WITHIN),
        ("offer", "cust-ana", ANA.case, "payout/remedy/-/1", day(13)),
    ]


async def test_letters_that_went_out_are_in_the_timeline(house: House) -> None:
    sent: dict[str, Any] = {"notice": "n-1", "kind": "apology", "channel": "email", "language": "en"}
    await house.hear(ANA.verdict(), e.NoticeSent(**ANA.names, **sent, case=ANA.case, at=day(1), round=1))
    assert kinds(await house.the("C-1001"))[-1] == "notice-sent"


async def test_a_word_about_somebody_elses_case_is_not_shown_in_it(house: House) -> None:
    strange = e.OptionsRejected(
        customer="cust-eve", complaint="C-1001", source="crm", case=ANA.case, round=1, at=day(1)
    )
    await house.hear(ANA.verdict(), strange)
    assert kinds(await house.the("C-1001"))[-1] == "apology-offered"


async def test_a_letter_that_calls_a_person_is_a_line_without_words_and_without_whom_it_came_from(house: House) -> None:
    await house.hear(ANA.letter(language="pt-BR", tier="gold", contact=e.Contact(channel="phone")))
    shown = await house.the("C-1001")
    assert kinds(shown) == ["complaint-accepted", "case-opened", "handed-over"]
    assert (shown.state, shown.why, shown.waiting) == ("handed_over", "danger", True)
    kept = msgspec.json.encode(shown).decode()
    for private in ("Ana Lima", "ana@example.org", "caught fire", "pt-BR", "gold", "phone"):
        assert private not in kept


async def test_a_letter_that_hints_at_nothing_touches_no_document(house: House) -> None:
    await house.hear(ANA.letter(signals=()))
    assert await house.show("C-1001") is None
    assert await house.rows("select key from offer.documents") == []
