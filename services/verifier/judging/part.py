"""What is said to one claim of a letter, or to some that one promise answers."""

from msgspec import Struct

from services.verifier.records.about import Similar
from shared.events import ClaimJudged, Question


class Part(Struct, frozen=True, kw_only=True):
    """What is said to some of the claims, by one schedule or by none.

    `waits_for`: facts that are worth waiting for before this is said, of whom `owner` is asked. `asks`: what only the
    customer can know. `alike`: the others who say the same of the
    subject, where they are as many as the policy asks for.
    """

    judged: ClaimJudged
    waits_for: tuple[str, ...] = ()
    owner: str | None = None
    asks: tuple[Question, ...] = ()
    incident: str | None = None
    alike: tuple[Similar, ...] = ()
