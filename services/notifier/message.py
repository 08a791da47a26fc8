"""A letter as mail servers want it: made from our own text alone, and read back before it goes, so that nothing that a
customer or a system wrote can become a header of it.
"""

import hashlib
import re
from base64 import b64encode
from binascii import a2b_qp, b2a_qp
from dataclasses import dataclass
from datetime import datetime
from email.header import decode_header, make_header
from email.utils import format_datetime, formataddr
from functools import lru_cache

END_OF_HEADERS = b"\r\n\r\n"
NEXT_FIELD = re.compile(r"\r\n(?! )")
DANGEROUS = re.compile(r"[\r\n\0]|=\?")
"""A line end would begin a header of its own, and Python up to 3.11.9 writes one out of an encoded word (CVE-2024-6923)."""
MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
CHUNK = 39
"""Bytes of text in an encoded word: with the name of its header, they fit into a line of 76 characters."""


class UnsafeHeader(ValueError):
    """Something that must not stand in a header was about to."""


class BadAddress(ValueError):
    """This is no address that one letter can be sent to."""


@dataclass(frozen=True, slots=True)
class Message:
    """One letter ready to go. `name` is its file's, `data` the whole message with CRLF, `to` the bare address."""

    notice: str
    name: str
    sender: str
    to: str
    customer: str
    subject: str
    body: str
    data: bytes

    @property
    def digest(self) -> bytes:
        """SHA-256 of the whole message."""
        return hashlib.sha256(self.data).digest()


def compose(
    notice: str, customer: str, house: tuple[str, str], to: str, subject: str, body: str, date: datetime
) -> Message:
    """The message for `notice`; `house` is (name, address) of the sender. Raises BadAddress or UnsafeHeader."""
    for given in (subject, notice):
        refuse(given)
    sender, sent_from = _house(house)
    address = mailbox(to)
    headers = {
        "Date": _date(date),
        "From": sent_from,
        "To": address,
        "Subject": encoded(subject),
        "Message-ID": message_id(notice, sender),
        "References": message_id(notice.partition("/")[0], sender),
        "Amends-Notice": encoded(notice),
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "quoted-printable",
    }
    lines = "\r\n".join(f"{name}: {value}" for name, value in headers.items())
    text = body.replace("\n", "\r\n").encode()
    data = lines.encode("ascii") + END_OF_HEADERS + b2a_qp(text, istext=True)
    _read_back(data, headers, subject, text)
    return Message(notice, file_name(notice), sender, address, customer, subject, body, data)


@lru_cache(maxsize=8)
def _date(date: datetime) -> str:
    """The letters of a batch are all of one moment."""
    return format_datetime(date)


@lru_cache(maxsize=8)
def _house(house: tuple[str, str]) -> tuple[str, str]:
    """The sender's bare address, and its From line."""
    refuse(house[0])
    sender = mailbox(house[1])
    return sender, formataddr((encoded(house[0]), sender))


def refuse(text: str) -> None:
    """Raise UnsafeHeader for what could end a header or pass for an encoded word."""
    if DANGEROUS.search(text):
        raise UnsafeHeader(f"{text!r} must not stand in a header")


def mailbox(text: str) -> str:
    """The bare address, in ASCII. Raises BadAddress for none, for several, and for what only SMTPUTF8 could carry."""
    local, at, domain = text.strip().rpartition("@")
    try:
        address = local + at + (domain if domain.isascii() else domain.encode("idna").decode("ascii"))
    except UnicodeError:
        raise BadAddress(f"{text!r} has a domain that cannot be written") from None
    if not MAILBOX.fullmatch(address) or ".." in address or "=?" in address:
        raise BadAddress(f"{text!r} is no address")
    return address


def encoded(text: str) -> str:
    """The text as a header may carry it: as it is in ASCII, else in encoded words (RFC 2047), cut between characters."""
    if text.isascii():
        return text
    chunks, size = [""], 0
    for sign in text:
        size += len(sign.encode())
        if size > CHUNK:
            chunks.append("")
            size = len(sign.encode())
        chunks[-1] += sign
    return "\r\n ".join(f"=?utf-8?b?{b64encode(chunk.encode()).decode()}?=" for chunk in chunks)


def message_id(key: str, sender: str) -> str:
    """Derived, so that a letter that is sent again is known to be the same one."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"


def file_name(notice: str) -> str:
    """The notice's key as the name of a file: the same key always has the same one."""
    return re.sub(r"[^\w.-]", "_", notice.replace("/", "."), flags=re.ASCII)


def _read_back(data: bytes, headers: dict[str, str], subject: str, text: bytes) -> None:
    """What a reader of mail makes of it must be what we meant, header by header; else UnsafeHeader."""
    head, _, body = data.partition(END_OF_HEADERS)
    lines = head.decode("ascii")
    fields = [field.partition(": ")[::2] for field in NEXT_FIELD.split(lines)]
    sound = fields == list(headers.items()) and lines.replace("\r\n", "").isprintable()
    if not sound or _decoded(headers["Subject"]) != subject or a2b_qp(body) != text:
        raise UnsafeHeader("the message would be read as something else than was written")


def _decoded(header: str) -> str:
    return str(make_header(decode_header(header))) if "=?" in header else header
