"""What kinds of values the language knows: each sum has a currency, each length a unit, and nothing converts by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Simple:
    """`instant`, `date`, `month`, `duration`, `number`, `count`, `percent`, `flag`, `distance` or `proof`.

    A `count` is a number that is whole and not negative. `unit`: in which unit a fact or a cell of this type states a
    bare number (`km` or `m` of a distance; `minutes`, `hours` or `days` of a duration); two units are one type.
    """

    name: str
    unit: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class MoneyIn:
    """A sum of one currency: an ISO 4217 code, or "" for the currency that a fact of the case names."""

    currency: str

    def __str__(self) -> str:
        return f"money in {self.currency}" if self.currency else "money in the currency of the case"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One word of a list. `open`: a word that is not listed is one of the others, not an error."""

    words: tuple[str, ...]
    open: bool = False

    def __str__(self) -> str:
        return "one of " + ", ".join(self.words)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one type."""

    item: "Type"

    def __str__(self) -> str:
        return f"list of {self.item}"


@dataclass(frozen=True, slots=True)
class Record:
    """Named fields of one entry of a list, or the results of a table's row."""

    fields: Mapping[str, "Type"] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return "entry with " + ", ".join(self.fields)


Type = Simple | MoneyIn | OneOf | ListOf | Record

INSTANT = Simple("instant")
DATE = Simple("date")
MONTH = Simple("month")
DURATION = Simple("duration")
NUMBER = Simple("number")
COUNT = Simple("count")
PERCENT = Simple("percent")
FLAG = Simple("flag")
DISTANCE = Simple("distance")
PROOF = Simple("proof")

TIMES = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1), "days": timedelta(days=1)}
METRES = {"km": 1000, "m": 1}
"""The units in which a fact or a cell states a bare number."""
