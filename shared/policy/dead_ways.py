"""Ways of saying something that say nothing new: wherever they are found, a shorter one is found as well."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from shared.policy.words import GAP_WORDS, parts_of


class Spoken(NamedTuple):
    """A word of a way. `whole`: it counts only as it stands. `before`: the most words that may stand between it and the one before it."""

    word: str
    whole: bool
    before: int


def dead_ways(ways: Sequence[str]) -> Iterable[tuple[int, str]]:
    """The numbers of the ways that can never tell us anything, each with the way that is found wherever they are.

    Of two that are found in the same places, the later one is dead.
    """
    spoken = [_spoken(way) for way in ways]
    for n, one in enumerate(spoken):
        for other, wider in enumerate(spoken):
            if other != n and _covers(wider, one) and not (other > n and _covers(one, wider)):
                yield n, ways[other]
                break


def _spoken(way: str) -> tuple[Spoken, ...]:
    return tuple(
        Spoken(word, whole, GAP_WORDS if part_number and not n else 0)
        for part_number, part in enumerate(parts_of(way))
        for n, (word, whole) in enumerate(part)
    )


def _covers(wider: Sequence[Spoken], one: Sequence[Spoken]) -> bool:
    """Whether `wider` is found in every text in which `one` is."""
    return any(_begins_at(wider, one, at) for at in range(len(one)))


def _begins_at(wider: Sequence[Spoken], one: Sequence[Spoken], at: int) -> bool:
    if not _is_in(wider[0], one[at]):
        return False
    return len(wider) == 1 or any(
        _begins_at(wider[1:], one, to) for to in range(at + 1, len(one)) if _apart(one, at, to) <= wider[1].before
    )


def _is_in(wider: Spoken, word: Spoken) -> bool:
    if wider.whole:
        return word.whole and word.word == wider.word
    return word.word.startswith(wider.word)


def _apart(way: Sequence[Spoken], at: int, to: int) -> int:
    """The most words that may stand between these two."""
    return sum(each.before for each in way[at + 1 : to + 1]) + to - at - 1
