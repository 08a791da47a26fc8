"""A letter as mail: whatever customers and systems wrote, no header is theirs."""

import email
import re
from datetime import UTC, datetime
from email import policy
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.sending.message import (
    BadAddress,
    Draft,
    Message,
    UnsafeHeader,
    compose,
    file_name,
    mailbox,
    message_id,
)

AT = datetime(2018, 2, 21, 10, tzinfo=UTC)
HEADERS = [
    "Date",
    "From",
    "To",
    "Subject",
    "Message-ID",
    "References",
    "Amends-Notice",
    "Auto-Submitted",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
]
INJECTIONS = (
    "x\r\nBcc: all@example.org",
    "x\nBcc: all@example.org",
    "x\rBcc: all@example.org",
    "x\0y",
    "=?utf-8?q?x=0aBcc=3a_all=40example.org?=",
    "\r\n\r\nanother body",
)
anything = st.text(st.characters(codec="utf-8"), max_size=300)
nasty = st.one_of(anything, st.sampled_from(INJECTIONS), st.tuples(anything, st.sampled_from(INJECTIONS)).map("".join))


def made(
    *,
    notice: str = "case-1/1/apology",
    house: str = "Nimbus",
    to: str = "ana@example.org",
    subject: str = "Your order",
    body: str = "Hello,\n\nwe are sorry.\n",
    **more: Any,
) -> Message:
    draft = Draft(notice=notice, customer="cust-77", to=to, subject=subject, body=body, date=AT, **more)
    return compose(draft, (house, "care@nimbus.example"))


def read(message: Message, how: Any = policy.default) -> Any:
    """As a mail program reads it."""
    return email.message_from_bytes(message.data, policy=how)


def plain(message: Message) -> str:
    """The text part."""
    return str(read(message).get_body(("plain",)).get_content()).replace("\r\n", "\n")


def page(message: Message) -> str:
    """The HTML part."""
    return str(read(message).get_body(("html",)).get_content()).replace("\r\n", "\n")


def test_the_message_says_what_was_meant() -> None:
    message = made(
        subject="Ihre Bestellung: Entschuldigung für die Verspätung, die uns leidtut",
        house="Grüße & Co",
        body="Größe: 1 €\n.\nFrom here\n",
    )
    seen = read(message)
    assert seen["Subject"] == "Ihre Bestellung: Entschuldigung für die Verspätung, die uns leidtut"
    assert str(seen["From"]) == "Grüße & Co <care@nimbus.example>"
    assert seen["To"] == "ana@example.org"
    assert parsedate_to_datetime(seen["Date"]) == AT
    assert seen["Auto-Submitted"] == "auto-generated"
    assert seen.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in seen.iter_parts()] == ["text/plain", "text/html"]
    assert plain(message) == "Größe: 1 €\n.\nFrom here\n"
    assert max(map(len, message.data.split(b"\r\n"))) <= 78


def test_the_same_letter_has_the_same_message_id_and_file_and_others_have_others() -> None:
    first, again, other = made(), made(body="later\n"), made(notice="case-1/2/options")
    ids = [email.message_from_bytes(one.data)["Message-ID"] for one in (first, again, other)]
    assert ids[0] == ids[1] != ids[2]
    assert ids == [first.id, again.id, other.id]
    assert (first.name, other.name) == ("case-1.1.apology", "case-1.2.options")


def test_letters_of_one_case_lie_in_one_thread() -> None:
    threads = [email.message_from_bytes(made(notice=n).data)["References"] for n in ("c/1/a", "c/2/b", "d/1/a")]
    assert threads[0] == threads[1] != threads[2]


def test_a_letter_names_the_ones_before_it_so_that_a_mail_program_shows_one_thread() -> None:
    first = made(notice="c/1/apology")
    second = made(notice="c/2/options", earlier=(first.id,))
    third = made(notice="c/2/settlement", earlier=(first.id, second.id))
    assert read(first)["In-Reply-To"] is None
    assert read(second)["In-Reply-To"] == first.id
    assert str(read(third)["In-Reply-To"]) == second.id
    begun = message_id("c", "care@nimbus.example")
    assert str(read(third)["References"]).split() == [begun, first.id, second.id]
    assert max(map(len, third.data.split(b"\r\n"))) <= 78


def test_a_letter_says_that_no_person_typed_it_and_in_which_language_it_is() -> None:
    answer = read(made(reply=True, language="pt-BR"))
    assert (answer["Auto-Submitted"], answer["Content-Language"]) == ("auto-replied", "pt-BR")
    assert read(made(language="no language"))["Content-Language"] == "und"


