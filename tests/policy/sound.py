"""The good schedule with some passages written differently, for whoever asks what that changes."""

from collections.abc import Mapping
from pathlib import Path

from shared.policy.language.form.schedule import Schedule
from shared.policy.language.reading.read import read_schedule

GOOD = Path(__file__).parent / "broken" / "good.yaml"


def altered(folder: Path, changes: Mapping[str, str]) -> Schedule:
    """The good schedule, each passage (which stands there once) replaced."""
    text = GOOD.read_text()
    for before, after in changes.items():
        assert text.count(before) == 1, f"{before!r} is there {text.count(before)} times"
        text = text.replace(before, after)
    file = folder / "altered.yaml"
    file.write_text(text)
    return read_schedule(file)
