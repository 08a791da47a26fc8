"""A promise beside the complaints that it applies to: what can be worked out before any comes is worked out once."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.verifier.judging.failures import Fingerprint, fingerprints
from shared.events import Subject
from shared.policy.language.form.schedule import Fact
from shared.policy.language.judging.compile import Compiled
from shared.policy.policy import Application, Policy
from shared.policy.words import filed


@dataclass(frozen=True, slots=True)
class Row:
    """A promise where it applies.

    `measured`: the facts that it asks of operations' records, each by its own name and by theirs; `elsewhere`: those of
    all other sources. `fingerprint` tells one failure from another.
    """

    applies: Application
    schedule: Compiled
    categories: frozenset[str]
    measured: Mapping[str, str]
    elsewhere: tuple[Fact, ...]
    fingerprint: Fingerprint

    def meets(self, subject: Subject | None, jurisdiction: str | None, category: str) -> bool:
        """An empty cell holds for everything; a letter that does not say where it comes from is met by all places."""
        row = self.applies
        return (
            (row.kind is None or (subject is not None and subject.kind == row.kind))
            and (not row.jurisdictions or jurisdiction is None or jurisdiction in row.jurisdictions)
            and (not self.categories or category in self.categories)
        )


def rows_of(policy: Policy) -> tuple[Row, ...]:
    """Each row of the policy, in its order, with the schedule that it names."""
    return tuple(_row(one, policy.schedules[one.schedule]) for one in policy.applies.rows)


def _row(applies: Application, schedule: Compiled) -> Row:
    facts = schedule.schedule.facts.values()
    return Row(
        applies,
        schedule,
        categories=frozenset(map(filed, applies.categories)),
        measured={one.name: one.named or one.name for one in facts if one.source == "measurement"},
        elsewhere=tuple(one for one in facts if one.source != "measurement"),
        fingerprint=fingerprints(schedule.schedule),
    )
