"""What the judge has before them: all that is on file about the things of a batch of letters, and who says the same."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.verifier.core import Known, case_of
from services.verifier.judging.waiting import EVIDENCE
from services.verifier.letters import Letter, Letters, is_closed, speaks_of_all
from services.verifier.records import awaited, evidence, interests, similar
from services.verifier.records.about import Similar, Spoken
from services.verifier.records.alike import Alike, Asked, Word
from services.verifier.records.interests import Interest
from services.verifier.records.similar import Around
from shared.events import (
    ComplaintAccepted,
    ComplaintMerged,
    ComplaintWithdrawn,
    EvidenceAwaited,
    IncidentSuspected,
    Subject,
    TimerFired,
    VerdictReached,
    case_id,
)
from shared.policy.policy import Evidence
from shared.policy.times import about_then, time_spoken_of
from shared.policy.words import Claims
from shared.runtime.flow import Answer, Heard, Outcome

LETTERS = ComplaintAccepted | ComplaintMerged | ComplaintWithdrawn


@dataclass(frozen=True, slots=True)
class Inquiry:
    """How letters are read, and how far around them evidence is looked for."""

    claims: Claims
    rules: Evidence

    async def look_up(
        self, tx: AsyncConnection, heard: Sequence[Heard], letters: Mapping[str, Letters]
    ) -> Sequence[Known]:
        """Lock the subjects of all complaints that the batch asks about, then look what is on file about them."""
        asked = self.asked(heard, letters)
        await evidence.lock_to_judge(tx, {one.subject for one in asked if one})
        known = await evidence.about(tx, {self.spoken(one) for one in asked if one})
        counted = self.counted(asked, heard, letters)
        times = self.times(counted)
        others, suspected = await similar.look(tx, times), await similar.suspected(tx, times)
        return self.known(asked, known, counted, others, suspected)

    def asked(self, heard: Sequence[Heard], letters: Mapping[str, Letters]) -> list[Asked | None]:
        """For each event the complaint that is judged because of it; none for one about nothing."""
        first = {case_of(one.event): one.event for one in heard if isinstance(one.event, ComplaintAccepted)}
        return [self._asked(one, letters, first) for one in heard]

    def spoken(self, asked: Asked) -> Spoken:
        """The time that the complaint speaks of."""
        since, until = time_spoken_of(self.rules, asked.occurred_at, asked.made_at)
        return Spoken(asked.subject, *about_then(self.rules, since, until))

    def counted(
        self, asked: Iterable[Asked | None], heard: Sequence[Heard], letters: Mapping[str, Letters]
    ) -> list[Asked]:
        """Those whose word stands beside that of others."""
        return [one for one in asked if one and self._counts(one, heard, letters)]

    def times(self, counted: Iterable[Asked]) -> list[Around]:
        """Around which moments of which subjects others are looked for."""
        moments: dict[Subject, set[datetime]] = {}
        for one in counted:
            moments.setdefault(one.subject, set()).add(one.made_at)
        return list(similar.around(moments, self.rules.corroboration.within))

    def known(
        self,
        asked: Iterable[Asked | None],
        about: Known,
        counted: Sequence[Asked],
        others: Mapping[Subject, Collection[Similar]],
        suspected: Mapping[Subject, Collection[datetime]],
    ) -> list[Known]:
        """What each of these is judged by: what is on file, and which `others` say the same."""
        alike = self._alike(counted, others, suspected)
        return [alike.before(one, about) for one in asked]

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

    def _counts(self, asked: Asked, heard: Sequence[Heard], letters: Mapping[str, Letters]) -> bool:
        """Whether its word stands beside those of others: it was not taken back, and is not too old to be judged."""
        if asked.subject.kind not in self.rules.corroboration.kinds:
            return False
        case = case_id(asked.source, asked.complaint)
        letter = letters[asked.customer].letters.get(case) if asked.customer in letters else None
        if letter is not None and (
            letter.withdrawn or any(is_closed(self.rules, letter, one.event.at) for one in heard)
        ):
            return False
        back = (one.event for one in heard if isinstance(one.event, ComplaintWithdrawn))
        return case not in {case_id(event.source, event.complaint) for event in back}

    def _alike(
        self,
        asked: Sequence[Asked],
        on_file: Mapping[Subject, Collection[Similar]],
        suspected: Mapping[Subject, Collection[datetime]],
    ) -> Alike:
        """Those on file, and those of this batch, which are not on file yet and shall see each other."""
        others = {subject: {(one.source, one.complaint): one for one in some} for subject, some in on_file.items()}
        for one in asked:
            others.setdefault(one.subject, {})[one.source, one.complaint] = Similar(
                one.made_at, one.source, one.complaint, one.customer, one.claims
            )
        alike = {subject: tuple(sorted(some.values())) for subject, some in others.items()}
        return Alike(alike, suspected, self._tellers(asked, alike), self.rules.corroboration.within)

    def _tellers(
        self, asked: Sequence[Asked], others: Mapping[Subject, tuple[Similar, ...]]
    ) -> dict[Word, list[Asked]]:
        """Those who tell operations: of all who see enough others the last, and who says the same of another time."""
        tellers: dict[Word, list[Asked]] = {}
        for one in reversed(asked):
            before = tellers.setdefault((one.subject, one.claims), [])
            near = any(abs(other.made_at - one.made_at) <= self.rules.corroboration.within for other in before)
            if not near and self._sees_enough(one, others[one.subject]):
                before.append(one)
        return tellers

    def _sees_enough(self, asked: Asked, others: Iterable[Similar]) -> bool:
        rule = self.rules.corroboration
        alike = {
            one.customer
            for one in others
            if one.customer != asked.customer
            and abs(one.received_at - asked.made_at) <= rule.within
            and not (one.claims and asked.claims and set(one.claims).isdisjoint(asked.claims))
        }
        return len(alike) + 1 >= rule.similar


async def keep(tx: AsyncConnection, outcome: Outcome[Letters]) -> None:
    """Which complaints rest on what, of what operations were told, and which verdicts wait for them."""
    await interests.keep(tx, interests_of(outcome))
    await similar.suspect(tx, tipped(outcome))
    waiting = _waiting(outcome)
    await awaited.end(tx, [complaint for complaint, waits in waiting.items() if waits is None])
    await awaited.keep(tx, [waits for waits in waiting.values() if waits is not None])


def interests_of(outcome: Outcome[Letters]) -> Iterable[Interest]:
    """Of letters that were accepted, joined or taken back, each complaint once, with all that it claims by now."""
    found: dict[tuple[Subject, str, str], Interest] = {}
    for answer in outcome.answers:
        event = answer.to.event
        letter = _letter(outcome, answer) if isinstance(event, LETTERS) else None
        if letter is None or letter.subject is None or letter.received_at is None:
            continue
        stated = event.occurred_at if isinstance(event, ComplaintAccepted) else None
        interest = Interest(
            letter.subject,
            letter.source,
            letter.complaint,
            answer.to.key or "",
            None if letter.withdrawn else letter.last_letter or letter.received_at,
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


def tipped(outcome: Outcome[Letters]) -> Iterator[tuple[Subject, datetime]]:
    """Of what operations were told, by when the complaint was received that tipped it."""
    for answer in outcome.answers:
        letter = _letter(outcome, answer)
        for _, said in answer.answers:
            if isinstance(said, IncidentSuspected) and letter and letter.received_at:
                yield said.subject, letter.last_letter or letter.received_at


def _letter(outcome: Outcome[Letters], answer: Answer) -> Letter | None:
    letters = outcome.states.get(answer.to.key or "")
    event = answer.to.event
    case = case_id(event.source, event.complaint) if isinstance(event, ComplaintWithdrawn) else case_of(event)
    return letters.letters.get(case) if letters and case else None


def claims_of(made: Iterable[str]) -> tuple[str, ...]:
    """What a letter claims, in one order, so that those who say the same are found."""
    return tuple(sorted(made))
