"""What a letter says went wrong, read from the words that people use, whatever their accents and capitals."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from shared.policy.policy import Claim, Signal

GAP = "…"
"""Stands for up to three words of the same sentence."""
GAP_WORDS = 3
END = "."
"""Ends a word that counts only as it stands: `late.` is not `later`."""
SHORT = 3
"""Letters up to which a word counts only as it stands anyway: `not` is not `notice`."""
LEAST = SHORT + 1
"""Letters that a word has which may go on: `late` and `later`."""
BETWEEN = f" (?:[a-z0-9]+ ){{0,{GAP_WORDS}}}"
APOSTROPHES = re.compile("['’‘`´]")
ACCENTS = re.compile("[\u0300-\u036f]+")
SENTENCE_ENDS = re.compile(r"[.!?;:\n\r]+")
NOT_A_WORD = re.compile(r"[^a-z0-9.]+")


def plain(text: str) -> str:
    """The text in small letters without accents, one space between words, and ` . ` where a sentence ends."""
    bare = APOSTROPHES.sub("", text)
    if not bare.isascii():
        bare = ACCENTS.sub("", unicodedata.normalize("NFKD", bare.replace("ß", "ss")))
    return NOT_A_WORD.sub(" ", SENTENCE_ENDS.sub(" . ", bare.lower())).strip()


@lru_cache(1_000)
def filed(category: str | None) -> str:
    """A category as it is compared; the CRM has a few of them, and each letter is filed under one."""
    return plain(category or "")


class Way(NamedTuple):
    """One way of saying it: the claim, the word that it begins with, and for a phrase what must be found from there on."""

    claim: str
    first: str
    pattern: re.Pattern[str] | None


Ways = Mapping[str, tuple[Way, ...]]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All ways of saying it in some languages: by their first word where that counts as it stands, and by its first letters
    where a longer word may begin with it."""

    whole: Ways
    beginnings: Ways

    def claimed(self, text: str, known: Collection[str]) -> set[str]:
        """The claims that the text makes, and those that are known already: for their words nobody looks."""
        said = f" {plain(text)} "
        found = set(known)
        for word in set(said.split()):
            for claim, first, pattern in (*self.whole.get(word, ()), *self.beginnings.get(word[:LEAST], ())):
                if claim not in found and word.startswith(first) and (pattern is None or pattern.search(said)):
                    found.add(claim)
        return found


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All ways of saying it, by language.

    A language that no list knows is read with the words of all of them: rather one thing too many than one unheard.
    """

    by_language: Mapping[str, Lexicon]
    any_language: Lexicon

    def found(self, text: str | None, language: str | None, known: Collection[str]) -> set[str]:
        """What the text says, read in that language, e.g. `pt-BR`, and what is known already."""
        if not text:
            return set(known)
        spoken = (language or "").replace("_", "-").split("-")[0].lower()
        return self.by_language.get(spoken, self.any_language).claimed(text, known)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a letter claims: by the CRM's category, and by its words in the customer's language."""

    by_category: Mapping[str, str]
    vocabulary: Vocabulary

    def of(self, text: str | None, category: str | None, language: str | None) -> frozenset[str]:
        """The names of the claims; empty when nothing was understood."""
        claim = self.by_category.get(filed(category))
        return frozenset(self.vocabulary.found(text, language, known=(claim,) if claim else ()))


@dataclass(frozen=True, slots=True)
class Signals:
    """What the words of a letter hint at."""

    names: tuple[str, ...]
    vocabulary: Vocabulary

    def of(self, text: str | None, language: str | None) -> tuple[str, ...]:
        """The names of the signals, in the order of their weight."""
        found = self.vocabulary.found(text, language, known=())
        return tuple(name for name in self.names if name in found)


def read_claims(claims: Mapping[str, Claim]) -> Claims:
    """The policy's claims, ready to be looked up in letters."""
    return Claims(
        by_category={plain(category): name for name, claim in claims.items() for category in claim.categories},
        vocabulary=_vocabulary({name: claim.words for name, claim in claims.items()}),
    )


def read_signals(signals: Iterable[Signal]) -> Signals:
    """The policy's signals, ready to be looked up in letters."""
    words = {signal.name: signal.words for signal in signals}
    return Signals(tuple(words), _vocabulary(words))


def _vocabulary(words: Mapping[str, Mapping[str, Iterable[str]]]) -> Vocabulary:
    """From the words by name and language."""
    said = [(language, name, ways) for name, by_language in words.items() for language, ways in by_language.items()]
    return Vocabulary(
        by_language={
            one: _lexicon((name, ways) for language, name, ways in said if language == one)
            for one in {language for language, _, _ in said}
        },
        any_language=_lexicon((name, ways) for _, name, ways in said),
    )


def _lexicon(said: Iterable[tuple[str, Iterable[str]]]) -> Lexicon:
    whole: defaultdict[str, list[Way]] = defaultdict(list)
    beginnings: defaultdict[str, list[Way]] = defaultdict(list)
    for name, ways in said:
        for parts in map(parts_of, ways):
            first, is_whole = parts[0][0]
            way = Way(name, first, _phrase(parts) if sum(map(len, parts)) > 1 else None)
            (whole[first] if is_whole else beginnings[first[:LEAST]]).append(way)
    return Lexicon(
        {word: tuple(ways) for word, ways in whole.items()}, {word: tuple(ways) for word, ways in beginnings.items()}
    )


def parts_of(way: str) -> list[list[tuple[str, bool]]]:
    """What stands between the gaps of a way: its words, each with whether it counts only as it stands."""
    return [list(_words(part)) for part in way.split(GAP)]


def _words(part: str) -> Iterator[tuple[str, bool]]:
    """The words of a phrase as `plain` writes them."""
    for written in part.split():
        *joined, last = plain(written.rstrip(END)).split()
        yield from ((word, True) for word in joined)
        yield last, written.endswith(END) or len(last) <= SHORT


def _phrase(parts: Iterable[Iterable[tuple[str, bool]]]) -> re.Pattern[str]:
    spelled = (" ".join(word if whole else f"{word}[a-z0-9]*" for word, whole in part) for part in parts)
    return _compiled(f" {BETWEEN.join(spelled)} ")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Each once a process: several flows read the same thousands of phrases, and the library forgets all but some hundred."""
    return re.compile(pattern)
