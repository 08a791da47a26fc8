"""Which words a formula can come to: what tables and lists by category must have a row for."""

from collections.abc import Iterable

from shared.policy.language.form.schedule import DatedTable, Schedule, Switch, Table, Unknown
from shared.policy.language.form.syntax import (
    Among,
    And,
    Call,
    Choice,
    Comparison,
    Field,
    Formula,
    Literal,
    Name,
    Node,
    Not,
    Or,
)
from shared.policy.language.form.types import FLAG, PROOF, OneOf

Word = str | bool | None


Domain = frozenset[Word]
"""All that it can be; None: no word at all. A word that an open list does not name is `other`."""

ASKING = frozenset(("known", "ongoing", "proved", "any", "all", "is_workday"))
FLAGS: Domain = frozenset((True, False))
PROOFS: Domain = frozenset(("proved", "asserted", "unknown"))


def domain_of(schedule: Schedule, node: Node) -> Domain | None:
    """The words that it can be; None where it is a quantity, a date or an instant."""
    match node:
        case Name(name=name):
            return _of_name(schedule, name)
        case Literal(value=bool() | str() | None as value):
            return frozenset((value,))
        case Not() | And() | Or() | Comparison() | Among():
            return FLAGS
        case Choice(then=then, otherwise=otherwise):
            return _either(schedule, (then, otherwise))
        case Call(function="first_proved", arguments=proofs):
            return frozenset((None, *(proof.name for proof in proofs if isinstance(proof, Name))))
        case Call(function=function):
            return FLAGS if function in ASKING else None
        case Field(of=Name(name=name), name=result) if name in schedule.tables:
            return _of_result(schedule.tables[name], result)
        case _:
            return None


def _of_name(schedule: Schedule, name: str) -> Domain | None:
    if name == "version":
        return frozenset(schedule.versions)
    if name in schedule.lets:
        return _either(schedule, _values(schedule.lets[name].value))
    if name not in schedule.facts:
        return None if name in ("anchor", "now") else frozenset((name,))
    match schedule.facts[name].type:
        case OneOf(words=words, open=open_):
            return frozenset((*words, *(("other",) if open_ else ())))
        case type_:
            return FLAGS if type_ == FLAG else PROOFS if type_ == PROOF else None


def _values(value: Formula | Switch) -> tuple[Node, ...]:
    if isinstance(value, Formula):
        return (value.tree,)
    ways = [*value.cases.values(), *([value.otherwise] if value.otherwise else [])]
    return tuple(way.tree for way in ways)


def _either(schedule: Schedule, nodes: Iterable[Node]) -> Domain | None:
    """All that any of these can be."""
    domains = [domain_of(schedule, node) for node in nodes]
    found = [domain for domain in domains if domain is not None]
    return frozenset().union(*found) if len(found) == len(domains) else None


def _of_result(table: Table | DatedTable, result: str) -> Domain | None:
    column = list(table.gives).index(result)
    given = [row.gives[column] for row in table.rows]
    values = [one for one in given if not isinstance(one, Unknown)]
    if not all(isinstance(value, str | bool) for value in values):
        return None
    return frozenset(value for value in values if isinstance(value, str | bool))