def test_the_page_beside_the_text_has_the_same_words_and_one_link() -> None:
    link = "https://nimbus.example/c/token"
    body = f"Hello Ana,\n\nwe are sorry.\n\n- one\n- two & three\n\n{link}\n\nMara\nNimbus\n"
    message = made(body=body, link=link, language="de")
    assert plain(message) == body
    html = page(message)
    assert '<html lang="de" dir="ltr">' in html
    assert "<ul><li>one</li><li>two &amp; three</li></ul>" in html
    assert f'<p><a href="{link}">{link}</a></p>' in html
    words = unescape(re.sub(r"<[^>]*>", " ", html.partition("<body")[2].partition(">")[2])).split()
    assert words == [word for word in body.split() if word != "-"]


@pytest.mark.parametrize(
    "evil", ["<script>x()</script>", '"><img src=//e.example/x>', "javascript:alert(1)", "http://evil.example/"]
)
def test_what_a_customer_wrote_is_text_on_the_page_and_no_link_of_theirs_can_be_followed(evil: str) -> None:
    link = "https://nimbus.example/c/token"
    html = page(made(body=f"Hello {evil},\n\n{evil}\n\n- {evil}\n\n{link}\n", subject=evil, link=link))
    assert re.findall(r"<(?:a|img|script|link|iframe)\b[^>]*>", html) == [f'<a href="{link}">']
    assert html.count("href=") == 1


def test_nothing_in_a_letter_tells_anybody_that_it_was_opened() -> None:
    html = page(made(body="Hello.\n", link="https://nimbus.example/c/token"))
    assert not re.search(r"src=|url\(|@import|background", html)
    assert not {"Disposition-Notification-To", "Return-Receipt-To", "X-Confirm-Reading-To"} & set(read(made()).keys())


@pytest.mark.parametrize("evil", INJECTIONS)
def test_what_could_begin_a_header_of_its_own_is_refused(evil: str) -> None:
    for field in ("subject", "house", "notice", "language"):
        with pytest.raises(UnsafeHeader):
            made(**{field: evil})
    with pytest.raises(BadAddress):
        made(to=f"ana@example.org{evil}")
    with pytest.raises(BadAddress):
        made(to=f"{evil}@example.org")


@given(subject=nasty, house=nasty, to=nasty, notice=nasty, body=nasty)
def test_no_input_ever_adds_or_changes_a_header(subject: str, house: str, to: str, notice: str, body: str) -> None:
    """Either nothing is made, or what a reader of mail sees has our headers and no others."""
    for given_to in (to, "ana@example.org"):
        try:
            message = made(subject=subject, house=house, to=given_to, notice=notice, body=body)
        except (UnsafeHeader, BadAddress):
            continue
        for how in (policy.compat32, policy.default):
            seen = read(message, how)
            assert seen.keys() == HEADERS
            assert [part.get_content_type() for part in seen.walk()][1:] == ["text/plain", "text/html"]
        assert message.data.partition(b"\r\n\r\n")[0].count(b"\r\n") == message.data.partition(b"\r\n\r\n")[0].count(
            b"\n"
        )


@given(subject=st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=120))
def test_a_harmless_subject_always_passes_and_reads_as_written(subject: str) -> None:
    subject = f"About {subject.replace('=?', '')}".strip()
    assert str(read(made(subject=subject))["Subject"]).replace(" ", "") == subject.replace(" ", "")


@pytest.mark.parametrize(
    "good", ["ana@example.org", " ana+x@b.example ", "o'neil@localhost", "a@xn--bcher-kva.example"]
)
def test_an_address_is_taken(good: str) -> None:
    assert mailbox(good) == good.strip()


def test_a_domain_with_an_umlaut_is_written_for_machines() -> None:
    assert mailbox("ana@bücher.example") == "ana@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "ana",
        "@example.org",
        "ana@",
        "a@b@c",
        "ana@example.org, bob@example.org",
        "Ana <ana@example.org>",
        "anä@example.org",
        "ana@-x.org",
        "ana@exa..mple.org",
        "ana@example.org.",
        "=?utf-8?q?a?=@example.org",
        "a" * 65 + "@example.org",
    ],
)
def test_what_is_no_single_address_is_refused(bad: str) -> None:
    with pytest.raises(BadAddress):
        mailbox(bad)


def test_a_file_is_named_so_that_no_folder_can_be_left() -> None:
    assert "/" not in file_name("../../etc/passwd")
    assert file_name("case/2/payment-made/case/remedy/-/2") == "case.2.payment-made.case.remedy.-.2"
