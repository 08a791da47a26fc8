"""Whoever types a wrong word is told which one it was and what to type instead, and never sees a traceback."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.__main__ import build, run
from services.cli.output import print_rows
from services.cli.publish import told
from shared.errors import Misconfigured, Unavailable
from shared.host.settings import CHECKOUT, read_settings
from shared.host.unit import why_deaf
from shared.runtime.dead_letters import parse_id


def test_what_a_customer_wrote_is_shown_as_it_stands_and_steers_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([{"id": "[/x] [red]A-1[/]", "said": "so\x1b[2Jlate"}], ("id", "said"), as_json=False, empty="none")
    assert "[/x] [red]A-1[/]  so\N{REPLACEMENT CHARACTER}[2Jlate" in capsys.readouterr().out


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "letters"
    words = ["letter", "preview", "--language", "en", "--kind", "decline", "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "services.cli", *words], check=False, capture_output=True, text=True, cwd=CHECKOUT
    )
    assert done.returncode == 1
    assert re.fullmatch(rf"amends: {re.escape(str(out))}\S*: Not a directory: name a place .+\n", done.stderr)


@pytest.mark.parametrize("number", ["9" * 19, "9" * 5000, "x", ""])
def test_what_no_dead_letter_can_be_called_is_no_query(number: str) -> None:
    with pytest.raises(Misconfigured, match="names no dead letter"):
        parse_id(f"offer-{number}")


@pytest.mark.parametrize("seconds", ["-1", "soon"])
def test_a_silence_is_counted_in_seconds_from_nothing_on(seconds: str) -> None:
    done = CliRunner().invoke(build(["tail"]), ["tail", "amends.cases", "--until-idle", seconds])
    assert done.exit_code == 2
    assert "--until-idle" in done.output


def test_a_ruling_that_there_is_none_of_is_answered_with_those_that_can_be_typed() -> None:
    by = ["--by", "Mara", "--role", "lead", "--reason", "x"]
    with pytest.raises(Misconfigured, match="'dance': choose from give, decline, stop, hand-on"):
        CliRunner().invoke(build(["case"]), ["case", "rule", "C-1", "dance", *by], catch_exceptions=False)


@pytest.mark.parametrize(("count", "says"), [(0, "0 events are"), (1, "1 event is"), (2, "2 events are")])
def test_events_are_counted_in_good_english(count: int, says: str) -> None:
    assert told(count, "ops.telemetry.v1") == f"{says} on ops.telemetry.v1"


def test_a_page_address_that_no_browser_can_open_is_refused_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMENDS_BASE_URL", "help.example.org")
    with pytest.raises(Misconfigured, match="AMENDS_BASE_URL: must start with https://"):
        read_settings()


@pytest.mark.parametrize(
    ("slip", "meant"), [("AMENDS_DATABSE_URL", "AMENDS_DATABASE_URL"), ("AMENDS_SECERT", "AMENDS_SECRET")]
)
def test_a_setting_with_a_slip_in_its_name_is_refused_with_the_one_that_was_meant(
    slip: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(slip, "postgresql://elsewhere/amends")
    with pytest.raises(Misconfigured, match=f"{slip} is no setting; did you mean {meant}"):
        read_settings()


def test_variables_that_an_orchestrator_makes_of_our_services_are_nobodys_slip(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AMENDS_OFFER_SERVICE_HOST", "AMENDS_OFFER_PORT_8103_TCP", "AMENDS_STATUS_PAGE_TOKEN"):
        monkeypatch.setenv(name, "10.0.0.7")
    assert read_settings().offer_port == 8103


def test_a_port_that_is_taken_is_told_apart_from_an_address_that_is_not_ours() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert why_deaf("127.0.0.1", port, "AMENDS_OFFER_PORT").endswith(
            "is taken: end what listens there, or set AMENDS_OFFER_PORT"
        )
    assert "set AMENDS_BIND" in why_deaf("1.2.3.4.5", port, "AMENDS_OFFER_PORT")
    assert "set AMENDS_BIND" in why_deaf("192.0.2.1", port, "AMENDS_OFFER_PORT")


@pytest.mark.parametrize("secret", ["x", "x" * 24 + ",new"])
def test_a_secret_that_can_be_guessed_is_refused_and_not_repeated(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMENDS_SECRET", secret)
    with pytest.raises(Misconfigured, match="AMENDS_SECRET needs 24 characters or more") as refused:
        read_settings()
    assert f"'{secret}'" not in str(refused.value)


def test_what_failed_among_several_tasks_is_told_like_what_failed_alone() -> None:
    def several() -> None:
        raise ExceptionGroup(
            "tasks", [ValueError("a bug"), ExceptionGroup("more", [Unavailable("the broker is away")])]
        )

    with pytest.raises(Unavailable, match="the broker is away"):
        run(several)


def test_a_bug_among_several_tasks_is_shown_whole() -> None:
    def several() -> None:
        raise ExceptionGroup("tasks", [ValueError("a bug")])

    with pytest.raises(ExceptionGroup):
        run(several)
