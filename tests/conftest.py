"""What every test may ask for: a database of its own, an Apache Kafka, and the rule that nothing is skipped in silence."""

import asyncio
import itertools
import os
from collections.abc import Callable, Coroutine, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import asyncpg
import hypothesis
import pytest

from shared.host.migrate import migrate
from shared.host.postgres import EmbeddedPostgres
from tests.broker import Broker, missing

IN_CI = os.environ.get("CI", "").lower() in {"true", "1"}
TEMPLATE = "template_of_tests"
SLOW = ("runtime", "bus", "contract", "journey", "faults")
"""Folders of tests that wait for servers and processes, the slowest last."""
numbers = itertools.count(1)

# How long one example takes says nothing on a machine that does other work meanwhile. A red run of CI is to be the fault of
# what has changed, so it tries the same examples each time; every run at a desk, and `HISTORIES=10000`, looks for new ones.
hypothesis.settings.register_profile("amends", deadline=None, derandomize=IN_CI)
hypothesis.settings.load_profile("amends")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast ones first, so that most mistakes show within seconds; within a folder any order will do."""
    items.sort(key=lambda item: SLOW.index(folder) + 1 if (folder := item.path.parent.name) in SLOW else 0)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """With CI=true a test that skips itself has failed: a green run there means that everything was run."""
    report = yield
    return refuse_skip(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    """The same for a file that skips itself while it is read."""
    report = yield
    return refuse_skip(report)


def refuse_skip(report: Any) -> Any:
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"CI=true allows no skips, and this was one: {reason_of(report)}"
    return report


def reason_of(report: Any) -> str:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was skipped and why, since a number says nothing."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section("not run on this machine")
        for report in sorted(skipped, key=lambda report: str(report.nodeid)):
            terminalreporter.write_line(f"{report.nodeid}: {reason_of(report)}")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a server of this test process, with a template database that has all tables."""
    with EmbeddedPostgres.scratch() as server:
        in_thread(lambda: administer(server.url, f"create database {TEMPLATE}"))
        in_thread(lambda: migrate(address_of(server.url, TEMPLATE)))
        yield server.url


@pytest.fixture
def database_url(postgres_server: str) -> Iterator[str]:
    """A database of this test's own, migrated and empty; SQLAlchemy's address (postgresql+asyncpg://…)."""
    name = f"test_{next(numbers)}"
    in_thread(lambda: administer(postgres_server, f"create database {name} template {TEMPLATE} strategy file_copy"))
    yield address_of(postgres_server, name)
    in_thread(lambda: administer(postgres_server, f"drop database {name} with (force)"))


@pytest.fixture
def empty_database_url(postgres_server: str) -> Iterator[str]:
    """A database without any table, for tests of migrations."""
    name = f"test_{next(numbers)}"
    in_thread(lambda: administer(postgres_server, f"create database {name}"))
    yield address_of(postgres_server, name)
    in_thread(lambda: administer(postgres_server, f"drop database {name} with (force)"))


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """The address of an Apache Kafka (host:port): the one in AMENDS_TEST_KAFKA, else one of this test process.

    Its topics are shared by the tests of a process: name yours with something of your own.
    """
    if given := os.environ.get("AMENDS_TEST_KAFKA"):
        yield given
        return
    with kafka_broker() as broker:
        yield broker.bootstrap


@pytest.fixture
def broker() -> Iterator[Broker]:
    """An Apache Kafka of this test's own, to be killed and started again. Takes some seconds."""
    with kafka_broker() as broker:
        yield broker


@contextmanager
def kafka_broker() -> Iterator[Broker]:
    if lacks := missing():
        pytest.skip(lacks)
    with Broker.temporary() as broker:
        yield broker


def address_of(server: str, database: str) -> str:
    return server.replace("@/amends?", f"@/{database}?")


async def administer(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server.replace("+asyncpg", ""))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def in_thread(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run a coroutine to its end on a loop that no test ever sees."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(work())).result()
