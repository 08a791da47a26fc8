"""Whether the parts of a policy fit together: every case finds a severity, every severity its options."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

from shared.money import Money
from shared.policy.policy import MenuOption, Policy
from shared.policy.shape import Path, Places
from shared.policy.words import GAP, plain

SEVERITIES = (1, 2, 3, 4)
FEWEST_OPTIONS = 2
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
LANGUAGE = re.compile(r"[a-z]{2,3}")


def check(policy: Policy, places: Places) -> None:
    """Raises Misconfigured at the first thing that does not fit, with its place."""
    for one in (_house, _clocks, _claims, _signals, _sums, _menu, _rounds):
        one(policy, places)


def _house(policy: Policy, places: Places) -> None:
    house = policy.house
    if not ADDRESS.fullmatch(house.sender) or "=?" in house.sender:
        places["house", "sender"].refuse(f"`{house.sender}` is no mail address: write it like `amends@example.org`")
    for name in ("name", "signed_by"):
        if "=?" in getattr(house, name) or not getattr(house, name).isprintable():
            places["house", name].refuse("a name in a letter's head has one line, and no `=?`: write it plainly")


def _clocks(policy: Policy, places: Places) -> None:
    evidence, none = policy.evidence, timedelta()
    if evidence.floor > evidence.wait:
        places["evidence", "floor"].refuse("`floor` is longer than `wait`: the floor is the least of the wait")
    if policy.rounds.answer_within == none:
        places["rounds", "answer_within"].refuse("a customer cannot answer in no time: write it like `14 days`")
    if evidence.ask_within == none:
        places["evidence", "ask_within"].refuse("a customer cannot answer in no time: write it like `7 days`")
    if evidence.corroboration.within == none:
        places["evidence", "corroboration", "within"].refuse("nothing happens within no time: write it like `1 h`")
    if policy.intake.horizon == none:
        places["intake", "horizon"].refuse("with no horizon every letter is history: write it like `400 days`")


def _claims(policy: Policy, places: Places) -> None:
    filed: dict[str, str] = {}
    for name, claim in policy.claims.items():
        for n, category in enumerate(claim.categories):
            first = filed.setdefault(plain(category), name)
            if first != name:
                places["claims", name, "categories", n].refuse(
                    f"`{category}` is already a category of `{first}`: keep one"
                )
        _words(claim.words, places, ("claims", name, "words"))


def _signals(policy: Policy, places: Places) -> None:
    _once(policy.signals, lambda signal: signal.name, "name", places, ("signals",))
    for n, signal in enumerate(policy.signals):
        if signal.person and not signal.to_person:
            places["signals", n, "person"].refuse("nothing brings such a letter to a person: add `to_person: yes`")
        _words(signal.words, places, ("signals", n, "words"))


def _words(by_language: Mapping[str, tuple[str, ...]], places: Places, path: Path) -> None:
    for language, words in by_language.items():
        if not LANGUAGE.fullmatch(language):
            places[*path, language].refuse(f"`{language}` is no language: write it like `pt` or `en`")
        for n, way in enumerate(words):
            if not all(_is_spoken(part) for part in way.split(GAP)):
                places[*path, language, n].refuse(
                    f"`{way}` has a part without a word, or a word without letters: write words beside `{GAP}`"
                )


def _is_spoken(part: str) -> bool:
    words = part.split()
    return bool(words) and all(plain(word).strip(" .") for word in words)


def _sums(policy: Policy, places: Places) -> None:
    lists: dict[Path, tuple[Money, ...]] = {("rounds", "doubt_up_to"): policy.rounds.doubt_up_to}
    lists |= {("rounds", "menu", n, "at_most"): option.at_most for n, option in enumerate(policy.rounds.menu)}
    for path, sums in lists.items():
        seen: set[str] = set()
        for n, money in enumerate(sums):
            if money.currency in seen:
                places[*path, n].refuse(f"{money.currency} has a sum already: keep one for each currency")
            seen.add(money.currency)
            if money != money.rounded():
                places[*path, n].refuse(
                    f"{money.currency} has no such fractions: did you mean `{money.rounded().amount}`?"
                )


def _menu(policy: Policy, places: Places) -> None:
    menu = policy.rounds.menu
    _once(menu, lambda option: option.id, "id", places, ("rounds", "menu"))
    for n, option in enumerate(menu):
        if not option.severities:
            places["rounds", "menu", n, "severities"].refuse(
                "an option for no severity is never shown: name one, `[1, 2]`"
            )
        if len(set(option.severities)) < len(option.severities):
            places["rounds", "menu", n, "severities"].refuse("a severity is named twice: keep one")


def _rounds(policy: Policy, places: Places) -> None:
    """Always two or three options, also where the loss is unknown and what costs money stays out."""
    menu = policy.rounds.menu
    for round_ in range(1, max((option.round for option in menu), default=1) + 1):
        for severity in SEVERITIES:
            shown = [option for option in menu if option.round == round_ and severity in option.severities]
            free = [option for option in shown if _is_free(option)]
            if (shown or round_ == 1) and len(free) < FEWEST_OPTIONS:
                places["rounds", "menu"].refuse(
                    f"severity {severity} has {len(free)} of the {FEWEST_OPTIONS} options without money that round {round_} "
                    f"needs when the loss is unknown: {_nearest_option(menu, severity, round_)}"
                )


def _is_free(option: MenuOption) -> bool:
    return option.percent is None and not option.at_most


def _nearest_option(menu: tuple[MenuOption, ...], severity: int, round_: int) -> str:
    for option in menu:
        if option.round == round_ and _is_free(option) and severity not in option.severities:
            return f"add {severity} to the severities of `{option.id}`, or a new option"
    return "add an option without `percent` and `at_most`"


def _once(parts: tuple[object, ...], of: Callable[..., str], name: str, places: Places, path: Path) -> None:
    seen: set[str] = set()
    for n, value in enumerate(map(of, parts)):
        if value in seen:
            places[*path, n, name].refuse(f"`{value}` is taken by another one: a {name} stands for one thing")
        seen.add(value)
