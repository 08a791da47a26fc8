"""What we remember of the questions to people of the house: who was asked for what, who has agreed, and how it ended."""

from msgspec.structs import replace

from services.offer.case import Case, Ended, Request
from shared.events import APPROVAL, Action, ApprovalRequested, RulingFollowed

ENDS: dict[Action, Ended] = {"approve": "given", "deny": "denied", "amend": "amended", "decline": "denied"}
"""What ends the wait for a yes or a no, and how."""


def requested(case: Case, event: ApprovalRequested) -> Case:
    """Asked for the first time, or of the next level, or of a second person. One at a time: where somebody's gift waits and
    the customer asks for something themselves, their own wish is what a person of the house looks at."""
    before = case.requests.get(event.id)
    if before is None:
        case = overtaken(case)
    request = Request(
        asked=before.asked if before else event.at,
        option=event.option,
        first=event.first or event.level,
        level=event.level,
        due=event.due,
        kind=event.kind,
        asked_by=event.asked_by,
        yes=event.yes,
        reasons=event.reasons,
        limits=event.limits,
        late=event.late,
    )
    return replace(case, requests={**case.requests, event.id: request})


def followed(case: Case, event: RulingFollowed) -> Case:
    """A person has decided: what was asked is answered, and who had the case for that alone has it no more.

    Who has declined all goodwill has dealt with the case, but not with what a letter called somebody for, nor with what is due
    and went wrong."""
    if event.request in case.requests and event.action in ENDS:
        ended = replace(case.requests[event.request], ended=ENDS[event.action])
        case = replace(case, requests={**case.requests, event.request: ended})
    dealt_with = case.why == APPROVAL and event.action in ENDS
    if dealt_with or (event.action == "decline" and not case.alarmed):
        return replace(case, why=case.trouble)
    return case


def overtaken(case: Case) -> Case:
    """The customer has chosen or taken it back, and nobody waits for a yes or a no any more."""
    if case.request is None:
        return case
    name, request = case.request
    return replace(case, requests={**case.requests, name: replace(request, ended="overtaken")})
