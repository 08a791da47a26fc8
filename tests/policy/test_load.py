"""What the business writes is loaded as it is meant, or refused with file, line and the nearest right thing."""

import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from shared.errors import Misconfigured
from shared.money import Money
from shared.policy.load import load_policy

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
Edit = Callable[[str, str, str], int]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(DEPLOY / "policy", tmp_path / "policy")


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Change one passage of one file; gives the line on which it begins."""

    def change(name: str, before: str, after: str) -> int:
        text = (folder / name).read_text()
        assert text.count(before) == 1, f"{before!r} is {text.count(before)} times in {name}"
        (folder / name).write_text(text.replace(before, after))
        return text[: text.index(before)].count("\n") + 1

    return change


def refusal(folder: Path) -> str:
    with pytest.raises(Misconfigured) as caught:
        load_policy(folder)
    assert "\n" not in str(caught.value), "the refusal is one line"
    return str(caught.value)


def test_the_shipped_policy_says_what_its_files_say() -> None:
    policy = load_policy(DEPLOY / "policy")
    assert policy.version == "2026.1"
    assert policy.intake.merge_window == timedelta(days=14)
    assert policy.evidence.floor == timedelta(seconds=5)
    assert policy.rounds.doubt_up_to[0] == Money(Decimal(100), "BRL")
    parcels = policy.applies.rows[0]
    assert (parcels.schedule, parcels.kind, parcels.since) == ("parcel-promise", "order", "delivered_at")
    assert policy.schedules["parcel-promise"].schedule.title == "Delivery by the promised day"
    assert policy.rounds.menu[2].percent == Decimal(10)
    assert policy.limits.everyone.gifts == 4
    assert policy.limits.budget.hard[1] == Money(Decimal(50000), "EUR")
    assert re.fullmatch("[0-9a-f]{16}", policy.digest)


def test_the_demo_has_the_same_rules_and_clocks_of_seconds() -> None:
    shipped, demo = load_policy(DEPLOY / "policy"), load_policy(DEPLOY / "demo" / "policy")
    assert (demo.claims, demo.applies, demo.rounds.menu) == (shipped.claims, shipped.applies, shipped.rounds.menu)
    assert (DEPLOY / "demo" / "policy" / "schedules").samefile(DEPLOY / "policy" / "schedules")
    assert demo.rounds.answer_within < timedelta(minutes=1)


def test_every_severity_has_two_options_without_money_of_its_own_in_each_round_for_any_loss() -> None:
    rounds = load_policy(DEPLOY / "policy").rounds
    for round_ in range(1, rounds.last_menu + 1):
        for severity in (1, 2, 3, 4):
            own = [option for option in rounds.menu if option.round == round_ and severity in option.severities]
            free = [option for option in own if option.percent is None and not option.only_for]
            assert len(free) >= 2, (round_, severity)


def test_a_menu_must_have_a_round_after_the_customer_was_asked(edit: Edit, folder: Path) -> None:
    edit("policy.yaml", "  menus: 1 ", "  menus: 2 ")
    assert "severity 1 has 0 of the 2 options without money that round 3 needs" in refusal(folder)


def test_a_sum_is_never_a_float(edit: Edit, folder: Path) -> None:
    edit("menu.yaml", "percent: 10\n", "percent: 0.1\n")
    assert load_policy(folder).rounds.menu[2].percent == Decimal("0.1")


def test_the_digest_is_of_the_meaning(edit: Edit, folder: Path) -> None:
    before = load_policy(folder).digest
    edit("policy.yaml", "  merge_window: 14 days ", "  # a remark\n  merge_window: 2 weeks ")
    edit("menu.yaml", "percent: 10\n", "percent: 10.0\n")
    assert load_policy(folder).digest == before
    edit("policy.yaml", "2 weeks", "13 days")
    assert load_policy(folder).digest != before


BROKEN = {
    "an unknown name": ("policy.yaml", "  merge_window: 14 days", "  merge_widow: 14 days", 0, "did you mean `merge_window`?"),
    "a missing name": ("policy.yaml", "  floor: 5 s ", "  # floor: 5 s ", -1, "`floor` is missing here"),
    "a name written twice": ("policy.yaml", "  future: 1 day ", "  merge_window: 1 day\n  future: 1 day ", 0, "first on line"),
    "a number for a duration": ("policy.yaml", "horizon: 400 days", "horizon: 400", 0, "write it like `14 days`"),
    "an unknown unit of time": ("policy.yaml", "horizon: 400 days", "horizon: 400 hrs", 0, "`h`, `min`"),
    "a floor above the wait": ("policy.yaml", "floor: 5 s", "floor: 5 days", 0, "the floor is the least of the wait"),
    "an unknown language": ("policy.yaml", "language: en ", "language: nl ", 0, "`de`, `en`, `es`, `fr`, `pt`"),
    "no mail address": ("policy.yaml", "amends@example.org", "amends", 0, "write it like `amends@example.org`"),
    "an unknown currency": ("policy.yaml", "25 USD", "25 USX", 0, "'USX' is no ISO 4217 currency code"),
    "two sums for a currency": ("policy.yaml", "25 USD", "25 EUR", 0, "EUR has a sum already"),
    "fractions that nobody can pay": ("policy.yaml", "25 USD", "25.005 USD", 0, "did you mean `25.01`?"),
    "a severity that is none": ("policy.yaml", "options_from: 3", "options_from: 5", 0, "must be at most 4"),
    "a value left out": ("policy.yaml", "person: customer care", "person:", 0, "the value is missing"),
    "a sum with a comma": ("policy.yaml", "[100 BRL,", "[1,00 BRL,", 0, "`1` is no sum: write it like `25.00 EUR`"),
    "a name in the wrong file": ("policy.yaml", "evidence:\n", "claims: {}\nevidence:\n", 0, "belongs into claims.yaml"),
    "a calendar in no zone": ("calendars.yaml", "Europe/Berlin", "Europe/Berlino", 0, "did you mean `Europe/Berlin`?"),
    "no time to make good": ("policy.yaml", "  within: 2 days                # is done", "  within: 0 s                # is done", 0, "nothing is made good in no time"),
    "a promise for a stranger": ("policy.yaml", "  person: the head of customer care   # this role", "  person: the head of custom care   # this role", 0, "did you mean `the head of customer care`?"),
    "a weekday that is none": ("calendars.yaml", "[mon, tue, wed, thu, fri]\n  opens: 09:00", "[mon, tue, wed, thu, fry]\n  opens: 09:00", 0, "did you mean `fri`?"),
    "a weekday named twice": ("calendars.yaml", "[mon, tue, wed, thu, fri]\n  opens: 09:00", "[mon, mon]\n  opens: 09:00", 0, "once"),
    "a day that ends before it begins": ("calendars.yaml", "closes: 17:00", "closes: 08:00", 0, "a time after 09:00"),
    "a time of day that is none": ("calendars.yaml", "opens: 09:00", "opens: 9", 0, "write it like `09:00`"),
    "a time past the day's end": ("calendars.yaml", "closes: 17:00", "closes: 24:01", 0, "`24:00` for its end"),
    "the holidays of nowhere": ("calendars.yaml", "holidays: DE", "holidays: XX", 0, "write a country"),
    "an unknown zone": ("schedules/parcel-promise.yaml", "America/Bahia", "America/Bahía", 0, "did you mean `America/Bahia`?"),
    "a claim nobody lists": ("applies.yaml", "claims: [late,", "claims: [latee,", 0, "did you mean `late`?"),
    "a contest beside the claims": ("applies.yaml", "contested_by: [overdue,", "contested_by: [damaged,", 0, "is not among `claims`"),
    "a claim that no promise answers": ("applies.yaml", "claims: [late, overdue,", "claims: [late, price-match, overdue,", 0, "answered by no promise"),
    "a name that no letter states": ("schedules/parcel-promise.yaml", "named: received_at", "named: recieved_at", 0, "did you mean `received_at`?"),
    "a schedule that is not there": ("applies.yaml", "schedule: parcel-promise", "schedule: parcel-promises", 0, "did you mean `parcel-promise`?"),
    "a moment that is no fact": ("applies.yaml", "since: delivered_at", "since: delivered_on", 0, "did you mean `delivered_at`?"),
    "a fact for the letter that is none": ("applies.yaml", "promised: promised_on", "promised: promised", 0, "did you mean `promised_on`?"),
    "one list without brackets": ("applies.yaml", "claims: [late, overdue, not-received]", "claims: late", 0, "`[late]`"),
    "a way of choosing that is none": ("applies.yaml", "when_several: largest", "when_several: all", 0, "`first`, `largest`"),
    "no time to be corroborated in": ("policy.yaml", "within: 1 h", "within: 0 h", 0, "write it like `1 h`"),
    "a default that is no way": ("delivery.yaml", "default: email", "default: mail", 0, "did you mean `email`?"),
    "a way that leads nowhere": ("delivery.yaml", "phone: {by: person", "phone: {by: xyzzy", 0, "`email`, `person`, `webhook`"),
    "a channel with a capital letter": ("delivery.yaml", "  phone: {", "  Phone: {", 0, "in small letters"),
    "tries without a wait": ("delivery.yaml", "first: 1 min ", "first: 0 s ", 0, "write `1 min`"),
    "waits that shrink": ("delivery.yaml", "longest: 1 h ", "longest: 1 s ", 0, "the waits only grow"),
    "given up before the second try": ("delivery.yaml", "give_up: 2 days", "give_up: 30 min", 0, "before the second try"),
    "manners with a capital letter": ("delivery.yaml", "familiar, sie,", "familiar, Sie,", 0, "in small letters"),
    "a country that is none": ("delivery.yaml", "jurisdictions: [GB]", "jurisdictions: [England]", 0, "write it like `DE`"),
    "a country named twice": ("delivery.yaml", "jurisdictions: [GB]", "jurisdictions: [GB, GB]", 0, "keep one"),
    "a rule for no country": ("delivery.yaml", "jurisdictions: [GB]", "jurisdictions: []", 0, "an empty list says nothing"),
    "a kind of notice that is none": ("delivery.yaml", "[GB]\n    kinds: [decline, final-say]", "[GB]\n    kinds: [declined, final-say]", 1, "did you mean `decline`?"),
    "quiet hours in no zone": ("delivery.yaml", "# quiet:\n", "quiet: {zone: Europe/Berlino, begins: 21:00, ends: 08:00}\n# quiet:\n", 0, "did you mean `Europe/Berlin`?"),
    "quiet all day": ("delivery.yaml", "# quiet:\n", "quiet: {zone: Europe/Berlin, begins: 08:00, ends: 08:00}\n# quiet:\n", 0, "let it end at another time"),
    "another file's name": ("schedules/parcel-promise.yaml", "schedule: parcel-promise", "schedule: parcels", None, "call it parcels.yaml"),
    "a category in two claims": ("claims.yaml", "categories: [overdue,", "categories: [Late_Delivery,", 0, "already a category of `late`"),
    "a phrase without a word": ("claims.yaml", "en: [cancel]", "en: [cancel, …]", 0, "has a part without a word"),
    "a way that a shorter one covers": ("claims.yaml", "en: [cancel]", "en: [cancel, to cancelled]", 0, "remove the longer one"),
    "a language in words": ("claims.yaml", "    en: [cancel]", "    English: [cancel]", 0, "write it like `pt` or `en`"),
    "a bracket left open": ("claims.yaml", "    en: [cancel]", "    en: [cancel", 1, "needs quotes"),
    "an anchor": ("claims.yaml", "    en: [cancel]", "    en: &words [cancel]", 0, "write the value itself"),
    "a tag": ("claims.yaml", "    en: [cancel]", "    en: !!set [cancel]", 0, "leave the tag out"),
    "too few options without money": ("menu.yaml", "report                  # a letter that says what went wrong and what is done about it\n  severities: [1, 2, 3, 4]", "report\n  severities: [1, 2, 4]", None, "add 3 to the severities of `what-we-changed`"),
    "two options of one id": ("menu.yaml", "id: credit-15", "id: voucher-10", 0, "`voucher-10` is taken"),
    "too large a share": ("menu.yaml", "percent: 75", "percent: 175", 0, "must be at most 150"),
    "a fixed sum for a free one": ("menu.yaml", "  arrives: 7\n", "  arrives: 7\n  at_most: [5 EUR]\n", None, "round 1 needs"),
    "a round that never comes": ("menu.yaml", "  round: 2\n  arrives: 10\n", "  round: 3\n  arrives: 10\n", 0, "round 3 is never reached"),
    "an option that would stand alone": ("menu.yaml", "  round: 2\n  arrives: 10\n", "  round: 2\n  excludes: [priority, free-shipping]\n  arrives: 10\n", None, "it would stand alone"),
    "an exclusion of nothing": ("menu.yaml", "  round: 2\n  arrives: 10\n", "  round: 2\n  arrives: 10\n  excludes: [prioriti]\n", 2, "did you mean `priority`?"),
    "a worth beside an amount": ("menu.yaml", "  percent: 12\n", "  percent: 12\n  worth: [5 EUR]\n", 1, "remove it"),
    "an option of the customer's own name": ("menu.yaml", "id: donation", "id: as-asked", 0, "give the option another id"),
    "a loss that is none": ("policy.yaml", "    care: [service, collection]", "    cares: [service, collection]", 0, "did you mean `care`?"),
    "a loss by a claim that is none": ("policy.yaml", "    care: [service, collection]", "    care: [servise, collection]", 0, "did you mean `service`?"),
    "a claim in two losses": ("policy.yaml", "    care: [service, collection]", "    care: [late, collection]", 0, "`late` is a loss of time already"),
    "an approver above the ceiling": ("approvals.yaml", "    share: 100\n    within: 16 h", "    share: 160\n    within: 16 h", 0, "at most 150"),
    "a role on two levels": ("approvals.yaml", "  - role: the management", "  - role: the head of customer care", 0, "one role stands on one level"),
    "a level without a calendar": ("approvals.yaml", "    within: 16 h\n    calendar: office", "    within: 16 h\n    calendar: ofice", 1, "did you mean `office`?"),
    "a level that answers in no time": ("approvals.yaml", "    within: 16 h", "    within: 0 h", 0, "write it like `4 h`"),
    "a level that may give less than the one below": ("approvals.yaml", "    share: 100\n    up_to: [1500 BRL, 400 EUR,", "    share: 100\n    up_to: [1500 BRL, 30 EUR,", 1, "may give 40 EUR: no less here"),
    "a share that falls": ("approvals.yaml", "    share: 60", "    share: 101", None, "at least 101"),
    "a last level with sums": ("approvals.yaml", "    share: 100\n    within: 16 h", "    share: 100\n    up_to: [2000 BRL, 500 EUR, 500 USD, 450 GBP]\n    within: 16 h", 1, "leave the sums of the last level out"),
    "a level with sums above one without": ("approvals.yaml", "    up_to: [150 BRL, 40 EUR, 40 USD, 35 GBP]\n", "", None, "has no such bound"),
    "doubt for nobody": ("approvals.yaml", "  role: the head of customer care   # … by", "  role: the heads of customer care   # … by", 0, "did you mean `the head of customer care`?"),
    "nobody who weighs": ("approvals.yaml", "weighs: the head of customer care", "weighs: customer care", 0, "has no level"),
    "a person who is no role": ("policy.yaml", "  person: customer care", "  person: customer cares", 0, "did you mean `customer care`?"),
    "a call by nobody": ("menu.yaml", "  role: a senior in customer care", "  role: a junior in customer care", 0, "did you mean `a senior in customer care`?"),
    "a line for two with fractions": ("approvals.yaml", "four_eyes_above: [750 BRL", "four_eyes_above: [750.001 BRL", 0, "did you mean `750.00`?"),
    "a role twice": ("approvals.yaml", "roles: [customer care, a senior", "roles: [customer care, customer care, a senior", 0, "a role is named twice"),
    "a share above the ceiling": ("policy.yaml", "  ceiling: 150 ", "  ceiling: 100 \n  ceilings: {parcel-promise: 90}", 1, "never less"),
    "a ceiling of no schedule": ("policy.yaml", "  ceiling: 150 ", "  ceiling: 150 \n  ceilings: {parcels: 200}", 1, "no schedule `parcels`"),
    "an owner of a form that nobody gives": ("policy.yaml", "    call: {owner", "    calls: {owner", 0, "did you mean `call`?"),
    "a form of which nothing is said": ("policy.yaml", "    redo: {owner: operations}", "    redo: {}", 0, "add `owner` or `within`"),
    "no time to look into it": ("policy.yaml", "look_within: 2 days", "look_within: 0 s", 0, "write it like `2 days`"),
    "a round zero": ("menu.yaml", "  form: call                    # somebody who can decide rings, at a time that suits\n  role: a senior in customer care\n  severities: [1, 2, 3, 4]\n  round: 1", "  form: call\n  severities: [1, 2, 3, 4]\n  round: 0", 2, "must be at least 1"),
    "a limit of no time": ("limits.yaml", "within: 365 days                # what", "within: 0 days                # what", 0, "write it like `365 days`"),
    "a limit that looks back too far": ("limits.yaml", "within: 365 days                # what", "within: 2000 days                # what", 0, "look back at most so long"),
    "a soft line above the hard one": ("limits.yaml", "soft: [160000 BRL", "soft: [260000 BRL", 0, "the soft line comes before it"),
    "a budget in no zone": ("limits.yaml", "zone: UTC", "zone: UTX", 0, "is no time zone"),
    "two limits for a currency": ("limits.yaml", "220 USD, 190 GBP", "220 EUR, 190 GBP", 0, "EUR has a sum already"),
    "gifts below none": ("limits.yaml", "gifts: 4", "gifts: -1", 0, "must be at least 0"),
    "a repetition of one": ("limits.yaml", "  verified: 3", "  verified: 1", 0, "must be at least 2"),
    "a row that speaks of two things": ("limits.yaml", "    contacts: 3 ", "    hand_overs: 3\n    contacts: 3 ", -1, "a row speaks of one thing"),
    "a row that speaks of reach": ("limits.yaml", "    contacts: 3 ", "    followers: 10000\n    contacts: 3 ", 0, "unknown name `followers`"),
    "a row that adds nothing": ("limits.yaml", "  - by: 1\n    hand_overs: 2 ", "  - by: 1\n    contacts: 5\n  - by: 1\n    hand_overs: 2 ", 0, "let both numbers rise"),
    "a category for coming forward that no claim has": ("policy.yaml", "  category: outage ", "  category: outages ", 0, "did you mean `outage`?"),
    "limits in the wrong file": ("policy.yaml", "evidence:\n", "limits: {}\nevidence:\n", 0, "belongs into limits.yaml"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_its_line_and_the_fix(name: str, edit: Edit, folder: Path) -> None:
    file, before, after, lines_down, fix = BROKEN[name]
    line = edit(file, before, after)
    said = refusal(folder)
    assert fix in said
    where = f"{folder / file}:" if lines_down is None else f"{folder / file}:{line + lines_down}:"
    assert said.startswith(where), said


def test_a_menu_above_the_ceiling_is_refused_where_it_is_written(edit: Edit, folder: Path) -> None:
    edit("policy.yaml", "  ceiling: 150 ", "  ceiling: 70 ")
    assert re.search(r"menu.yaml:\d+: it is above the ceiling: at most 70", refusal(folder))


def test_a_schedule_that_applies_nowhere_rests_and_is_not_read_at_the_start(folder: Path) -> None:
    before = load_policy(folder)
    (folder / "schedules" / "resting.yaml").write_text("schedule: half-written\n")
    assert load_policy(folder).digest == before.digest


def test_the_digest_is_of_the_schedules_too(edit: Edit, folder: Path) -> None:
    before = load_policy(folder).digest
    edit("schedules/parcel-promise.yaml", "Delivery by the promised day", "Delivery on the promised day")
    assert load_policy(folder).digest != before


def test_a_file_that_nobody_reads_is_named_with_the_name_it_should_have(folder: Path) -> None:
    (folder / "menus.yaml").write_text("[]")
    assert "menus.yaml: nothing reads this file: did you mean `menu.yaml`?" in refusal(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "menu.yaml").unlink()
    assert "menu.yaml: the file is missing" in refusal(folder)


def test_a_folder_that_is_not_there_names_the_setting(tmp_path: Path) -> None:
    assert "AMENDS_POLICY" in refusal(tmp_path / "nowhere")


def test_a_promise_that_is_not_there_is_named(folder: Path) -> None:
    (folder / "schedules" / "parcel-promise.yaml").unlink()
    assert "there is no schedules/parcel-promise.yaml" in refusal(folder)


@pytest.mark.parametrize(("content", "said"), [(b"\xff\xfe", "not UTF-8"), (b"", "is empty"), (b"- 1", "named entries belong here"), (b"\x07", "printable")])  # fmt: skip
def test_a_file_that_is_no_policy_at_all_is_refused(content: bytes, said: str, folder: Path) -> None:
    (folder / "policy.yaml").write_bytes(content)
    assert said in refusal(folder)
