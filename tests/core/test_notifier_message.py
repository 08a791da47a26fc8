"""A letter as mail: whatever customers and systems wrote, no header is theirs."""

import email
from datetime import UTC, datetime
from email import policy
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.message import BadAddress, Message, UnsafeHeader, compose, file_name, mailbox

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
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
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
) -> Message:
    return compose(notice, "cust-77", (house, "care@nimbus.example"), to, subject, body, AT)


def test_the_message_says_what_was_meant() -> None:
    message = made(
        subject="Ihre Bestellung: Entschuldigung für die Verspätung, die uns leidtut",
        house="Grüße & Co",
        body="Größe: 1 €\n.\nFrom here\n",
    )
    read = email.message_from_bytes(message.data, policy=policy.default)
    assert read["Subject"] == "Ihre Bestellung: Entschuldigung für die Verspätung, die uns leidtut"
    assert str(read["From"]) == "Grüße & Co <care@nimbus.example>"
    assert read["To"] == "ana@example.org"
    assert parsedate_to_datetime(read["Date"]) == AT
    assert read["Auto-Submitted"] == "auto-generated"
    assert read.get_content().replace("\r\n", "\n") == "Größe: 1 €\n.\nFrom here\n"
    assert max(map(len, message.data.split(b"\r\n"))) <= 78


def test_the_same_letter_has_the_same_message_id_and_file_and_others_have_others() -> None:
    first, again, other = made(), made(body="later\n"), made(notice="case-1/2/options")
    ids = [email.message_from_bytes(one.data)["Message-ID"] for one in (first, again, other)]
    assert ids[0] == ids[1] != ids[2]
    assert (first.name, other.name) == ("case-1.1.apology", "case-1.2.options")


def test_letters_of_one_case_lie_in_one_thread() -> None:
    threads = [email.message_from_bytes(made(notice=n).data)["References"] for n in ("c/1/a", "c/2/b", "d/1/a")]
    assert threads[0] == threads[1] != threads[2]


@pytest.mark.parametrize("evil", INJECTIONS)
def test_what_could_begin_a_header_of_its_own_is_refused(evil: str) -> None:
    for field in ("subject", "house", "notice"):
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
            read = email.message_from_bytes(message.data, policy=how)
            assert read.keys() == HEADERS
            assert not read.is_multipart()
        assert message.data.partition(b"\r\n\r\n")[0].count(b"\r\n") == message.data.partition(b"\r\n\r\n")[0].count(
            b"\n"
        )


@given(subject=st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=120))
def test_a_harmless_subject_always_passes_and_reads_as_written(subject: str) -> None:
    subject = f"About {subject.replace('=?', '')}".strip()
    read = email.message_from_bytes(made(subject=subject).data, policy=policy.default)
    assert str(read["Subject"]).replace(" ", "") == subject.replace(" ", "")


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
