"""Proves the house's letters before one is sent: each, in each language, for each way in which a case can go."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

from services.notifier.writing.examples import LINK, Example, examples, written
from services.notifier.writing.lint_rules import RULES, SENTENCES, Read
from services.notifier.writing.texts import PLACE, parts_of
from services.notifier.writing.unnamed import unnamed
from services.notifier.writing.voice import Voices
from services.notifier.writing.wording import check_wording, says_of, write
from shared.errors import Misconfigured
from shared.policy.policy import Policy

VARIANTS = 3
"""Each part of a letter has three texts, and in the first three letters of a kind each of them is read once."""
FEWEST = 6
"""So many words make a sentence that a reader knows again."""
NO_GAPS = "no_gaps"
NO_REPEATS = "no_repeats"
LIFE = (
    ("acknowledgement", "waiting"), ("apology", "late"), ("options", "second round"), ("choice-undone", "apology"),
    ("input", "owed"), ("options", "after a no"), ("counter-answer", "yes"), ("final-say", "owed"),
    ("handed-over", "owed"), ("progress", "with-a-person"), ("progress", "evidence-awaited"), ("clock-missed", "house clock"),
    ("promise-kept", "call"), ("promise-missed", "call"), ("promise-missed", "payment"), ("remedy-raised", "further"),
    ("payment-late", "owed"), ("payment-late", "gift"), ("payment-made", "owed"), ("payment-made", "gift"),
    ("settlement", "option"), ("goodwill-given", "gift"),
)  # fmt: skip
"""All that one case can bring: whatever of it was said in one letter is not said again in another."""


class Breach(NamedTuple):
    """What is wrong with the letters: which rule, in which template, in which sentence ("" where one is missing)."""

    rule: str
    file: Path
    line: int
    sentence: str
    fix: str

    def __str__(self) -> str:
        quoted = f" — “{self.sentence}”" if self.sentence else ""
        return f"{self.file}:{self.line}: {self.fix} [{self.rule}]{quoted}"


def prove_wording(policy: Policy) -> None:
    """Raises Misconfigured at the first letter that breaks a rule, with file, line, sentence and fix."""
    check_wording(policy)
    for place, fix in unnamed(policy):
        place.refuse(fix)
    for breach in breaches(policy):
        raise Misconfigured(str(breach))


def breaches(policy: Policy) -> Iterator[Breach]:
    """All that is wrong, language by language."""
    voices = Voices(policy)
    for language in policy.wording.languages:
        desk = _Desk(policy, voices, language)
        for example in examples(policy):
            for variant in range(VARIANTS):
                yield from desk.read(example, variant)
        for first, later in product(range(VARIANTS), repeat=2):
            yield from desk.live(first, later)


class _Desk:
    """Reads the letters of one language."""

    def __init__(self, policy: Policy, voices: Voices, language: str) -> None:
        self.policy, self.voices, self.language = policy, voices, language
        self.spoken = policy.wording.languages[language]
        self.voice = voices.of(language)
        self.folder = Path(policy.wording.folder) / language

    def read(self, example: Example, variant: int) -> Iterator[Breach]:
        """The example in one of its texts, by every rule."""
        try:
            read = self._read(example, variant)
        except (ValueError, KeyError) as wrong:
            yield self._breach(NO_GAPS, example, "", f"{str(wrong).strip(chr(39))} (where: {example.name})")
            return
        for rule in RULES:
            for sentence, fix in rule(read):
                yield self._breach(rule.__name__, example, sentence, fix)

    def live(self, first: int, later: int) -> Iterator[Breach]:
        """A whole case: no sentence of an earlier letter comes again, unless it says what is known of the case.

        It begins in the text `first`, and goes on in `later`: which of them it is depends on what was written to them before.
        """
        told = dict.fromkeys((template for template, _ in LIFE), later) | {"apology": first}
        heard: dict[str, str] = {}
        known = {(example.template, example.name): example for example in examples(self.policy)}
        for template, name in LIFE:
            example = known[template, name]  # type: ignore[index]  # names of templates, as they are there
            read = self._read(example, told[template])
            told[template] += 1
            facts = {part for value in read.says.values() for part in _parts(value)}
            for sentence in {one for one in read.sentences if not _restates(one, facts)}:
                if sentence in heard:
                    fix = f"the letter `{heard[sentence]}` of the same case has said this: say it otherwise"
                    yield self._breach(NO_REPEATS, example, sentence, fix)
                heard[sentence] = template

    def _read(self, example: Example, variant: int) -> Read:
        letter = written(example, self.language, variant)
        body = write(letter, self.voices, LINK).body.split("\n\n")[1:-2]
        lines = tuple(line for block in body for line in block.split("\n"))
        return Read(example, self.voice, self.spoken.marks, lines, says_of(self.voices, letter, LINK))

    def _breach(self, rule: str, example: Example, sentence: str, fix: str) -> Breach:
        name, line = self._place(example.template, sentence)
        return Breach(rule, self.folder / f"{name}.txt", line, sentence, fix)

    def _place(self, template: str, sentence: str) -> tuple[str, int]:
        """Where the sentence is written, in the template or in a part of it; its first line where it is nowhere."""
        lines = [
            (_fit(line, sentence), name, number)
            for name in (template, *sorted(parts_of(self.spoken.letters, template) - {template}))
            for number, line in enumerate(self.spoken.letters[name].split("\n"), 1)
            if not line.startswith("%")
        ]
        fit, name, number = max(lines, key=lambda one: one[0])
        return (name, number) if fit else (template, 1)


def _fit(line: str, sentence: str) -> int:
    """How many letters of the sentence are this line's own, where it can come from it; else 0."""
    return max(
        len(PLACE.sub("", part).strip(" .,:;!?()"))
        if re.fullmatch(".*".join(map(re.escape, PLACE.split(part))), sentence)
        else 0
        for part in (line, *SENTENCES.split(line))
    )


def _parts(value: object) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield from (value, *SENTENCES.split(value))
    elif isinstance(value, list):
        yield from (part for item in value for part in _parts(item))


def _restates(sentence: str, facts: set[str]) -> bool:
    """What is known of the case may be said as often as it is needed; and a bare `We are sorry.` is no text of its own."""
    few = sum(any(sign.isalnum() for sign in word) for word in sentence.split()) < FEWEST
    return (
        few
        or sentence.removeprefix("- ").rstrip(" .:") in facts
        or any(sign.isdigit() for sign in sentence)
        or LINK in sentence
    )
