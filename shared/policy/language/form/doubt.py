"""What is probably wrong in a schedule, and stops nothing."""

from dataclasses import dataclass

from shared.policy.tree import Place


@dataclass(frozen=True, slots=True)
class Doubt:
    """A warning with its place; as text it is one line, `file:line: …`."""

    place: Place
    text: str

    def __str__(self) -> str:
        return f"{self.place.file}:{self.place.line}: {self.text}"
