"""What is asked of the customer, once: what only they can know, and how they may write it."""

from collections.abc import Collection

from shared.events import Question
from shared.policy.language.form.schedule import Fact, Schedule
from shared.policy.language.form.types import FLAG, INSTANT, MoneyIn, OneOf, Type

YES, NO = "yes", "no"


def questions(schedule: Schedule, missing: Collection[str]) -> tuple[Question, ...]:
    """Where a fact is missing that the customer alone can state: one question for each that the schedule needs of them.

    They are asked once, so that all is asked for at once, also what only matters after another answer.
    """
    if not missing:
        return ()
    theirs = {name: fact for name, fact in schedule.facts.items() if fact.source == "customer"}
    if theirs.keys().isdisjoint(missing):
        return ()
    needed = (fact for name, fact in theirs.items() if name in missing or not (fact.optional or fact.has_default))
    return tuple(_question(fact, schedule.zone) for fact in needed)


def understood(type_: Type, answer: str) -> object:
    """The answer as a fact: `yes` and `no` are a flag, all else stays as it was written."""
    return answer == YES if type_ == FLAG and answer in (YES, NO) else answer


def _question(fact: Fact, zone: str) -> Question:
    match fact.type:
        case OneOf(words=words):
            return Question(fact.named or fact.name, fact.meaning, "word", words)
        case MoneyIn():
            return Question(fact.named or fact.name, fact.meaning, "money")
        case _ if fact.type == FLAG:
            return Question(fact.named or fact.name, fact.meaning, "flag", (YES, NO))
        case _ if fact.type == INSTANT:
            return Question(fact.named or fact.name, fact.meaning, str(fact.type), zone=zone)
        case _:
            return Question(fact.named or fact.name, fact.meaning, str(fact.type))
