"""The README tells the truth: its commands run, its settings are those of the code, its output is what is printed."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.cli.settings import markdown
from tests.broker import free_ports

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
SHELL = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
SERVICES = ("INTAKE", "VERIFIER", "OFFER", "NOTIFIER")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A house of its own on free ports, whatever this machine has set."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
    ports = {f"AMENDS_{name}_PORT": str(port) for name, port in zip(SERVICES, free_ports(4), strict=True)}
    return plain | ports | {"AMENDS_HOME": str(tmp_path / "home")}


@pytest.fixture
def road(environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """`./amends up`, until the test is over."""
    up = subprocess.Popen([ROOT / "amends", "up"], env=environment, stderr=subprocess.PIPE)
    try:
        wait_until_ready(environment["AMENDS_NOTIFIER_PORT"])
        yield environment
    finally:
        up.send_signal(signal.SIGTERM)
        up.communicate(timeout=30)
    assert up.returncode == 0


def wait_until_ready(port: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the services did not become ready within 60 s")


def test_the_demo_plays_its_story_and_ends_as_the_readme_shows(environment: dict[str, str]) -> None:
    shown = re.search(r"<!-- demo -->\n```\n(.*?)```", README, re.DOTALL)
    assert shown
    played = subprocess.run([ROOT / "amends", "demo"], env=environment, capture_output=True, text=True, check=False)
    assert played.returncode == 0, played.stdout + played.stderr
    assert without_counts(shown[1]) in without_counts(played.stdout)
    assert "Every one of the 13 cases ended as the story says" in played.stdout


def without_counts(played: str) -> str:
    """A letter that a later one overtakes is not sent, and whether it is depends on the moment: the story names no number."""
    return re.sub(r"\d+ letters?\b", "letters", played)


def test_the_commands_by_hand_work_from_any_folder(road: dict[str, str], tmp_path: Path) -> None:
    by_hand = next(block for block in SHELL if "publish" in block).replace("./amends", str(ROOT / "amends"))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", by_hand], env=road, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for said in ("explanation and apology", "BRL 17.50", "ana@example.org", "✓ topics"):
        assert said in done.stdout


def test_every_command_of_the_readme_is_one_that_exists() -> None:
    words = set(re.findall(r"\./amends ([a-z][a-z-]+)", README)) - {"test"}
    known = subprocess.run([ROOT / "amends", "--help"], capture_output=True, text=True, check=True).stdout
    assert {word for word in words if f" {word} " not in known} == set()


def test_the_settings_are_those_of_the_code() -> None:
    assert markdown() in README, f"put this between the two marks of the README:\n{markdown()}"
