"""How a customer wishes to be reached binds every notice; what must be in writing is; and nobody is left without a word."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from services.notifier.notice import Kind, Reader, Turned
from services.notifier.ways import NEEDS_WRITING, NO_ADDRESS, NO_CHANNEL, Route, quiet_for, route
from shared import events as e
from shared.policy.calendars import TimeOfDay
from shared.policy.delivery import Delivery, NoticeKind, Quiet, Way, Writing
from tests.core.notifier_stories import POLICY, Complaint, Desk

ANA = Complaint()
KINDS: tuple[Kind, ...] = get_args(Kind)
WAYS = {
    "email": Way("email", durable=True),
    "chat": Way("webhook", durable=False),
    "app": Way("webhook", durable=True),
    "phone": Way("person", durable=False),
}
HOUSE = Delivery(WAYS, "email", POLICY.delivery.tries, (Writing(("DE",), ("decline", "final-say"), "a law"),))


def reader(**wishes: Any) -> Reader:
    known: dict[str, Any] = {"language": "en", "tag": "en", "email": "ana@example.org"}
    return Reader(**(known | wishes))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("wishes", "way"),
    [
        ({}, Route("email")),
        ({"wish": "email"}, Route("email")),
        ({"wish": " EMAIL "}, Route("email")),
        ({"wish": "app"}, Route("webhook")),
        ({"wish": "app", "email": None}, Route("webhook")),
        ({"wish": "chat"}, Route("webhook")),
        ({"wish": "phone"}, Route("person", NO_CHANNEL)),
        ({"wish": "carrier pigeon"}, Route("person", NO_CHANNEL)),
        ({"by_mail": False}, Route("email", NO_CHANNEL)),
        ({"by_mail": False, "wish": "app"}, Route("webhook")),
        ({"email": None}, Route("email", NO_ADDRESS)),
    ],
)
def test_a_wish_binds_every_notice_of_whatever_kind(kind: Kind, wishes: dict[str, Any], way: Route) -> None:
    assert route(reader(**wishes), kind, HOUSE) == way


@pytest.mark.parametrize(
    ("wishes", "way"),
    [
        ({}, Route("email")),
        ({"wish": "app"}, Route("webhook")),
        ({"wish": "chat"}, Route("email")),
        ({"wish": "chat", "by_mail": False}, Route("webhook", NEEDS_WRITING)),
        ({"wish": "chat", "email": None}, Route("webhook", NEEDS_WRITING)),
        ({"wish": "phone"}, Route("person", NEEDS_WRITING)),
        ({"wish": "carrier pigeon"}, Route("person", NEEDS_WRITING)),
    ],
)
def test_what_must_be_on_a_durable_medium_takes_one_or_a_person_sees_to_it(wishes: dict[str, Any], way: Route) -> None:
    assert route(reader(jurisdiction="DE", **wishes), "final-say", HOUSE) == way
    assert route(reader(jurisdiction="BR", wish="chat"), "final-say", HOUSE) == Route("webhook")
    assert route(reader(jurisdiction="DE", wish="chat"), "apology", HOUSE) == Route("webhook")


def test_a_house_whose_default_is_no_durable_medium_has_a_person_for_what_must_be() -> None:
    house = replace(HOUSE, default="chat")
    assert route(reader(jurisdiction="DE"), "decline", house) == Route("webhook", NEEDS_WRITING)


def test_every_kind_of_notice_may_be_named_in_the_policy() -> None:
    assert set(KINDS) <= set(get_args(NoticeKind))


def test_the_shipped_policy_wants_a_decline_in_writing_all_over_the_union() -> None:
    rules = POLICY.delivery
    assert rules.must_last("decline", "DE")
    assert rules.must_last("final-say", "GB")
    assert not rules.must_last("decline", "BR")
    assert not rules.must_last("apology", "DE")
    assert not rules.must_last("decline", None)


def test_who_wishes_the_phone_gets_a_person_and_the_house_hears_of_it_at_once() -> None:
    answers = Desk().hear(ANA.accepted(contact=e.Contact(channel="phone")), ANA.apology(), ANA.options())
    failed = [answer for answer in answers if isinstance(answer, e.NoticeFailed)]
    assert [(one.kind, one.channel, one.reason) for one in failed] == [
        ("apology", "person", "no_channel"),
        ("options", "person", "no_channel"),
    ]


def test_a_letter_goes_by_the_way_that_the_policy_has_for_the_wish() -> None:
    desk = Desk(replace(POLICY, delivery=HOUSE))
    (told,) = desk.hear(ANA.accepted(contact=e.Contact(channel="app"), email=None), ANA.apology())
    assert isinstance(told, Turned)
    assert told.letter is not None
    assert (told.letter.channel, told.letter.failed) == ("webhook", None)


# ── quiet hours ─────────────────────────────────────────────────────────────────────────────────────────────────────

NIGHT = Quiet("Europe/Berlin", TimeOfDay(21 * 60), TimeOfDay(8 * 60), but=("acknowledgement",))
NOON = Quiet("Europe/Berlin", TimeOfDay(12 * 60), TimeOfDay(14 * 60))


@pytest.mark.parametrize(
    ("quiet", "now", "wait"),
    [
        (NIGHT, "2026-01-10T19:59:00", timedelta()),
        (NIGHT, "2026-01-10T20:00:00", timedelta(hours=11)),
        (NIGHT, "2026-01-10T23:30:00", timedelta(hours=7, minutes=30)),
        (NIGHT, "2026-01-11T06:59:00", timedelta(minutes=1)),
        (NIGHT, "2026-01-11T07:00:00", timedelta()),
        (NIGHT, "2026-03-28T20:00:00", timedelta(hours=10)),  # the night of 29 March is an hour short
        (NIGHT, "2026-10-24T19:00:00", timedelta(hours=12)),  # and the one of 25 October an hour long
        (NOON, "2026-01-10T10:59:00", timedelta()),
        (NOON, "2026-01-10T11:30:00", timedelta(hours=1, minutes=30)),
        (NOON, "2026-01-10T13:00:00", timedelta()),
        (None, "2026-01-10T23:30:00", timedelta()),
    ],
)
def test_in_quiet_hours_a_notice_waits_for_their_end_by_the_clocks_of_the_zone(
    quiet: Quiet | None, now: str, wait: timedelta
) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert quiet_for(quiet, "apology", moment) == wait


def test_what_may_break_the_quiet_does() -> None:
    assert quiet_for(NIGHT, "acknowledgement", datetime(2026, 1, 10, 23, tzinfo=UTC)) == timedelta()
