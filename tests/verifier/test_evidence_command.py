"""`amends evidence`, as a person of operations types it: what waits, and an answer that ends the wait."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.embedded import EmbeddedBus
from shared.bus.seam import Partition, Record
from shared.bus.topics import ensure_topics
from shared.events import TELEMETRY
from shared.host.settings import CHECKOUT
from tests.telling import Listener, events_of, passed_on
from tests.verifier.words import letter

SECONDS = 60
ANSWER = ("promised_on=2018-02-05", "delivered_at=2018-02-09T18:00:00-03:00", "status=delivered", "freight=17.50")


class Shell:
    """A shell of operations, beside the house's database and the bus in it."""

    def __init__(self, database_url: str, home: Path, bus: EmbeddedBus) -> None:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
        keys = {f"AMENDS_{name}": "x" * 40 for name in ("ADMIN_KEY", "INTAKE_KEY", "SECRET")}
        address = database_url.replace("+asyncpg", "")
        self.environment = plain | keys | {"AMENDS_DATABASE_URL": address, "AMENDS_HOME": str(home)}
        self.bus = bus

    async def evidence(self, *words: str) -> tuple[int | None, str, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.cli", "evidence", *words),
            env=self.environment,
            cwd=CHECKOUT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), SECONDS)
        return process.returncode, out.decode(), err.decode()

    async def telemetry(self) -> list[Record]:
        parts = [Partition(TELEMETRY, number) for number in range(await self.bus.partitions(TELEMETRY))]
        return await self.bus.read({part: ends.begin for part, ends in (await self.bus.ends(parts)).items()}, 100)


@pytest.fixture
async def shell(engine: AsyncEngine, database_url: str, tmp_path: Path) -> AsyncIterator[Shell]:
    bus = EmbeddedBus(engine)
    await ensure_topics(bus, CHECKOUT / "deploy" / "topics.yaml")
    yield Shell(database_url, tmp_path, bus)
    await bus.stop()


async def test_what_waits_is_listed_for_people_and_for_programs(shell: Shell, judge: Listener) -> None:
    assert (await shell.evidence("list"))[:2] == (0, "no verdict waits for evidence\n")
    await judge.hear(letter())
    code, out, _ = await shell.evidence("list")
    assert code == 0
    assert all(word in out for word in ("C-1001", "order/53cdb2fc", "promised_on", "2018-02-17 12:00:00"))
    code, out, _ = await shell.evidence("list", "--json")
    (one,) = json.loads(out)
    assert (one["complaint"], one["subject"]) == ("C-1001", {"kind": "order", "id": "53cdb2fc"})
    assert "promised_on" in one["facts"]


async def test_an_answer_is_a_measurement_and_ends_the_wait(shell: Shell, keeper: Listener, judge: Listener) -> None:
    await judge.hear(letter())
    code, out, error = await shell.evidence(
        "answer", "C-1001", *ANSWER, "currency=BRL", "--by", "Ines Duarte", "--json"
    )
    assert code == 0, error
    said: dict[str, Any] = json.loads(out)
    assert (said["by"], said["subject"]) == ("Ines Duarte", {"kind": "order", "id": "53cdb2fc"})
    woken = await keeper.hear(*await shell.telemetry())
    (verdict,) = events_of((await judge.hear(*passed_on(woken.rows, "verifier"))).rows)
    assert (verdict.outcome, str(verdict.remedy.sum.amount)) == ("owed", "17.50")
    assert said["id"] in {record for clause in verdict.clauses for record in clause.evidence}
    assert (await shell.evidence("list"))[1] == "no verdict waits for evidence\n"


async def test_the_same_answer_about_the_same_moment_counts_once(shell: Shell, keeper: Listener) -> None:
    words = ("answer", "line/L-9", "up=true", "--by", "Ines Duarte", "--at", "2026-03-01T09:00:00Z")
    first, again = await shell.evidence(*words), await shell.evidence(*words)
    assert first == again
    assert first[0] == 0
    heard = await keeper.hear(*await shell.telemetry())
    assert (heard.repeats, heard.letters) == (1, [])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("C-9", "status=lost", "--by", "Ines"), "no verdict on 'C-9' waits"),
        (("order/1", "status", "--by", "Ines"), "write FACT=VALUE"),
        (("order/1", 'status={"a": 1}', "--by", "Ines"), "facts.status: expected text"),
        (("order/1", "status=lost", "--by", "Ines", "--at", "1066-01-01T00:00:00Z"), "the year 1066"),
    ],
)
async def test_what_cannot_be_right_is_one_line_and_nothing_is_published(
    shell: Shell, words: tuple[str, ...], says: str
) -> None:
    code, out, error = await shell.evidence("answer", *words)
    assert (code, out) == (1, "")
    assert says in error
    assert error.count("\n") == 1
    assert await shell.telemetry() == []
