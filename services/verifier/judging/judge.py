"""Whether a promise was kept, and what is owed if not: a schedule's answer to the facts, beside what is claimed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import reduce
from typing import NamedTuple

from msgspec.structs import replace

from services.verifier.judging.clauses import clauses_of, facts_of, reads_of, so_far
from services.verifier.judging.failures import knows
from services.verifier.judging.matter import CUSTOMER, Matter, facts_for, incidents_of, moment_of, on_record
from services.verifier.judging.part import Part
from services.verifier.judging.questions import questions
from services.verifier.judging.rows import Row
from services.verifier.judging.weighing import better_of
from services.verifier.records.about import About, Fact, Incident, Similar
from shared.events import ClaimJudged
from shared.money import Money
from shared.policy.language.form.evaluation import Evaluation, Read
from shared.policy.language.form.schedule import Schedule
from shared.policy.language.judging.evaluate import evaluate
from shared.policy.policy import Application, Corroboration
from shared.remedy import Remedy, remedy_of

NO_RECORD = "no-record"
"""A fact that the schedule needs is on no record."""
CONTESTED = "contested"
CLAIM_UNCLEAR = "claim-unclear"
CORROBORATED = "others-say-the-same"
ABOVE_DOUBT = "word-above-doubt"
"""It would be owed if what the customer alone says is true, and it is more than the sum up to which doubt is theirs."""
NOT_COMPUTABLE = "not_computable"
TOO_MUCH = 10**12
OPERATIONS = ("measurement", "incident")
"""The sources that may still tell something after the letter has come."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What a judge goes by beside the schedule: how grave each kind of claim is by itself, up to which sums doubt goes to
    the customer, and when the word of several counts."""

    gravity: Mapping[str, int]
    doubt_up_to: tuple[Money, ...]
    corroboration: Corroboration

    def severity(self, claims: Iterable[str]) -> int:
        """Of what is claimed, where no measurement says more."""
        return max([self.gravity.get(claim, 1) for claim in claims], default=1)


class Answered(NamedTuple):
    """What the schedule says as of a moment, and what it read for it; the failure that this is about, and the incident."""

    answer: Evaluation
    reads: Sequence[Read]
    as_of: datetime
    failure: str | None
    incident: str | None


def judge(bench: Bench, row: Row, matter: Matter, about: About) -> Part:
    """The schedule's answer to these claims, from these facts; pure, and the same for the same facts.

    Of several failures of a service in the time spoken of the one counts that is best for the customer.
    """
    failures: tuple[Incident | None, ...] = incidents_of(matter, about)[::-1] or (None,)
    records = on_record(row, about)
    as_of = min(max([matter.as_of, *[fact.taken_at for fact in records.values()]]), matter.now)
    answers = [_answer(row, matter, records, failure, as_of) for failure in failures]
    return reduce(better_of, [_part(bench, row, matter, about, answer) for answer in answers])


def _answer(
    row: Row, matter: Matter, records: Mapping[str, Fact], incident: Incident | None, as_of: datetime
) -> Answered:
    """One failure that was judged before, in another complaint, is judged as if it had not been: its own remedy fills no
    limit that it is held to."""
    facts, name = facts_for(row, matter, records, incident), incident.id if incident else None
    currency = matter.paid.currency if matter.paid else None
    answer = evaluate(row.schedule, facts, so_far=as_of, currency=currency)
    failure = row.fingerprint(facts, answer.as_of, matter.subject, name)
    if failure and knows(matter.said_before, failure):
        facts = facts_for(row, matter, records, incident, failure)
        answer = evaluate(row.schedule, facts, so_far=as_of, currency=currency)
    return Answered(_countable(answer), reads_of(answer), as_of, failure, name)


def _part(bench: Bench, row: Row, matter: Matter, about: About, said: Answered) -> Part:
    schedule, judged = row.schedule.schedule, _judged(bench, row, matter, said)
    part = Part(
        judged=judged,
        waits_for=_waits_for(schedule, said, is_claimed=bool(judged.claims)),
        owner=row.applies.owner,
        asks=questions(schedule, said.answer.missing),
        incident=said.incident,
    )
    for doubt in (_contested, _unclear, _corroborated):
        part = doubt(bench, row.applies, matter, about, part)
    return part


def _judged(bench: Bench, row: Row, matter: Matter, said: Answered) -> ClaimJudged:
    answer = said.answer
    reason = NO_RECORD if answer.missing else answer.reason
    return ClaimJudged(
        claims=tuple([claim for claim in sorted(matter.claims) if claim in row.applies.claims]),
        outcome="cannot_tell" if answer.outcome == "invalid_offer" else answer.outcome,
        promise=answer.promise,
        severity=_severity(bench, row.applies, matter, answer),
        schedule=row.schedule.schedule.name,
        reasons=(reason,),
        clauses=clauses_of(answer, said.reads, reason),
        missing=answer.missing,
        remedy=_remedy(answer),
        ongoing=answer.ongoing and answer.promise == "broken",
        judged_as_of=said.as_of,
        again=answer.again,
        as_of=answer.as_of,
        facts=facts_of(said.reads),
        failure=said.failure,
    )


def _countable(answer: Evaluation) -> Evaluation:
    """A sum that no ledger holds is no sum: somebody wrote a wrong number."""
    if answer.amount is None or answer.amount < TOO_MUCH:
        return answer
    return replace(answer, outcome="cannot_tell", reason=NOT_COMPUTABLE, amount=None)


def _severity(bench: Bench, applies: Application, matter: Matter, answer: Evaluation) -> int:
    """Of a broken promise, what was measured says it, and what is claimed beside it; else the claims alone."""
    if answer.promise != "broken":
        return bench.severity(matter.claims)
    beside = [claim for claim in matter.claims if claim not in applies.claims]
    return max(answer.severity or applies.severity, bench.severity(beside))


def _remedy(answer: Evaluation) -> Remedy | None:
    if answer.outcome not in ("owed", "owed_in_part") or not answer.amount:
        return None
    return remedy_of(Money(answer.amount, answer.currency), answer.form, answer.quantity, answer.equal)


def _waits_for(schedule: Schedule, said: Answered, *, is_claimed: bool) -> tuple[str, ...]:
    """What operations may still tell: what is missing, and an end that has not come, where the letter does not say so."""
    asked, answer = schedule.facts, said.answer
    if not (answer.missing or answer.ongoing):
        return ()
    missing = [fact for fact in answer.missing if fact not in asked or asked[fact].source in OPERATIONS]
    in_doubt = answer.outcome == "cannot_tell" or (answer.promise == "broken" and not is_claimed)
    return tuple(dict.fromkeys((*(so_far(said.reads) if in_doubt and answer.ongoing else ()), *missing)))


# ── where a promise may not be called kept, nor a sum owed ──────────────────────────────────────────────────────────


def _contested(_: Bench, applies: Application, matter: Matter, __: About, part: Part) -> Part:
    """The customer's word stands against the record: no ground to decline, but for somebody to look.

    A claim that was made before the record's own moment (`since`) does not stand against it: both may be true.
    """
    judged = part.judged
    if not _is_kept(judged) and not (judged.outcome == "cannot_tell" and part.waits_for == (applies.since,)):
        return part
    fact = judged.facts.get(applies.since or "")
    since = moment_of(fact.value) if fact else None
    against = (matter.claims[claim] for claim in applies.contested_by if claim in matter.claims)
    if not any(since is None or made >= since for made in against):
        return part
    return replace(part, judged=_doubtful(judged, CONTESTED if _is_kept(judged) else judged.reasons[0], contested=True))


def _unclear(_: Bench, __: Application, matter: Matter, ___: About, part: Part) -> Part:
    """Nothing was understood of the letter, so nobody can say that the record answers it."""
    return (
        replace(part, judged=_doubtful(part.judged, CLAIM_UNCLEAR))
        if _is_kept(part.judged) and not matter.claims
        else part
    )


def _corroborated(bench: Bench, _: Application, matter: Matter, about: About, part: Part) -> Part:
    """Where several say the same of one service within a short time, something is wrong, whatever is on file."""
    enough = bench.corroboration.similar - 1
    if part.incident or len(about.similar) < enough:
        return part
    alike = tuple(one for one in about.similar if _says_the_same(one, bench, matter))
    if len({one.customer for one in alike}) < enough:
        return part
    judged = _doubtful(part.judged, CORROBORATED) if part.judged.outcome == "not_owed" else part.judged
    return replace(part, judged=judged, alike=alike)


def _says_the_same(other: Similar, bench: Bench, matter: Matter) -> bool:
    near = abs(other.received_at - matter.last_letter) <= bench.corroboration.within
    return near and (not matter.claims or not other.claims or not matter.claims.keys().isdisjoint(other.claims))


def above_doubt(bench: Bench, parts: Sequence[Part]) -> tuple[Part, ...]:
    """What the customer alone says counts up to the sum for doubt, all of it together; above it, somebody looks."""
    told = [part for part in parts if part.judged.remedy and _rests_on_word(part.judged)]
    if not told:
        return tuple(parts)
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for part in told:
        assert part.judged.remedy is not None
        sums[part.judged.remedy.sum.currency] += part.judged.remedy.sum.amount
    limits = {limit.currency: limit.amount for limit in bench.doubt_up_to}
    if all(total <= limits.get(currency, Decimal(-1)) for currency, total in sums.items()):
        return tuple(parts)
    return tuple(replace(part, judged=_doubtful(part.judged, ABOVE_DOUBT)) if part in told else part for part in parts)


def _rests_on_word(judged: ClaimJudged) -> bool:
    return any(fact.record == CUSTOMER for fact in judged.facts.values())


def _is_kept(judged: ClaimJudged) -> bool:
    return judged.outcome == "not_owed" and judged.promise == "kept"


def _doubtful(judged: ClaimJudged, reason: str, *, contested: bool = False) -> ClaimJudged:
    (*others, deciding) = judged.clauses
    return replace(
        judged,
        outcome="cannot_tell",
        promise="unknown",
        reasons=(reason,),
        clauses=(*others, replace(deciding, name=reason, result="unknown")),
        remedy=None,
        contested=contested,
    )
