"""A case is judged check by check: the first that decides ends it, and every step can be told and taken again."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.policy.language.form.evaluation import Alternate, Derived, Read
from shared.policy.language.form.schedule import Addition, Alternative, Check, End, Remedy
from shared.policy.language.form.types import (
    COUNT,
    DATE,
    DURATION,
    FLAG,
    INSTANT,
    NUMBER,
    PERCENT,
    PROOF,
    MoneyIn,
    OneOf,
)
from tests.policy.hand_made import (
    EURO,
    HERE,
    answer,
    at,
    check,
    end,
    fact,
    facts_read,
    formula,
    judge,
    schedule,
    switch,
)

LAST = check(None, "owed late", line=9)
NOW = datetime(2026, 5, 20, 22, 30, tzinfo=UTC)
PROOFS = [fact("storm", PROOF), fact("strike", PROOF), fact("unavoidable", PROOF)]


def excluded_by(*names: str, together: str | None = None) -> Check:
    return Check(at(5), excluded_by=names, together=together)


def test_an_unknown_condition_ends_the_case_and_does_not_fall_through() -> None:
    one = schedule([fact("refunded")], [check("refunded", "not_owed refunded", line=3), LAST])
    found = judge(one)
    assert (found.outcome, found.reason, found.missing) == ("cannot_tell", "missing_fact", ("refunded",))
    assert (found.amount, found.promise) == (None, "unknown")
    assert [(step.line, step.result) for step in found.trace] == [(3, "unknown")]


def test_what_no_check_comes_to_is_not_needed() -> None:
    one = schedule(
        [fact("refunded"), fact("fare", EURO)], [check("refunded", "not_owed refunded"), check(None, "owed it", "fare")]
    )
    assert judge(one, {"refunded": True}).reason == "refunded"
    assert judge(one, {"refunded": False}).missing == ("fare",)


@pytest.mark.parametrize(("said", "promise"), [
    ("owed it", "broken"), ("owed_in_part it", "broken"), ("not_owed it", "unknown"), ("cannot_tell it", "unknown"),
    ("invalid_offer it", "broken"),
])  # fmt: skip
def test_who_pays_has_broken_the_promise_and_who_does_not_has_not_kept_it(said: str, promise: str) -> None:
    found = judge(schedule([], [check(None, said)]))
    assert (found.outcome, found.promise) == (said.split(maxsplit=1)[0], promise)
    paying = said.startswith("owed")
    assert found.amount == (Decimal("1.00") if paying else Decimal("0.00") if said.startswith("not") else None)


def test_only_a_check_that_says_kept_lets_a_promise_be_kept() -> None:
    kept = Check(HERE, then=End("not_owed", "in_time", promise="kept"))
    assert judge(schedule([], [kept])).promise == "kept"


@pytest.mark.parametrize("state", [None, "asserted", "unknown", "nonsense", 7])
def test_what_is_not_proved_counts_for_the_customer(state: Any) -> None:
    found = judge(schedule(PROOFS, [excluded_by("storm"), LAST]), {"storm": state})
    assert found.outcome == "owed"
    assert found.trace[0].result == "not_proved"


def test_a_proof_is_never_unknown() -> None:
    one = schedule(
        PROOFS, [Check(HERE, need=("storm",)), check("proved(storm) or proved(strike)", "excluded it"), LAST]
    )
    assert judge(one).outcome == "owed"
    assert judge(one, {"storm": "nonsense"}).outcome == "owed"


def test_the_first_exclusion_that_is_proved_gives_the_reason() -> None:
    found = judge(schedule(PROOFS, [excluded_by("storm", "strike"), LAST]), {"storm": "asserted", "strike": "proved"})
    assert (found.outcome, found.reason, found.amount, found.promise) == (
        "excluded",
        "strike",
        Decimal("0.00"),
        "broken",
    )
    assert found.trace[0].reads == (Read("storm", "asserted"), Read("strike", "proved"))


def test_where_two_things_must_be_shown_one_is_not_enough() -> None:
    one = schedule(PROOFS, [excluded_by("storm", "strike", together="unavoidable"), LAST])
    assert judge(one, {"strike": "proved", "unavoidable": "asserted"}).outcome == "owed"
    assert judge(one, {"strike": "proved", "unavoidable": "proved"}).reason == "strike"


def test_the_first_proved_has_a_name_or_none() -> None:
    named = schedule(PROOFS, [Check(HERE, then=End("owed", formula("first_proved(storm, strike)")))])
    assert judge(named, {"strike": "proved"}).reason == "strike"
    assert judge(named, {"storm": "proved", "strike": "proved"}).reason == "storm"
    assert answer(PROOFS, "first_proved(storm, strike) == none") == "yes"
    assert answer(PROOFS, "proved(storm)", {"storm": "asserted"}) == "no"


def test_an_optional_fact_is_asked_for_and_a_default_stands_in() -> None:
    facts = [fact("claimed_on", DATE, optional=True), fact("visits", COUNT, default=2, has_default=True)]
    assert answer(facts, "known(claimed_on) and claimed_on > 2026-01-01") == "no"
    assert answer(facts, "known(claimed_on) and claimed_on > 2026-01-01", {"claimed_on": "2026-01-02"}) == "yes"
    assert answer(facts, "visits == 2") == "yes"
    assert answer(facts, "visits == 2", {"visits": 3}) == "no"


def test_what_cannot_be_read_is_unknown_and_neither_absent_nor_a_default() -> None:
    facts = [fact("claimed_on", DATE, optional=True), fact("visits", COUNT, default=2, has_default=True)]
    assert answer(facts, "known(claimed_on)", {"claimed_on": "yesterday"}) == "claimed_on"
    assert answer(facts, "visits == 2", {"visits": "two"}) == "visits"
    found = judge(schedule(facts, [check("visits == 2", "owed it"), LAST]), {"visits": "two"})
    assert found.trace[0].reads == (Read("visits", "two", "unreadable"),)


def test_a_needed_fact_stops_the_case_whatever_the_rest_would_say() -> None:
    one = schedule([fact("premises"), fact("standard")], [Check(HERE, need=("premises", "standard")), LAST])
    assert judge(one).missing == ("premises", "standard")
    assert judge(one, {"premises": True, "standard": False}).outcome == "owed"


def test_a_group_is_entered_where_its_condition_holds_and_left_where_nothing_in_it_decides() -> None:
    inner = (check("late", "not_owed inner", line=4),)
    one = schedule([fact("group"), fact("late")], [Check(at(3), formula("group"), checks=inner), LAST])
    assert judge(one, {"group": True, "late": True}).reason == "inner"
    assert judge(one, {"group": True, "late": False}).reason == "late"
    assert judge(one, {"group": False}).reason == "late"
    assert judge(one, {}).missing == ("group",)


def test_each_category_has_its_own_checks() -> None:
    kinds = fact("kind", OneOf(("a", "b"), open=True))
    cases = {"a": (check(None, "owed a"),), "b": ()}
    one = schedule([kinds], [Check(HERE, by=formula("kind"), cases=cases, otherwise=(check(None, "owed rest"),)), LAST])
    assert [judge(one, {"kind": word}).reason for word in ("a", "b", "z")] == ["a", "late", "rest"]
    assert judge(one).missing == ("kind",)


def test_a_value_by_category_is_that_of_its_word() -> None:
    facts = [fact("kind", OneOf(("planned", "emergency"))), fact("by_notice", COUNT), fact("aware", COUNT)]
    lets = {"deadline": switch("kind", planned="by_notice", emergency="aware + 12")}
    assert answer(facts, "deadline > 12", {"kind": "emergency", "aware": 1}, lets=lets) == "yes"
    assert answer(facts, "deadline > 12", {"kind": "planned", "aware": 1}, lets=lets) == "by_notice"
    assert answer(facts, "deadline > 12", {}, lets=lets) == "kind"


def test_a_sum_is_compared_before_and_rounded_half_up_after() -> None:
    facts = [fact("fare", EURO)]
    checks = [check("fare * 25% < 4 EUR", "not_owed below_minimum"), check(None, "owed it", "25% * fare")]
    assert judge(schedule(facts, checks), {"fare": "15.99"}).reason == "below_minimum"
    assert judge(schedule(facts, checks), {"fare": "16.10"}).amount == Decimal("4.03")
    assert judge(schedule(facts, checks), {"fare": "16.00"}).amount == Decimal("4.00")


def test_shares_of_shares_and_of_thirds_are_exact_until_the_end() -> None:
    facts = [
        fact("fare", EURO),
        fact("rate", PERCENT),
        fact("days", COUNT),
        fact("wait", DURATION.__class__("duration", "hours")),
    ]
    given = {"fare": "100.00", "rate": "12.5", "days": 3, "wait": 5}
    for pay, wanted in (
        ("fare / days * days", "100.00"), ("fare * rate", "12.50"), ("rate * 2 * fare", "25.00"), ("fare / 3 + fare / 6", "50.00"),
        ("fare * (wait / 2 h)", "250.00"), ("fare * (fare / 40 EUR)", "250.00"), ("fare * hours(50% * wait)", "250.00"),
        ("fare * hours(wait / 2)", "250.00"), ("fare * (rate / 5%)", "250.00"), ("-1 * -fare", "100.00"),
        ("fare * whole(wait / 2 h)", "200.00"),
    ):  # fmt: skip
        assert str(judge(schedule(facts, [check(None, "owed it", pay)]), given).amount) == wanted, pay


def test_a_sum_below_nothing_is_never_paid() -> None:
    found = judge(schedule([], [check(None, "owed it", "1 EUR - 2 EUR")]))
    assert (found.outcome, found.reason, found.amount) == ("cannot_tell", "sum_below_zero", None)


def test_an_unknown_sum_ends_in_cannot_tell_and_the_promise_stays_broken() -> None:
    found = judge(schedule([fact("fare", EURO)], [check(None, "owed it", "fare")]))
    assert (found.outcome, found.missing, found.amount, found.promise) == ("cannot_tell", ("fare",), None, "broken")
    assert found.trace[0].result == "holds"


def test_an_unknown_reason_ends_in_cannot_tell() -> None:
    one = schedule([fact("kind", OneOf(("a", "b")))], [Check(HERE, then=End("owed", formula("kind")))])
    assert judge(one, {"kind": "a"}).reason == "a"
    assert (judge(one).outcome, judge(one).missing, judge(one).amount) == ("cannot_tell", ("kind",), None)


PENALTY = Addition(at(7), formula("paid_late"), formula("40 EUR"), "late_payment_penalty")


def test_an_addition_changes_the_reason_and_not_the_outcome() -> None:
    one = schedule([fact("paid_late")], [check(None, "owed_in_part it")], additions=(PENALTY,))
    found = judge(one, {"paid_late": True})
    assert (found.outcome, found.reason, found.amount) == ("owed_in_part", "late_payment_penalty", Decimal("41.00"))
    assert [step.result for step in found.trace] == ["holds", "holds"]
    assert judge(one, {"paid_late": False}).amount == Decimal("1.00")


def test_an_unknown_addition_ends_in_cannot_tell_where_something_is_paid() -> None:
    one = schedule([fact("paid_late")], [check(None, "owed it")], additions=(PENALTY,))
    assert (judge(one).outcome, judge(one).missing, judge(one).amount) == ("cannot_tell", ("paid_late",), None)
    assert (
        judge(schedule([fact("paid_late")], [check(None, "not_owed it")], additions=(PENALTY,))).outcome == "not_owed"
    )


VERSIONS = {"old": date(2008, 4, 1), "new": date(2025, 7, 2)}


def test_the_anchors_day_chooses_the_version_and_the_caller_where_it_is_unknown() -> None:
    one = schedule(
        [fact("at", INSTANT)], [check("version == new", "owed new"), check(None, "owed old")],
        anchor=formula("local_date(at)"), versions=VERSIONS,
    )  # fmt: skip
    found = judge(one, {"at": "2025-07-01T22:00:00Z"})
    assert (found.reason, found.version, found.as_of) == ("new", "new", date(2025, 7, 2))
    assert judge(one, {"at": "2025-07-01T21:59:59Z"}).version == "old"
    assert judge(one, {"at": "2025-07-01T21:59:59Z"}, as_of=date(2026, 1, 1)).version == "old"
    assert judge(one, {}, as_of=date(2026, 1, 1)).reason == "new"
    assert judge(one, {}).missing == ("at",)
    assert judge(one, {"at": "2007-01-01T00:00:00Z"}).reason == "no_version_for_date"


ONGOING = [fact("ended", INSTANT, ends=True), fact("began", INSTANT), fact("last_day", DATE, ends=True)]


def test_a_failure_that_goes_on_is_judged_so_far() -> None:
    one = schedule(ONGOING, [check("ended - began > 3 h", "owed long"), check(None, "not_owed short")])
    found = judge(one, {"began": "2026-05-20T18:00:00Z"}, so_far=NOW)
    assert (found.reason, found.ongoing) == ("long", True)
    assert [(read.fact, read.how) for read in found.trace[0].reads] == [("ended", "so_far"), ("began", "given")]
    assert judge(one, {"began": "2026-05-20T20:00:00Z"}, so_far=NOW).reason == "short"
    assert judge(one, {"began": "2026-05-20T18:00:00Z"}).missing == ("ended",)
    ended = judge(one, {"began": "2026-05-20T18:00:00Z", "ended": "2026-05-20T19:00:00Z"}, so_far=NOW)
    assert (ended.reason, ended.ongoing) == ("short", False)


def test_whether_it_goes_on_can_be_asked() -> None:
    one = schedule(ONGOING, [check("ongoing(ended)", "owed goes_on"), check(None, "not_owed over")])
    assert judge(one, so_far=NOW).reason == "goes_on"
    assert judge(one, {"ended": "2026-05-20T19:00:00Z"}, so_far=NOW).reason == "over"
    assert judge(one).reason == "over"


def test_a_last_day_that_is_open_is_today_in_the_schedules_zone() -> None:
    one = schedule(ONGOING, [check("last_day == 2026-05-21 and local_date(now) == last_day", "owed it"), LAST])
    assert judge(one, so_far=NOW).reason == "it"
    assert judge(one, {"last_day": "2026-05-21"}).missing == ("now",)


def test_instants_of_a_named_zone_are_apart_as_long_as_it_took() -> None:
    one = schedule(ONGOING, [check("ended - began == 15 h", "owed elapsed"), check(None, "not_owed wall")])
    night = datetime(2026, 3, 29, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    assert judge(one, {"began": "2026-03-28T20:00:00+01:00"}, so_far=night).reason == "elapsed"
    lets = {"asked": "start_of_day(2026-03-30) - start_of_day(2026-03-29) == 23 h"}
    assert answer([], "asked", lets=lets) == "yes"


def test_days_between_dates_are_a_number() -> None:
    assert answer([fact("a", DATE), fact("b", DATE)], "b - a >= 3", {"a": "2026-03-28", "b": "2026-03-31"}) == "yes"


@pytest.mark.parametrize(("currency", "amount"), [("BRL", "1.24"), ("JPY", "1"), ("KWD", "1.235")])
def test_a_case_may_name_its_own_currency_and_is_rounded_to_its_unit(currency: str, amount: str) -> None:
    facts = [fact("freight", MoneyIn(""))]
    one = schedule(facts, [check(None, "owed it", "freight")], currency="", currency_fact="currency")
    found = judge(one, {"freight": "1.2350", "currency": currency})
    assert (str(found.amount), found.currency) == (amount, currency)
    assert str(judge(one, {"freight": "1.2350"}, currency=currency).amount) == amount


def test_a_sum_without_its_currency_is_not_known() -> None:
    facts = [fact("freight", MoneyIn("")), fact("late", FLAG)]
    checks = [check("not late", "not_owed in_time"), check(None, "owed it", "freight")]
    one = schedule(facts, checks, currency="", currency_fact="currency")
    assert judge(one, {"freight": "1.00", "late": True}).missing == ("currency",)
    assert judge(one, {"freight": "1.00", "late": True, "currency": "reais"}).missing == ("currency",)
    assert judge(one, {"late": False}).amount == Decimal("0.00")


def test_severity_is_the_checks_own_or_the_schedules_and_between_1_and_4() -> None:
    facts = [fact("days", NUMBER)]
    own = Check(HERE, formula("days > 10"), end("owed long", severity="days"))
    one = schedule(facts, [own, LAST], severity=formula("2"))
    assert judge(one, {"days": 99}).severity == 4
    assert judge(one, {"days": 3}).severity == 2
    assert judge(schedule(facts, [LAST], severity=formula("days"))).severity is None


def test_when_time_alone_may_change_the_answer_is_said() -> None:
    instant = Check(HERE, then=end("not_owed yet", again="now + 3 h"))
    assert judge(schedule([], [instant]), so_far=NOW).again == datetime(2026, 5, 21, 1, 30, tzinfo=UTC)
    day = Check(HERE, then=end("not_owed yet", again="add_days(local_date(now), 1)"))
    assert judge(schedule([], [day]), so_far=NOW).again == datetime(2026, 5, 21, 22, tzinfo=UTC)
    assert judge(schedule([], [day])).again is None


def test_a_remedy_in_kind_says_how_many_and_what_is_worth_more() -> None:
    worths = (Alternative(HERE, "voucher", formula("1.10 EUR")), Alternative(HERE, "credit", formula("1 EUR")))
    remedy = Remedy("replacement", formula("2"), ("refund",))
    found = judge(schedule([], [check(None, "owed it")], remedy=remedy, alternatives=worths))
    assert (found.form, found.quantity, found.equal) == ("replacement", 2, ("refund",))
    assert found.alternatives == (Alternate("voucher", Decimal("1.10")),)
    unpaid = judge(schedule([], [check(None, "not_owed it")], remedy=remedy, alternatives=worths))
    assert (unpaid.form, unpaid.quantity, unpaid.alternatives) == ("money", None, ())


def test_the_trace_tells_each_step_with_what_it_read_first_and_worked_out() -> None:
    facts = [fact("days", COUNT), fact("fare", EURO), fact("visits", COUNT, default=0, has_default=True)]
    lets = {"rate": "max(5 EUR, 10% * fare)"}
    checks = [
        check("days < 3 and visits == 0", "not_owed short", line=4),
        check(None, "owed it", "rate * days", line=5),
    ]
    found = judge(schedule(facts, checks, lets), {"days": 4, "fare": "20.00", "noise": 1})
    first, second = found.trace
    assert (first.line, first.result, first.says) == (4, "fails", "if days < 3 and visits == 0 then not_owed short")
    assert first.reads == (Read("days", 4),)
    assert (second.line, second.result, second.says) == (5, "holds", "then owed it")
    assert second.reads == (Read("fare", "20.00"),)
    assert second.derived == (Derived("rate", Decimal(5), 1),)
    assert second.caps == ("max(5 EUR, 10% * fare)",)
    assert judge(schedule(facts, checks, lets), {"days": 4, "fare": "90.00"}).trace[1].caps == ()


def test_a_verdict_is_taken_again_from_the_facts_that_it_read() -> None:
    facts = [fact("at", INSTANT), fact("fare", EURO), fact("late", FLAG), fact("odd", COUNT, optional=True)]
    checks = [check("late and not known(odd)", "owed it", "fare"), check(None, "not_owed no")]
    one = schedule(facts, checks, anchor=formula("local_date(at)"), versions=VERSIONS)
    given = {"at": "2026-05-20T18:30:00Z", "fare": "12.345", "late": True, "noise": [1, 2]}
    found = judge(one, given)
    again = {name: one_.value for name, one_ in facts_read(found).items()}
    assert again == {name: value for name, value in given.items() if name != "noise"}
    assert judge(one, again) == found


def test_a_date_outside_of_the_calendar_is_unknown_and_breaks_nothing() -> None:
    facts = [fact("day", DATE), fact("at", INSTANT)]
    assert answer(facts, "add_days(day, 9999999) > day", {"day": "2026-01-01"}) == "not_computable"
    assert answer(facts, "at + 9999999 days > at", {"at": "2026-01-01T00:00:00Z"}) == "not_computable"
    assert (
        answer(facts, "local_date(at) > day", {"at": "9999-12-31T23:30:00Z", "day": "2026-01-01"}) == "not_computable"
    )
    assert answer(facts, "add_months(day, 1 / 2) > day", {"day": "2026-01-01"}) == "not_computable"


def test_a_schedule_of_which_no_check_decides_says_so() -> None:
    one = replace(schedule([fact("late")], [check("late", "owed it")]), pay=formula("1 EUR"))
    assert (judge(one, {"late": False}).outcome, judge(one, {"late": False}).reason) == (
        "cannot_tell",
        "no_check_decides",
    )
