"""What docker compose starts is what the code provides: commands, ports and settings under their right names."""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.host.settings import Settings, read_settings

ROOT = Path(__file__).resolve().parents[1]
SERVICES = ("intake", "verifier", "offer", "notifier")
JOBS = ("migrate", "topics")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
PLACEHOLDER = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def started(name: str) -> dict[str, Any]:
    definition: dict[str, Any] = COMPOSE["services"][name]
    return definition


def filled(value: object, given: dict[str, str]) -> str:
    """The value as compose would write it, from a .env with `given`."""
    return PLACEHOLDER.sub(lambda found: given.get(found[1]) or (found[3] if found[2] == "-" else ""), str(value))


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_runs_a_module_that_is_there(name: str) -> None:
    python, option, module = started(name)["command"]
    assert (python, option, module) == ("python", "-m", f"services.{name}")
    assert find_spec(f"{module}.__main__")


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_reached_and_watched_on_its_own_port(name: str) -> None:
    port = Settings.model_fields[f"{name}_port"].default
    assert started(name)["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f"127.0.0.1:{port}/readyz" in started(name)["healthcheck"]["test"][-1]
    assert str(port) in re.findall(r"\d+", re.findall(r"^EXPOSE (.*)$", DOCKERFILE, re.MULTILINE)[0])


@pytest.mark.parametrize("name", JOBS)
def test_each_job_is_a_command_that_is_there(name: str) -> None:
    program, word, *_ = started(name)["command"]
    assert (program, word) == ("amends", name)
    assert find_spec(f"services.cli.{word}")
    assert "exec python -m services.cli" in DOCKERFILE


@pytest.mark.parametrize("name", SERVICES + JOBS)
def test_every_variable_is_a_setting(name: str) -> None:
    known = {f"AMENDS_{field}".upper() for field in Settings.model_fields}
    assert set(started(name)["environment"]) <= known
    assert set(re.findall(r"AMENDS_[A-Z_]+(?==)", DOCKERFILE)) <= known


def test_the_settings_are_accepted_as_compose_writes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    word = "x1" * 12
    given = {name: word for name in placeholders() if not default_of(name)}
    for name, value in started("offer")["environment"].items():
        monkeypatch.setenv(name, filled(value, given))
    settings = read_settings()
    assert settings.database_url == f"postgresql+asyncpg://amends:{word}@postgres/amends"
    assert settings.base_url.endswith(f":{settings.notifier_port}")
    assert settings.bind == "0.0.0.0"
    assert not settings.embedded_database


def test_no_secret_is_built_in() -> None:
    secret = {name for name in placeholders() if re.search("SECRET|KEY|PASSWORD", name)}
    assert len(secret) == 5
    assert not [name for name in secret if default_of(name)]
    example = (ROOT / ".env.example").read_text()
    assert {name for name in placeholders() if f"\n{name}=" in example} == placeholders()
    assert not [name for name in secret if f"\n{name}=\n" not in example]


def test_servers_are_there_before_what_needs_them() -> None:
    assert started("migrate")["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert started("topics")["depends_on"] == {"kafka": {"condition": "service_healthy"}}
    for name in SERVICES:
        for job in JOBS:
            assert started(name)["depends_on"][job] == {"condition": "service_completed_successfully"}


def test_nothing_is_published_beyond_this_machine() -> None:
    ports = [port for each in COMPOSE["services"].values() for port in each.get("ports", [])]
    assert ports
    assert not [port for port in ports if not port.startswith("127.0.0.1:")]


def test_the_image_runs_without_roots_rights_and_from_pinned_packages() -> None:
    assert re.search(r"^USER amends$", DOCKERFILE, re.MULTILINE)
    assert "--require-hashes -r deploy/requirements.lock" in DOCKERFILE


def placeholders() -> set[str]:
    return {found[0] for found in PLACEHOLDER.findall(str(COMPOSE))}


def default_of(name: str) -> str:
    return next((text for found, kind, text in PLACEHOLDER.findall(str(COMPOSE)) if found == name and kind == "-"), "")
