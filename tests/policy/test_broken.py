"""Every mistake that an author makes is refused at its line, with the fix, before it judges anybody."""

import re
from difflib import SequenceMatcher
from pathlib import Path
from time import process_time

import pytest

from shared.errors import Misconfigured
from shared.policy.language.form.doubt import Doubt
from shared.policy.language.judging.compile import compile_schedule
from shared.policy.language.proving.dead_checks import find_dead_checks
from shared.policy.language.proving.proofs import prove
from shared.policy.language.reading.read import read_schedule

BROKEN = Path(__file__).parent / "broken"
GOOD = BROKEN / "good.yaml"
FILES = sorted(set(BROKEN.glob("*.yaml")) - {GOOD})
WHOLE = {"empty", "a-list-of-schedules", "not-utf-8", "another-format"}
"""Files that are broken as a whole, and not a good one with a mistake."""


def told(file: Path) -> tuple[int, list[str]]:
    """The line and the parts of the message that the file's first line announces; `…` stands for anything."""
    first = file.read_bytes().split(b"\n", 1)[0].decode("latin-1" if file.stem == "not-utf-8" else "utf-8")
    found = re.fullmatch("# line ([0-9]+): (.+)", first)
    assert found, f"{file.name} begins with `# line N: what the message says`"
    return int(found[1]), [part.strip() for part in found[2].split("…")]


def load(file: Path) -> tuple[Doubt, ...]:
    schedule = read_schedule(file)
    return prove(schedule, compile_schedule(schedule))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
def test_a_mistake_is_refused_at_its_line_with_the_fix(file: Path) -> None:
    line, parts = told(file)
    with pytest.raises(Misconfigured) as caught:
        load(file)
    message = str(caught.value)
    assert message.startswith(f"{file}:{line}: ")
    assert re.search(".*".join(map(re.escape, parts)), message), message
    assert "\n" not in message, "the refusal is one line"


@pytest.mark.parametrize("file", [file for file in FILES if file.stem not in WHOLE], ids=lambda file: str(file.stem))
def test_a_broken_file_is_the_good_one_with_one_mistake(file: Path) -> None:
    good, broken = (one.read_text().splitlines()[1:] for one in (GOOD, file))
    changes = [change for change in SequenceMatcher(None, good, broken).get_opcodes() if change[0] != "equal"]
    assert len(changes) == 1
    ((_, first, last, begin, end),) = changes
    assert max(last - first, end - begin) <= 3


def test_the_good_file_is_sound_and_raises_no_doubt() -> None:
    schedule = read_schedule(GOOD)
    compiled = compile_schedule(schedule)
    assert prove(schedule, compiled) == ()
    assert find_dead_checks(schedule, compiled) == ()


def test_there_are_files_for_all_kinds_of_mistakes() -> None:
    assert len(FILES) >= 40
    messages = {tuple(told(file)[1]) for file in FILES}
    assert len(messages) > len(FILES) * 0.8


def test_a_schedule_is_read_and_proved_in_no_time() -> None:
    load(GOOD)
    begun = process_time()
    load(GOOD)
    assert process_time() - begun < 0.2
