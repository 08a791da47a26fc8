"""The checks of a schedule, in their order: what ends a case, with which outcome, and what is paid."""

from typing import NoReturn, get_args

from shared.events import Promise
from shared.policy.language.form.schedule import Check, End, Ending, Fact
from shared.policy.language.form.syntax import Formula, Literal
from shared.policy.language.form.types import PROOF
from shared.policy.language.reading import fields
from shared.policy.language.reading.advice import called
from shared.policy.language.reading.scope import Scope, check_case
from shared.policy.tree import Branch, Leaf, Node, nearest

KINDS: dict[str, tuple[str, ...]] = {
    "then": ("if", "then", "pay", "reason", "promise", "again", "severity", "ongoing"),
    "checks": ("if", "checks"),
    "need": ("need",),
    "excluded_by": ("excluded_by", "with"),
    "by": ("by", "else"),
}
PAYS = frozenset(("owed", "owed_in_part"))
DEEPEST = 12


def read_checks(node: Node, scope: Scope, depth: int = 1) -> tuple[Check, ...]:
    """The checks of one list. Raises Misconfigured."""
    if depth > DEEPEST:
        node.place.refuse(f"checks inside of checks, {DEEPEST} deep: put some of the conditions together with `and`")
    found = tuple(_check(one, scope, depth) for one in fields.items(node, "checks"))
    if not found:
        node.place.refuse("the list of checks is empty: write one, `- {then: owed REASON}`")
    return found


def _check(node: Node, scope: Scope, depth: int) -> Check:
    branch = fields.named(node)
    kind = _kind(branch)
    if kind != "by":
        branch = fields.entries(branch, KINDS[kind])
    has = branch.entries
    match kind:
        case "need":
            return Check(
                node.place, need=tuple(_needed(name, has["need"], scope) for name in fields.codes(has["need"]))
            )
        case "excluded_by":
            proofs = tuple(_proof(name, has["excluded_by"], scope) for name in fields.codes(has["excluded_by"]))
            together = _proof(fields.code(has["with"]), has["with"], scope) if "with" in has else None
            return Check(node.place, excluded_by=proofs, together=together)
        case "by":
            return _by(branch, scope, depth)
        case "checks":
            return Check(node.place, _condition(branch, scope), checks=read_checks(has["checks"], scope, depth + 1))
        case _:
            return Check(node.place, _condition(branch, scope), then=_end(branch, scope))


def _kind(branch: Branch) -> str:
    kinds = [name for name in branch.entries if name in KINDS]
    if not kinds:
        _refuse_nothing(branch)
    if len(kinds) > 1:
        branch.place.refuse(
            f"a check does one thing, and this one says {' and '.join(f'`{kind}`' for kind in kinds)}: make two of it"
        )
    return kinds[0]


def _refuse_nothing(branch: Branch) -> NoReturn:
    for name in branch.entries:
        if name not in ("if", "pay", "reason", "with", "else"):
            fields.refuse_name(branch, name, [*KINDS, "if"])
    branch.place.refuse("the check does not say what follows: add `then: OUTCOME REASON`, or `checks:` below it")


def _condition(branch: Branch, scope: Scope) -> Formula | None:
    return scope.condition(fields.formula(branch.entries["if"])) if "if" in branch.entries else None


def _by(branch: Branch, scope: Scope, depth: int) -> Check:
    """One list for each word that `by` can have."""
    words, by = scope.word(fields.formula(branch.entries["by"]))
    lists = {name: node for name, node in branch.entries.items() if name not in ("by", "else")}
    for name in lists:
        check_case(by, words, name, branch.places[name])
    if not lists:
        branch.place.refuse(f"no word of `{by.text}` has its list: add `{words.words[0]}:` with its checks")
    otherwise = branch.entries.get("else")
    return Check(
        branch.place,
        by=by,
        cases={name: read_checks(node, scope, depth + 1) for name, node in lists.items()},
        otherwise=read_checks(otherwise, scope, depth + 1) if otherwise else None,
    )


def _end(branch: Branch, scope: Scope) -> End:
    has = branch.entries
    outcome, reason = _outcome(has["then"])
    if (reason is None) == ("reason" not in has):
        has["then"].place.refuse(
            f"why is missing: write `then: {outcome} REASON`, or `reason: band.reason` from a table"
            if reason is None
            else f"the reason stands twice: keep `{reason}` or the line `reason`"
        )
    if "pay" in has and outcome not in PAYS:
        has["pay"].place.refuse(f"with `{outcome}` nothing is paid: leave `pay` out")
    return End(
        outcome,
        reason if reason is not None else _reason(has["reason"], scope),
        pay=scope.money(fields.formula(has["pay"])) if "pay" in has else None,
        promise=fields.chosen(has["promise"], get_args(Promise)) if "promise" in has else None,
        again=scope.time(fields.formula(has["again"])) if "again" in has else None,
        severity=read_severity(has["severity"], scope) if "severity" in has else None,
        ongoing=fields.yes(has["ongoing"]) if "ongoing" in has else True,
    )


def _outcome(node: Node) -> tuple[Ending, str | None]:
    word, *reason = fields.text(node).split()
    found: Ending = fields.chosen(Leaf(node.place, word), get_args(Ending))
    if any(one[0].isdigit() for one in reason):
        node.place.refuse(
            f"a reason stands behind `{found}`, as one word: what is paid goes under `pay: {' '.join(reason)}`"
        )
    if len(reason) > 1:
        node.place.refuse(f"a reason is one word: write `then: {found} {'_'.join(reason)}`")
    code = fields.code(Leaf(node.place, reason[0])) if reason else None
    return found, code


def _reason(node: Node, scope: Scope) -> str | Formula:
    """A code as it stands, or a formula whose word it is."""
    if isinstance(node, Leaf) and fields.CODE.fullmatch(node.text.strip()) and node.text.strip() not in scope:
        return node.text.strip()
    return scope.word(fields.formula(node))[1]


def read_severity(node: Node, scope: Scope) -> Formula:
    """How grave it is, from 1 to 4."""
    found = scope.number(fields.formula(node))
    if isinstance(found.tree, Literal) and found.tree.value not in (1, 2, 3, 4):
        found.refuse(0, "severities go from 1 (slight) to 4 (gravest)")
    return found


def _fact(name: str, node: Node, scope: Scope) -> Fact:
    if name not in scope.facts:
        more = (
            "a `let` or a table is worked out, name the fact that it rests on"
            if name in scope
            else nearest(name, scope.facts)
        )
        node.place.refuse(f"no fact is called `{name}`: {more}")
    return scope.facts[name]


def _needed(name: str, node: Node, scope: Scope) -> str:
    fact = _fact(name, node, scope)
    if fact.type == PROOF or fact.has_default:
        why = "a proof that is absent is not proved" if fact.type == PROOF else "it has a default"
        node.place.refuse(f"`{name}` is never missing, since {why}: leave it out")
    return name


def _proof(name: str, node: Node, scope: Scope) -> str:
    fact = _fact(name, node, scope)
    if fact.type != PROOF:
        node.place.refuse(f"`{name}` is {called(fact.type)} and no proof: declare it as `{name}: {{proof: …, by: …}}`")
    return name
