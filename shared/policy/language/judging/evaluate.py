"""What a schedule answers to one case, and why."""

from collections.abc import Mapping
from datetime import date, datetime

from shared.policy.language.form.evaluation import Evaluation, Given
from shared.policy.language.judging.case import Case
from shared.policy.language.judging.compile import Compiled


def evaluate(
    compiled: Compiled,
    facts: Mapping[str, Given],
    *,
    as_of: date | None = None,
    so_far: datetime | None = None,
    currency: str | None = None,
) -> Evaluation:
    """The answer, with every step that led to it. The same facts always get the same answer; facts that the schedule
    does not read change nothing.

    `as_of` chooses the version where the facts do not say the anchor's day. `so_far`: the moment of judgement (aware),
    up to which a failure is judged whose end was not given; None: an end that was not given is unknown. `currency`: an
    ISO 4217 code for a schedule whose currency is a fact of the case, where that fact was not given.
    """
    return compiled.judge(Case(compiled.names, facts, as_of, so_far, currency))
