"""What probably was meant where two kinds do not go together, in the words of the language."""

from shared.policy.language.form.operators import PLAIN
from shared.policy.language.form.syntax import Literal, Node
from shared.policy.language.form.types import (
    DATE,
    DISTANCE,
    DURATION,
    FLAG,
    INSTANT,
    MONTH,
    PERCENT,
    PROOF,
    ListOf,
    MoneyIn,
    OneOf,
    Record,
    Type,
)
from shared.policy.language.form.writing import written


def called(type_: Type) -> str:
    """The type with its article, as it stands in a sentence."""
    match type_:
        case MoneyIn(currency=currency):
            return f"a sum in {currency}" if currency else "a sum in the currency of the case"
        case OneOf():
            return str(type_) if len(type_.words) > 1 else f"the word `{''.join(type_.words)}`"
        case ListOf(item=item):
            return f"a list ({item})"
        case Record():
            return f"an {type_}"
        case _:
            return f"an {type_}" if type_ == INSTANT else f"a {type_}"


def advice(left: Type, right: Type, operator: str = "") -> str:
    """What probably was meant where two kinds do not go together."""
    if isinstance(left, OneOf) and isinstance(right, OneOf):
        return (
            "words are only equal or not"
            if operator[:1] in "<>"
            else "no word is in both, so that they are never equal"
        )
    pair = {left, right}
    money = next((one for one in (left, right) if isinstance(one, MoneyIn)), None)
    if isinstance(left, MoneyIn) and isinstance(right, MoneyIn):
        if not left.currency or not right.currency:
            return "each case names its own currency, so that no sum is fixed: write it by a fact, like `0 * fee`"
        return "no sum is converted into another currency"
    if money and pair & PLAIN:
        return f"a sum has its currency: write it like `5 {money.currency or 'EUR'}`"
    if PROOF in pair:
        return "a proof is asked for with `proved(…)`"
    if any(isinstance(one, ListOf) for one in pair):
        return "take `count(…)`, `sum(…)`, `first(…)` or the like of the list"
    for kind in pair - PLAIN:
        if pair & PLAIN and kind in PLAIN_ADVICE:
            return PLAIN_ADVICE[kind]
    return PAIR_ADVICE.get(frozenset(pair), "both must be of one kind")


PLAIN_ADVICE: dict[Type, str] = {
    PERCENT: "write the share with its sign, like `10%`",
    DURATION: "write the time with its unit, like `3 h`, or take `hours(…)`, `minutes(…)` or `days(…)` of it; the days between two dates are a plain number",
    DISTANCE: "write the distance with its unit, like `3 km`",
    DATE: "move a date with `add_days(date, n)`",
    MONTH: "move a month with `add_months(month, n)`",
    INSTANT: "move an instant by a time with its unit, like `3 h`",
}
PAIR_ADVICE: dict[frozenset[Type], str] = {
    frozenset((INSTANT, DATE)): "take the day of the instant with `local_date(…)`",
    frozenset((DATE, MONTH)): "take `month_of(…)` of the date, or `first_of_month(…)` of the month",
    frozenset((INSTANT, MONTH)): "take `month_of(local_date(…))` of the instant",
    frozenset((DATE, DURATION)): "a date is no instant: move it with `add_days(date, n)`, and compare days as numbers",
    frozenset((DATE,)): "dates are subtracted and compared, nothing else: move one with `add_days(date, n)`",
    frozenset((INSTANT,)): "instants are subtracted and compared, nothing else",
    frozenset((PERCENT,)): "a share is taken of a sum, a time, a distance, or times a number",
    frozenset((FLAG,)): "flags are joined with `and`, `or` and `not`",
    frozenset((DISTANCE, DURATION)): "a distance is no time",
}


def advice_for(parts: tuple[Node, ...], types: tuple[Type, ...], operator: str = "") -> str:
    """The same for parts of a formula: a plain number is written out with the unit or the currency that it lacks."""
    kinds = tuple(dict.fromkeys(types))
    if len(kinds) == 1:
        return advice(kinds[0], kinds[0], operator) if operator else "give it what it takes"
    if len(kinds) != 2:
        return "give it what it takes"
    for part, type_ in zip(parts, types, strict=True):
        other = kinds[1] if type_ == kinds[0] else kinds[0]
        if isinstance(part, Literal) and type_ in PLAIN and (full := completed(written(part), other)):
            return f"write `{full}`"
    return advice(kinds[0], kinds[1], operator)


def completed(number: str, type_: Type) -> str:
    """A plain number as it is written for that type; empty where it could be several units."""
    if type_ == PERCENT:
        return f"{number}%"
    return f"{number} {type_.currency}" if isinstance(type_, MoneyIn) and type_.currency else ""


def as_condition(node: Node, type_: Type) -> str:
    """How what is no condition becomes one."""
    if type_ == PROOF:
        return f"ask `proved({written(node)})`"
    if isinstance(type_, OneOf) and type_.words:
        return f"compare it, `{written(node)} == {type_.words[0]}`"
    return "compare it with something"
