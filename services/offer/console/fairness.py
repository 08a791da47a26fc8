"""Whether customers of one failure were treated alike, and where not, why: each difference with the cause that made it.

Cases are laid side by side with the one that most of them are like. What differs is put down to what differs before it: the
facts, a history, a limit, the budget, a version of the policy, a person's ruling, or what the customers themselves answered.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from services.offer.console.told import Offer, Told
from services.offer.limits import BUDGET, BUDGET_SOFT

FACTS = ("outcome", "promise", "severity", "contested", "paid", "lost", "owed", "schedule", "sought", "concerns")
"""Of a verdict: what an offer follows from."""
MEASURED = ("outcome", "promise", "contested", "schedule", "paid", "reads", "ongoing", "claims")
"""Of a verdict: what a remedy follows from."""


class Cause(Struct, frozen=True):
    """One reason for a difference: `code` is facts, history, same-failure, limit, budget, policy, ruling, person, answers or earlier; the
    values are this case's and the other's."""

    code: str
    what: str
    here: str
    there: str


class Difference(Struct, frozen=True):
    """What is not the same as in the case that most are like, and why; without a cause it is unexplained."""

    what: str
    here: str
    there: str
    causes: tuple[Cause, ...]


class Compared(Struct, frozen=True):
    """One case as it is laid beside the others. `offers`: what was on the table, round by round; `given`: because we are
    sorry."""

    case: str
    complaint: str
    customer: str
    state: str
    remedy: str
    offers: tuple[str, ...]
    given: str
    differences: tuple[Difference, ...]


class Fairness(Struct, frozen=True):
    """The cases of an incident, the one that most are like first; `unexplained` differences should not be."""

    incident: str
    cases: tuple[Compared, ...]
    unexplained: int


def compare(incident: str, told: Sequence[Told]) -> Fairness:
    """Lay these cases of one incident side by side."""
    if not told:
        return Fairness(incident, (), 0)
    like = _like_most(told)
    others = sorted((one for one in told if one is not like), key=lambda one: (one.complaint, one.case))
    cases = (_compared(like, ()), *(_compared(one, tuple(_differences(one, like))) for one in others))
    unexplained = sum(not difference.causes for case in cases for difference in case.differences)
    return Fairness(incident, cases, unexplained)


def _like_most(told: Sequence[Told]) -> Told:
    """The case whose remedy and first options are those of most, and of these what was given; else the first of them."""

    def treated(one: Told) -> tuple[str, str]:
        return one.remedy, one.offers[0].shown if one.offers else ""

    often = Counter(treated(one) for one in told if one.facts)
    given = Counter((treated(one), one.given) for one in told if one.facts)
    in_order = sorted(told, key=lambda one: (one.complaint, one.case))
    return max(in_order, key=lambda one: (often[treated(one)], given[treated(one), one.given], len(one.offers)))


def _compared(one: Told, differences: tuple[Difference, ...]) -> Compared:
    shown = tuple(offer.shown for offer in one.offers)
    return Compared(one.case, one.complaint, one.customer, one.state, one.remedy, shown, one.given, differences)


def _differences(one: Told, other: Told) -> Iterator[Difference]:
    """What is compared only where it has come so far in both: who has not answered yet is not treated otherwise."""
    if not (one.facts and other.facts):
        return
    if one.remedy != other.remedy:
        yield Difference("remedy", one.remedy, other.remedy, tuple(_of_remedy(one, other)))
    if one.first != other.first:
        yield Difference("first word", one.first, other.first, tuple(_of_first_word(one, other)))
    earlier: Difference | None = None
    for n, (mine, theirs) in enumerate(zip(one.offers, other.offers, strict=False), 1):
        if mine.shown != theirs.shown:
            causes = tuple(_of_offer(mine, theirs, earlier))
            earlier = Difference(f"options {n}", mine.shown, theirs.shown, causes)
            yield earlier
    if one.given != other.given and one.is_over and other.is_over:
        yield Difference("given", one.given, other.given, tuple(_of_gift(one, other, earlier)))


def _of_remedy(one: Told, other: Told) -> Iterator[Cause]:
    yield from _facts(one.facts, other.facts, MEASURED)
    yield from _same("policy", "version", one.judged_by, other.judged_by)


def _of_first_word(one: Told, other: Told) -> Iterator[Cause]:
    yield from _facts(one.first_facts, other.first_facts, FACTS)
    yield from _same("policy", "version", one.judged_by, other.judged_by)
    yield from _same("same-failure", "is answered with", one.joined, other.joined)
    yield from _same("history", "let down before", one.repeated, other.repeated)
    yield from _same("history", "weighs more by", one.raised, other.raised)
    yield from _same("person", "called before", one.called_first, other.called_first)


def _of_offer(mine: Offer, theirs: Offer, earlier: Difference | None) -> Iterator[Cause]:
    yield from _facts(mine.facts, theirs.facts, FACTS)
    yield from _same("policy", "version", mine.policy, theirs.policy)
    yield from _same("history", "weighs more by", mine.raised, theirs.raised)
    yield from _limits(mine.limits, theirs.limits)
    yield from _same("answers", "rounds of the menu that were passed", mine.passed, theirs.passed)
    yield from _same("answers", "asked for", mine.wish, theirs.wish)
    yield from _same("ruling", "before", mine.rulings, theirs.rulings)
    if earlier:
        yield Cause("earlier", earlier.what, earlier.here, earlier.there)


def _of_gift(one: Told, other: Told, earlier: Difference | None) -> Iterator[Cause]:
    yield from _same("same-failure", "is answered with", one.joined, other.joined)
    yield from _same("answers", "chose", one.answers, other.answers)
    yield from _same("ruling", "decided", one.rulings, other.rulings)
    yield from _limits(one.limits, other.limits)
    if earlier:
        yield Cause("earlier", earlier.what, earlier.here, earlier.there)


def _limits(mine: Iterable[str], theirs: Iterable[str]) -> Iterator[Cause]:
    """A limit is the customer's own; the budget is the house's, and stood otherwise when the decision was taken."""
    for code, codes in (("limit", None), ("budget", (BUDGET, BUDGET_SOFT))):
        here, there = (
            ", ".join(name for name in names if (name in (BUDGET, BUDGET_SOFT)) == (codes is not None))
            for names in (mine, theirs)
        )
        yield from _same(code, "bites", here, there)


def _facts(mine: Mapping[str, Any], theirs: Mapping[str, Any], names: Iterable[str]) -> Iterator[Cause]:
    for name in names:
        here, there = mine.get(name, ""), theirs.get(name, "")
        if name == "reads":
            yield from _reads(here or {}, there or {})
        else:
            yield from _same("facts", name, here, there)


def _reads(mine: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[Cause]:
    for name in sorted({*mine, *theirs}):
        yield from _same("facts", name, mine.get(name, ""), theirs.get(name, ""))


def _same(code: str, what: str, here: Any, there: Any) -> Iterator[Cause]:
    """Nothing where both are the same."""
    if here != there:
        yield Cause(code, what, _text(here), _text(there))


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_text, value)) or "–"
    return str(value) if value or value == 0 else "–"
