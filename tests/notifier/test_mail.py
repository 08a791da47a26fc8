"""Both ways for a letter to go, held to one contract; and the bad days of a mail server, with a real one."""

import asyncio
import email
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from services.notifier.sending.mail import Away, Later, Mail, Refused, Sent
from services.notifier.sending.mailbox import MailboxMail, text_of
from services.notifier.sending.message import Draft, Message, compose
from services.notifier.sending.smtp import SmtpMail, server_at
from shared.errors import Misconfigured
from tests.notifier.bureau import sent

AT = datetime(2018, 2, 21, 10, tzinfo=UTC)


def message(number: int = 1, customer: str = "cust-77", to: str = "ana@example.org") -> Message:
    house = ("Nimbus", "care@nimbus.example")
    body = f"Olá, número {number}.\n.\n..\n\nAté já.\n"
    notice = f"case-{customer}/{number}/apology"
    return compose(Draft(notice=notice, customer=customer, to=to, subject=f"Nº {number}", body=body, date=AT), house)


@dataclass
class Postman:
    """A mail server's manners: what it says to the next recipients and letters, one word after the other."""

    to_recipients: list[str] = field(default_factory=list)
    to_letters: list[str] = field(default_factory=list)
    to_senders: list[str] = field(default_factory=list)
    letters: list[bytes] = field(default_factory=list)
    sessions: set[int] = field(default_factory=set)

    async def handle_MAIL(self, _: SMTP, session: Session, envelope: Envelope, address: str, __: Any) -> str:  # noqa: N802 - the server calls it so
        self.sessions.add(id(session))
        if self.to_senders:
            return self.to_senders.pop(0)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: Any) -> str:  # noqa: N802 - the server calls it so
        if self.to_recipients and (said := self.to_recipients.pop(0)):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - the server calls it so
        if self.to_letters and (said := self.to_letters.pop(0)):
            return said
        assert isinstance(envelope.content, bytes)
        self.letters.append(envelope.content)
        return "250 taken"


