"""What somebody of the house gives because we are sorry, without having been asked for it in these words."""

from datetime import datetime

from msgspec.structs import replace

from services.offer.case import Case, about
from services.offer.negotiation.settling import due, settle
from services.offer.terms import Terms
from shared.events import GoodwillGiven, Option
from shared.runtime.decider import Answered

GIVEN = "given"
"""How the options that staff give are called, by their number in the case."""


def give(case: Case, at: datetime, terms: Terms, option: Option, role: str) -> tuple[Answered, ...]:
    """It settles a case that is open; where the customer has chosen something already, it comes on top and at once."""
    option = replace(option, id=f"{GIVEN}-{case.unasked + 1}")
    passed = terms.room.leaves_to_approver(option.amount) if option.amount else ()
    given = GoodwillGiven(**about(case, at), option=option, role=role, limits=passed, **terms.read_for(case))
    if case.state in ("agreed", "settled"):
        return (given, *due(replace(case, agreed=at), at, terms.policy, option))
    return (given, *settle(case, at, terms.policy, option, told=True))
