"""The mailbox of a house without a mail server, as `amends mail` shows it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from services.notifier.sending.mailbox import MailboxMail, list_letters, show_letter
from services.notifier.sending.message import Draft, compose
from shared.errors import Misconfigured
from tests.notifier.bureau import sent

AT = datetime(2018, 2, 21, 10, tzinfo=UTC)


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mail"
    house = ("Nimbus", "care@nimbus.example")
    later = Draft(
        notice="case-a/1/apology",
        customer="c",
        to="ana@example.org",
        subject="Olá, já está",
        body="Olá.\n\nSó isto.\n",
        date=AT + timedelta(1),
    )
    first = Draft(
        notice="case-b/1/decline", customer="c", to="ben@example.org", subject="Hello", body="Hello.\n", date=AT
    )
    await sent(MailboxMail(folder), [compose(later, house), compose(first, house)])
    (folder / ".case-c.1.apology.eml.17").write_bytes(b"half a let")
    return folder


async def test_letters_are_listed_oldest_first_and_half_written_ones_are_not(folder: Path) -> None:
    first, later = list_letters(folder)
    assert (first.id, first.to, first.subject, first.date) == ("case-b.1.decline", "ben@example.org", "Hello", AT)
    assert (later.notice, later.subject) == ("case-a/1/apology", "Olá, já está")


async def test_a_letter_is_shown_as_its_reader_sees_it(folder: Path) -> None:
    shown = show_letter(folder, "case-a.1.apology")
    assert shown.as_text() == (
        "From: Nimbus <care@nimbus.example>\nTo: ana@example.org\nDate: 2018-02-22 10:00 UTC\n"
        "Subject: Olá, já está\n\nOlá.\n\nSó isto.\n"
    )
    assert msgspec.json.decode(msgspec.json.encode(shown))["notice"] == "case-a/1/apology"


@pytest.mark.parametrize("letter", ["nobody.1.apology", "../mail/case-a.1.apology", "", "..", "/etc/passwd", "\0"])
async def test_a_letter_that_is_not_there_is_named(folder: Path, letter: str) -> None:
    with pytest.raises(Misconfigured, match="amends mail list"):
        show_letter(folder, letter)


def test_a_folder_that_is_not_there_has_no_letters(tmp_path: Path) -> None:
    assert list_letters(tmp_path / "none") == []
