"""Whether a house runs in one process or in four, its customers are told the same, to the letter and to the cent."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from services.notifier.sending import mailbox
from shared import events as e
from shared.bus import codec
from shared.events import CASES, CRM, NOTICES, PAYOUTS, TELEMETRY, VERDICTS
from tests.houses import Open
from tests.oracle import Seen, proved
from tests.page import answer, letter, link_in
from tests.people import letter as complaint
from tests.people import measured
from tests.road import SERVICES, Road

PEOPLE = 20
START = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
SAME = {"clock": "manual", "secret": "the same links everywhere", "base_url": "https://house.example"}
"""One clock that stands, and one address: so nothing but the processes differs, not even a date in a letter."""
MINDS = ("apology-accepted", "options-rejected", "question-asked", "")


@pytest.mark.timeout(300)
async def test_one_process_and_four_say_the_same_to_every_customer(homes: Open) -> None:
    """Figures first, then letters, then answers, then time: what may come in either order on the road stands aside."""
    one, four = homes(**SAME), homes(**SAME)
    told_by_one = await lived(one)
    told_by_four = await lived(four, *SERVICES)
    assert len(told_by_one) > 5 * PEOPLE
    assert told_by_one == told_by_four


async def lived(house: Road, *services: str) -> dict[Any, Any]:
    """A story from its beginning to long after; what each customer was told, by case and topic, and each letter."""
    await house.up(*services)
    assert house.amends("clock", "set", START.isoformat()).code == 0
    orders = [(n, measured(f"o-{n}", n - 3)) for n in range(PEOPLE)]
    await house.publish(TELEMETRY, *(figures for n, figures in orders if n % 7 != 5))
    await house.settled()
    await house.publish(CRM, *(each for n in range(PEOPLE) for each in letters(n)))
    await house.settled()
    await answers(house)
    await house.settled()
    for step in ("+4d", "+8w"):
        assert house.amends("clock", "set", step).code == 0
        await house.settled()
    seen = await proved(house, {each["id"] for n in range(PEOPLE) for each in letters(n)})
    assert all(
        seen.all(kind) for kind in (e.CaseSettled, e.CaseExpired, e.ClaimDeclined, e.HandedOver, e.OptionsOffered)
    )
    for process in house.running:
        assert process.stop() == 0
    return told(seen)


def letters(n: int) -> list[dict[str, Any]]:
    """Some write once, some twice about one parcel, some about something that no figures tell of."""
    who, order = f"cust-{n}", f"o-{n}"
    found = [complaint(f"C-{n}", who, order, category="late-delivery")]
    if n % 5 == 1:
        found.append(complaint(f"D-{n}", who, order, "I am still waiting for your answer about my late parcel."))
    if n % 5 == 3:
        found.append(complaint(f"E-{n}", who, order + "-b", "The box held the wrong item."))
    return found


async def answers(house: Road) -> None:
    """Each to their own mind, one after the other; the link leads to this house, whatever its address is called."""
    rows = await house.rows("""select complaint, kind, round, customer from notifier.letters
        where kind in ('apology', 'options') and round = 1 order by customer collate "C", complaint collate "C" """)
    for n, row in enumerate(rows):
        if mind := MINDS[n % len(MINDS)]:
            text = await letter(house, row.complaint, row.kind, row.round)
            link = link_in(text).replace(SAME["base_url"], house.address("notifier"))
            mind = "option-accepted" if (mind, row.kind) == ("apology-accepted", "options") else mind
            await answer(link, mind, "What now?" if mind == "question-asked" else "")


def told(seen: Seen) -> dict[Any, Any]:
    """Names and whole contents of what was said, in order for each case, and the letters as they lie in the mailbox."""
    found: dict[Any, Any] = defaultdict(list)
    for topic in (VERDICTS, CASES, PAYOUTS, NOTICES):
        for each in seen.told[topic]:
            about = (each.event.customer, topic, each.event.complaint)
            said = codec.encode(_whoever_was_first(each.event))
            found[about].append((each.id, type(each.event).__name__, said, each.event.at))
    for notices in (told for (_, topic, _), told in found.items() if topic == NOTICES):
        notices.sort()
    folder = seen.road.home / "mail"
    for listed in mailbox.list_letters(folder):
        shown = mailbox.show_letter(folder, listed.id)
        found[shown.notice] = (shown.to, shown.subject, shown.text, shown.date)
    return dict(found)


def _whoever_was_first(event: Any) -> Any:
    """What the house's budget stood at when an offer was made is what others had been offered by then; at one and the same
    moment that is whoever was read first."""
    return replace(event, balance=None) if isinstance(event, e.OptionsOffered) else event
