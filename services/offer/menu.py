"""Which choices we put on the table: those that fit the loss best, never one that was shown before, two or three."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from msgspec import structs

from services.offer.case import Case
from services.offer.limits import BOUNDLESS, Room
from shared.events import Option
from shared.money import Money
from shared.policy.menus import exclude
from shared.policy.policy import MenuOption, Rounds

MOST = 3
Priced = tuple[MenuOption, Money | None]
"""What the menu has, and what it comes to in a case."""


class Held(Option, frozen=True, omit_defaults=True):
    """An option that was not shown: `why` not, a code, and what it would `cost` the house, where that can be said."""

    why: str = ""
    cost: Money | None = None


class Table(NamedTuple):
    """What is put before a customer; `limits`: those without which other options would lie there, codes."""

    options: tuple[Option, ...]
    limits: tuple[str, ...]


def choose(rounds: Rounds, case: Case, room: Room) -> Table:
    """Two or three options that this customer has not seen, from the next round of the menu that has so many; else none.

    Where a limit leaves no `room` for the best of them, what else there is takes their place: options without money are
    always among it.
    """
    best = _next_round(rounds, case, BOUNDLESS)
    codes = {code for option in best if option.amount for code in room.refuses(option.amount)}
    return Table(_next_round(rounds, case, room) if codes else best, tuple(sorted(codes)))


def _next_round(rounds: Rounds, case: Case, room: Room) -> tuple[Option, ...]:
    """After the menu's last round there are none: a customer is not shown everything for saying no often enough."""
    for menu_round in range(case.menus + 1, rounds.last_menu + 1):
        if options := _of_round(rounds, case, room, menu_round):
            return options
    return ()


def reserve(rounds: Rounds, case: Case, room: Room) -> tuple[Option, ...]:
    """What has not been shown and could be, best fit first."""
    return tuple(option for _, option in _fitting(rounds, case, room))


def held_back(rounds: Rounds, case: Case, room: Room) -> tuple[Held, ...]:
    """All that the menu has for this severity and the customer has not seen, and why: what could be shown comes first."""
    held = [_held(entry, option, case, _later(rounds, case, entry)) for entry, option in _fitting(rounds, case, room)]
    for entry, amount in _priced(_unseen(rounds, case), case):
        if why := _why_not(rounds, entry, amount, case, room):
            held.append(_held(entry, _option(entry, amount), case, why))
    return tuple(held)


def dearest(rounds: Rounds, case: Case) -> Money | None:
    """The largest sum that the menu has for this case in any of its rounds, shown or not; so much may be asked for, within
    the limits."""
    entries = [entry for entry in rounds.menu if case.severity in entry.severities and _has_money(entry)]
    amounts = [amount for entry in entries if (amount := _amount(entry, case.paid))]
    return max((amount for amount in amounts if not too_much(rounds, case, amount)), default=None)


def of_form(rounds: Rounds, case: Case, form: str) -> Option | None:
    """What the menu has of this form for the case, shown or not; of several the one that fits best."""
    of_it = [entry for entry in rounds.menu if entry.form == form]
    return next((option for _, option in _by_fit(rounds, case, of_it, BOUNDLESS)), None)


def money_forms(rounds: Rounds) -> tuple[str, ...]:
    """The forms in which the menu gives money, in its order."""
    return tuple(dict.fromkeys(entry.form for entry in rounds.menu if _has_money(entry)))


def too_much(rounds: Rounds, case: Case, amount: Money) -> bool:
    """Over the ceiling with what is owed and was given; sums in two currencies cannot be compared, so they count as too much."""
    left = below_ceiling(rounds, case)
    return left is None or left.currency != amount.currency or amount.amount > left.amount


def below_ceiling(rounds: Rounds, case: Case) -> Money | None:
    """What is left for gifts beside what is owed and what was given in this case; none where that cannot be said."""
    loss, taken = case.loss, [sum_ for sum_ in (case.owed, case.due("goodwill")) if sum_]
    if loss is None or any(sum_.currency != loss.currency for sum_ in taken):
        return None
    ceiling = loss.amount * rounds.ceiling_of(case.schedule) / 100
    return Money(ceiling - sum((sum_.amount for sum_ in taken), Decimal(0)), loss.currency)


def _of_round(rounds: Rounds, case: Case, room: Room, menu_round: int) -> tuple[Option, ...]:
    fitting = _fitting(rounds, case, room)
    opened = [(entry, option) for entry, option in fitting if entry.round <= menu_round]
    # Of the last four two are shown and then two: one alone could never be offered, and would be held back for nothing.
    most = 2 if len(opened) == len(fitting) == 4 and menu_round < rounds.last_menu else MOST
    options = tuple(_together(opened, most))
    return options if len(options) >= 2 else ()


