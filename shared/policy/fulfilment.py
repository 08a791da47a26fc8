"""Whether everything that may be granted has somebody who sees to it, by a day that can be named."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from shared.policy.language.judging.compile import Compiled
from shared.policy.policy import Policy
from shared.policy.shape import Places
from shared.policy.tree import nearest
from shared.remedy import FORM, PLAIN


def check_payouts(policy: Policy, schedules: Mapping[str, Compiled], places: Places) -> None:
    """Raises Misconfigured at the first form that nothing is given in, and where a customer would be promised no time."""
    if policy.payouts.look_within == timedelta():
        places["payouts", "look_within"].refuse("nobody looks into it in no time: write it like `2 days`")
    given = sorted({*_of_the_menu(policy), *_of_promises(schedules)})
    for form, said in policy.payouts.forms.items():
        here = places["payouts", "forms", form]
        if form not in given:
            here.refuse(f"neither the menu nor a schedule gives `{form}`: {nearest(form, given)}")
        if said.owner is None and said.within is None:
            here.refuse(f"nothing is said of `{form}`: add `owner` or `within`, or remove it")


def _of_the_menu(policy: Policy) -> Iterator[str]:
    return (option.form for option in policy.rounds.menu)


def _of_promises(schedules: Mapping[str, Compiled]) -> Iterator[str]:
    """The forms in which something may be owed; a plain sum is paid as a refund."""
    yield FORM
    for compiled in schedules.values():
        remedy = compiled.schedule.remedy
        yield from (form for form in (remedy.form, *remedy.equal) if form != PLAIN)
