"""Which promises a complaint is judged by, and what is said where none speaks of what it claims."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace

from services.verifier.judging.judge import Bench, above_doubt, judge
from services.verifier.judging.matter import Matter, sum_of
from services.verifier.judging.part import Part
from services.verifier.judging.rows import Row, rows_of
from services.verifier.judging.weighing import worth_to_customer
from services.verifier.records.about import About
from shared.events import NOT_PROVIDED, ClaimJudged, Clause, Outcome, Subject
from shared.money import Money
from shared.policy.policy import Claim, Policy
from shared.policy.words import filed

NO_SCHEDULE = "no-schedule"
NOT_MEASURED = "not-measured"
BEYOND_PRICE = "loss-beyond-price"
NONE = "none"
"""Stands where no schedule speaks."""


@dataclass(frozen=True, slots=True)
class Court:
    """All that a judge goes by: the promises with where they apply, the kinds of claims, and the bench."""

    bench: Bench
    rows: tuple[Row, ...]
    when_several: Literal["largest", "first"]
    claims: Mapping[str, Claim]


def court(policy: Policy) -> Court:
    """The court of this policy."""
    bench = Bench(
        gravity={name: claim.severity for name, claim in policy.claims.items()},
        doubt_up_to=policy.rounds.doubt_up_to,
        corroboration=policy.evidence.corroboration,
    )
    return Court(bench, rows_of(policy), policy.applies.when_several, policy.claims)


def parts(court: Court, subject: Subject | None, matter: Matter, about: About) -> tuple[Part, ...]:
    """What is said to each claim: by the promises that apply, and by name to what no promise speaks of."""
    category = filed(matter.category)
    rows = [row for row in court.rows if row.meets(subject, matter.jurisdiction, category)]
    judged = [judge(court.bench, row, matter, about) for row in rows]
    spoken_of = {claim for row in rows for claim in row.applies.claims}
    beside = [claim for claim in sorted(matter.claims) if claim not in spoken_of]
    unjudged = [_unjudged(court, claim, known=bool(rows)) for claim in beside]
    chosen = _one_a_claim(court, judged)
    said = [part for part in chosen if _says_something(part, chosen, alone=len(chosen) == 1 and not beside)]
    if said or unjudged:
        return above_doubt(court.bench, (*said, *unjudged))
    return (_by_no_schedule(court, tuple(sorted(matter.claims)), "cannot_tell", NO_SCHEDULE),)


def paid_on_record(court: Court, subject: Subject | None, about: About) -> Money | None:
    """What was paid in all, by operations' record, where the promises about such a subject say which fact that is."""
    currency = about.facts.get("currency")
    for row in (one.applies for one in court.rows):
        paid = about.facts.get(row.paid or "")
        if paid and currency and (row.kind is None or (subject is not None and row.kind == subject.kind)):
            return sum_of(paid.value, currency.value)
    return None


def _says_something(part: Part, beside: Collection[Part], *, alone: bool) -> bool:
    """What was broken is said whatever is claimed. That a promise was kept is said only to who claims the contrary, and
    that nobody can tell not to who is answered by another one."""
    judged = part.judged
    if alone or judged.claims or judged.promise == "broken":
        return True
    return judged.promise != "kept" and not any(other.judged.claims for other in beside)


def _one_a_claim(court: Court, judged: Sequence[Part]) -> Sequence[Part]:
    """Where several promises speak of one claim, one of them counts for it: the first, or the one best for the customer."""
    if len(judged) == 1:
        return judged
    rows = list(enumerate(judged))
    if court.when_several == "largest":
        rows.sort(key=lambda row: worth_to_customer(row[1]), reverse=True)
    chosen: dict[int, Part] = {}
    spoken_of: set[str] = set()
    for n, part in rows:
        left = tuple(claim for claim in part.judged.claims if claim not in spoken_of)
        says_more = left or (not part.judged.claims and all(one.judged.claims for one in chosen.values()))
        if says_more:
            spoken_of.update(left)
            all_left = left == part.judged.claims
            chosen[n] = part if all_left else replace(part, judged=replace(part.judged, claims=left))
    return [chosen[n] for n in sorted(chosen)]


def _unjudged(court: Court, name: str, *, known: bool) -> Part:
    claim = court.claims.get(name, Claim())
    if claim.to_person:
        return _by_no_schedule(court, (name,), "cannot_tell", BEYOND_PRICE)
    if not claim.provided:
        return _by_no_schedule(court, (name,), "not_owed", NOT_PROVIDED)
    return _by_no_schedule(court, (name,), "cannot_tell", NOT_MEASURED if known else NO_SCHEDULE)


def _by_no_schedule(court: Court, claims: tuple[str, ...], outcome: Outcome, reason: str) -> Part:
    return Part(
        judged=ClaimJudged(
            claims=claims,
            outcome=outcome,
            promise="unknown",
            severity=court.bench.severity(claims),
            schedule=NONE,
            reasons=(reason,),
            clauses=(Clause(reason, "unknown" if outcome == "cannot_tell" else "met"),),
        )
    )
