"""Three versions of one policy, of which another may come into force on any day while cases are open."""

from datetime import timedelta
from decimal import Decimal

from msgspec.structs import replace

from shared.policy.approvals import Approvals, Doubt, Level
from shared.policy.limits import Budget, GoodwillLimit, Raise, Repeats
from shared.policy.policy import MenuOption, Policy, Promises
from tests.core.clock_stories import CALENDARS, CLOCKED, HOUSE
from tests.core.offer_stories import MENU, POLICY, UNLIMITED, euro

YEAR = timedelta(days=365)
FIRST = replace(POLICY, version="2018.1", digest="a1", calendars=CALENDARS)
"""What is chosen counts at once; no clocks, no limits."""
SLOW = replace(CLOCKED, version="2018.2", digest="b2", rounds=replace(POLICY.rounds, undo_within=timedelta(days=10)))
"""A choice may be taken back for a while, and clocks run."""
TIGHT = replace(
    CLOCKED,
    version="2018.3",
    digest="c3",
    limits=replace(
        UNLIMITED,
        everyone=GoodwillLimit(2, (euro("60"),)),
        budget=Budget("UTC", (euro("400"),), (euro("500"),)),
        repeats=Repeats(YEAR, 3, 2, 2),
        raises=(Raise(1, contacts=3), Raise(2, hand_overs=2)),
    ),
)
"""Limits bite, and who was let down again and again goes to a person."""
OTHER = replace(
    TIGHT,
    version="2018.4",
    digest="d4",
    rounds=replace(
        POLICY.rounds,
        answer_within=timedelta(days=7),
        undo_within=timedelta(days=2),
        options_from=3,
        menus=2,
        ceiling=Decimal(120),
        menu=(
            *(replace(one, percent=one.percent / 2) if one.percent else one for one in MENU if one.id != "call-back"),
            MenuOption("hamper", "goods", (1, 2, 3, 4), 1, arrives=3),
            MenuOption("credit-30", "credit", (1, 2, 3, 4), 2, percent=Decimal(30), at_most=(euro("45"),), arrives=0),
            MenuOption("word-with-the-head", "attention", (1, 2, 3, 4), 3, arrives=2),
        ),
    ),
    approvals=Approvals(
        roles=("care-team", "lead", "board", "safety-desk"),
        levels=(
            Level("lead", Decimal(60), timedelta(days=1), "desk", (euro("60"),)),
            Level("board", Decimal(100), timedelta(days=3), "round-the-clock"),
        ),
        weighs="lead",
        doubt=Doubt("board", (euro("5"),)),
        four_eyes_above=(euro("50"),),
    ),
    promises=Promises(timedelta(days=1), "lead", 2),
    payouts=replace(POLICY.payouts, within=timedelta(days=4), grace=timedelta(days=1)),
    limits=replace(TIGHT.limits, everyone=GoodwillLimit(1, (euro("30"),)), budget=Budget("UTC", (), (euro("480"),))),
    clocks=(replace(HOUSE, rungs=HOUSE.rungs[1:], progress_every=timedelta(days=4)),),
)
"""Another menu, another ceiling, other people, less time, tighter limits and fewer clocks."""
VERSIONS: dict[str, Policy] = {version.version: version for version in (FIRST, SLOW, TIGHT, OTHER)}
OPTION_IDS = sorted({option.id for version in VERSIONS.values() for option in version.rounds.menu})
