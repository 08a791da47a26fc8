"""Whether a menu can keep what it promises: two or three options in every round, whatever the case, and never too much."""

from collections.abc import Callable

from shared.policy.policy import MenuOption, Policy, Rounds
from shared.policy.shape import Path, Places
from shared.policy.tree import nearest

SEVERITIES = (1, 2, 3, 4)
FEWEST_OPTIONS = 2
LOSSES = ("money", "goods", "time", "work", "care")
AS_ASKED = "as-asked"
"""The id of what a customer asked for in their own words; no option of a menu bears it."""


def check_menu(policy: Policy, places: Places) -> None:
    """Raises Misconfigured at the first thing that does not fit, with its place."""
    for one in (_options, _exclusions, _losses, _ceilings, _rounds):
        one(policy, places)


def _options(policy: Policy, places: Places) -> None:
    menu = policy.rounds.menu
    once(menu, lambda option: option.id, "id", places, ("rounds", "menu"))
    for n, option in enumerate(menu):
        here: Path = ("rounds", "menu", n)
        if option.id == AS_ASKED:
            places[*here, "id"].refuse(f"`{AS_ASKED}` is what a customer asked for: give the option another id")
        if not option.severities:
            places[*here, "severities"].refuse("an option for no severity is never shown: name one, `[1, 2]`")
        if len(set(option.severities)) < len(option.severities):
            places[*here, "severities"].refuse("a severity is named twice: keep one")
        if option.round > policy.rounds.last_menu:
            places[*here, "round"].refuse(
                f"round {option.round} is never reached: after `menus: {policy.rounds.menus}` only one more may follow"
            )
        if option.worth and not _is_free(option):
            places[*here, "worth"].refuse("what is worth its own amount needs no `worth`: remove it")


def _exclusions(policy: Policy, places: Places) -> None:
    menu = policy.rounds.menu
    ids = [option.id for option in menu]
    for n, option in enumerate(menu):
        for m, other in enumerate(option.excludes):
            if other not in ids or other == option.id:
                places["rounds", "menu", n, "excludes", m].refuse(
                    f"there is no other option `{other}`: {nearest(other, [name for name in ids if name != option.id])}"
                )


def _losses(policy: Policy, places: Places) -> None:
    rounds, filed = policy.rounds, dict[str, str]()
    for loss, claims in rounds.losses.items():
        if loss not in LOSSES:
            places["rounds", "losses", loss].refuse(f"`{loss}` is no kind of loss: {nearest(loss, LOSSES)}")
        for n, claim in enumerate(claims):
            here = places["rounds", "losses", loss, n]
            if claim not in policy.claims:
                here.refuse(f"no letter claims `{claim}`: {nearest(claim, policy.claims)}")
            if filed.setdefault(claim, loss) != loss:
                here.refuse(f"`{claim}` is a loss of {filed[claim]} already: keep one")


def _ceilings(policy: Policy, places: Places) -> None:
    """What is given in all stays below the ceiling: nothing of the menu may go above it alone."""
    rounds = policy.rounds
    schedules = {row.schedule for row in policy.applies.rows}
    for name, ceiling in rounds.ceilings.items():
        here = places["rounds", "ceilings", name]
        if name not in schedules:
            here.refuse(f"no schedule `{name}` applies anywhere: {nearest(name, schedules)}")
        if ceiling < rounds.ceiling:
            here.refuse(f"a schedule may say more than `ceiling: {rounds.ceiling}`, never less")
    for n, option in enumerate(rounds.menu):
        if option.percent is not None and option.percent > rounds.ceiling:
            places["rounds", "menu", n, "percent"].refuse(f"it is above the ceiling: at most {rounds.ceiling}")


def _rounds(policy: Policy, places: Places) -> None:
    """Always two or three options in each round, the one after a counter-offer included.

    The proof: a round opens options of its own, which no earlier round can have shown. Two of them without money, and for
    any loss, are there where the loss is unknown or nil, and where the remedy alone passes the ceiling. And whatever stands first on
    the table, one of them may stand beside it, so that there are never fewer than two.
    """
    rounds = policy.rounds
    for round_ in range(1, rounds.last_menu + 1):
        for severity in SEVERITIES:
            own = [option for option in rounds.menu if _is_shown(option, severity) and option.round == round_]
            free = [option for option in own if _is_free(option) and not option.only_for]
            if len(free) < FEWEST_OPTIONS:
                places["rounds", "menu"].refuse(
                    f"severity {severity} has {len(free)} of the {FEWEST_OPTIONS} options without money that round {round_} "
                    f"needs when the loss is unknown: {_nearest_option(rounds.menu, severity, round_)}"
                )
            if lonely := _lonely(rounds, severity, round_, free):
                places["rounds", "menu"].refuse(
                    f"`{lonely.id}` excludes all that round {round_} has without money for severity {severity}: "
                    "it would stand alone, so let one of them stand beside it"
                )


def _lonely(rounds: Rounds, severity: int, round_: int, free: list[MenuOption]) -> MenuOption | None:
    for option in rounds.menu:
        beside = [other for other in free if other is not option and not exclude(option, other)]
        if _is_shown(option, severity) and option.round <= round_ and not beside:
            return option
    return None


def exclude(one: MenuOption, other: MenuOption) -> bool:
    """Whether these two are never on the table together."""
    return other.id in one.excludes or one.id in other.excludes


def _is_shown(option: MenuOption, severity: int) -> bool:
    return severity in option.severities


def _is_free(option: MenuOption) -> bool:
    return option.percent is None and not option.at_most


def _nearest_option(menu: tuple[MenuOption, ...], severity: int, round_: int) -> str:
    for option in menu:
        for_any = _is_free(option) and not option.only_for
        if option.round == round_ and for_any and severity not in option.severities:
            return f"add {severity} to the severities of `{option.id}`, or a new option"
    return "add an option without `percent`, `at_most` and `only_for`"


def once(parts: tuple[object, ...], of: Callable[..., str], name: str, places: Places, path: Path) -> None:
    seen: set[str] = set()
    for n, value in enumerate(map(of, parts)):
        if value in seen:
            places[*path, n, name].refuse(f"`{value}` is taken by another one: a {name} stands for one thing")
        seen.add(value)
