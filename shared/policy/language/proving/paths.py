"""Every case comes to an answer: each list of checks ends, nothing stands behind an end, no category is forgotten."""

from collections.abc import Collection, Sequence
from itertools import pairwise

from shared.policy.language.form.schedule import Check, Schedule, Switch
from shared.policy.language.form.syntax import Formula
from shared.policy.language.form.walk import checks_of, names
from shared.policy.language.proving.domains import Word, domain_of
from shared.policy.tree import Place

PAYS = ("owed", "owed_in_part")


def prove_paths(schedule: Schedule) -> None:
    """Raises Misconfigured where a case may end without an answer, or where no case can come."""
    for check in checks_of(schedule.checks):
        if check.condition:
            _asks_something(check.condition)
        if check.by:
            _covered(schedule, check.place, check.by, check.cases or {}, has_else=check.otherwise is not None)
        for list_ in (check.checks, *(check.cases or {}).values(), check.otherwise or ()):
            _nothing_behind_an_end(list_)
    for let in schedule.lets.values():
        if isinstance(let.value, Switch):
            switch = let.value
            _covered(schedule, switch.place, switch.by, switch.cases, has_else=switch.otherwise is not None)
    for addition in schedule.additions:
        _asks_something(addition.condition)
    _nothing_behind_an_end(schedule.checks)
    _comes_to_an_end(schedule)
    _something_is_owed(schedule)


def _comes_to_an_end(schedule: Schedule) -> None:
    if not any(map(_ends, schedule.checks)):
        schedule.checks[-1].place.refuse(
            "a case may come through all checks without an answer: end the list with one without `if`, `- {then: …}`"
        )


def _nothing_behind_an_end(checks: Sequence[Check]) -> None:
    for check, behind in pairwise(checks):
        if _ends(check):
            behind.place.refuse(
                f"no case comes here, since each ends at line {check.place.line}: "
                "give that one an `if`, move it down, or remove this check"
            )


def _ends(check: Check) -> bool:
    """Whether every case that comes to this check ends there."""
    if check.condition:
        return False
    if check.by:
        otherwise = () if check.otherwise is None else (check.otherwise,)
        return all(any(map(_ends, list_)) for list_ in (*(check.cases or {}).values(), *otherwise))
    return check.then is not None or any(map(_ends, check.checks))


def _asks_something(condition: Formula) -> None:
    if not any(True for _ in names(condition.tree)):
        condition.refuse(0, "this is the same in every case: compare a fact, or remove the condition")


def _covered(schedule: Schedule, place: Place, by: Formula, cases: Collection[str], *, has_else: bool) -> None:
    domain = domain_of(schedule, by.tree)
    if domain is None:
        by.refuse(0, "`by` asks for a word or a flag, and this is neither: write the cases as checks with `if`")
    words = {_spoken(word) for word in domain}
    left = sorted(words - set(cases))
    if left and not has_else:
        place.refuse(f"nothing is said for {', '.join(f'`{word}`' for word in left)}: {_addition(left)}")
    if has_else and not left:
        place.refuse("`else` is never reached, since each word has a case of its own: remove it")


def _spoken(word: Word) -> str:
    return "none" if word is None else str(word).lower() if isinstance(word, bool) else word


def _addition(left: Sequence[str]) -> str:
    """What covers these; the words that nobody listed, and no word at all, have no list of their own."""
    if "other" in left or "none" in left:
        return "add `else`"
    return f"add {'it' if len(left) == 1 else 'them'}, or `else`"


def _something_is_owed(schedule: Schedule) -> None:
    paying = [check.then for check in checks_of(schedule.checks) if check.then and check.then.outcome in PAYS]
    if not paying:
        schedule.place.refuse("no check ends as `owed`, so that breaking this promise costs nothing: add one")
    if schedule.pay and all(end.pay for end in paying):
        schedule.pay.place.refuse("nobody is paid this sum, since each `owed` has a `pay` of its own: remove it")
