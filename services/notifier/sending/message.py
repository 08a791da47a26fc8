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

from services.notifier.sending.markup import html_of

END_OF_HEADERS = b"\r\n\r\n"
NEXT_FIELD = re.compile(r"\r\n(?! )")
DANGEROUS = re.compile(r"[\r\n\0]|=\?")
"""A line end would begin a header of its own, and Python up to 3.11.9 writes one out of an encoded word (CVE-2024-6923)."""
MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
PART = 'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable'
TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")
CHUNK = 39
"""Bytes of text in an encoded word: with the name of its header, they fit into a line of 76 characters."""


class UnsafeHeader(ValueError):
    """Something that must not stand in a header was about to."""


class BadAddress(ValueError):
    """This is no address that one letter can be sent to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A letter in words, and whom it goes to. `link` leads to the customer's page, `language` is a tag like "pt-BR".

    `earlier`: the Message-IDs of what the customer has had in this case, oldest first. `reply`: it answers what the
    customer has just said or done.
    """

    notice: str
    customer: str
    to: str
    subject: str
    body: str
    date: datetime
    language: str = "en"
    link: str = ""
    earlier: tuple[str, ...] = ()
    reply: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One letter ready to go: the very bytes that every try of it sends. `name` is its file's, `to` the bare address.

    `sender` is the house's own address, `id` what the other side knows it by.
    """

    notice: str
    id: str
    sender: str
    to: str
    customer: str
    data: bytes

    @property
    def name(self) -> str:
        """What a file of it is called."""
        return file_name(self.notice)

    @property
    def digest(self) -> bytes:
        """SHA-256 of the whole message."""
        return hashlib.sha256(self.data).digest()


def compose(draft: Draft, house: tuple[str, str]) -> Message:
    """The draft as mail; `house` is (name, address) of the sender. Raises BadAddress or UnsafeHeader.

    The plain text comes first and says all; the HTML beside it says the same.
    """
    for given in (draft.subject, draft.notice, draft.language, *draft.earlier):
        refuse(given)
    sender, sent_from = _house(house)
    address, notice = mailbox(draft.to), draft.notice
    begun, own, border = message_id(notice.partition("/")[0], sender), message_id(notice, sender), _border(notice)
    headers = {
        "Date": _date(draft.date),
        "From": sent_from,
        "To": address,
        "Subject": encoded(draft.subject),
        "Message-ID": own,
        **({"In-Reply-To": draft.earlier[-1]} if draft.earlier else {}),
        "References": "\r\n ".join((begun, *draft.earlier)),
        "Amends-Notice": encoded(notice),
        "Auto-Submitted": "auto-replied" if draft.reply else "auto-generated",
        "Content-Language": tag(draft.language),
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative;\r\n boundary="{border}"',
    }
    page = html_of(draft.subject, draft.body, tag(draft.language), draft.link)
    parts = {"plain": _lines(draft.body), "html": _lines(page)}
    data = _written(headers) + END_OF_HEADERS + _joined(parts, border)
    _read_back(data, headers, draft.subject, parts, border)
    return Message(notice, own, sender, address, draft.customer, data)


def _written(headers: dict[str, str]) -> bytes:
    return "\r\n".join(f"{name}: {value}" for name, value in headers.items()).encode("ascii")


def _border(notice: str) -> str:
    """What stands between the parts, and cannot stand in one: no quoted-printable text has `=_` in it."""
    return f"=_{hashlib.sha256(notice.encode()).hexdigest()[:32]}"


def _lines(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def _joined(parts: dict[str, bytes], border: str) -> bytes:
    made = bytearray()
    for kind, text in parts.items():
        made += (
            f"--{border}\r\n{PART.format(kind=kind)}".encode() + END_OF_HEADERS + b2a_qp(text, istext=True) + b"\r\n"
        )
    return bytes(made) + f"--{border}--\r\n".encode()


def tag(language: str) -> str:
    """The language as a header names it (BCP 47); of one that is none, the undetermined."""
    written = language.replace("_", "-")
    return written if TAG.fullmatch(written) else "und"


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


def _read_back(data: bytes, headers: dict[str, str], subject: str, parts: dict[str, bytes], border: str) -> None:
    """What a reader of mail makes of it must be what we meant, header by header and part by part; else UnsafeHeader."""
    head, _, body = data.partition(END_OF_HEADERS)
    lines = head.decode("ascii")
    fields = [field.partition(": ")[::2] for field in NEXT_FIELD.split(lines)]
    sound = fields == list(headers.items()) and lines.replace("\r\n", "").isprintable()
    read = [a2b_qp(part.partition(END_OF_HEADERS)[2]) for part in body.split(f"--{border}".encode())[1:-1]]
    meant = [text + b"\r\n" for text in parts.values()]
    if not sound or _decoded(headers["Subject"]) != subject or read != meant:
        raise UnsafeHeader("the message would be read as something else than was written")


def _decoded(header: str) -> str:
    return str(make_header(decode_header(header))) if "=?" in header else header
