"""Checks that decide no case among many that were drawn: probably dead, and their author should know."""

from collections.abc import Iterable, Iterator
from random import Random

from shared.policy.language.compile import Compiled
from shared.policy.language.doubt import Doubt
from shared.policy.language.drawn_cases import Case, Drawer
from shared.policy.language.evaluate import evaluate
from shared.policy.language.evaluation import Evaluation, Given
from shared.policy.language.schedule import Check, Schedule
from shared.policy.language.walk import checks_of

DRAWS = 20_000
"""About a second or two of judging; what no case of these meets is hard to meet at all."""
SEED = 58
"""Any will do, as long as the same file always raises the same doubts."""
KEPT_AGAIN = 0.7
"""How often a case is drawn again from one that came somewhere new, rather than from nothing."""


def find_dead_checks(schedule: Schedule, compiled: Compiled, draws: int = DRAWS) -> tuple[Doubt, ...]:
    """The checks that held for none of so many drawn cases; stops as soon as each has held once."""
    wanted = {check.place.line for check in checks_of(schedule.checks) if _can_hold(check)}
    for held in _lines_held(schedule, compiled, draws):
        wanted -= held
        if not wanted:
            return ()
    return tuple(_doubts(schedule.checks, wanted, draws))


def _can_hold(check: Check) -> bool:
    return bool(check.then or check.excluded_by or (check.checks and check.condition))


def _lines_held(schedule: Schedule, compiled: Compiled, draws: int) -> Iterator[set[int]]:
    """For each case that came somewhere new the lines that held. Such a case is varied again, which leads further."""
    drawer, random = Drawer(schedule, SEED), Random(SEED)
    seen: set[object] = set()
    kept: list[Case] = []
    for _ in range(draws):
        again = kept and random.random() < KEPT_AGAIN
        case = drawer.like(random.choice(kept)) if again else drawer.new()
        found = evaluate(compiled, {name: Given(value) for name, value in case.facts.items() if value is not None})
        new = _came_to(found) - seen
        if new:
            seen |= new
            kept.append(case)
            yield {step.line for step in found.trace if step.result == "holds"}


def _came_to(found: Evaluation) -> set[object]:
    """Where the case has been: each line with its result, and the answer."""
    return {(step.line, step.result) for step in found.trace} | {(found.outcome, found.reason)}


def _doubts(checks: Iterable[Check], dead: set[int], draws: int) -> Iterator[Doubt]:
    """One for each dead check; what stands inside of a dead one is dead with it."""
    for check in checks:
        if _can_hold(check) and check.place.line in dead:
            yield Doubt(
                check.place,
                f"this check held in none of {draws} cases drawn from the file's own numbers: "
                "see whether an earlier check takes its cases, or whether its bounds exclude each other",
            )
        else:
            for list_ in (check.checks, *(check.cases or {}).values(), check.otherwise or ()):
                yield from _doubts(list_, dead, draws)
