"""A schedule is read as its author wrote it, or refused with file, line and the nearest right thing."""

import random
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Misconfigured
from shared.policy.language.form.schedule import (
    AnyCell,
    DatedTable,
    Interval,
    Schedule,
    Switch,
    Table,
    Unknown,
    Words,
)
from shared.policy.language.form.syntax import Comparison, Literal, Name
from shared.policy.language.form.types import COUNT, ListOf, MoneyIn, OneOf, Record, Simple
from shared.policy.language.reading.read import read_schedule

WRITTEN = """\
schedule: broadband
title: Outages and missed visits
source: a house's own promise, section 4
ledger: remedy
currency: EUR
zone: Europe/Berlin
workdays: DE/BY
anchor: local_date(reported_at)
versions: {old: 2020-01-01, new: 2025-07-01}
facts:
  kind:        {one of: [slow, dead, other], means: what fails}
  area:        {one of: [city, land], means: where the line is, optional: yes}
  reported_at: {instant: the report came in, source: complaint, named: received_at}
  restored_at: {instant: it works again, ends: yes}
  fee:         {money: price of a month}
  visits:      {count: visits nobody came to, default: 0}
  paid:        {money: paid before, default: 1.50}
  length:      {km: length of the line, default: 2}
  pause:       {minutes: time that does not count, default: 90}
  parts:       {list of: {one of: [box, cable]}, means: what was replaced, default: [box]}
  grid:        {list of: {rows: {list of: date}, gap: duration}, means: what was measured}
  on_line:     {flag: the line answers, default: false}
  cuts:        {list of: {from: instant, to: instant, depth: m}, means: single cuts}
  storm:       {proof: a storm, by: house, source: incident, cause: [storm, flood]}
  careful:     {proof: all care was taken, by: house}
let:
  days:  local_date(restored_at) - local_date(reported_at)
  share: "10% if kind == slow else 20%"
  hint:
    by: kind
    slow: 1
    dead: 2
    else: 3
tables:
  band:
    by: [length, area, visits, on_line]
    gives: {sum: money, most: percent, within: hours, name: "one of [a, b]", reason: code}
    rows:
      - [<= 5 km, city, any, true, 10, 50%, 2, a, near]
      - [any, [city, land], 3, any, 20, 60%, 90 min, b, far]
      - [">= 5 km and < 9 km", any, any, any, unknown no_rate, 60%, 1, b, far]
  rate:
    from: anchor
    gives: {day: money}
    rows:
      - [2020-01-01, 5]
      - [2025-01-01, unknown no_rate_for_date]
pay: share * fee * days
severity: 3 if kind == dead else hint
checks:
  - {if: anchor < 2020-01-01, then: not_owed not_in_force}
  - need: [kind, reported_at]
  - {excluded_by: [storm], with: careful}
  - by: kind
    slow:
      - {if: days < 2, then: not_owed too_short, promise: kept, again: "add_workdays(anchor, 2)", severity: 1}
    dead:
      - if: version == new
        checks:
          - {then: owed dead, pay: rate.day * days}
    else:
      - {if: "min(days, 3) > 2", then: cannot_tell, reason: strange-case}
  - {then: owed_in_part, reason: band.reason, pay: band.sum}
additions:
  - {if: visits > 0, add: 5 EUR * visits, reason: missed-visits}
remedy: {form: credit, quantity: 2, equal: [refund]}
alternatives:
  - {form: voucher, worth: fee + 10 EUR}
examples:
  - name: two days
    as_of: 2026-02-02
    now: 2026-02-04T10:00:00Z
    facts: {kind: dead, fee: 30.00, visits: 1, area: null, cuts: [{from: 2026-02-02T10:00:00Z, depth: 3}], on_line: yes}
    expect: {outcome: owed, amount: 10.00, reason: dead, promise: broken, severity: 2, ongoing: yes}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "broadband.yaml"


Read = Callable[[str, str], Schedule]


@pytest.fixture
def read(file: Path) -> Read:
    """The schedule with one passage changed (an empty one: with nothing changed)."""

    def changed(before: str, after: str) -> Schedule:
        assert not before or WRITTEN.count(before) == 1, f"{before!r} is there {WRITTEN.count(before)} times"
        file.write_text(WRITTEN.replace(before, after) if before else WRITTEN)
        return read_schedule(file)

    return changed


@pytest.fixture
def schedule(read: Read) -> Schedule:
    return read("", "")


def test_the_head_says_what_it_is_of(schedule: Schedule) -> None:
    assert (schedule.name, schedule.ledger, schedule.currency, schedule.zone) == (
        "broadband",
        "remedy",
        "EUR",
        "Europe/Berlin",
    )
    assert (schedule.workdays, schedule.currency_fact) == ("DE/BY", None)
    assert schedule.versions == {"old": date(2020, 1, 1), "new": date(2025, 7, 1)}
    assert schedule.anchor is not None
    assert (schedule.anchor.text, schedule.anchor.place.line) == ("local_date(reported_at)", 8)


def test_a_fact_has_its_kind_its_source_and_what_stands_in_for_it(schedule: Schedule) -> None:
    facts = schedule.facts
    assert facts["kind"].type == OneOf(("slow", "dead"), open=True)
    assert (facts["kind"].meaning, facts["kind"].source, facts["kind"].named) == ("what fails", "measurement", "kind")
    assert facts["area"].optional
    assert (facts["reported_at"].source, facts["reported_at"].named) == ("complaint", "received_at")
    assert facts["restored_at"].ends
    assert (facts["visits"].type, facts["visits"].default, facts["visits"].has_default) == (COUNT, Decimal(0), True)
    assert (facts["paid"].type, facts["paid"].default) == (MoneyIn("EUR"), Decimal("1.50"))
    assert (facts["parts"].type, facts["parts"].default) == (ListOf(OneOf(("box", "cable"))), ("box",))
    assert (facts["length"].default, facts["pause"].default) == (Decimal(2000), timedelta(minutes=90))
    assert not facts["fee"].has_default
    assert (facts["storm"].bearer, facts["storm"].cause) == ("house", ("storm", "flood"))


def test_a_unit_of_a_fact_is_kept_beside_its_kind(schedule: Schedule) -> None:
    cuts = schedule.facts["cuts"].type
    assert isinstance(cuts, ListOf)
    assert isinstance(cuts.item, Record)
    assert tuple(cuts.item.fields) == ("from", "to", "depth")
    for type_, unit in ((cuts.item.fields["depth"], "m"), (schedule.facts["pause"].type, "minutes")):
        assert isinstance(type_, Simple)
        assert type_.unit == unit


def test_a_bare_word_of_a_formula_is_settled(schedule: Schedule) -> None:
    (kept,) = (check for check in schedule.checks[3].cases or () if check == "slow")
    assert kept == "slow"
    inner = (schedule.checks[3].cases or {})["dead"][0].condition
    assert inner is not None
    assert inner.tree == Comparison(0, (Name(0, "version"), Literal(11, "new", OneOf(("old", "new")))), ("==",))


def test_a_let_may_be_a_list_by_category(schedule: Schedule) -> None:
    hint = schedule.lets["hint"].value
    assert isinstance(hint, Switch)
    assert tuple(hint.cases) == ("slow", "dead")
    assert hint.otherwise is not None


def test_a_table_asks_each_key_and_gives_each_result(schedule: Schedule) -> None:
    band = schedule.tables["band"]
    assert isinstance(band, Table)
    assert band.gives["reason"] == OneOf(("near", "far"))
    near, far, gap = band.rows
    assert near.cells == (Interval(None, False, Decimal(5000), True), Words(("city",)), AnyCell(), Words((True,)))
    assert near.gives == (Decimal(10), Decimal(50), timedelta(hours=2), "a", "near")
    assert far.cells == (AnyCell(), Words(("city", "land")), Interval(Decimal(3), True, Decimal(3), True), AnyCell())
    assert far.gives[2] == timedelta(minutes=90)
    assert gap.cells[0] == Interval(Decimal(5000), True, Decimal(9000), False)
    assert (gap.gives[0], gap.place.line) == (Unknown("no_rate"), 41)


def test_a_table_of_dates_begins_each_row_at_its_day(schedule: Schedule) -> None:
    rate = schedule.tables["rate"]
    assert isinstance(rate, DatedTable)
    assert [(row.begins, row.gives) for row in rate.rows] == [
        (date(2020, 1, 1), (Decimal(5),)),
        (date(2025, 1, 1), (Unknown("no_rate_for_date"),)),
    ]


def test_each_check_says_what_it_does(schedule: Schedule) -> None:
    first, need, excluded, by, last = schedule.checks
    assert first.then is not None
    assert (first.then.outcome, first.then.reason, first.then.pay, first.place.line) == (
        "not_owed",
        "not_in_force",
        None,
        51,
    )
    assert need.need == ("kind", "reported_at")
    assert (excluded.excluded_by, excluded.together) == (("storm",), "careful")
    slow = (by.cases or {})["slow"][0].then
    assert slow is not None
    assert slow.promise == "kept"
    assert slow.again is not None
    assert slow.again.text == "add_workdays(anchor, 2)"
    assert slow.severity is not None
    assert by.otherwise is not None
    assert by.otherwise[0].then is not None
    assert by.otherwise[0].then.reason == "strange-case"
    assert last.then is not None
    assert not isinstance(last.then.reason, str)
    assert last.then.reason.text == "band.reason"


def test_what_comes_after_the_checks_is_read_too(schedule: Schedule) -> None:
    assert schedule.additions[0].reason == "missed-visits"
    assert (schedule.remedy.form, schedule.remedy.equal) == ("credit", ("refund",))
    assert [(one.form, one.worth.text) for one in schedule.alternatives] == [("voucher", "fee + 10 EUR")]


def test_an_example_holds_its_facts_as_they_would_be_sent(schedule: Schedule) -> None:
    (example,) = schedule.examples
    assert example.facts == {
        "kind": "dead",
        "fee": "30.00",
        "visits": "1",
        "area": None,
        "cuts": [{"from": "2026-02-02T10:00:00Z", "depth": "3"}],
        "on_line": True,
    }
    assert (example.as_of, example.now) == (date(2026, 2, 2), datetime(2026, 2, 4, 10, tzinfo=UTC))
    assert (example.expect.outcome, example.expect.amount, example.expect.severity) == ("owed", "10.00", 2)
    assert (example.expect.promise, example.expect.ongoing, example.expect.again) == ("broken", True, None)


def test_each_case_may_name_its_own_currency(read: Read) -> None:
    text = WRITTEN.replace("currency: EUR", "currency: {fact: coin}")
    text = text.replace("facts:\n", "facts:\n  coin: {one of: [EUR, BRL], means: the coin}\n", 1)
    text = text.replace("5 EUR * visits", "fee * visits").replace("fee + 10 EUR", "fee * 2")
    schedule = read(WRITTEN, text)
    assert (schedule.currency, schedule.currency_fact) == ("", "coin")
    assert schedule.facts["fee"].type == MoneyIn("")


BROKEN = {
    "an unknown section": ("zone: Europe", "zoen: Europe", "unknown name `zoen`: did you mean `zone`?"),
    "a missing section": ("ledger: remedy\n", "", "`ledger` is missing here"),
    "a head that is a list": ("ledger: remedy", "ledger: [remedy]", "a single value belongs here"),
    "a value left out": ("ledger: remedy", "ledger:", "the value is missing"),
    "a name of two words": ("schedule: broadband", "schedule: broad band", "`broad band` is no single word"),
    "versions without a name": ("{old: 2020-01-01, new: 2025-07-01}", "{}", "there is no version"),
    "working days without a calendar": ("workdays: DE/BY\n", "", "add `workdays: GB/ENG`"),
    "a calendar for nothing": ("again: \"add_workdays(anchor, 2)\", ", "", "no rule counts working days"),
    "an unknown ledger": ("ledger: remedy", "ledger: remedies", "did you mean `remedy`?"),
    "a currency that is none": ("currency: EUR", "currency: EUX", "`EUX` is no ISO 4217 currency code"),
    "a currency of no fact": ("currency: EUR", "currency: {fact: coin}", "no fact is called `coin`"),
    "a currency that is no word": ("currency: EUR", "currency: {fact: visits}", "`visits` is a count: a currency is"),
    "a zone that is none": ("Europe/Berlin", "Europe/Berln", "did you mean `Europe/Berlin`?"),
    "a zone that is a folder": ("Europe/Berlin", "Europe", "is no time zone"),
    "a calendar that is none": ("DE/BY", "DE/XX", "there is no calendar `DE/XX`"),
    "an anchor that is no date": ("local_date(reported_at)\nversions", "reported_at\nversions", "a date belongs here, and this is an instant"),
    "a version without a day": ("2025-07-01}", "2025}", "`2025` is no day of the calendar"),
    "versions that fall": ("2025-07-01}", "2019-07-01}", "each version begins later"),
    "a fact without a kind": ("{money: price of a month}", "{means: price}", "the fact `fee` has no kind"),
    "a fact of two kinds": ("{money: price of a month}", "{count: a, money: b}", "the fact `fee` has 2 kinds, count and money"),
    "a fact that says twice what it means": ("{money: price of a month}", "{money: price, means: price}", "stands behind its kind already"),
    "a fact of no words": ("[slow, dead, other]", "[other]", "the list is empty"),
    "entries of no kind": ("depth: m}", "depth: metres}", "`metres` is no kind of value: did you mean `minutes`?"),
    "entries without parts": ("{from: instant, to: instant, depth: m}", "{}", "a record names its parts"),
    "an entry's part that is a word of formulas": ("depth: m}", "if: m}", "`if` is no name"),
    "a default that cannot be written": ("means: what was measured}", "means: what was measured, default: [0]}", "cannot be written down here"),
    "a fact that is a word": ("{money: price of a month}", "money", "`fee: {date: what it means}`"),
    "a fact's unknown entry": ("default: 0}", "defalt: 0}", "unknown name `defalt`: did you mean `default`?"),
    "a comma in what a fact means": ("it works again,", "it works, again,", "around what has commas: `instant: \"it works, again\"`"),
    "an unknown source": ("source: complaint", "source: complaints", "did you mean `complaint`?"),
    "a default of another kind": ("paid before, default: 1.50", "paid before, default: 10%", "a sum in EUR belongs here: write it like `5 EUR`"),
    "a default that is no value": ("paid before, default: 1.50", "paid before, default: nothing", "`nothing` is no value, and a sum in EUR belongs here"),
    "optional and a default": ("optional: yes", "default: city, optional: yes", "keep `optional` or `default`"),
    "a bearer of no proof": ("{money: price of a month}", "{money: price, by: house}", "only a proof has somebody who must bring it"),
    "an optional proof": ("{proof: all care was taken,", "{proof: all care, optional: yes,", "absent is not proved"),
    "an end that is a sum": ("{money: price of a month}", "{money: price, ends: yes}", "only an instant or a date can be the end"),
    "causes of no incident": ("source: incident, ", "", "causes are those of an incident"),
    "a word twice": ("[slow, dead, other]", "[slow, dead, slow]", "`slow` is named twice"),
    "a word with a hyphen": ("[slow, dead, other]", "[too-slow, dead, other]", "`too-slow` cannot be a word"),
    "a reserved name": ("  days:  local", "  now:  local", "`now` has a meaning of its own"),
    "a name with a hyphen": ("  days:  local", "  days-off:  local", "`days-off` is no name"),
    "two things of one name": ("  share: ", "  fee: ", "`fee` stands for something already, on line 15"),
    "a formula without quotes": ('share: "10% if kind == slow else 20%"', "share: [a for b in c]", "needs quotes"),
    "a list by nothing": ("    by: kind\n    slow: 1", "    slow: 1", "`by: FACT`, then a line for each word"),
    "a list by category in a formula's place": ("pay: share * fee * days", "pay: {by: kind, slow: 1 EUR, else: 2 EUR}", "give a list by category a name under `let`"),
    "a list by category without any": ("    slow: 1\n    dead: 2\n", "", "no word has its line"),
    "a case of no word": ("    slow: 1", "    slwo: 1", "`kind` never is `slwo`: did you mean `slow`?"),
    "cases of two kinds": ("    dead: 2", "    dead: 2 EUR", "this is a sum in EUR, and the case before it a count"),
    "a flag in other words": ("any, true, 10", "any, yes, 10", "write `true`, `false` or `any`"),
    "a table that gives nothing": ("gives: {day: money}", "gives: {}", "the table gives nothing"),
    "a table without rows": ("    rows:\n      - [2020-01-01, 5]\n      - [2025-01-01, unknown no_rate_for_date]\n", "    rows: []\n", "the table has no rows"),
    "a row that is no list": ("      - [2020-01-01, 5]\n", "      - 2020-01-01\n", "a list of cells belongs here"),
    "a row that is short": ("a, near]", "near]", "the row has 8 cells and needs 9: 4 for the keys, then sum, most"),
    "a cell of another unit": ("<= 5 km", "<= 5 h", "asks for a duration, and its key `length` is a distance"),
    "a cell without a unit": ("<= 5 km", "<= 5", "like `3 km`"),
    "a cell of no word": ("km, city, any", "km, town, any", "`area` never is `town`"),
    "a word for a range": ("<= 5 km", "near", "before a value like `1500 km`"),
    "a cell for all the others": ("[city, land], 3", "other, 3", "write `any` for all the others"),
    "a range the wrong way": ('">= 5 km and < 9 km"', '"< 9 km and >= 5 km"', "`>= 1 h and < 3 h`"),
    "a range of two kinds": ('">= 5 km and < 9 km"', '">= 5 km and < 9 h"', "both must be of one kind"),
    "a gap without a reason": ("unknown no_rate,", "unknown,", "`unknown no_rate_for_date`"),
    "a result of another kind": ("any, true, 10, 50%", "any, true, 10, 50", "a percent belongs here: write it like `10%`"),
    "a result of no word": ("2, a, near", "2, c, near", "`c` is none of the words: there is `a`, `b`"),
    "a table with two keys": ("    from: anchor\n", "    from: anchor\n    by: [visits]\n", "keep one"),
    "a table by an instant": ("from: anchor", "from: reported_at", "a date belongs here"),
    "a row that begins at no day": ("[2025-01-01, unknown", "[2025, unknown", "`2025` is no day of the calendar"),
    "a result that is unknown": ("pay: band.sum", "pay: band.sums", "did you mean `sum`?"),
    "a sum without a currency": ("pay: share * fee * days", "pay: days", "a sum in EUR belongs here"),
    "a severity out of bounds": ("severity: 1}", "severity: 5}", "from 1 (slight) to 4 (gravest)"),
    "a condition that is none": ("{if: anchor < 2020-01-01,", "{if: days,", "a condition belongs here, and this is a number"),
    "an unknown outcome": ("then: owed dead", "then: oweed dead", "did you mean `owed`?"),
    "an outcome without a reason": ("then: owed dead", "then: owed", "why is missing"),
    "a reason twice": ("then: owed dead", "then: owed dead, reason: band.reason", "the reason stands twice"),
    "a sum for a reason": ("then: owed dead", "then: owed 5 EUR", "what is paid goes under `pay: 5 EUR`"),
    "a sum without its currency": ("pay: band.sum", "pay: 50", "a sum in EUR belongs here, and this is a count: write `50 EUR`"),
    "a reason of two words": ("then: owed dead", "then: owed really dead", "write `then: owed really_dead`"),
    "a reason that is a sum": ("reason: band.reason", "reason: band.sum", "a word belongs here"),
    "a sum that nobody gets": ("then: not_owed not_in_force", "then: not_owed not_in_force, pay: fee", "with `not_owed` nothing is paid"),
    "a promise that is none": ("promise: kept", "promise: keep", "`kept`"),
    "a check of two things": ("- need: [kind, reported_at]", "- {need: kind, then: owed x}", "a check does one thing"),
    "a check of nothing": ("- need: [kind, reported_at]", "- {if: days > 2}", "does not say what follows"),
    "a check that is unknown": ("- need: [kind, reported_at]", "- {ned: kind}", "did you mean `need`?"),
    "a need of nothing": ("- need: [kind, reported_at]", "- need: []", "the list is empty"),
    "a list without checks": ("  - need: [kind, reported_at]\n", "  - {if: days > 1, checks: []}\n", "the list of checks is empty"),
    "a list by category of nothing": ("  - need: [kind, reported_at]\n", "  - {by: kind, else: [{then: owed x}]}\n", "no word of `kind` has its list: add `slow:`"),
    "checks without a list": ("  - need: [kind, reported_at]\n", "  - {if: days > 1, checks: kind}\n", "a list of checks belongs here"),
    "a check that is a word": ("  - need: [kind, reported_at]\n", "  - kind\n", "named entries belong here"),
    "a check's unknown entry": ("with: careful", "wiht: careful", "did you mean `with`?"),
    "a need of a let": ("need: [kind, reported_at]", "need: [days]", "name the fact that it rests on"),
    "a need of nothing known": ("need: [kind, reported_at]", "need: [kinds]", "did you mean `kind`?"),
    "a need of a proof": ("need: [kind, reported_at]", "need: [storm]", "a proof that is absent is not proved"),
    "a need of what has a default": ("need: [kind, reported_at]", "need: [visits]", "`visits` is never missing, since it has a default"),
    "an exclusion that is no proof": ("[storm], with", "[visits], with", "`visits` is a count and no proof"),
    "an exclusion twice": ("[storm], with", "[storm, storm], with", "`storm` is named twice"),
    "a list for no word": ("    dead:\n      - if", "    ded:\n      - if", "`kind` never is `ded`: did you mean `dead`?"),
    "a comma without quotes": ('{if: "min(days, 3) > 2", then', "{if: min(days, 3) > 2, then", '`3) > 2` stands behind a comma: put quotes around what has commas: `if: "min(days, 3) > 2"`'),
    "an addition that is no sum": ("add: 5 EUR * visits", "add: visits", "a sum in EUR belongs here"),
    "an example without an answer": ("reason: dead, promise", "promise", "`reason` is missing here"),
    "an example's answer that is none": ("amount: 10.00", "amount: ten", "`ten` is no sum"),
    "two examples of one name": ("  - name: two days\n", "  - {name: two days, facts: {}, expect: {outcome: not_owed, reason: x}}\n  - name: two days\n", "is there already, on line"),
    "an example's moment without a zone": ("T10:00:00Z\n", "T10:00:00\n", "write it with its offset"),
}  # fmt: skip


ELSEWHERE = {
    "working days without a calendar": "\n      - {if: days < 2",
    "a calendar for nothing": "workdays",
    "two examples of one name": "    as_of",
    "a list by category without any": "    by: kind\n    slow",
    "a table without rows": "    rows:\n      - [2020",
}
"""Where what is wrong is told of, if that is not where the change begins."""


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_refused_with_its_line_and_the_fix(name: str, read: Read, file: Path) -> None:
    before, after, said = BROKEN[name]
    where = ELSEWHERE.get(name, before)
    line = 1 if name == "a missing section" else WRITTEN[: WRITTEN.index(where)].count("\n") + 1
    with pytest.raises(Misconfigured) as caught:
        read(before, after)
    found = str(caught.value).removeprefix(f"{file}:")
    assert found.startswith(f"{line}: "), found
    assert said in found
    assert "\n" not in found


def test_a_sum_that_is_owed_is_said_somewhere(read: Read) -> None:
    with pytest.raises(Misconfigured, match="`owed` does not say how much: add `pay:` here"):
        read(
            WRITTEN,
            WRITTEN.replace("pay: share * fee * days\n", "").replace(
                "then: owed dead, pay: rate.day * days", "then: owed dead"
            ),
        )


def test_checks_inside_of_checks_have_an_end(read: Read) -> None:
    deep = "- {then: owed x}"
    for _ in range(15):
        deep = "- if: days > 1\n  checks:\n" + "\n".join(f"    {line}" for line in deep.splitlines())
    with pytest.raises(Misconfigured, match="checks inside of checks"):
        read("  - need: [kind, reported_at]", "\n".join(f"  {line}" for line in deep.splitlines()))


@pytest.mark.parametrize("upwards", [True, False])
def test_lets_that_rest_on_each_other_without_end_are_refused(read: Read, *, upwards: bool) -> None:
    steps = [f"  step_{n}: step_{n - 1} + 1" for n in range(1, 500)]
    steps.insert(0, "  step_0: visits")
    lets = "\n".join(steps if upwards else reversed(steps))
    with pytest.raises(Misconfigured, match="levels of other formulas" if upwards else "too deeply"):
        read("let:\n", f"let:\n{lets}\n")


def test_a_schedule_is_read_in_some_thirty_milliseconds(read: Read, file: Path) -> None:
    read("", "")
    took = []
    for _ in range(5):
        begun = perf_counter()
        read_schedule(file)
        took.append(perf_counter() - begun)
    assert min(took) < 0.1


PIECES = re.findall(r"\w+|\s+|[^\w\s]", WRITTEN)


@given(st.randoms(use_true_random=False), st.integers(1, 4))
def test_any_file_reads_or_is_refused_with_its_line(
    tmp_path_factory: pytest.TempPathFactory, chance: random.Random, changes: int
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    pieces = list(PIECES)
    for _ in range(changes):
        here, there = chance.randrange(len(pieces)), chance.randrange(len(pieces))
        if chance.random() < 0.3:
            del pieces[here]
        else:
            pieces[here] = pieces[there]
    file.write_text("".join(pieces))
    try:
        read_schedule(file)
    except Misconfigured as wrong:
        assert re.match(rf"{re.escape(str(file))}:[0-9]+: [^\n]+$", str(wrong))  # noqa: PT017  # both ways are right
