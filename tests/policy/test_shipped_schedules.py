"""Every schedule that is shipped: sound, right for each of its cases, and with enough of them to notice any slip."""

import pytest

from shared.policy.language.form.schedule import Example
from shared.policy.language.judging.compile import compile_schedule
from shared.policy.language.proving.examples import apart_from
from shared.policy.language.proving.proofs import prove
from shared.policy.language.testing.library import Shelved, read_library
from shared.policy.language.testing.trials import read_known, trials
from shared.policy.language.testing.vectors import judge
from tests.policy.shelf import FILES, POLICY


@pytest.fixture(scope="module")
def library() -> dict[str, Shelved]:
    return read_library(POLICY)


def cases(shelved: Shelved) -> list[Example]:
    return [*shelved.schedule.examples, *(vector.case for vector in shelved.vectors)]


@pytest.mark.parametrize("name", FILES)
def test_a_shipped_schedule_is_sound_and_nothing_in_it_is_dead(library: dict[str, Shelved], name: str) -> None:
    schedule = library[name].schedule
    assert prove(schedule, compile_schedule(schedule)) == ()


@pytest.mark.parametrize("name", FILES)
def test_a_shipped_schedule_comes_to_what_its_cases_say(library: dict[str, Shelved], name: str) -> None:
    compiled = compile_schedule(library[name].schedule)
    apart = {case.name: apart_from(case.expect, judge(compiled, case)) for case in cases(library[name])}
    assert len(apart) >= 5
    assert not any(apart.values()), apart


@pytest.mark.parametrize("name", FILES)
def test_the_cases_of_a_shipped_schedule_notice_every_slip(library: dict[str, Shelved], name: str) -> None:
    schedule = library[name].schedule
    tried = list(trials(schedule, cases(library[name]), read_known(schedule.place.file)))
    assert tried
    assert [f"{one.mutant.place.line}: {one.mutant.says}" for one in tried if one.end == "survived"] == []


def test_vectors_lie_beside_the_schedule_that_they_name(library: dict[str, Shelved]) -> None:
    for name, shelved in library.items():
        assert {vector.schedule for vector in shelved.vectors} <= {name}