def _together(opened: Iterable[tuple[MenuOption, Option]], most: int) -> Iterator[Option]:
    """The first of these that may lie on the table beside each other."""
    table: list[MenuOption] = []
    for entry, option in opened:
        if len(table) < most and not any(exclude(entry, other) for other in table):
            table.append(entry)
            yield option


def _fitting(rounds: Rounds, case: Case, room: Room) -> list[tuple[MenuOption, Option]]:
    return _by_fit(rounds, case, _unseen(rounds, case), room)


def _unseen(rounds: Rounds, case: Case) -> list[MenuOption]:
    shown = {option.id for option in case.shown}
    return [entry for entry in rounds.menu if case.severity in entry.severities and entry.id not in shown]


def _by_fit(rounds: Rounds, case: Case, entries: Iterable[MenuOption], room: Room) -> list[tuple[MenuOption, Option]]:
    """Those that can be, in kind first, then what is soonest. What was asked for goes before all, and where no money is
    wished, attention."""
    lost, no_money = _losses(rounds, case), case.sought in rounds.no_money

    def fit(priced: Priced) -> tuple[bool, bool, bool, bool, int]:
        entry, money = priced[0], _has_money(priced[0])
        makes_good = {*entry.fits, *entry.only_for, *(("money",) if money else ())}
        late = (entry.arrives is None, entry.arrives or 0)
        return (entry.form != case.sought, no_money and money, lost.isdisjoint(makes_good), *late)

    fitting = [one for one in _priced(entries, case) if _why_not(rounds, *one, case, room) is None]
    return [(entry, _option(entry, amount)) for entry, amount in sorted(fitting, key=fit)]


def _priced(entries: Iterable[MenuOption], case: Case) -> Iterator[Priced]:
    """Each with the sum that it has in this case; none where it has no money, or none can be said."""
    return ((entry, _amount(entry, case.paid) if _has_money(entry) else None) for entry in entries)


def _losses(rounds: Rounds, case: Case) -> set[str]:
    """What the failure took, by what the letters claim; money where they claim nothing that we know."""
    return {loss for loss, claims in rounds.losses.items() if not set(claims).isdisjoint(case.concerns)} or {"money"}


def _why_not(rounds: Rounds, entry: MenuOption, amount: Money | None, case: Case, room: Room) -> str | None:
    """Why this can be no option in the case at all, a code; None where it can. `amount` is what it comes to."""
    if entry.only_for and _losses(rounds, case).isdisjoint(entry.only_for):
        return "for-another-loss"
    if not _has_money(entry):
        return None
    if amount is None:
        return "price-unknown" if case.paid is None or _caps(entry, case.paid) is None else "too-small"
    if too_much(rounds, case, amount):
        return "above-ceiling"
    return next(iter(room.refuses(amount)), None)


def _later(rounds: Rounds, case: Case, entry: MenuOption) -> str:
    """Why what could be shown was not: its round has not come, or others fitted better."""
    if case.menus >= rounds.last_menu:
        return "rounds-over"
    return "later-round" if entry.round > case.menus else "others-fit-better"


def _has_money(entry: MenuOption) -> bool:
    return entry.percent is not None or bool(entry.at_most)


def _option(entry: MenuOption, amount: Money | None) -> Option:
    return Option(entry.id, entry.form, amount, entry.arrives, entry.conditions, entry.role)


def _held(entry: MenuOption, option: Option, case: Case, why: str) -> Held:
    worth = option.amount or next(
        (sum_ for sum_ in entry.worth if case.paid and sum_.currency == case.paid.currency), None
    )
    cost = worth.percent(entry.cost) if worth else None
    return Held(**structs.asdict(option), why=why, cost=cost)


def _amount(entry: MenuOption, paid: Money | None) -> Money | None:
    """Percent of what was paid, half up, at most the cap; the cap itself where no percent is set."""
    if paid is None or (caps := _caps(entry, paid)) is None:
        return None
    shares = [] if entry.percent is None else [paid.percent(entry.percent)]
    amount = min(shares + caps).rounded()  # a cap too is shown with the currency's digits
    return amount if amount.amount > Decimal(0) else None


def _caps(entry: MenuOption, paid: Money) -> list[Money] | None:
    """The cap in this currency; None where there are caps and none is in it."""
    caps = [cap for cap in entry.at_most if cap.currency == paid.currency]
    return caps if caps or not entry.at_most else None
