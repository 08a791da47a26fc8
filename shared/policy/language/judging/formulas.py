"""Rules made ready to run: each formula becomes a function of the case, once, when the policy is loaded."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from shared.policy.language.arithmetic.calendars import workdays
from shared.policy.language.arithmetic.computing import works
from shared.policy.language.form.kinds import Kinds
from shared.policy.language.form.schedule import DatedTable, Schedule, Switch, Table
from shared.policy.language.form.syntax import Formula, Node
from shared.policy.language.form.walk import formulas_of
from shared.policy.language.form.walk import names as names_in
from shared.policy.language.judging import names, tables
from shared.policy.language.judging.case import Run
from shared.policy.language.judging.lines import Lines
from shared.policy.language.judging.source import Source


class Formulas:
    """The formulas of one schedule; `names` says of each name what it stands for in a case."""

    def __init__(self, schedule: Schedule) -> None:
        zone = ZoneInfo(schedule.zone)
        self._schedule = schedule
        told = {*schedule.facts, *schedule.lets, *schedule.tables, "anchor", "now", "version"}
        does = works(zone, workdays(schedule.workdays) if schedule.workdays else None)
        self._source = Source(Kinds(schedule), told, does, lambda node: self._facts_in(node, set()))
        self.names: dict[str, Run] = {name: names.fact(one, zone) for name, one in schedule.facts.items()}
        self.names |= {"now": names.now, "version": names.version(schedule.versions)}
        self.names["anchor"] = names.anchor(self.run(schedule.anchor) if schedule.anchor else None)
        self.names |= {name: self._table(one) for name, one in schedule.tables.items()}
        self.names |= {
            name: names.let(name, one.place.line, self._value(one.value)) for name, one in schedule.lets.items()
        }

    def run(self, formula: Formula) -> Run:
        """The formula as a function of the case."""
        return self.lines(formula).function()

    def lines(self, formula: Formula) -> Lines:
        """The same function, to be read."""
        return self._source.lines(formula.tree)

    def stated(self, fact: str) -> Run:
        """The fact where somebody stated it; missing where it only stands so far."""
        return names.stated(self._schedule.facts[fact])

    def _value(self, value: Formula | Switch) -> Run:
        if isinstance(value, Formula):
            return self.run(value)
        cases = {word: self.run(one) for word, one in value.cases.items()}
        otherwise = self.run(value.otherwise) if value.otherwise else lambda _case: tables.NO_ROW
        return names.switch(self.run(value.by), cases, otherwise)

    def _table(self, declared: Table | DatedTable) -> Run:
        if isinstance(declared, DatedTable):
            return tables.dated(declared, self.run(declared.by))
        return tables.table(declared, tuple(self.run(one) for one in declared.by))

    def _facts_in(self, node: Node, seen: set[str]) -> Iterator[str]:
        """The facts that a value rests on, also by way of derived values."""
        for name in names_in(node):
            if name in seen:
                continue
            seen.add(name)
            if name in self._schedule.facts:
                yield name
            for formula in formulas_of(self._schedule.lets.get(name)):
                yield from self._facts_in(formula.tree, seen)