class PostOffice:
    """A mail server on a port of its own, which can be closed and opened again."""

    def __init__(self, **manners: Any) -> None:
        self.postman, self.manners = Postman(), manners
        self.server: asyncio.Server | None = None
        self.lines: list[asyncio.Transport] = []
        self.port = 0

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(self._answer, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    def _answer(self) -> SMTP:
        office = self

        class Line(SMTP):
            def connection_made(self, transport: Any) -> None:
                office.lines.append(transport)
                super().connection_made(transport)

        return Line(self.postman, enable_SMTPUTF8=False, hostname="post.example", **self.manners)

    async def close(self) -> None:
        if self.server:
            self.server.close()
        for line in self.lines:
            line.abort()
        self.lines.clear()
        await asyncio.sleep(0)


@asynccontextmanager
async def opened(**manners: Any) -> AsyncIterator[PostOffice]:
    office = PostOffice(**manners)
    await office.open()
    try:
        yield office
    finally:
        await office.close()


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with opened() as office:
        yield office


@pytest.fixture
async def smtp(office: PostOffice) -> AsyncIterator[SmtpMail]:
    mail = SmtpMail(f"smtp://127.0.0.1:{office.port}")
    yield mail
    await mail.stop()


@dataclass
class Side:
    """One way to deliver, and what has arrived on the other side of it."""

    mail: Mail
    arrived: Callable[[], Awaitable[list[bytes]]]


@pytest.fixture(params=["smtp", "mailbox"])
async def side(request: pytest.FixtureRequest, office: PostOffice, tmp_path: Path) -> AsyncIterator[Side]:
    async def by_server() -> list[bytes]:
        return office.postman.letters

    async def in_folder() -> list[bytes]:
        return [file.read_bytes() for file in sorted((tmp_path / "mail").glob("*"))]

    if request.param == "smtp":
        mail: Mail = SmtpMail(f"smtp://127.0.0.1:{office.port}")
        yield Side(mail, by_server)
    else:
        mail = MailboxMail(tmp_path / "mail")
        yield Side(mail, in_folder)
    await mail.stop()


# ── both ways ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_letter_arrives_as_it_was_written(side: Side) -> None:
    assert await sent(side.mail, [message()]) == [Sent()]
    (arrived,) = await side.arrived()
    assert arrived == message().data
    read = email.message_from_bytes(arrived, policy=policy.default)
    assert text_of(read) == "Olá, número 1.\n.\n..\n\nAté já.\n"


async def test_many_letters_arrive_each_once_and_are_answered_in_order(side: Side) -> None:
    batch = [message(n, customer=f"cust-{n % 7}") for n in range(50)]
    assert await sent(side.mail, batch) == [Sent()] * 50
    assert sorted(await side.arrived()) == sorted(one.data for one in batch)


async def test_nothing_to_send_is_nothing(side: Side) -> None:
    assert list(await sent(side.mail, [])) == []
    assert await side.arrived() == []


async def test_it_goes_on_after_a_goodbye(side: Side) -> None:
    await sent(side.mail, [message(1)])
    await side.mail.stop()
    assert await sent(side.mail, [message(2)]) == [Sent()]
    assert len(await side.arrived()) == 2


# ── a folder ────────────────────────────────────────────────────────────────────────────────────────────────────────


def names_in(folder: Path) -> list[str]:
    return [file.name for file in folder.glob("[!.]*")]


async def test_the_same_letter_twice_is_one_file(tmp_path: Path) -> None:
    mail = MailboxMail(tmp_path / "mail")
    await sent(mail, [message()])
    await sent(mail, [message()])
    assert names_in(tmp_path / "mail") == ["case-cust-77.1.apology.eml"]


async def test_a_letter_is_never_half_there_under_its_name(tmp_path: Path) -> None:
    """What cannot be put in its place stays a draft, which no listing shows."""
    (tmp_path / "case-cust-77.1.apology.eml").mkdir()
    (away,) = await sent(MailboxMail(tmp_path), [message()])
    assert isinstance(away, Away)
    assert names_in(tmp_path) == ["case-cust-77.1.apology.eml"]


async def test_a_folder_that_cannot_be_written_is_a_bad_day_and_no_fault_of_the_letter(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("not a folder")
    (first, second) = await sent(MailboxMail(tmp_path / "mail"), [message(1), message(2)])
    assert isinstance(first, Away)
    assert isinstance(second, Away)


# ── a mail server ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_letters_of_a_customer_go_in_order_over_one_open_line(smtp: SmtpMail, office: PostOffice) -> None:
    batch = [message(n) for n in range(20)]
    await sent(smtp, batch[:10])
    await sent(smtp, batch[10:])
    assert office.postman.letters == [one.data for one in batch]
    assert len(office.postman.sessions) == 1


async def test_a_full_mailbox_is_tried_later_and_the_others_still_go(smtp: SmtpMail, office: PostOffice) -> None:
    office.postman.to_recipients = ["452 4.2.2 <ana@example.org> mailbox full"]
    results = await sent(smtp, [message(1), message(2)])
    assert results == [Later("smtp_452_4.2.2"), Sent()]
    assert await sent(smtp, [message(1)]) == [Sent()]


async def test_an_unknown_recipient_is_refused_for_good_without_repeating_the_address(
    smtp: SmtpMail, office: PostOffice
) -> None:
    office.postman.to_recipients = ["550 5.1.1 <ana@example.org>: user unknown"]
    assert await sent(smtp, [message(1), message(2)]) == [Refused("smtp_550_5.1.1"), Sent()]


async def test_a_letter_may_be_refused_after_it_was_read(smtp: SmtpMail, office: PostOffice) -> None:
    office.postman.to_letters = ["554 5.7.1 looks like spam", "451 try again"]
    results = await sent(smtp, [message(1), message(2), message(3)])
    assert results == [Refused("smtp_554_5.7.1"), Later("smtp_451"), Sent()]


async def test_a_server_that_will_not_take_us_as_sender_says_nothing_about_the_letters(
    smtp: SmtpMail, office: PostOffice
) -> None:
    office.postman.to_senders = ["550 5.7.1 sender not allowed"]
    first, second = await sent(smtp, [message(1), message(2)])
    assert isinstance(first, Away)
    assert isinstance(second, Away)
    assert office.postman.letters == []


async def test_no_server_is_a_bad_day_and_over_when_it_comes(office: PostOffice) -> None:
    await office.close()
    mail = SmtpMail(f"smtp://127.0.0.1:{office.port}")
    (away,) = await sent(mail, [message()])
    assert isinstance(away, Away)
    await office.open()
    assert await sent(mail, [message()]) == [Sent()]
    await mail.stop()


async def test_a_line_that_died_unnoticed_is_replaced_and_no_letter_is_lost(smtp: SmtpMail, office: PostOffice) -> None:
    await sent(smtp, [message(1)])
    await office.close()
    await office.open()
    assert await sent(smtp, [message(2)]) == [Sent()]
    assert office.postman.letters == [message(1).data, message(2).data]


async def test_a_server_that_hangs_up_is_called_again(smtp: SmtpMail, office: PostOffice) -> None:
    await sent(smtp, [message(1)])
    office.postman.to_recipients = ["421 4.3.2 too many letters on this line"]
    assert await sent(smtp, [message(2)]) == [Sent()]
    assert len(office.postman.sessions) == 2


def knows(_: Any, __: Any, ___: Any, ____: str, login: Any) -> AuthResult:
    return AuthResult(success=(login.login, login.password) == (b"amends", b"s@cret/1"), handled=False)


async def test_a_login_goes_in_and_a_wrong_one_is_a_bad_day() -> None:
    async with opened(authenticator=knows, auth_require_tls=False) as office:
        good = SmtpMail(f"smtp://amends:s%40cret%2F1@127.0.0.1:{office.port}")
        bad = SmtpMail(f"smtp://amends:wrong@127.0.0.1:{office.port}")
        assert await sent(good, [message()]) == [Sent()]
        assert await sent(bad, [message()]) == [Away("the login was refused")]
        await good.stop()
        await bad.stop()


async def test_a_password_leaves_this_machine_under_tls_only() -> None:
    assert server_at("smtp://user:secret@mail.example")["start_tls"] is True
    assert server_at("smtp://user:secret@localhost:1025")["start_tls"] is None
    assert server_at("smtp://mail.example")["start_tls"] is None
    assert server_at("smtps://user:secret@mail.example") == {
        "hostname": "mail.example",
        "port": 465,
        "username": "user",
        "password": "secret",
        "use_tls": True,
        "start_tls": None,
        "timeout": 20.0,
    }


@pytest.mark.parametrize(
    "url",
    [
        "mail.example:25",
        "http://mail.example",
        "smtp://",
        "smtp://h:port",
        "smtp://h:99999",
        "smtp://h/path",
        "smtp://u:hush@[::1",
    ],
)
def test_another_address_of_a_server_is_refused_at_start_without_its_password(url: str) -> None:
    with pytest.raises(Misconfigured, match="AMENDS_SMTP_URL must look like") as wrong:
        SmtpMail(url)
    assert "hush" not in str(wrong.value)
