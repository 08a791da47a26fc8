"""What intake remembers about a customer's letters: which were taken up, about what, and when."""

from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from shared.events import Subject
from shared.runtime.decider import Note

Decided = Literal["accepted", "merged", "rejected", "withdrawn"]


class Letter(Struct, frozen=True, omit_defaults=True):
    """One letter that was decided on; `heard_at` is when it entered the road."""

    source: str
    complaint: str
    state: Decided
    received_at: datetime
    heard_at: datetime
    subject: Subject | None = None
    occurred_at: datetime | None = None


class Letters(Struct, frozen=True, omit_defaults=True):
    """One customer's letters by (source, complaint), in the order in which they were decided.

    `withdrawn`: what was taken back before the letter itself came, with the moment at which we heard of it.
    """

    letters: dict[str, Letter] = {}
    withdrawn: dict[str, datetime] = {}


class Registered(Note, frozen=True, kw_only=True):
    """What a letter came to, for whoever asks about its status; `digest` is of its content."""

    source: str
    complaint: str
    customer: str
    digest: bytes
    state: Decided
    received_at: datetime | None = None
    occurred_at: datetime | None = None
    subject: Subject | None = None
    into_source: str | None = None
    into: str | None = None
    reason: str | None = None
    detail: str | None = None
    at: datetime


def key_of(source: str, complaint: str) -> str:
    """How a letter is known for ever."""
    return f"{source}\n{complaint}"


def remember(letters: Letters, note: Registered) -> Letters:
    """The letters with this one decided."""
    key = key_of(note.source, note.complaint)
    if note.state == "withdrawn":
        return take_back(letters, key, note.at)
    assert note.received_at is not None
    letter = Letter(note.source, note.complaint, note.state, note.received_at, note.at, note.subject, note.occurred_at)
    return replace(letters, letters={**letters.letters, key: letter})


def take_back(letters: Letters, key: str, at: datetime) -> Letters:
    """The letters with this one taken back, whether it is here yet or not."""
    letter = letters.letters.get(key)
    if letter is None:
        return replace(letters, withdrawn={**letters.withdrawn, key: at})
    if letter.state != "accepted":
        return letters
    return replace(letters, letters={**letters.letters, key: replace(letter, state="withdrawn")})


def forget(letters: Letters, before: datetime) -> Letters:
    """The letters without those that were heard so long ago that no further one can join them."""
    if not any(letter.heard_at < before for letter in letters.letters.values()) and not any(
        at < before for at in letters.withdrawn.values()
    ):
        return letters
    return Letters(
        {key: letter for key, letter in letters.letters.items() if letter.heard_at >= before},
        {key: at for key, at in letters.withdrawn.items() if at >= before},
    )
