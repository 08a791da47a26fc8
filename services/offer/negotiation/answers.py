"""What a customer's word leads to: settled, another round, or a person. What was said in time counts."""

from services.offer.case import Case
from services.offer.negotiation.counter import answer_counter
from services.offer.negotiation.rounds import hand_over, next_round
from services.offer.negotiation.settling import settle, undo
from services.offer.payouts.billing import contested
from services.offer.terms import Terms
from shared.events import (
    Answer,
    AnswerUndone,
    ApologyAccepted,
    CounterOffered,
    FulfilmentContested,
    OptionAccepted,
    OptionsRejected,
    PersonAskedFor,
    QuestionAsked,
)
from shared.runtime.decider import Answered


def answer_customer(answer: Answer, case: Case, terms: Terms) -> tuple[Answered, ...]:
    """Who asks for a person gets one, early or late. All else counts in time, and for the round in hand; an option
    that was turned down may be asked for as long as the case is open."""
    policy = terms.policy
    match answer:
        case PersonAskedFor():
            return hand_over(case, "person_asked_for", answer.at, policy)
        case QuestionAsked():
            return hand_over(case, "question_asked", answer.at, policy)
        case AnswerUndone():
            return undo(case, answer, policy)
        case FulfilmentContested():
            return contested(case, answer, policy)
        case _ if not _counts(case, answer):
            return ()
        case OptionAccepted():
            chosen = (option for option in case.shown if option.id == answer.option)
            return next((settle(case, answer.at, policy, option) for option in chosen), ())
        case _ if answer.round != case.round:
            return ()
        case ApologyAccepted():
            return settle(case, answer.at, policy)
        case CounterOffered() if not case.why:
            return answer_counter(case, answer, terms)
        case OptionsRejected() if not case.why:
            return next_round(case, answer.at, terms)
        case _:
            return ()


def _counts(case: Case, answer: Answer) -> bool:
    """Something was put to the customer, and the case was open when they answered."""
    return case.round > 0 and case.in_time(answer.at)
