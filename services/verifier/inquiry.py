"""What the judge has before them: all that is on file about the things of a batch of letters, and who says the same."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from services.verifier import awaited, evidence, interests, similar
from services.verifier.about import About, Similar, Spoken
from services.verifier.core import Known, case_of
from services.verifier.interests import Interest
from services.verifier.letters import Letter, Letters, speaks_of_all
from services.verifier.waiting import EVIDENCE
from shared.events import (
    ComplaintAccepted,
    ComplaintMerged,
    ComplaintWithdrawn,
    EvidenceAwaited,
    IncidentSuspected,
    Subject,
    TimerFired,
    VerdictReached,
)
from shared.policy.policy import Evidence
from shared.policy.times import about_then, time_spoken_of
from shared.policy.words import Claims
from shared.runtime.flow import Answer, Heard, Outcome


class Asked(NamedTuple):
    """One complaint that is to be judged: what it is about, when it was made and happened, and what it claims."""

    subject: Subject
    source: str
    complaint: str
    customer: str
    made_at: datetime
    occurred_at: datetime | None
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """How letters are read, and how far around them evidence is looked for."""

    claims: Claims
    rules: Evidence

    async def look_up(
        self, tx: AsyncConnection, heard: Sequence[Heard], letters: Mapping[str, Letters]
    ) -> Sequence[Known]:
        """Lock the subjects of all complaints that the batch asks about, then look what is on file about them."""
        first = {case_of(one.event): one.event for one in heard if isinstance(one.event, ComplaintAccepted)}
        asked = [self._asked(one, letters, first) for one in heard]
        subjects = {one.subject for one in asked if one}
        await evidence.lock_to_judge(tx, subjects)
        known = await evidence.about(tx, {self._spoken(one) for one in asked if one})
        alike = await self._alike(
            tx, [one for one in asked if one and one.subject.kind in self.rules.corroboration.kinds]
        )
        return [alike.before(one, known) for one in asked]

    def _spoken(self, asked: Asked) -> Spoken:
        since, until = time_spoken_of(self.rules, asked.occurred_at, asked.made_at)
        return Spoken(asked.subject, *about_then(self.rules, since, until))

    def _asked(
        self, heard: Heard, letters: Mapping[str, Letters], first: Mapping[str | None, ComplaintAccepted]
    ) -> Asked | None:
        """From what is remembered, or from a letter that is accepted in this very batch; None for one about nothing."""
        event = heard.event
        if isinstance(event, ComplaintAccepted):
            return self._accepted(event)
        case = case_of(event)
        asked = self._remembered(letters, heard.key or "", case) or (
            self._accepted(first[case]) if case in first else None
        )
        return self._with_further(asked, event) if asked and isinstance(event, ComplaintMerged) else asked

    @staticmethod
    def _remembered(letters: Mapping[str, Letters], customer: str, case: str | None) -> Asked | None:
        letter = letters[customer].letters.get(case) if case and customer in letters else None
        if letter is None or letter.subject is None or letter.received_at is None:
            return None
        return Asked(
            letter.subject,
            letter.source,
            letter.complaint,
            customer,
            letter.last_letter or letter.received_at,
            letter.occurred_at,
            claims_of(letter.claims),
        )

    def _accepted(self, event: ComplaintAccepted) -> Asked | None:
        if event.subject is None:
            return None
        return Asked(
            event.subject,
            event.source,
            event.complaint,
            event.customer,
            event.received_at,
            event.occurred_at,
            self._claims(event.subject, event),
        )

    def _with_further(self, asked: Asked, event: ComplaintMerged) -> Asked:
        return asked._replace(
            made_at=max(asked.made_at, event.received_at),
            occurred_at=asked.occurred_at or event.occurred_at,
            claims=claims_of({*asked.claims, *self._claims(asked.subject, event)}),
        )

    def _claims(self, subject: Subject, event: ComplaintAccepted | ComplaintMerged) -> tuple[str, ...]:
        """Read only where similar complaints count."""
        if subject.kind not in self.rules.corroboration.kinds:
            return ()
        return claims_of(self.claims.of(event.text, event.category, event.language))

    async def _alike(self, tx: AsyncConnection, asked: Sequence[Asked]) -> "Alike":
        """Those on file, and those of this batch, which are not on file yet and shall see each other."""
        moments: dict[Subject, set[datetime]] = {}
        for one in asked:
            moments.setdefault(one.subject, set()).add(one.made_at)
        times = list(similar.around(moments, self.rules.corroboration.within))
        others = {
            subject: {(one.source, one.complaint): one for one in some}
            for subject, some in (await similar.look(tx, times)).items()
        }
        for one in asked:
            others.setdefault(one.subject, {})[one.source, one.complaint] = Similar(
                one.made_at, one.source, one.complaint, one.customer, one.claims
            )
        return Alike(
            others={subject: tuple(sorted(some.values())) for subject, some in others.items()},
            suspected=await similar.suspected(tx, times),
            last={(one.subject, one.claims): one for one in asked},
        )


@dataclass(frozen=True, slots=True)
class Alike:
    """Who says something about the same thing around then, of which things operations know that many do, and which
    complaint of the batch is the last that says so: it sees all the others, so that not each of them tells operations."""

    others: Mapping[Subject, tuple[Similar, ...]]
    suspected: Collection[Subject]
    last: Mapping[tuple[Subject, tuple[str, ...]], Asked]

    def before(self, asked: Asked | None, known: Known) -> Known:
        """What is on file for this complaint, with those who are not its own customer's."""
        if asked is None or asked.subject not in self.others:
            return known
        about = replace(
            known.get(asked.subject, About()),
            similar=tuple(one for one in self.others[asked.subject] if one.customer != asked.customer),
            suspected=asked.subject in self.suspected or self.last[asked.subject, asked.claims] is not asked,
        )
        return {asked.subject: about}


