"""What the verifier remembers about a customer's complaints: what they claim, and what was said to them last."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from shared.events import Subject, VerdictReached, case_id
from shared.money import Money
from shared.policy.policy import Evidence


class Letter(Struct, frozen=True, omit_defaults=True):
    """One complaint, with what further letters added to it.

    It may be heard of before it is accepted (`accepted_at` none), when its own event was set aside for a while.
    `claims`: each with the latest moment at which it was made. `as_of`: the moment up to which time itself has spoken.
    `awaits`: the facts that operations were asked for last. `asked_until`: until when the customer may answer what only
    they can know; `told` is what they said, by fact. `judged_at`: when the first verdict was said. `signals`: what its
    letters hint at; the judge does not look at them.
    """

    source: str
    complaint: str
    heard_at: datetime
    accepted_at: datetime | None = None
    received_at: datetime | None = None
    last_letter: datetime | None = None
    as_of: datetime | None = None
    occurred_at: datetime | None = None
    subject: Subject | None = None
    category: str | None = None
    channel: str | None = None
    jurisdiction: str | None = None
    paid: Money | None = None
    sought: str | None = None
    tier: str | None = None
    claims: dict[str, datetime] = {}
    signals: tuple[str, ...] = ()
    withdrawn: bool = False
    awaits: tuple[str, ...] = ()
    asked_until: datetime | None = None
    told: dict[str, str] = {}
    judged_at: datetime | None = None
    verdict: VerdictReached | None = None

    @property
    def case(self) -> str:
        return case_id(self.source, self.complaint)


class Letters(Struct, frozen=True, omit_defaults=True):
    """One customer's complaints, by case."""

    letters: dict[str, Letter] = {}

    def known(self, source: str, complaint: str, heard_at: datetime) -> Letter:
        """This complaint as far as it is known, a new one otherwise."""
        return self.letters.get(case_id(source, complaint)) or Letter(source, complaint, heard_at)


def remember(letters: Letters, letter: Letter, **changes: Any) -> Letters:
    """The letters with this one changed so."""
    changed = replace(letter, **changes)
    return Letters({**letters.letters, changed.case: changed})


def claimed(letter: Letter, claims: Iterable[str], made_at: datetime) -> dict[str, Any]:
    """What changes when these claims are made in a letter that was received at `made_at`."""
    made = {claim: max(made_at, letter.claims.get(claim, made_at)) for claim in sorted(claims)}
    return {
        "claims": {**letter.claims, **made},
        "last_letter": max(made_at, letter.last_letter or made_at),
        "as_of": max(made_at, letter.as_of or made_at),
    }


def hinted(letter: Letter, signals: Iterable[str]) -> tuple[str, ...]:
    """What all its letters hint at, in one order."""
    return tuple(sorted({*letter.signals, *signals}))


def speaks_of_all(verdict: VerdictReached, letter: Letter) -> bool:
    """Whether the verdict answers everything that the letter claims, so that nothing is waited for any more."""
    return letter.claims.keys() <= set(verdict.concerns)


def is_closed(policy: Evidence, letter: Letter, now: datetime) -> bool:
    """Whether its verdict was said so long ago that nothing improves it any more."""
    return letter.judged_at is not None and now > letter.judged_at + policy.improve_within


def forget(letters: Letters, before: datetime) -> Letters:
    """The letters without those that were heard before then: no evidence will change what was said about them."""
    kept = {case: letter for case, letter in letters.letters.items() if letter.heard_at >= before}
    return letters if len(kept) == len(letters.letters) else Letters(kept)
