"""The page about schedules tells the truth: its example is judged, and it names each kind, function and entry there is."""

import re
from pathlib import Path
from typing import get_args

import pytest

from shared.errors import Misconfigured
from shared.policy.language.form.schedule import Ending, Source
from shared.policy.language.form.signatures import SIGNATURES
from shared.policy.language.judging.compile import compile_schedule
from shared.policy.language.proving.proofs import prove
from shared.policy.language.reading.checks import KINDS as CHECKS
from shared.policy.language.reading.facts import KINDS, MORE
from shared.policy.language.reading.read import KEYS, read_schedule

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "schedules.md").read_text()
(EXAMPLE,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def section(name: str) -> str:
    return PAGE.split(f"\n## {name}\n")[1].split("\n## ")[0]


def test_the_example_is_a_sound_schedule(tmp_path: Path) -> None:
    file = tmp_path / "broadband.yaml"
    file.write_text(EXAMPLE)
    schedule = read_schedule(file)
    assert prove(schedule, compile_schedule(schedule)) == ()


def test_the_refusal_that_is_shown_is_the_one_that_comes(tmp_path: Path) -> None:
    file = tmp_path / "broadband.yaml"
    file.write_text(EXAMPLE.replace("if: visits > 0", "if: vists > 0"))
    with pytest.raises(Misconfigured) as caught:
        read_schedule(file)
    assert f"    schedules/{str(caught.value).removeprefix(f'{tmp_path}/')}\n" in PAGE


def test_each_function_stands_there_as_messages_write_it() -> None:
    written = set(re.findall(r"`(\w+\([^`]*\))`", section("Formulas")))
    assert written == {signature.usage.split("), ")[0].rstrip(")") + ")" for signature in SIGNATURES.values()}


@pytest.mark.parametrize("word", [*KINDS, *MORE, *get_args(Source)])
def test_each_kind_of_fact_and_what_it_may_have_stands_there(word: str) -> None:
    assert re.search(rf"`{word}\b", section("Facts"))


@pytest.mark.parametrize("word", sorted({*get_args(Ending), *(key for keys in CHECKS.values() for key in keys)}))
def test_each_entry_of_a_check_stands_there(word: str) -> None:
    assert re.search(rf"\b{word}\b", section("Checks"))


@pytest.mark.parametrize("key", KEYS)
def test_each_part_of_a_file_stands_there(key: str) -> None:
    assert re.search(rf"^{key}:|`{key}[:`]", PAGE, re.MULTILINE)
