"""What may be computed with what: each pair of kinds has one result or none, and nothing converts by itself."""

from shared.policy.language.types import (
    COUNT,
    DATE,
    DISTANCE,
    DURATION,
    FLAG,
    INSTANT,
    MONTH,
    NUMBER,
    PERCENT,
    PROOF,
    ListOf,
    MoneyIn,
    OneOf,
    Record,
    Type,
)

PLAIN = frozenset((NUMBER, COUNT))
AMOUNTS = frozenset((DURATION, DISTANCE, PERCENT))
"""What can be added up, and taken times a number; sums of money too."""
ORDERED = frozenset((INSTANT, DATE, MONTH, *PLAIN, *AMOUNTS))

TABLE: dict[tuple[str, Type, Type], Type] = {
    ("+", COUNT, COUNT): COUNT,
    ("*", COUNT, COUNT): COUNT,
    ("+", INSTANT, DURATION): INSTANT,
    ("+", DURATION, INSTANT): INSTANT,
    ("-", INSTANT, DURATION): INSTANT,
    ("-", INSTANT, INSTANT): DURATION,
    ("-", DATE, DATE): NUMBER,
    ("*", PERCENT, DURATION): DURATION,
    ("*", DURATION, PERCENT): DURATION,
    ("*", PERCENT, DISTANCE): DISTANCE,
    ("*", DISTANCE, PERCENT): DISTANCE,
}


def result(operator: str, left: Type, right: Type) -> Type | None:
    """The type of `left operator right`; None where it means nothing."""
    found = TABLE.get((operator, left, right))
    if found is not None:
        return found
    if left in PLAIN and right in PLAIN:
        return NUMBER
    if _is_amount(left) and left == right:
        return {"+": left, "-": left, "/": NUMBER}.get(operator)
    return _scaled(operator, left, right)


def _scaled(operator: str, left: Type, right: Type) -> Type | None:
    """An amount times or divided by a number, and a share of a sum."""
    if _is_amount(left) and right in PLAIN and operator in "*/":
        return left
    if operator == "*" and left in PLAIN and _is_amount(right):
        return right
    if operator == "*" and left == PERCENT and isinstance(right, MoneyIn):
        return right
    if operator == "*" and right == PERCENT and isinstance(left, MoneyIn):
        return left
    return None


def _is_amount(type_: Type) -> bool:
    return type_ in AMOUNTS or isinstance(type_, MoneyIn)


def can_compare(operator: str, left: Type, right: Type) -> bool:
    """Whether `left operator right` means something, for == != < <= > >=."""
    if operator in ("==", "!=") and left == right == FLAG:
        return True
    if operator in ("==", "!=") and isinstance(left, OneOf) and isinstance(right, OneOf):
        return bool(set(left.words) & set(right.words)) or left.open or right.open
    if left in PLAIN and right in PLAIN:
        return True
    return left == right and (left in ORDERED or isinstance(left, MoneyIn))


def joined(left: Type, right: Type) -> Type | None:
    """What is either the one or the other; None where that is neither fish nor fowl."""
    if left == right:
        return left
    if left in PLAIN and right in PLAIN:
        return NUMBER
    if isinstance(left, OneOf) and isinstance(right, OneOf):
        words = (*left.words, *(word for word in right.words if word not in left.words))
        return OneOf(words, open=left.open or right.open)
    return None


def is_like(type_: Type, wanted: Type) -> bool:
    """A count is a number; nothing else stands in for something else."""
    return type_ == wanted or (wanted == NUMBER and type_ == COUNT)


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
    DURATION: "write the time with its unit, like `3 h`, or take `hours(…)`, `minutes(…)` or `days(…)` of it",
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
