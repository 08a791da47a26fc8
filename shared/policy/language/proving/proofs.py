"""What can be said of a schedule before it judges its first case: that it answers each, and comes to its own examples."""

from collections.abc import Iterator

from shared.policy.language.form.doubt import Doubt
from shared.policy.language.form.schedule import Schedule
from shared.policy.language.form.walk import all_formulas, names_in
from shared.policy.language.judging.compile import Compiled
from shared.policy.language.proving.examples import prove_examples
from shared.policy.language.proving.known import prove_known
from shared.policy.language.proving.names import prove_names
from shared.policy.language.proving.paths import prove_paths
from shared.policy.language.proving.tables import prove_tables


def prove(schedule: Schedule, compiled: Compiled) -> tuple[Doubt, ...]:
    """What is only probably wrong. Raises Misconfigured at the first thing that surely is, with file, line and fix.

    Quick enough for every start. The search for dead checks takes a second and stands apart (`find_dead_checks`).
    """
    for proof in (prove_names, prove_known, prove_paths, prove_tables):
        proof(schedule)
    prove_examples(schedule, compiled)
    return tuple(_doubts(schedule))


def _doubts(schedule: Schedule) -> Iterator[Doubt]:
    if not schedule.examples:
        yield Doubt(
            schedule.place,
            "no example says what the rules should come to, and nothing else finds a wrong fact or a wrong sign: "
            "add `examples:`",
        )
    if schedule.versions and "version" not in names_in(all_formulas(schedule)):
        yield Doubt(
            schedule.place, "no rule asks for the `version`, so that all versions say the same: see whether one should"
        )
