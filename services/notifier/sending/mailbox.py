"""A mailbox in a folder: for a house without a mail server, every letter is a file that any mail program opens."""

import asyncio
import email
import os
from collections.abc import Sequence
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from msgspec import Struct

from services.notifier.sending.mail import Away, Result, Sent, Took
from services.notifier.sending.message import Message
from shared.errors import Misconfigured

SUFFIX = ".eml"


class MailboxMail:
    """Writes each letter to a file named after its notice: under another name first, so that none is ever half there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def send(self, messages: Sequence[Message], took: Took) -> None:
        """All at once: a letter that is written again is the same file."""
        if messages:
            results = await asyncio.to_thread(self._write, messages)
            await took(list(zip(messages, results, strict=True)))

    async def stop(self) -> None:
        """A folder needs no goodbye."""

    def _write(self, messages: Sequence[Message]) -> Sequence[Result]:
        results: list[Result] = []
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for message in messages:
                write(self.folder, message.name + SUFFIX, message.data)
                results.append(Sent())
        except OSError as error:
            results += [Away(str(error))] * (len(messages) - len(results))
        return results


def write(folder: Path, name: str, data: bytes) -> None:
    """All or nothing, and over an older one of the same name."""
    draft = f"{folder}/.{name}.{os.getpid()}"
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "wb", buffering=0) as out:
        out.write(data)
    os.replace(draft, f"{folder}/{name}")  # noqa: PTH105 - a Path for each letter costs more than the letter


class Listed(Struct, frozen=True):
    """A letter as a list shows it. `id` is what `show_letter` takes; `notice` its key: case/round/kind."""

    id: str
    date: datetime
    to: str
    subject: str
    notice: str


class Shown(Listed, frozen=True):
    """A letter whole. `sender` is its From line."""

    sender: str
    text: str

    def as_text(self) -> str:
        """As its reader sees it: the lines that matter, an empty one, the words."""
        date = self.date.strftime("%Y-%m-%d %H:%M %Z")
        return f"From: {self.sender}\nTo: {self.to}\nDate: {date}\nSubject: {self.subject}\n\n{self.text}"


def list_letters(folder: Path) -> list[Listed]:
    """The letters in the folder, oldest first. A folder that is not there yet has none."""
    letters = (_listed(file, _read(file)) for file in folder.glob(f"[!.]*{SUFFIX}"))
    return sorted(letters, key=lambda letter: (letter.date, letter.id))


def show_letter(folder: Path, letter: str) -> Shown:
    """The letter of that id. Raises Misconfigured when there is none."""
    file = folder / f"{letter.removesuffix(SUFFIX)}{SUFFIX}"
    if file.parent != folder or not file.is_file():
        raise Misconfigured(f"there is no letter {letter!r}: `amends mail list` shows what there is")
    read = _read(file)
    listed = _listed(file, read)
    return Shown(
        id=listed.id,
        date=listed.date,
        to=listed.to,
        subject=listed.subject,
        notice=listed.notice,
        sender=str(read["From"]),
        text=text_of(read),
    )


def words_of(letter: bytes) -> str:
    """The plain words of a letter as it was sent."""
    read = email.message_from_bytes(letter, policy=policy.default)
    assert isinstance(read, EmailMessage)
    return text_of(read)


def text_of(read: EmailMessage) -> str:
    """The plain words of a letter."""
    plain = read.get_body(("plain",))
    assert plain is not None
    return str(plain.get_content()).replace("\r\n", "\n")


def _read(file: Path) -> EmailMessage:
    message = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _listed(file: Path, read: EmailMessage) -> Listed:
    return Listed(
        id=file.name.removesuffix(SUFFIX),
        date=parsedate_to_datetime(str(read["Date"])),
        to=str(read["To"]),
        subject=str(read["Subject"]),
        notice=str(read["Amends-Notice"]),
    )
