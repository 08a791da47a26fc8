"""`amends feed`, as operations type it: on a database and a bus that are there, with a source on this machine."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from shared.bus.embedded import EmbeddedBus
from shared.bus.seam import Partition
from shared.events import TELEMETRY
from shared.host.settings import CHECKOUT
from tests.feeds.conftest import Source, http

INCIDENTS = (Path(__file__).parent / "recorded" / "incidents.json").read_bytes()
SECONDS = 60


class House:
    """A shell of operations, with one feed in its file."""

    def __init__(self, database_url: str, folder: Path, source: Source) -> None:
        self.file = folder / "feeds.yaml"
        self.file.write_text(
            f"feeds:\n  - name: nordlicht\n    kind: statuspage\n    url: {source.url}/incidents.json\n"
            "    otherwise: nordlicht\n    every: 1 s\n    token_from: NORDLICHT_TOKEN\n"
        )
        plain = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
        keys = {f"AMENDS_{name}": "x" * 40 for name in ("ADMIN_KEY", "INTAKE_KEY", "SECRET")}
        self.environment = plain | keys | {
            "AMENDS_DATABASE_URL": database_url.replace("+asyncpg", ""),
            "AMENDS_HOME": str(folder),
            "NORDLICHT_TOKEN": "s3cret",
        }  # fmt: skip

    async def start(self, *words: str, **environment: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.cli", "feed", *words, "--file", str(self.file)),
            env=self.environment | environment,
            cwd=CHECKOUT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run(self, *words: str, **environment: str) -> tuple[int | None, str, str]:
        process = await self.start(*words, **environment)
        out, err = await asyncio.wait_for(process.communicate(), SECONDS)
        return process.returncode, out.decode(), err.decode()


@pytest.fixture
def house(database_url: str, tmp_path: Path, source: Source, embedded: EmbeddedBus) -> House:
    return House(database_url, tmp_path, source)


async def records(bus: EmbeddedBus) -> int:
    parts = [Partition(TELEMETRY, number) for number in range(await bus.partitions(TELEMETRY))]
    return sum(log.end for log in (await bus.ends(parts)).values())


async def test_a_feed_is_run_once_and_listed(house: House, source: Source, embedded: EmbeddedBus) -> None:
    source.answers = [http(INCIDENTS)]
    assert await house.run("run", "--once") == (0, "nordlicht: 3 events\n", "")
    assert await house.run("run", "nordlicht", "--once", "--json") == (
        0, '{"feed":"nordlicht","events":0,"problem":""}\n', "",
    )  # fmt: skip
    assert "Authorization: Bearer s3cret" in source.requests[0]
    assert await records(embedded) == 3
    code, out, _ = await house.run("list", "--json")
    (row,) = json.loads(out)
    assert (code, row["name"], row["every"], row["problem"]) == (0, "nordlicht", "1 s", None)
    assert row["polled_at"]


async def test_a_source_that_fails_is_one_line_and_exit_code_1(house: House, source: Source) -> None:
    source.answers = [http(b"", "503 Service Unavailable")]
    assert await house.run("run", "--once") == (1, "", "nordlicht: the server answers 503\n")
    assert json.loads((await house.run("list", "--json"))[1])[0]["problem"] == "the server answers 503"


async def test_what_is_typed_wrong_is_one_line_too(house: House) -> None:
    code, _, err = await house.run("run", "nordlich", "--once")
    assert (code, err) == (1, f"amends: {house.file} has no feed `nordlich`: did you mean `nordlicht`?\n")
    code, _, err = await house.run("run", "--once", NORDLICHT_TOKEN="")
    assert code == 1
    assert "NORDLICHT_TOKEN is not set" in err


async def test_it_goes_on_until_it_is_told_to_end_and_ends_in_order(house: House, source: Source) -> None:
    source.answers = [http(INCIDENTS)]
    process = await house.start("run", "--json")
    assert process.stdout
    lines = [await asyncio.wait_for(process.stdout.readline(), SECONDS) for _ in range(2)]
    assert [json.loads(line)["events"] for line in lines] == [3, 0]
    process.send_signal(signal.SIGTERM)
    _, err = await asyncio.wait_for(process.communicate(), SECONDS)
    assert (process.returncode, err) == (0, b"")
