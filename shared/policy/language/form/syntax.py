"""A rule as it is written, taken apart: what the parser gives, the checker proves and the evaluator runs.

Every part knows its column (`at`, counted from 0 in the text of its formula), so that an error points at the word.
"""

from dataclasses import dataclass
from typing import NoReturn

from shared.policy.language.form.types import Type
from shared.policy.language.form.values import Value
from shared.policy.tree import Place

SHOWN = 60
"""Letters of a formula that an error shows."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value with its unit: `5 EUR`, `10%`, `3 h`, `1500 km`, `2021-12-01`, `2021-12`, `true`, `4`, `none`.

    `none` is the value None of type `OneOf(("none",))`: no word at all, as `first_proved` gives where nothing is.
    """

    at: int
    value: Value
    type: Type


@dataclass(frozen=True, slots=True)
class Name:
    """A fact, a `let`, a table, `anchor`, `version`, `now`, the entry of a comprehension, or else a code as it stands."""

    at: int
    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """`band.sum`, `episode.from`."""

    at: int
    of: "Node"
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """One of the closed list of functions."""

    at: int
    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Negative:
    """`-x`."""

    at: int
    of: "Node"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left operator right`, one of + - * /."""

    at: int
    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`a < b <= c`: one operator (== != < <= > >=) fewer than operands."""

    at: int
    operands: tuple["Node", ...]
    operators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Among:
    """`x in [a, b]`."""

    at: int
    item: "Node"
    choices: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`not x`."""

    at: int
    of: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """`a and b and c`: false when any side is known false, wherever it stands."""

    at: int
    sides: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """`a or b or c`: true when any side is known true, wherever it stands."""

    at: int
    sides: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """`then if condition else otherwise`."""

    at: int
    condition: "Node"
    then: "Node"
    otherwise: "Node"


@dataclass(frozen=True, slots=True)
class Gathering:
    """`[result for variable in source if condition]`."""

    at: int
    result: "Node"
    variable: str
    source: "Node"
    condition: "Node | None"


Node = Literal | Name | Field | Call | Negative | Arithmetic | Comparison | Among | Not | And | Or | Choice | Gathering


@dataclass(frozen=True, slots=True)
class Formula:
    """One formula of a file: where it stands, its text, and its parts."""

    place: Place
    text: str
    tree: Node

    def refuse(self, at: int, wrong: str) -> NoReturn:
        """Raises Misconfigured with file, line, column, the formula's text from column `at` on, and what is wrong."""
        refuse(self.place, self.text, at, wrong)


def refuse(place: Place, text: str, at: int, wrong: str) -> NoReturn:
    """Raises Misconfigured for the formula `text`, of which something from column `at` on (from 0) is wrong.

    An analyst counts columns from 1; a long formula is shown as far as the eye needs it.
    """
    rest, before = " ".join(text[at:].split()), " ".join(text[:at].split())
    shown = rest if len(rest) <= SHOWN else f"{rest[:SHOWN]}…"
    where = f"`{shown}`" if rest else f"the end of `{before[-SHOWN:]}`"
    place.refuse(f"column {at + 1}, {where}: {wrong}")
