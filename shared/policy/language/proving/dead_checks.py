"""Checks that decide no case among many that were drawn: probably dead, and their author should know."""

from collections.abc import Iterable, Iterator
from random import Random

from shared.policy.language.form.doubt import Doubt
from shared.policy.language.form.evaluation import Given
from shared.policy.language.form.schedule import Check, Schedule
from shared.policy.language.form.walk import checks_of, names_of_check, reached, rests_of
from shared.policy.language.judging.compile import Compiled
from shared.policy.language.judging.evaluate import evaluate
from shared.policy.language.proving.drawn_cases import ANY_DAY, Case, Drawer

DRAWS = 8_000
"""About a second of judging. In every schedule that we know each check was met within a tenth of these."""
SEED = 58
"""Any will do, as long as the same file always raises the same doubts."""
FROM_NOTHING = 0.2
"""How often a case is drawn from nothing, rather than from one that came close."""
ON_PURPOSE = 0.7
"""How often only the facts of the line that it came to are drawn again, rather than any."""


def find_dead_checks(schedule: Schedule, compiled: Compiled, draws: int = DRAWS) -> tuple[Doubt, ...]:
    """The checks that held for none of so many drawn cases; stops as soon as each has held once."""
    hunt = _Hunt(schedule, compiled)
    for _ in range(draws):
        if not hunt.wanted:
            return ()
        hunt.judge(hunt.next_case())
    return tuple(_doubts(schedule.checks, set(hunt.wanted), draws))


class _Hunt:
    """Looks for cases for which the checks hold that have not held yet.

    `wanted`: their lines. `close`: for each line the last case that came there. Varied in the facts that the line rests
    on, it sooner leads further than a case drawn from nothing.
    """

    def __init__(self, schedule: Schedule, compiled: Compiled) -> None:
        self._compiled = compiled
        self._drawer, self._random = Drawer(schedule, SEED), Random(SEED)
        self._close: dict[int, Case] = {}
        checks = list(checks_of(schedule.checks))
        self.wanted = {check.place.line: None for check in checks if _can_hold(check)}
        rests = rests_of(schedule)
        self._behind = {check.place.line: reached(rests, names_of_check(check)) for check in checks}
        for example in schedule.examples:
            self.judge(Case(example.as_of or ANY_DAY, example.now, example.facts))

    def judge(self, case: Case) -> None:
        """Which checks hold for the case, and how far it comes."""
        facts = {name: Given(value) for name, value in case.facts.items() if value is not None}
        found = evaluate(self._compiled, facts, so_far=case.now)
        for step in found.trace:
            self._close[step.line] = case
            if step.result == "holds":
                self.wanted.pop(step.line, None)

    def next_case(self) -> Case:
        """A case that may lead to a check that is wanted."""
        line = self._random.choice(list(self.wanted))
        way_there = [one for one in self._close if one <= line and one in self._behind]
        if not way_there or self._random.random() < FROM_NOTHING:
            return self._drawer.new()
        last = max(way_there)
        names = self._behind[last] if self._random.random() < ON_PURPOSE else ()
        return self._drawer.like(self._close[last], names)


def _can_hold(check: Check) -> bool:
    return bool(check.then or check.excluded_by or (check.checks and check.condition))


def _doubts(checks: Iterable[Check], dead: set[int], draws: int) -> Iterator[Doubt]:
    """One for each dead check; what stands inside of a dead one is dead with it."""
    for check in checks:
        if check.place.line in dead:
            yield Doubt(
                check.place,
                f"this check held in none of {draws} cases drawn from the file's own numbers: "
                "see whether an earlier check takes its cases, or whether its bounds exclude each other",
            )
        else:
            for list_ in (check.checks, *(check.cases or {}).values(), check.otherwise or ()):
                yield from _doubts(list_, dead, draws)
