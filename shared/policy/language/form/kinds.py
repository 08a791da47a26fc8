"""Of which type each part of a formula is, for a schedule that was checked: what a share is taken of, what is added up."""

from collections.abc import Mapping

from shared.policy.language.form.operators import joined, result
from shared.policy.language.form.schedule import Schedule, Switch
from shared.policy.language.form.signatures import SIGNATURES
from shared.policy.language.form.syntax import (
    Arithmetic,
    Call,
    Choice,
    Field,
    Gathering,
    Literal,
    Name,
    Negative,
    Node,
)
from shared.policy.language.form.types import (
    DATE,
    DISTANCE,
    DURATION,
    FLAG,
    INSTANT,
    NUMBER,
    ListOf,
    MoneyIn,
    OneOf,
    Record,
    Type,
)

Bound = Mapping[str, Type]


class Kinds:
    """The types of one schedule's parts."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._known: dict[str, Type] = {"anchor": DATE, "now": INSTANT, "version": OneOf(tuple(schedule.versions))}
        self._known |= {name: Record(table.gives) for name, table in schedule.tables.items()}
        self._known |= {name: fact.type for name, fact in schedule.facts.items()}

    def of(self, node: Node, bound: Bound) -> Type:
        """The type of a part; `bound`: the types of the entries' names around it."""
        match node:
            case Literal(type=type_):
                return type_
            case Name(name=name):
                return bound.get(name) or self._named(name)
            case Field(of=of, name=name):
                record = self.of(of, bound)
                return record.fields[name] if isinstance(record, Record) else record
            case Negative(of=of):
                return self.of(of, bound)
            case Choice(then=then, otherwise=otherwise):
                return joined(self.of(then, bound), self.of(otherwise, bound)) or NUMBER
            case Call(function=function, arguments=arguments):
                types = tuple(self.of(one, bound) for one in arguments)
                names = tuple(one.name if isinstance(one, Name) else "" for one in arguments)
                return SIGNATURES[function].fit(types, names) or NUMBER
            case Gathering(result=gathered, variable=variable, source=source):
                return ListOf(self.of(gathered, {**bound, variable: self.entry(source, bound)}))
            case Arithmetic(operator=operator, left=left, right=right):
                return result(operator, self.of(left, bound), self.of(right, bound)) or NUMBER
            case _:
                return FLAG

    def entry(self, source: Node, bound: Bound) -> Type:
        """The type of the entries of a list."""
        found = self.of(source, bound)
        return found.item if isinstance(found, ListOf) else found

    def _named(self, name: str) -> Type:
        if name in self._known:
            return self._known[name]
        if name not in self._schedule.lets:
            return OneOf((name,))
        self._known[name] = NUMBER  # a circle is refused elsewhere, and must not run for ever here
        value = self._schedule.lets[name].value
        first = next(iter(value.cases.values())) if isinstance(value, Switch) else value
        self._known[name] = self.of(first.tree, {})
        return self._known[name]


def is_measure(type_: Type) -> bool:
    """Whether a share can be taken of it: a sum, a distance, a duration."""
    return isinstance(type_, MoneyIn) or type_ in (DISTANCE, DURATION)
