"""Every complaint has one regime's clocks, as they are published; and a pack that cannot be kept is refused at its line."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.errors import Misconfigured
from shared.events import Subject
from shared.policy.load import load_policy
from shared.policy.packs import Pack, pack_for

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
POLICY = load_policy(DEPLOY / "policy")
PACKS = {pack.pack: pack for pack in POLICY.clocks}
MAY = datetime(2026, 5, 4, 12, tzinfo=UTC)


def fitting(jurisdiction: str | None, kind: str | None, received_at: datetime = MAY) -> str:
    subject = Subject(kind, "x-1") if kind else None
    pack = pack_for(POLICY.clocks, jurisdiction, subject, received_at)
    assert pack is not None
    return pack.pack


@pytest.mark.parametrize(
    ("jurisdiction", "kind", "pack"),
    [
        ("GB", "account", "fca-disp"),
        ("GB", "payment", "fca-disp-payments"),
        ("GB", "line", "ofcom"),
        ("US", "card", "cfpb"),
        ("AU", "insurance", "asic-rg271"),
        ("AU", "superannuation", "asic-rg271-super"),
        ("BR", "order", "house"),
        ("GB", "order", "house"),
        ("GB", None, "house"),
        (None, "account", "house"),
    ],
)
def test_a_complaint_has_the_clocks_of_its_regime_and_else_those_of_the_house(
    jurisdiction: str | None, kind: str | None, pack: str
) -> None:
    assert fitting(jurisdiction, kind) == pack


def test_a_rule_that_changed_is_that_of_the_day_on_which_the_letter_was_received_where_it_is_from() -> None:
    assert fitting("GB", "line", datetime(2026, 4, 7, 22, 59, tzinfo=UTC)) == "ofcom-until-2026"
    assert fitting("GB", "line", datetime(2026, 4, 7, 23, 1, tzinfo=UTC)) == "ofcom", "it is the eighth in London"


def within(pack: str) -> dict[str, timedelta | int | None]:
    return {rung.name: rung.within or rung.working_days for rung in PACKS[pack].rungs if rung.due != "acknowledgement"}


def test_the_packs_have_the_published_figures() -> None:
    assert within("fca-disp") == {"final-response": timedelta(weeks=8)}
    assert within("fca-disp-payments") == {"final-response": 15, "last-day": 35}
    assert within("ofcom") == {"dispute-letter": timedelta(weeks=6)}
    assert within("ofcom-until-2026") == {"dispute-letter": timedelta(weeks=8)}
    assert within("cfpb") == {"response": timedelta(days=15), "final-response": timedelta(days=60)}
    assert within("asic-rg271") == {"idr-response": timedelta(days=30)}
    assert within("asic-rg271-super") == {"idr-response": timedelta(days=45)}


@pytest.mark.parametrize("pack", PACKS.values(), ids=list(PACKS))
def test_every_pack_but_the_house_s_names_its_source_and_whom_the_customer_may_turn_to(pack: Pack) -> None:
    named = (pack.source is not None, pack.body is not None, any(rung.names_body for rung in pack.rungs))
    assert named == (pack.pack != "house",) * 3
    assert pack.rungs[0].due == "acknowledgement"


def test_the_demo_has_clocks_of_minutes() -> None:
    (house,) = load_policy(DEPLOY / "demo" / "policy").clocks
    assert all(rung.within and rung.within <= timedelta(minutes=5) for rung in house.rungs)


BROKEN = {
    "nowhere to apply": ("ofcom", "jurisdictions: [GB]\nkinds: [line, landline, broadband, mobile, service]\n", "", -3, "name its `jurisdictions` or `kinds`"),
    "another file's name": ("cfpb", "pack: cfpb\n", "pack: cfbp\n", 0, "call it cfbp.yaml"),
    "two regimes for one complaint": ("cfpb", "jurisdictions: [US]", "jurisdictions: [US, GB]", None, "are for the same complaints"),
    "days that overlap": ("ofcom-until-2026", "ends: 2026-04-07", "ends: 2026-04-08", None, "are for the same complaints"),
    "a day that is none": ("ofcom", "begins: 2026-04-08", "begins: 2026-04-31", 0, "write it like `2026-04-08`"),
    "an end before the beginning": ("ofcom", "zone: Europe", "ends: 2026-04-07\nzone: Europe", 0, "from 2026-04-08 on"),
    "a zone that is none": ("ofcom", "Europe/London", "Europe/Londinium", 0, "no time zone"),
    "a house that is for some": ("house", "pauses:", "kinds: [order]\npauses:", None, "leave out where it applies"),
    "a wait that is none": ("house", "[asked, offered]", "[asked, waiting]", 0, "`asked`, `offered`"),
    "a wait that is named twice": ("house", "[asked, offered]", "[asked, asked]", 0, "keep one"),
    "a report at every moment": ("house", "progress_every: 14 days", "progress_every: 0 s", 0, "write it like `14 days`"),
    "no way to count": ("asic-rg271", "within: 30 days, ", "", 0, "`within: 8 weeks` or `working_days: 15`"),
    "two ways to count": ("asic-rg271", "within: 30 days, ", "within: 30 days, working_days: 20, calendar: sydney, ", 0, "needs one way to count"),
    "no time at all": ("asic-rg271", "within: 30 days", "within: 0 s", 0, "nothing is done in no time"),
    "working days of no calendar": ("asic-rg271", "working_days: 1, calendar: sydney", "working_days: 1", 0, "add `calendar: …`"),
    "a calendar that is none": ("asic-rg271", "calendar: sydney", "calendar: sidney", 0, "did you mean `sydney`?"),
    "a warning after the end": ("asic-rg271", "warn: 7 days", "warn: 30 days", 0, "less than 30 days"),
    "a warning before an acknowledgement": ("cfpb", "within: 3 days, to", "within: 3 days, warn: 1 day, to", 0, "leave `warn` out"),
    "a body that is not named": ("cfpb", "body: {name: the Consumer Financial Protection Bureau, where: https://www.consumerfinance.gov/complaint}\n", "", None, "the pack names no `body`"),
    "a name with a stroke": ("cfpb", "name: response", "name: resp/onse", 0, "no name of a rung"),
    "the name of the progress clock": ("cfpb", "name: response", "name: progress", 0, "no name of a rung"),
    "two rungs of one name": ("cfpb", "name: final-response", "name: response", 0, "taken by another rung"),
    "an answer before the acknowledgement": ("cfpb", "due: acknowledgement", "due: final-answer", 1, "put it first"),
    "something that is not due": ("cfpb", "due: acknowledgement", "due: apology", 0, "`acknowledgement`, `answer`, `final-answer`"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_pack_that_cannot_be_kept_is_refused_with_its_line_and_the_fix(name: str, tmp_path: Path) -> None:
    pack, before, after, lines_down, fix = BROKEN[name]
    folder = shutil.copytree(DEPLOY / "policy", tmp_path / "policy")
    file = folder / "clocks" / f"{pack}.yaml"
    text = file.read_text()
    assert text.count(before) == 1, f"{before!r} is {text.count(before)} times in {pack}"
    file.write_text(text.replace(before, after))
    with pytest.raises(Misconfigured) as caught:
        load_policy(folder)
    said = str(caught.value)
    assert fix in said
    line = text[: text.index(before)].count("\n") + 1
    where = f"{folder / 'clocks'}/" if lines_down is None else f"{file}:{line + lines_down}:"
    assert said.startswith(where), said


def test_a_policy_without_the_house_s_own_clocks_is_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(DEPLOY / "policy", tmp_path / "policy")
    (folder / "clocks" / "house.yaml").unlink()
    with pytest.raises(Misconfigured, match=r"clocks/house\.yaml: the file is missing"):
        load_policy(folder)


def test_the_digest_is_of_the_clocks_too(tmp_path: Path) -> None:
    folder = shutil.copytree(DEPLOY / "policy", tmp_path / "policy")
    file = folder / "clocks" / "cfpb.yaml"
    file.write_text(file.read_text().replace("within: 60 days", "within: 59 days"))
    assert load_policy(folder).digest != POLICY.digest
