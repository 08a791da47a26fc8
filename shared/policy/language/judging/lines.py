"""A function in the making: its lines, the variables that they set, and the values that they name."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from string import ascii_lowercase
from types import CodeType
from typing import Any

from shared.policy.language.judging.case import Run

INLINE = (int, str, bool, type(None))


class Lines:
    """`variables` are a, b, c …; each is set once for each way through the lines."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.variables: list[str] = []
        self._values = dict(values)
        self._lines = ["def formula(case):"]
        self._indent = 1

    def __str__(self) -> str:
        return "\n".join(self._lines)

    def function(self) -> Run:
        """The lines, ready to run."""
        exec(_code(str(self)), self._values)  # noqa: S102 - made here; what a schedule says is in it only as repr()
        run: Run = self._values["formula"]
        return run

    def add(self, line: str) -> None:
        """One more line."""
        self._lines.append("    " * self._indent + line)

    def set(self, value: str) -> str:
        """A new variable of this value."""
        name = self.variable()
        self.add(f"{name} = {value}")
        return name

    def variable(self) -> str:
        """A new variable, which the lines that follow will set."""
        turn, letter = divmod(len(self.variables), len(ascii_lowercase))
        self.variables.append(f"{ascii_lowercase[letter]}{turn or ''}")
        return self.variables[-1]

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """The lines that are added within stand under this one."""
        self.add(head)
        self._indent += 1
        yield
        self._indent -= 1

    def value(self, value: Any, name: str = "value") -> str:
        """How the lines name a value: as it is written, or by a name of its own."""
        if type(value) in INLINE:
            return repr(value)
        while self._values.setdefault(name, value) is not value:
            name += "_"
        return name


@lru_cache(10_000)
def _code(text: str) -> CodeType:
    """Schedules that differ in one formula have the others in common."""
    return compile(text, "<formula>", "exec")
