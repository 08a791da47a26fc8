"""Which choices we put on the table: those that fit the loss best, never one that was shown before, two or three."""

from decimal import Decimal

from services.offer.case import Case
from shared.events import Option
from shared.money import Money
from shared.policy.policy import MenuOption, Rounds

CEILING = Decimal(150)
"""Remedy and goodwill together, in percent of the loss: too much insults as much as too little."""


def choose(rounds: Rounds, case: Case) -> tuple[Option, ...]:
    """Two or three options that this customer has not seen, from the next round of the menu that has so many; else none."""
    last = max((option.round for option in rounds.menu), default=0)
    for menu_round in range(case.menus + 1, max(last, case.menus + 1) + 1):
        if options := _of_round(rounds, case, menu_round):
            return options
    return ()


def reserve(rounds: Rounds, case: Case) -> tuple[Option, ...]:
    """What has not been shown and could be, best fit first."""
    return tuple(option for _, option in _fitting(rounds, case))


def _of_round(rounds: Rounds, case: Case, menu_round: int) -> tuple[Option, ...]:
    fitting = _fitting(rounds, case)
    options = tuple(option for opens, option in fitting if opens <= menu_round)
    if len(options) < 2:
        return ()
    # Of the last four two are shown and then two: one alone could never be offered, and would be held back for nothing.
    return options[: 2 if len(options) == len(fitting) == 4 else 3]


def _fitting(rounds: Rounds, case: Case) -> list[tuple[int, Option]]:
    shown = {option.id for option in case.shown}
    fitting = [
        (entry.round, option)
        for entry in rounds.menu
        if case.severity in entry.severities and entry.id not in shown and (option := _priced(entry, case)) is not None
    ]
    return sorted(fitting, key=lambda entry: _fit(entry[1], case.sought))


def _fit(option: Option, sought: str | None) -> tuple[bool, bool, bool, int]:
    """What was asked for, then money for money (an option has some only where the loss is known), then what is soonest."""
    return (option.form != sought, option.amount is None, option.arrives is None, option.arrives or 0)


def _priced(entry: MenuOption, case: Case) -> Option | None:
    if entry.percent is None and not entry.at_most:
        return _option(entry, None)
    amount = _amount(entry, case.paid)
    return _option(entry, amount) if amount and not _too_much(amount, case) else None


def _option(entry: MenuOption, amount: Money | None) -> Option:
    return Option(entry.id, entry.form, amount, entry.arrives, entry.conditions)


def _amount(entry: MenuOption, paid: Money | None) -> Money | None:
    """Percent of what was paid, half up, at most the cap; the cap itself where no percent is set."""
    if paid is None:
        return None
    caps = [cap for cap in entry.at_most if cap.currency == paid.currency]
    if entry.at_most and not caps:
        return None
    shares = [] if entry.percent is None else [paid.percent(entry.percent)]
    amount = min(shares + caps).rounded()  # a cap too is shown with the currency's digits
    return amount if amount.amount > 0 else None


def _too_much(amount: Money, case: Case) -> bool:
    """Over the ceiling with what is owed; sums in two currencies cannot be compared, so they count as too much."""
    loss, owed = case.loss, case.owed
    if loss is None or loss.currency != amount.currency or (owed and owed.currency != amount.currency):
        return True
    return amount.amount + (owed.amount if owed else 0) > loss.amount * CEILING / 100
