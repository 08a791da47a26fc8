"""What holds of every schedule and every case: nothing is decided on what is hidden, and noise is only noise."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.policy.language.form.evaluation import Evaluation, Given
from shared.policy.language.form.schedule import Fact
from shared.policy.language.form.types import FLAG, PROOF
from shared.policy.language.judging.compile import Compiled, compile_schedule
from shared.policy.language.judging.evaluate import evaluate
from shared.policy.language.proving.drawn_cases import Drawer
from shared.policy.language.reading.read import read_schedule
from tests.policy.hand_made import answer, fact, facts_read
from tests.policy.shelf import FILES, ready

CASES = 150
CHOOSES_BY_WHAT_IS_KNOWN = {"eu261", "uk261"}
"""Their anchor is one fact, or else another: hiding the first may move the day, which is no decision of a check."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A case and what it came to."""

    compiled: Compiled
    facts: Mapping[str, Given]
    now: datetime | None
    found: Evaluation

    def with_facts(self, facts: Mapping[str, Given]) -> Evaluation:
        return evaluate(self.compiled, facts, as_of=self.found.as_of, so_far=self.now)


Judged = Callable[[str], list[Drawn]]


@pytest.fixture(scope="module")
def judged() -> Judged:
    """Some cases of a schedule, each time the same."""
    kept: dict[str, list[Drawn]] = {}

    def of(name: str) -> list[Drawn]:
        if name not in kept:
            kept[name] = _draw(name)
        return kept[name]

    return of


def _draw(name: str) -> list[Drawn]:
    compiled = ready(FILES[name])
    drawer = Drawer(compiled.schedule, 7)

    def draw() -> Drawn:
        case = drawer.new()
        facts = {name: Given(value, f"record of {name}") for name, value in case.facts.items() if value is not None}
        found = evaluate(compiled, facts, as_of=case.day, so_far=case.now)
        return Drawn(compiled, facts, case.now, found)

    return [draw() for _ in range(CASES)]


def decided(found: Evaluation) -> tuple[Any, ...]:
    return found.outcome, found.reason, found.amount, found.promise


def is_needed(declared: Fact, now: datetime | None) -> bool:
    """Whether the absence of the fact is no answer by itself."""
    stands_in = declared.optional or declared.has_default or declared.type == PROOF
    return not stands_in and not (declared.ends and now is not None)


@pytest.mark.parametrize("name", FILES)
def test_hiding_a_fact_turns_a_decision_only_into_cannot_tell(judged: Judged, name: str) -> None:
    hidden = 0
    for case in judged(name):
        declared = case.compiled.schedule.facts
        for one in facts_read(case.found):
            if one not in declared or not is_needed(declared[one], case.now):
                continue
            found = case.with_facts({other: given for other, given in case.facts.items() if other != one})
            same = found.outcome == "cannot_tell" or decided(found) == decided(case.found)
            assert same or name in CHOOSES_BY_WHAT_IS_KNOWN, (one, case.found, found)
            hidden += 1
    assert hidden > CASES / 2


@pytest.mark.parametrize("name", FILES)
def test_what_was_not_read_changes_nothing(judged: Judged, name: str) -> None:
    for case in judged(name):
        read = {one.fact for step in case.found.trace for one in step.reads}
        others = {
            one: Given("noise", "noise") for one in (*case.compiled.schedule.facts, "own_staff_strike", "entry e")
        }
        noise = {one: given for one, given in others.items() if one not in read}
        assert case.with_facts({**case.facts, **noise}) == case.found


@pytest.mark.parametrize("name", FILES)
def test_a_verdict_is_taken_again_from_its_trace(judged: Judged, name: str) -> None:
    for case in judged(name):
        assert case.with_facts(facts_read(case.found)) == case.found


@pytest.mark.parametrize("name", FILES)
def test_the_same_facts_get_the_same_answer_in_whatever_order_they_came(judged: Judged, name: str) -> None:
    again = compile_schedule(read_schedule(FILES[name]))
    for case in judged(name):
        turned = dict(reversed(list(case.facts.items())))
        found = evaluate(again, turned, as_of=case.found.as_of, so_far=case.now)
        assert msgspec.json.encode(found) == msgspec.json.encode(case.found)


@pytest.mark.parametrize("name", FILES)
def test_every_answer_can_be_told(judged: Judged, name: str) -> None:
    """Each has a reason, at least one step, a sum where its outcome has one, and a name for what is missing."""
    for case in judged(name):
        found = case.found
        assert found.reason
        assert found.trace
        assert (found.amount is None) == (found.outcome in {"cannot_tell", "invalid_offer"})
        assert not found.missing or (found.outcome, found.reason) == ("cannot_tell", "missing_fact")
        assert found.amount is None or found.amount >= 0
        lines = {step.line for step in found.trace}
        assert len(lines) == len(found.trace)


# ── logic ───────────────────────────────────────────────────────────────────────────────────────────────────────────

SIDES = ("a", "b", "c", "d")
States = Mapping[str, bool | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it is written, and how true it is: 0 false, 1 unknown, 2 true."""

    text: str
    truth: Callable[[States], int]


def side_of(name: str) -> Rule:
    return Rule(name, lambda state: {False: 0, None: 1, True: 2}[state[name]])


def denial(of: Rule) -> Rule:
    return Rule(f"not ({of.text})", lambda state: 2 - of.truth(state))


def least(*of: Rule) -> Rule:
    return Rule(" and ".join(f"({one.text})" for one in of), lambda state: min(one.truth(state) for one in of))


def greatest(*of: Rule) -> Rule:
    return Rule(" or ".join(f"({one.text})" for one in of), lambda state: max(one.truth(state) for one in of))


rules = st.recursive(
    st.sampled_from(SIDES).map(side_of),
    lambda inner: st.one_of(
        st.builds(denial, inner),
        st.builds(least, inner, inner),
        st.builds(greatest, inner, inner),
        st.builds(greatest, inner, inner, inner),
    ),
    max_leaves=8,
)
states = st.fixed_dictionaries({side: st.sampled_from([True, False, None]) for side in SIDES})
FLAGS = [fact(side, FLAG) for side in SIDES]


@given(rules, states)
def test_logic_of_three_values_is_that_of_the_least_and_the_greatest(rule: Rule, state: States) -> None:
    found, wanted = answer(FLAGS, rule.text, state), rule.truth(state)
    assert {"no": 0, "yes": 2}.get(found, 1) == wanted
    assert wanted != 1 or set(found.split()) <= {side for side, value in state.items() if value is None}


@given(rules, states, st.sampled_from(SIDES))
def test_a_rule_that_is_settled_stays_so_whatever_the_unknown_side_turns_out_to_be(
    rule: Rule, state: States, side: str
) -> None:
    before = answer(FLAGS, rule.text, {**state, side: None})
    if before in {"yes", "no"}:
        assert {answer(FLAGS, rule.text, {**state, side: value}) for value in (True, False)} == {before}
