"""A formula means something or is refused: kinds that do not go together, names nobody knows, words of no list."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from shared.errors import Misconfigured
from shared.policy.language.form.schedule import Fact, Let, Switch
from shared.policy.language.form.syntax import Among, Comparison, Literal, Name, Not
from shared.policy.language.form.types import (
    COUNT,
    DATE,
    DISTANCE,
    DURATION,
    FLAG,
    INSTANT,
    MONTH,
    NUMBER,
    PERCENT,
    PROOF,
    ListOf,
    MoneyIn,
    OneOf,
    Record,
    Type,
)
from shared.policy.language.reading.parse import parse
from shared.policy.language.reading.scope import Scope
from shared.policy.tree import Place

PLACE = Place(Path("line.yaml"), 7)
EUR = MoneyIn("EUR")
TYPES: Mapping[str, Type] = {
    "kind": OneOf(("planned", "emergency", "cancelled")),
    "holder": OneOf(("consumer",), open=True),
    "began": INSTANT,
    "ended": INSTANT,
    "claimed_on": DATE,
    "due_on": DATE,
    "in_month": MONTH,
    "visits": COUNT,
    "rate": PERCENT,
    "ratio": NUMBER,
    "fee": EUR,
    "distance": DISTANCE,
    "waited": DURATION,
    "told": FLAG,
    "storm": PROOF,
    "strike": PROOF,
    "cuts": ListOf(Record({"from": INSTANT, "to": INSTANT, "head": DISTANCE})),
    "statuses": ListOf(OneOf(("cancelled", "delayed"), open=True)),
    "days": ListOf(DATE),
    "fees": ListOf(EUR),
}
FACTS = {
    name: Fact(name, PLACE, type_, "", optional=name == "claimed_on", ends=name == "ended")
    for name, type_ in TYPES.items()
}
LETS = {
    "late": "ended - began > 3 h",
    "cancelled": "any([status == cancelled for status in statuses])",
    "loud": "planned if told else emergency",
    "round": "square + 1",
    "square": "round - 1",
}
BAND = Record({"sum": EUR, "reason": OneOf(("band_a", "band_b"))})


def scope(**lets: Let) -> Scope:
    all_lets = {name: Let(name, PLACE, parse(text, PLACE)) for name, text in LETS.items()} | lets
    versions = {"old": date(2020, 1, 1), "new": date(2025, 1, 1)}
    return Scope(currency="EUR", facts=FACTS, lets=all_lets, results={"band": BAND}, versions=versions, has_anchor=True)


def refusal(text: str) -> str:
    with pytest.raises(Misconfigured) as caught:
        scope().typed(parse(text, PLACE))
    assert "\n" not in str(caught.value), "the refusal is one line"
    return str(caught.value).removeprefix("line.yaml:7: ")


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("visits + 1", COUNT),
        ("visits - 1", NUMBER),
        ("visits * 0.5 / 3", NUMBER),
        ("-visits", NUMBER),
        ("fee + 5 EUR - fee", EUR),
        ("fee * visits / 2", EUR),
        ("10% * fee", EUR),
        ("fee * rate", EUR),
        ("fee / fee", NUMBER),
        ("-fee", EUR),
        ("rate * visits", PERCENT),
        ("100% - rate / visits", PERCENT),
        ("50% * waited", DURATION),
        ("2 * waited", DURATION),
        ("distance * 10%", DISTANCE),
        ("visits in [1, 2]", FLAG),
        ("waited * 2 + 3 h", DURATION),
        ("waited / 5 min", NUMBER),
        ("ended - began", DURATION),
        ("began + 3 h", INSTANT),
        ("3 h + began - waited", INSTANT),
        ("claimed_on - due_on", NUMBER),
        ("distance + 3 km", DISTANCE),
        ("now - began", DURATION),
        ("anchor", DATE),
        ("version", OneOf(("old", "new"))),
        ("band.sum", EUR),
        ("band.reason", OneOf(("band_a", "band_b"))),
        ("late", FLAG),
        ("told and not late or visits > 2", FLAG),
        ("0 < visits <= 3", FLAG),
        ("kind == planned", FLAG),
        ("kind in [planned, emergency]", FLAG),
        ("version == new", FLAG),
        ("loud", OneOf(("planned", "emergency"))),
        ("loud == planned", FLAG),
        ("kind == (planned if told else emergency)", FLAG),
        ("told == true", FLAG),
        ("1 if told else 2.5", NUMBER),
        ("first_proved(storm, strike)", OneOf(("storm", "strike", "none"))),
        ("first_proved(storm, strike) == none", FLAG),
        ("first_proved(storm, strike) != storm", FLAG),
        ("known(claimed_on) and claimed_on > due_on", FLAG),
        ("ongoing(ended)", FLAG),
        ("local_date(began)", DATE),
        ("max(fee, 5 EUR)", EUR),
        ("clamp(claimed_on - due_on, 0, 2)", NUMBER),
        ("count([cut for cut in cuts if cut.to - cut.from > 1 h and cut.head < 7 m])", COUNT),
        ("[local_date(cut.from) for cut in cuts]", ListOf(DATE)),
        ("first(cuts).from", INSTANT),
        ("sum(fees)", EUR),
        ("most_within(days, 28)", COUNT),
        ("any([status == cancelled for status in statuses])", FLAG),
        ("cancelled", FLAG),
    ],
)
def test_what_goes_together_has_a_kind(text: str, type_: Type) -> None:
    assert scope().typed(parse(text, PLACE))[0] == type_


MEANINGLESS = {
    "visits + fee": (1, "a sum has its currency: write it like `5 EUR`"),
    "fee > 5": (1, "`5` is a count: write `5 EUR`"),
    "max(0, fee)": (1, "write `0 EUR`"),
    "claimed_on - due_on >= 3 days": (1, "the days between two dates are a plain number"),
    "fee + 5 GBP": (1, "no sum is converted into another currency"),
    "fee * fee": (1, "no sum is converted"),
    "fee * 0.1 * 5 EUR": (1, "`*` does not go with these"),
    "due_on + 3 days": (1, "move it with `add_days(date, n)`"),
    "due_on - 1": (1, "`add_days(date, n)`"),
    "due_on + due_on": (1, "dates are subtracted and compared"),
    "began + ended": (1, "instants are subtracted and compared"),
    "began > due_on": (1, "take the day of the instant with `local_date(…)`"),
    "due_on < in_month": (1, "`month_of(…)`"),
    "waited > 3": (1, "write the time with its unit, like `3 h`"),
    "distance < 1500": (1, "write the distance with its unit"),
    "rate > 12": (1, "write `12%`"),
    "rate > visits": (1, "write the share with its sign, like `10%`"),
    "rate * rate": (1, "a share is taken of a sum"),
    "told + 1": (1, "both must be of one kind"),
    "-told": (1, "only numbers and amounts have a minus"),
    "visits in [1, fee]": (15, "a sum has its currency"),
    "began > 5": (1, "move an instant by a time"),
    "storm + fee": (1, "a proof is asked for with `proved(…)`"),
    "storm == planned": (10, "nothing is called `planned`"),
    "told and storm": (10, "ask `proved(storm)`"),
    "not kind": (5, "compare it, `kind == planned`"),
    "told and visits": (10, "compare it with something"),
    "kind == planed": (9, "did you mean `planned`?"),
    "kind == other": (9, "`other` stands for all words that are not listed"),
    "holder == firm": (11, "there is `consumer`"),
    "kind in [planned, planed]": (19, "did you mean `planned`?"),
    "kind < planned": (1, "words are only equal or not"),
    "kind == version": (1, "no word is in both"),
    "kind == none": (1, "no word is in both"),
    "version == newer": (12, "did you mean `new`?"),
    "vists > 3": (1, "nothing is called `vists`: did you mean `visits`?"),
    "planned": (1, "nothing is called `planned`"),
    "1 if visits else 2": (6, "behind `if` stands a condition, and this is a count"),
    "1 if told else fee": (1, "write `1 EUR`"),
    "planned if told else visit": (22, "did you mean `visits`?"),
    "round": (1, "`round` rests on itself, round → square → round"),
    "band + 1": (1, "say which part of `band`: `band.sum`"),
    "band.total": (1, "`band` has no `total`: there is `reason`, `sum`"),
    "fee.sum": (1, "has no parts: leave `.sum` out"),
    "cuts.from": (1, "has no parts"),
    "first(cuts).until": (1, "has no `until`"),
    "cuts > 3": (1, "take `count(…)`"),
    "[cut.from for cut in fee]": (22, "no list that has entries"),
    "[fee for fee in fees]": (1, "`fee` means something already"),
    "[cut for cut in cuts if cut.head]": (25, "behind `if` stands a condition"),
    "localdate(began)": (1, "there is no function `localdate`: did you mean `local_date`?"),
    "local_date(due_on)": (1, "`local_date` is written `local_date(instant)`, and got date"),
    "add_days(due_on)": (1, "`add_days(date, number)`"),
    "max(fee, 5)": (1, "write `5 EUR`"),
    "sum(cuts)": (1, "`sum(list of numbers or sums of one kind)`"),
    "known(fee)": (7, "write `optional: yes` behind it"),
    "known(late)": (7, "is asked about a fact by its name"),
    "ongoing(began)": (9, "write `ends: yes` behind it"),
    "proved(told)": (8, "is a flag and no proof: there is `storm`, `strike`"),
    "proved(storms)": (8, "did you mean `storm`?"),
    "first_proved(storm, fee)": (21, "no proof"),
}


@pytest.mark.parametrize("text", MEANINGLESS)
def test_what_means_nothing_is_refused_with_its_column_and_what_was_probably_meant(text: str) -> None:
    column, said = MEANINGLESS[text]
    found = refusal(text)
    assert found.startswith(f"column {column}, "), found
    assert said in found


def test_a_row_of_a_table_is_no_value_of_its_own() -> None:
    assert "say which part of it: one of sum, reason" in refusal("band")


def test_a_word_may_be_called_like_something_else_and_counts_as_the_word() -> None:
    _, formula = scope().typed(parse("kind == cancelled", PLACE))
    assert formula.tree == Comparison(0, (Name(0, "kind"), Literal(8, "cancelled", TYPES["kind"])), ("==",))


def test_a_word_that_is_a_fact_of_words_too_is_refused() -> None:
    facts = {**FACTS, "planned": Fact("planned", PLACE, OneOf(("long", "short")), "")}
    both = Scope(currency="EUR", facts=facts, lets={}, results={}, versions={}, has_anchor=False)
    with pytest.raises(Misconfigured, match="`planned` is a word here and a fact of words too"):
        both.typed(parse("kind == planned", PLACE))


def test_a_sum_of_the_case_is_no_fixed_sum() -> None:
    facts = {"fee": Fact("fee", PLACE, MoneyIn(""), "")}
    any_coin = Scope(currency="", facts=facts, lets={}, results={}, versions={}, has_anchor=False)
    assert any_coin.typed(parse("fee == 0 * fee", PLACE))[0] == FLAG
    with pytest.raises(Misconfigured, match="write it by a fact, like `0 \\* fee`"):
        any_coin.typed(parse("fee > 5 EUR", PLACE))


def test_words_that_two_lists_share_may_be_compared() -> None:
    _, formula = scope().typed(parse("kind not in [planned, loud]", PLACE))
    item, planned, loud = Name(0, "kind"), Literal(13, "planned", TYPES["kind"]), Name(22, "loud")
    assert formula.tree == Not(0, Among(0, item, (planned, loud)))


def test_a_version_is_asked_for_only_where_there_are_some() -> None:
    bare = Scope(currency="EUR", facts=FACTS, lets={}, results={}, versions={}, has_anchor=False)
    with pytest.raises(Misconfigured, match="the schedule has no versions: add `versions:"):
        bare.typed(parse("version == new", PLACE))
    with pytest.raises(Misconfigured, match="the schedule names no `anchor`"):
        bare.typed(parse("anchor > 2020-01-01", PLACE))


def switch(by: str, **cases: str) -> Let:
    otherwise = cases.pop("otherwise", None)
    made = {name: parse(text, PLACE) for name, text in cases.items()}
    return Let("x", PLACE, Switch(PLACE, parse(by, PLACE), made, parse(otherwise, PLACE) if otherwise else None))


def test_a_list_by_category_is_what_its_cases_are() -> None:
    settled = scope(x=switch("kind", planned="1", otherwise="2.5"))
    assert settled.typed(parse("x", PLACE))[0] == NUMBER
    settled = scope(x=switch("kind", planned="long", emergency="short", otherwise="long"))
    assert settled.typed(parse("x", PLACE))[0] == OneOf(("long", "short"))


@pytest.mark.parametrize(
    ("let", "said"),
    [
        (switch("kind", planed="1"), "`kind` never is `planed`: did you mean `planned`?"),
        (switch("holder", other="1"), "`holder` never is `other`: write `else` for it"),
        (switch("told", planned="1"), "a flag is asked with `if`"),
        (switch("visits", planned="1"), "a word belongs here, and this is a count"),
        (switch("kind", planned="1", emergency="fee"), "this is a sum in EUR, and the case before it a count"),
    ],
)
def test_a_list_by_category_has_cases_of_one_kind_for_words_that_there_are(let: Let, said: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        scope(x=let).typed(parse("x", PLACE))
    assert said in str(caught.value)