async def keep(tx: AsyncConnection, outcome: Outcome[Letters]) -> None:
    """Which complaints rest on what, of what operations were told, and which verdicts wait for them."""
    await interests.keep(tx, _interests(outcome))
    await similar.suspect(tx, _tipped(outcome))
    waiting = _waiting(outcome)
    await awaited.end(tx, [complaint for complaint, waits in waiting.items() if waits is None])
    await awaited.keep(tx, [waits for waits in waiting.values() if waits is not None])


def _interests(outcome: Outcome[Letters]) -> Iterable[Interest]:
    """Of letters that were accepted or joined, each complaint once, with all that it claims by now."""
    found: dict[tuple[Subject, str, str], Interest] = {}
    for answer in outcome.answers:
        event = answer.to.event
        letter = _letter(outcome, answer) if isinstance(event, ComplaintAccepted | ComplaintMerged) else None
        if letter is None or letter.subject is None or letter.received_at is None:
            continue
        stated = event.occurred_at if isinstance(event, ComplaintAccepted) else None
        interest = Interest(
            letter.subject,
            letter.source,
            letter.complaint,
            answer.to.key or "",
            letter.received_at,
            stated or letter.occurred_at or letter.received_at,
            claims_of(letter.claims),
        )
        found.setdefault((interest.subject, interest.source, interest.complaint), interest)
    return found.values()


def _waiting(outcome: Outcome[Letters]) -> dict[tuple[str, str], EvidenceAwaited | None]:
    """Of each complaint what was said last: that it waits, or (none) that it does no more."""
    found: dict[tuple[str, str], EvidenceAwaited | None] = {}
    for answer in outcome.answers:
        letter = _letter(outcome, answer)
        for event in (answer.to.event, *(said for _, said in answer.answers)):
            if isinstance(event, EvidenceAwaited):
                found[event.source, event.complaint] = event
            elif isinstance(event, ComplaintWithdrawn):
                found[event.source, event.complaint] = None
            elif letter is not None and _ends_the_wait(event, letter):
                found[letter.source, letter.complaint] = None
    return found


def _ends_the_wait(event: Any, letter: Letter) -> bool:
    """A verdict on all that is claimed does, and the end of the time for evidence, also where the customer is waited for."""
    match event:
        case VerdictReached():
            return speaks_of_all(event, letter)
        case TimerFired(flow="verifier", name=timer):
            return timer == EVIDENCE
        case _:
            return False


def _tipped(outcome: Outcome[Letters]) -> Iterator[tuple[Subject, datetime]]:
    for answer in outcome.answers:
        letter = _letter(outcome, answer)
        for _, said in answer.answers:
            if isinstance(said, IncidentSuspected) and letter and letter.received_at:
                yield said.subject, letter.last_letter or letter.received_at


def _letter(outcome: Outcome[Letters], answer: Answer) -> Letter | None:
    letters = outcome.states.get(answer.to.key or "")
    case = case_of(answer.to.event)
    return letters.letters.get(case) if letters and case else None


def claims_of(made: Iterable[str]) -> tuple[str, ...]:
    """What a letter claims, in one order, so that those who say the same are found."""
    return tuple(sorted(made))
