"""What may be computed with what: each pair of kinds has one result or none, and nothing converts by itself."""

from shared.policy.language.form.types import (
    COUNT,
    DATE,
    DISTANCE,
    DURATION,
    FLAG,
    INSTANT,
    MONTH,
    NUMBER,
    PERCENT,
    MoneyIn,
    OneOf,
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
    if is_amount(left) and left == right:
        return {"+": left, "-": left, "/": NUMBER}.get(operator)
    return _scaled(operator, left, right)


def _scaled(operator: str, left: Type, right: Type) -> Type | None:
    """An amount times or divided by a number, and a share of a sum."""
    if is_amount(left) and right in PLAIN and operator in "*/":
        return left
    if operator == "*" and left in PLAIN and is_amount(right):
        return right
    if operator == "*" and left == PERCENT and isinstance(right, MoneyIn):
        return right
    if operator == "*" and right == PERCENT and isinstance(left, MoneyIn):
        return left
    return None


def is_amount(type_: Type | None) -> bool:
    """What can be added up, and taken times a number."""
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
