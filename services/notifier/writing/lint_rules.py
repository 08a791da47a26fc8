"""What every letter owes its reader, each rule by its name: what is named when it was ours, and what no letter ever says.

A rule is given one letter as it reads, and yields what breaks it: the sentence (or "" for one that is missing) and the fix.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from services.notifier.notice import Facts
from services.notifier.writing.examples import FIRST, Example
from services.notifier.writing.voice import Voice
from services.notifier.writing.wording import account
from shared.policy.wording import Marks

Broken = Iterator[tuple[str, str]]
SENTENCES = re.compile(r"(?<=[.!?:…])\s+|\n+")
FAREWELL = 100
"""A farewell has fewer words than this."""
OUR_WORD = ("payment-late", "clock-missed", "promise-missed")
"""Letters that say that we did not do what we had said."""


class Read(NamedTuple):
    """One letter as it reads: `lines` are its paragraphs between greeting and signature, `sums` the words for each sum."""

    example: Example
    voice: Voice
    marks: Marks
    lines: tuple[str, ...]
    says: dict[str, object]

    @property
    def facts(self) -> Facts:
        return self.example.facts

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def sentences(self) -> list[str]:
        return [sentence for sentence in SENTENCES.split(self.text) if sentence]

    @property
    def is_first(self) -> bool:
        """Whether it is the letter that says for the first time what was found."""
        return self.example.template in FIRST and self.example.round <= 1

    def with_(self, phrases: tuple[str, ...]) -> list[str]:
        """The sentences that have one of these phrases."""
        return [one for one in self.sentences if any(phrase in one.lower() for phrase in phrases)]

    def said(self, *names: str) -> list[str]:
        """What stands under these names, as it reads; what is not known is left out."""
        return [str(said) for name in names if (said := self.says[name])]


def own_fault(read: Read) -> Broken:
    """Named where it was ours, and never where it was not."""
    ours = (read.is_first and read.facts.promise == "broken") or read.example.template in OUR_WORD
    if ours and not read.with_(read.marks.fault):
        yield "", "say that it was our fault"
    if not ours and read.facts.promise != "broken":
        yield from ((one, "this was not our fault: do not say that it was") for one in read.with_(read.marks.fault))


def repair(read: Read) -> Broken:
    """What is being done about it, and who puts it right."""
    ours = (read.is_first and read.facts.promise == "broken") or read.example.template in OUR_WORD
    if ours and not read.with_(read.marks.repair):
        yield "", "say that it is put right"
    who = read.said("signed", "Signed") if read.is_first else read.said("owner") if ours else []
    if who and not any(one in read.text for one in who):
        yield "", f"say who puts it right (here {who[0]})"


def regret(read: Read) -> Broken:
    """We are sorry: in an apology, in a no, and wherever we kept somebody waiting."""
    due = read.is_first or read.example.template in (*OUR_WORD, "decline", "final-say", "progress")
    if due and read.facts.promise != "unknown" and not read.with_(read.marks.regret):
        yield "", "say that we are sorry"
    if read.is_first and not read.with_(read.marks.regret):
        yield "", "say that we are sorry"


def explanation(read: Read) -> Broken:
    """What happened, from what the verdict says; a promise with a day stands beside what was measured."""
    facts = read.facts
    if read.is_first:
        for line in account(read.voice, facts).split("\n"):
            if line not in read.lines:
                yield "", f"say what happened: `{line}`"
    if facts.promised_on and facts.delivered_on and (read.is_first or read.example.template == "decline"):
        days = read.said("promised", "delivered")
        if not any(all(day in line for day in days) for line in read.lines):
            yield "", "set the promised day beside the day that was measured"


def blame(read: Read) -> Broken:
    """The customer is never to blame."""
    yield from ((one, "this blames the customer: leave it out") for one in read.with_(read.marks.blame))


def patience(read: Read) -> Broken:
    """Nobody is asked for understanding where nothing else is said."""
    for line in read.lines:
        lowered = line.lower()
        asks = any(phrase in lowered for phrase in read.marks.patience)
        if asks and not any(phrase in lowered for phrase in read.marks.regret):
            yield line, "do not ask for understanding and leave it at that"


def two_ledgers(read: Read) -> Broken:
    """What is owed and what is given stand in sentences of their own."""
    gifts = [read.voice.money(option.amount) for option in read.facts.options if option.amount]
    for sentence in read.sentences:
        if any(owed in sentence for owed in read.said("remedy")) and any(gift in sentence for gift in gifts):
            yield sentence, "say in two sentences what is owed and what we give on top"


def paid_by(read: Read) -> Broken:
    """What is owed is named, with the day by which it is there."""
    if (read.is_first and read.facts.remedy) or read.example.template == "remedy-raised":
        (sum_,) = read.said("paying" if read.facts.paying else "remedy")
        if not any(sum_ in line and day in line for line in read.lines for day in read.said("when")):
            yield "", f"say what is owed and by when: `{sum_}{read.says['when']}`"


def rights(read: Read) -> Broken:
    """A gift waives no right, and says so; a no names whom else the customer may turn to."""
    gift = read.example.template in ("options", "goodwill-given") or (
        read.example.template in ("counter-answer", "settlement") and read.facts.chosen
    )
    if gift and not read.with_(read.marks.waives):
        yield "", "say that taking it gives up no right"
    no = read.example.template == "final-say" or (read.example.template == "decline" and read.facts.promise == "kept")
    if (no or read.facts.names_body) and not any(body in read.text for body in read.said("body")):
        yield "", f"say whom else the customer may turn to: {read.says['body']}"


def each_claim(read: Read) -> Broken:
    """Each claim is answered by its name."""
    if read.is_first or read.example.template == "decline":
        for found in read.facts.found or ():
            alone = len(read.facts.found or ()) == 1
            if not alone and not any(read.voice.claim(found.claim) in line for line in read.lines):
                yield "", f"answer `{found.claim}` by its name"


def situation(read: Read) -> Broken:
    """What they told us of themselves is taken in once."""
    for words in read.said("situation"):
        if read.is_first and (times := read.text.count(words)) != 1:
            yield words, f"say this once, not {times} times"


def thanks(read: Read) -> Broken:
    """Who wrote to us is thanked; who did not have to is not."""
    wrote = read.is_first or read.example.template in ("acknowledgement", "decline")
    if wrote and not read.facts.unasked and not read.with_(read.marks.thanks):
        yield "", "thank them for telling us"
    if read.facts.unasked:
        yield from ((one, "they did not write: do not thank them for it") for one in read.with_(read.marks.thanks))


def figures(read: Read) -> Broken:
    """Every figure and date comes from the case: a template has none of its own."""
    known = sorted({word for value in read.says.values() for word in _words_of(value)}, key=len, reverse=True)
    for sentence in read.sentences:
        rest = sentence
        for word in known:
            rest = rest.replace(word, " ")
        if any(sign.isdigit() for sign in rest):
            yield sentence, "a figure or a date of its own: use the names for what is known of the case"


def cause(read: Read) -> Broken:
    """A cause comes from a record, too: a template knows of none."""
    known = [word.lower() for value in read.says.values() for word in _words_of(value) if word]
    for sentence in read.with_(read.marks.cause):
        rest = sentence.lower()
        for word in known:
            rest = rest.replace(word, " ")
        if any(phrase in rest for phrase in read.marks.cause):
            yield sentence, "a cause of its own: leave out why it happened, unless the case says so"


def _words_of(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from (value, *value.split("\n"))
        yield from (part for part in SENTENCES.split(value) if any(sign.isdigit() for sign in part))
    elif isinstance(value, list):
        yield from (word for item in value for word in _words_of(item))


def vague(read: Read) -> Broken:
    """A promise has a day, and that day a timer: no `soon`."""
    yield from ((one, "a promise has a day: say which, or leave it out") for one in read.with_(read.marks.vague))


def proposal(read: Read) -> Broken:
    """An answer to a proposal begins with it."""
    for asked in read.said("asked"):
        answers = read.example.template == "counter-answer" or read.facts.unmet
        if answers and asked not in read.lines[0]:
            yield read.lines[0], f"begin with what the customer proposed: `{asked}`"


def on_file(read: Read) -> Broken:
    """Nothing is asked for that we have."""
    yield from ((one, "we have that on file: do not ask for it") for one in read.with_(read.marks.on_file))


def not_the_last(read: Read) -> Broken:
    """No letter says or implies that this is the last or the best that we can do."""
    yield from ((one, "do not say that this is the last or all") for one in read.with_(read.marks.last))


def role(read: Read) -> Broken:
    """A final say names the role that may give it."""
    if read.example.template == "final-say" and not any(role in read.text for role in read.said("role")):
        yield "", f"say whose answer it is (here {read.says['role']})"


def farewell(read: Read) -> Broken:
    """Who leaves with nothing owed gets a short letter: no rebuttal, no gift."""
    if read.example.template not in ("decline", "final-say") or read.facts.remedy:
        return
    words = sum(any(sign.isalnum() for sign in word) for word in read.text.split())
    if words >= FAREWELL - 10:  # greeting, signature and reference take the rest
        yield "", f"a farewell has fewer than {FAREWELL} words, this one about {words + 10}"
    yield from ((one, "a farewell argues no more") for one in read.with_(read.marks.rebuttal))
    gifts = tuple(words.lower() for words in read.voice.words.kinds.values() if "{" not in words)
    yield from ((one, "a farewell brings no gift") for one in read.with_(gifts))


RULES: tuple[Callable[[Read], Broken], ...] = (
    own_fault,
    repair,
    regret,
    explanation,
    blame,
    patience,
    two_ledgers,
    paid_by,
    rights,
    each_claim,
    situation,
    thanks,
    figures,
    cause,
    vague,
    proposal,
    on_file,
    not_the_last,
    role,
    farewell,
)
