"""The code keeps the rules of the house, and the rules see what they forbid."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import house_rules
from tests.house_rules import RULES, Modules, read_modules

ROOT = Path(__file__).resolve().parents[1]
Rule = Callable[[Modules], list[str]]

BREACHES: list[tuple[Rule, dict[str, str]]] = [
    (house_rules.services_keep_apart, {"services/offer/core.py": "from services.verifier.core import judge"}),
    (house_rules.services_keep_apart, {"services/offer/menu.py": "import services.verifier.core"}),
    (house_rules.services_keep_apart, {"services/offer/menu.py": "def f():\n    from services import verifier",
                                       "services/verifier/core.py": ""}),
    (house_rules.shared_stands_alone, {"shared/host/run.py": "from services.offer import core"}),
    (house_rules.wings_import_downwards, {"shared/policy/load.py": "from shared.bus.seam import Record"}),
    (house_rules.wings_import_downwards, {"shared/bus/kafka.py": "from shared.runtime.loop import Member"}),
    (house_rules.wings_import_downwards, {"shared/runtime/loop.py": "from shared.host import settings",
                                          "shared/host/settings.py": ""}),
    (house_rules.wings_import_downwards, {"shared/money.py": "import shared.policy.words"}),
    (house_rules.the_language_stands_in_layers, {
        "shared/policy/language/judging/case.py": "from shared.policy.language.reading.parse import parse"}),
    (house_rules.the_language_stands_in_layers, {
        "shared/policy/language/form/syntax.py": "from shared.policy.language.arithmetic.exact import add"}),
    (house_rules.cores_are_pure, {"services/intake/core.py": "import asyncio"}),
    (house_rules.cores_are_pure, {"services/intake/core.py": "from os import environ"}),
    (house_rules.cores_are_pure, {"services/intake/core.py": "import sqlalchemy"}),
    (house_rules.cores_are_pure, {"services/intake/core.py": "from shared.runtime.outbox import append"}),
    (house_rules.cores_are_pure, {"services/verifier/judge_claims.py": "from shared.bus.seam import Record"}),
    (house_rules.cores_are_pure, {"services/offer/core.py": "from services.offer.negotiation.rounds import next_round",
                                  "services/offer/negotiation/rounds.py": "import random"}),
    (house_rules.cores_are_pure, {"services/offer/core.py": "from datetime import datetime\nx = datetime.now()"}),
    (house_rules.cores_are_pure, {"services/offer/core.py": "from uuid import uuid4\nx = uuid4()"}),
    (house_rules.cores_are_pure, {"shared/policy/evaluate.py": "import logging"}),
    (house_rules.one_clock, {"services/notifier/sending/delivery.py": "import datetime\nx = datetime.datetime.now()"}),
    (house_rules.one_clock, {"shared/runtime/loop.py": "from time import time"}),
    (house_rules.one_clock, {"shared/bus/kafka.py": "import time\nx = time.time()"}),
    (house_rules.one_clock, {"shared/runtime/timers.py": "SQL = 'delete from timers where due <= now()'"}),
    (house_rules.one_clock, {"services/offer/table.py": "SQL = 'select current_timestamp'"}),
    (house_rules.packages_are_plain, {"shared/bus/seam.py": ""}),
    (house_rules.packages_are_plain, {"shared/bus/__init__.py": "from shared.bus import seam"}),
    (house_rules.files_are_short, {"shared/bus/seam.py": "x = 1\n" * 301}),
    (house_rules.schedules_are_data, {"services/verifier/judging/judge.py": "if schedule == 'parcel-promise': ..."}),
    (house_rules.schedules_are_data, {"services/offer/menu.py": "NAMES = ['eu261']"}),
    (house_rules.names_say_something, {"shared/bus/seam.py": "class EventProcessor: ..."}),
]  # fmt: skip
KEPT = {
    "services/__init__.py": "",
    "services/__main__.py": "from services.offer.core import decide",
    "services/cli/__init__.py": "",
    "services/cli/up.py": "from services.offer.core import decide",
    "services/offer/__init__.py": "",
    "services/offer/core.py": "import re\nfrom datetime import datetime\nfrom msgspec import Struct\nfrom shared.events import Event",
    "services/offer/__main__.py": "import asyncio",
    "shared/__init__.py": "",
    "shared/events.py": "x = 1\n" * 400,
    "shared/policy/__init__.py": "",
    "shared/policy/load.py": "import yaml\nfrom shared.errors import Misconfigured",
    "shared/runtime/__init__.py": "",
    "shared/runtime/timers.py": "import time\nx = time.monotonic()\nSQL = 'select clock.now()'\nfrom shared.bus import seam",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps(rule: Rule) -> None:
    assert not rule(read_modules(ROOT))


@pytest.mark.parametrize(("rule", "files"), BREACHES, ids=lambda part: getattr(part, "__name__", ""))
def test_a_breach_is_seen(rule: Rule, files: dict[str, str], tmp_path: Path) -> None:
    assert rule(tree(tmp_path, files))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_what_is_allowed_is_no_breach(rule: Rule, tmp_path: Path) -> None:
    assert not rule(tree(tmp_path, KEPT))


def test_the_locks_name_no_address() -> None:
    for lock in (ROOT / "requirements.lock", ROOT / "deploy" / "requirements.lock"):
        assert "://" not in lock.read_text()


def tree(root: Path, files: dict[str, str]) -> Modules:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return read_modules(root)
