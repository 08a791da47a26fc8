"""The schedules that are shipped, by their names: where they lie, and each read once."""

from functools import cache
from pathlib import Path

from shared.policy.language.judging.compile import Compiled, compile_schedule
from shared.policy.language.reading.read import read_schedule

POLICY = Path(__file__).resolve().parents[2] / "deploy" / "policy"
FILES = {file.stem: file for file in sorted((POLICY / "schedules").glob("*.yaml"))}


@cache
def ready(file: Path) -> Compiled:
    return compile_schedule(read_schedule(file))
