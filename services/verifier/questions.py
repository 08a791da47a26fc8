"""What is asked of the customer, once: what only they can know, and how they may write it."""

from collections.abc import Iterable

from shared.events import Question
from shared.policy.language.form.schedule import Fact, Schedule
from shared.policy.language.form.types import FLAG, INSTANT, MoneyIn, OneOf, Type

YES, NO = "yes", "no"


def questions(schedule: Schedule, missing: Iterable[str]) -> tuple[Question, ...]:
    """One question for each of these facts that the customer alone can state."""
    facts = (schedule.facts[name] for name in missing if name in schedule.facts)
    return tuple(_question(fact, schedule.zone) for fact in facts if fact.source == "customer")


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
