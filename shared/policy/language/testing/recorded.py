"""Cases that were judged before, taken again from what their verdicts say that they rested on."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from shared.events import ClaimJudged, VerdictReached
from shared.policy.language.form.evaluation import Evaluation, Given
from shared.policy.language.judging.compile import Compiled
from shared.policy.language.judging.evaluate import evaluate
from shared.policy.tree import Place

JSON = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One claim of a complaint as it was judged, and the verdict that carries it."""

    verdict: VerdictReached
    claim: VerdictReached | ClaimJudged

    @property
    def schedule(self) -> str:
        """The name of the schedule by which it was judged."""
        return self.claim.schedule

    def judged_by(self, compiled: Compiled) -> Evaluation:
        """What this schedule says to the facts of the verdict, as of its moment."""
        facts = {name: Given(fact.value, fact.record) for name, fact in self.claim.facts.items()}
        paid = self.verdict.paid.currency if self.verdict.paid else None
        return evaluate(compiled, facts, as_of=self.claim.as_of, so_far=self.verdict.judged_as_of, currency=paid)


@dataclass(frozen=True, slots=True)
class OtherAnswer:
    """A recorded case that two texts of its schedule answer otherwise."""

    recorded: Recorded
    old: Evaluation
    new: Evaluation

    @property
    def difference(self) -> Decimal:
        """What the new text owes more (less: below zero)."""
        return (self.new.amount or Decimal(0)) - (self.old.amount or Decimal(0))


def recorded(verdicts: Iterable[VerdictReached]) -> Iterator[Recorded]:
    """The claims of the latest verdict on each complaint, as far as they carry the facts that they rest on."""
    latest = {(verdict.source, verdict.complaint): verdict for verdict in verdicts}
    for verdict in latest.values():
        for claim in verdict.claims or (verdict,):
            if claim.facts:
                yield Recorded(verdict, claim)


def other_answers(
    cases: Iterable[Recorded], old: Mapping[str, Compiled], new: Mapping[str, Compiled]
) -> Iterator[OtherAnswer]:
    """The cases whose outcome, reason or sum the new texts change; those of schedules that only one side has are left out."""
    for case in cases:
        if case.schedule not in old or case.schedule not in new:
            continue
        before, after = case.judged_by(old[case.schedule]), case.judged_by(new[case.schedule])
        if (before.outcome, before.amount, before.reason) != (after.outcome, after.amount, after.reason):
            yield OtherAnswer(case, before, after)


def read_verdicts(file: Path) -> Iterator[VerdictReached]:
    """The verdicts of a file, one event a line, plain or as `amends tail amends.verdicts --json` prints them.

    Other events are passed over. Raises Misconfigured with file and line for what is no event.
    """
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            yield from _verdict(line, Place(file, number))


def _verdict(line: str, place: Place) -> Iterator[VerdictReached]:
    try:
        event: Any = JSON.decode(line)
        if not isinstance(event, dict):
            place.refuse("an event is a JSON object: `amends tail amends.verdicts --json` prints them")
        if not str(event.get("type", "verdict-reached")).startswith(("verdict-reached", "amends.verdict-reached")):
            return
        yield msgspec.convert(event.get("data", event), VerdictReached)
    except msgspec.MsgspecError as wrong:
        place.refuse(f"{wrong}: this is no verdict as `amends tail amends.verdicts --json` prints them")
