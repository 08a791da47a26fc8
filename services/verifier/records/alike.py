"""Who says the same of one thing at one time, as each of those complaints is to see it when it is judged."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from services.verifier.core import Known
from services.verifier.records.about import About, Similar
from shared.events import Subject


class Asked(NamedTuple):
    """One complaint that is to be judged: what it is about, when it was made and happened, and what it claims."""

    subject: Subject
    source: str
    complaint: str
    customer: str
    made_at: datetime
    occurred_at: datetime | None
    claims: tuple[str, ...]


Word = tuple[Subject, tuple[str, ...]]
"""What some say alike: of which thing, and what they claim."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Who says something about the same thing around then, by when operations were told that many do, and which
    complaints of the batch tell them: they see the others, so that not each of those does."""

    others: Mapping[Subject, tuple[Similar, ...]]
    suspected: Mapping[Subject, Collection[datetime]]
    tellers: Mapping[Word, Sequence[Asked]]
    within: timedelta

    def before(self, asked: Asked | None, known: Known) -> Known:
        """What is on file for this complaint, with those who are not its own customer's."""
        if asked is None or asked.subject not in self.others:
            return known
        about = replace(
            known.get(asked.subject, About()),
            similar=tuple(one for one in self.others[asked.subject] if one.customer != asked.customer),
            suspected=self._is_told(asked) or self._is_for_another(asked),
        )
        return {asked.subject: about}

    def _is_told(self, asked: Asked) -> bool:
        return any(abs(told - asked.made_at) <= self.within for told in self.suspected.get(asked.subject, ()))

    def _is_for_another(self, asked: Asked) -> bool:
        """Another one tells operations of this time."""
        tellers = self.tellers.get((asked.subject, asked.claims), ())
        return any(one is not asked and abs(one.made_at - asked.made_at) <= self.within for one in tellers)
