"""Whether the parts of a policy fit together: every case finds a severity, every severity its options."""

import re
from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import available_timezones

from shared.money import Money
from shared.policy.approval_checks import check_approvals
from shared.policy.calendars import Calendar
from shared.policy.dead_ways import dead_ways
from shared.policy.delivery_checks import check_delivery
from shared.policy.goodwill import check_limits
from shared.policy.language.arithmetic.calendars import workdays
from shared.policy.menus import check_menu, once
from shared.policy.pack_checks import check_packs
from shared.policy.policy import Policy
from shared.policy.recovery_checks import check_recovery
from shared.policy.shape import Path, Places
from shared.policy.tree import nearest
from shared.policy.words import GAP, plain

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
LANGUAGE = re.compile(r"[a-z]{2,3}")


def check(policy: Policy, places: Places) -> None:
    """Raises Misconfigured at the first thing that does not fit, with its place."""
    for one in (
        _house,
        _clocks,
        _calendars,
        _claims,
        _signals,
        _sums,
        check_menu,
        check_packs,
        check_limits,
        check_delivery,
        check_approvals,
        check_recovery,
    ):
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
    if policy.promises.within == none:
        places["promises", "within"].refuse("nothing is made good in no time: write it like `2 days`")
    if policy.promises.person not in policy.approvals.roles:
        places["promises", "person"].refuse(
            f"`{policy.promises.person}` is no role of approvals.yaml: {nearest(policy.promises.person, policy.approvals.roles)}"
        )
    if policy.intake.horizon == none:
        places["intake", "horizon"].refuse("with no horizon every letter is history: write it like `400 days`")


def _calendars(policy: Policy, places: Places) -> None:
    if not policy.calendars:
        places["calendars",].refuse("there is no calendar: name one that says when the house works")
    for name, calendar in policy.calendars.items():
        _calendar(calendar, places, ("calendars", name))


def _calendar(calendar: Calendar, places: Places, path: Path) -> None:
    if calendar.zone not in available_timezones():
        found = nearest(calendar.zone, available_timezones())
        fix = found if found.startswith("did") else "write it like `Europe/Berlin`"
        places[*path, "zone"].refuse(f"`{calendar.zone}` is no time zone: {fix}")
    if not calendar.days or len(set(calendar.days)) < len(calendar.days):
        places[*path, "days"].refuse("name each weekday on which the house works once: `[mon, tue, wed, thu, fri]`")
    if calendar.closes <= calendar.opens:
        places[*path, "closes"].refuse(f"it closes before it opens: write a time after {calendar.opens}, up to 24:00")
    try:
        workdays(calendar.holidays or "GB")
    except ValueError as wrong:
        places[*path, "holidays"].refuse(str(wrong))


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
    once(policy.signals, lambda signal: signal.name, "name", places, ("signals",))
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
        for n, shorter in dead_ways(words):
            places[*path, language, n].refuse(
                f"`{words[n]}` says nothing new: `{shorter}` is found wherever it is, so remove the longer one"
            )


def _is_spoken(part: str) -> bool:
    words = part.split()
    return bool(words) and all(plain(word).strip(" .") for word in words)


def _sums(policy: Policy, places: Places) -> None:
    limits, approvals = policy.limits, policy.approvals
    lists: dict[Path, tuple[Money, ...]] = {
        ("rounds", "doubt_up_to"): policy.rounds.doubt_up_to,
        ("limits", "everyone", "sums"): limits.everyone.sums,
        ("limits", "budget", "soft"): limits.budget.soft,
        ("limits", "budget", "hard"): limits.budget.hard,
        ("approvals", "doubt", "above"): approvals.doubt.above,
        ("approvals", "four_eyes_above"): approvals.four_eyes_above,
        **{("approvals", "levels", n, "up_to"): level.up_to for n, level in enumerate(approvals.levels)},
        **{("limits", "tiers", name, "sums"): one.sums for name, one in limits.tiers.items()},
    }
    for n, option in enumerate(policy.rounds.menu):
        lists |= {("rounds", "menu", n, "at_most"): option.at_most, ("rounds", "menu", n, "worth"): option.worth}
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
