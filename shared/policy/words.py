"""What a letter says went wrong, read from the words that people use, whatever their accents and capitals."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from shared.policy.policy import Claim

GAP = "…"
"""Stands for up to three words of the same sentence."""
END = "."
"""Ends a word that counts only as it stands: `late.` is not `later`."""
APOSTROPHES = dict.fromkeys(map(ord, "'’‘`´"))
SENTENCE_ENDS = re.compile(r"[.!?;:\n\r]+")
NOT_A_WORD = re.compile(r"[^a-z0-9.]+")


def plain(text: str) -> str:
    """The text in small letters without accents, one space between words, and ` . ` where a sentence ends."""
    bare = text.translate(APOSTROPHES)
    if not bare.isascii():
        parts = unicodedata.normalize("NFKD", bare.replace("ß", "ss"))
        bare = "".join(part for part in parts if not unicodedata.combining(part))
    return NOT_A_WORD.sub(" ", SENTENCE_ENDS.sub(" . ", bare.lower())).strip()


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All ways of saying it in some languages: whole words, beginnings of words, and phrases by their first word."""

    words: Mapping[str, frozenset[str]]
    beginnings: Mapping[str, frozenset[str]]
    longest: int
    phrases: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]]

    def claimed(self, text: str) -> Iterator[str]:
        """The claims that the text makes, in no order, some perhaps twice."""
        said = plain(text)
        words = set(said.split())
        for word in words:
            yield from self.words.get(word, ())
            for end in range(1, min(len(word), self.longest) + 1):
                yield from self.beginnings.get(word[:end], ())
        for first in words & self.phrases.keys():
            yield from (claim for pattern, claim in self.phrases[first] if pattern.search(f" {said}"))


@dataclass(frozen=True, slots=True)
class Claims:
    """What a letter claims: by the CRM's category, and by its words in the customer's language.

    A language that no list knows is read with the words of all of them: rather a claim too many than one unheard.
    """

    by_category: Mapping[str, str]
    by_language: Mapping[str, Lexicon]
    any_language: Lexicon

    def of(self, text: str | None, category: str | None, language: str | None) -> frozenset[str]:
        """The names of the claims; empty when nothing was understood."""
        filed = plain(category or "")
        found = {self.by_category[filed]} if filed in self.by_category else set()
        if text:
            spoken = (language or "").replace("_", "-").split("-")[0].lower()
            found.update(self.by_language.get(spoken, self.any_language).claimed(text))
        return frozenset(found)


def read_claims(claims: Mapping[str, Claim]) -> Claims:
    """The policy's claims, ready to be looked up in letters."""
    said = [(language, name, words) for name, claim in claims.items() for language, words in claim.words.items()]
    return Claims(
        by_category={plain(category): name for name, claim in claims.items() for category in claim.categories},
        by_language={
            one: _lexicon((name, words) for language, name, words in said if language == one)
            for one in {language for language, _, _ in said}
        },
        any_language=_lexicon((name, words) for _, name, words in said),
    )


def _lexicon(said: Iterable[tuple[str, Iterable[str]]]) -> Lexicon:
    words: defaultdict[str, set[str]] = defaultdict(set)
    beginnings: defaultdict[str, set[str]] = defaultdict(set)
    phrases: defaultdict[str, list[tuple[re.Pattern[str], str]]] = defaultdict(list)
    for name, ways in said:
        for way in ways:
            parts = [plain(part) for part in way.removesuffix(END).split(GAP)]
            if len(parts) > 1 or " " in parts[0]:
                phrases[parts[0].split(" ")[0]].append((_phrase(parts, whole=way.endswith(END)), name))
            else:
                (words if way.endswith(END) else beginnings)[parts[0]].add(name)
    return Lexicon(
        words={way: frozenset(names) for way, names in words.items()},
        beginnings={way: frozenset(names) for way, names in beginnings.items()},
        longest=max(map(len, beginnings), default=0),
        phrases={first: tuple(patterns) for first, patterns in phrases.items()},
    )


def _phrase(parts: Iterable[str], *, whole: bool) -> re.Pattern[str]:
    return re.compile(" " + " (?:[a-z0-9]+ ){0,3}".join(map(re.escape, parts)) + (r"(?![a-z0-9])" if whole else ""))
