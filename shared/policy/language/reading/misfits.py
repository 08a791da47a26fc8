"""What is wrong with a formula that does not read, in the words of somebody who writes rules and no programs."""

from collections.abc import Collection

SIGNS = {
    "=": "one `=` compares nothing: write `==`",
    "&": "write `and`",
    "|": "write `or`",
    "!": "write `not`, or `!=` for `is not`",
    "%": "a percentage stands right behind its number: `10%`",
    "'": "words stand as they are, without quotes",
    '"': "words stand as they are, without quotes",
    "`": "words stand as they are, without quotes",
    "€": "write the currency's code behind the sum: `5 EUR`",
    "£": "write the currency's code behind the sum: `5 GBP`",
    "$": "write the currency's code behind the sum: `5 USD`",
    "≤": "write `<=`",
    "≥": "write `>=`",
    "≠": "write `!=`",
    "×": "write `*`",
    "·": "write `*`",
    "÷": "write `/`",
    "–": "write `-`",
    "−": "write `-`",
    "{": "round brackets hold a part together: `(`",
    "}": "round brackets hold a part together: `)`",
    ":": "put quotes around a text with a colon, and none into a formula",
    ";": "a formula is one expression: leave it out",
    "#": "a remark needs a blank before its `#`, outside of quotes",
}
SHOWN = 20
CLOSERS = {"(": ")", "[": "]"}


def strange_sign(sign: str) -> str:
    """For a sign that no formula has."""
    return f"`{sign}` means nothing in a formula: {SIGNS.get(sign, 'a formula has letters, numbers and + - * / < > = ( ) [ ] . ,')}"


def strange_word(text: str, at: int, word: str, expected: Collection[str]) -> str:
    """For a word at column `at` (`word` "" where the text ends) where the grammar allows only `expected` kinds."""
    if set(expected) == {"BRACKET"}:
        return "behind `in` comes a list in square brackets: `in [first, second]`"
    if set(expected) == {"IN"}:
        return "`not` stands before what it denies (`not late`), or in `not in [first, second]`"
    if set(expected) == {"ELSE"}:
        return "the `else` is missing: `VALUE if CONDITION else OTHER`"
    if set(expected) == {"NAME"}:
        return f"a name belongs {f'behind `{text[:at].rsplit(maxsplit=1)[-1]}`' if at else 'here'}"
    if "NAME" in expected and "PLUS" not in expected:
        return _value_missing(text, at, word)
    return _value_there(text, at, word)


def _value_missing(text: str, at: int, word: str) -> str:
    before = text[:at].split()
    behind = f" behind `{_last(text[:at])}`" if before else ""
    if not word:
        return f"a value is missing{behind}: a name, a number with its unit, or a bracket"
    if word == "in" and before and before[-1] == "not":
        return "`not in` needs a value before it: `kind not in [first, second]`"
    return f"a value belongs here{behind}, not `{word}`: a name, a number with its unit, or a bracket"


def _last(text: str) -> str:
    return text.rsplit(maxsplit=1)[-1][-SHOWN:]


def _value_there(text: str, at: int, word: str) -> str:
    """What a complete value is followed by, and should not be."""
    left = _open_brackets(text[:at])
    if not word:
        column, bracket = left[-1]
        return f"the `{bracket}` of column {column + 1} is never closed: add `{CLOSERS[bracket]}`"
    if word in CLOSERS.values():
        return _closed_wrong(left, word)
    if word == "," and text[:at].rstrip()[-1:].isdigit() and text[at + 1 : at + 4].isdigit():
        return "a number has no commas: write `1000`, and `2.5` with a point"
    if word == ",":
        return "a comma stands only between the arguments of a function, and in `in [first, second]`"
    if word == "else":
        return "this `else` has no `if`: `VALUE if CONDITION else OTHER`"
    if word == "for":
        return "`for` stands only in square brackets: `[VALUE for ENTRY in LIST]`"
    if word in {"<", ">", "<=", ">=", "==", "!=", "in"}:
        return (
            f"`{word}` cannot follow here: put what is compared into round brackets, or join two comparisons with `and`"
        )
    return f"something is missing before `{word}`: `and`, `or`, a comparison like `==`, or one of + - * /"


def _open_brackets(text: str) -> list[tuple[int, str]]:
    left: list[tuple[int, str]] = []
    for column, sign in enumerate(text):
        if sign in CLOSERS:
            left.append((column, sign))
        elif sign in CLOSERS.values() and left:
            left.pop()
    return left


def _closed_wrong(left: list[tuple[int, str]], word: str) -> str:
    if not left:
        return f"this `{word}` closes nothing: leave it out"
    column, bracket = left[-1]
    if CLOSERS[bracket] != word:
        return f"`{CLOSERS[bracket]}` belongs here: it closes the `{bracket}` of column {column + 1}"
    return "square brackets hold `[VALUE for ENTRY in LIST]`, or stand behind `in`"
