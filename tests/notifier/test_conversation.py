"""A real conversation with a mail server that has a bad day: no letter is lost, and none comes twice without a cause."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from services.notifier.sending.smtp import SmtpMail
from shared.policy.policy import Policy
from tests.core.notifier_stories import Complaint
from tests.notifier.bureau import AT_ONCE, GIVES_UP, Bureau, trying, until
from tests.notifier.post_office import DROP, KEEP_AND_DROP, PostOffice, id_of, opened

ANA = Complaint()
PEOPLE = [Complaint(f"cust-{n}", f"C-{n}") for n in range(12)]


async def deliver(bureau: Bureau, office: PostOffice, policy: Policy = AT_ONCE) -> None:
    async with opened(office):
        await bureau.deliver(SmtpMail(f"smtp://127.0.0.1:{office.port}"), policy=policy)


class Once:
    """Says this to that verb, as often as told, and behaves from then on."""

    def __init__(self, verb: str, said: str, times: int = 1) -> None:
        self.verb, self.said, self.left = verb, said, times

    def __call__(self, verb: str, _: bytes) -> str | None:
        if verb != self.verb or not self.left:
            return None
        self.left -= 1
        return self.said


TROUBLES = [
    *((verb, said) for verb in ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "END") for said in (DROP, "421 4.3.2 busy")),
    *((verb, "451 4.7.1 greylisted") for verb in ("MAIL", "RCPT", "DATA", "END")),
    ("END", KEEP_AND_DROP),
]


@pytest.mark.parametrize(("verb", "said"), TROUBLES)
async def test_whatever_goes_wrong_once_at_whichever_verb_the_letter_arrives(
    bureau: Bureau, verb: str, said: str
) -> None:
    office = PostOffice(Once(verb, said))
    await bureau.hear(ANA.accepted(), ANA.apology())
    await deliver(bureau, office)
    assert await bureau.states() == {"1/apology": "sent"}
    assert len(office.taken) == (2 if said == KEEP_AND_DROP else 1)
    assert len(set(office.taken)) == 1
    assert [kind for kind, _ in await bureau.said()] == ["amends.notice-sent.v1"]


@pytest.mark.parametrize("verb", ["RCPT", "DATA", "END"])
async def test_what_is_refused_for_good_fails_at_once_and_by_name(bureau: Bureau, verb: str) -> None:
    office = PostOffice(Once(verb, "550 5.1.1 no such user: ana@example.org", times=9))
    await bureau.hear(ANA.accepted(), ANA.apology())
    await deliver(bureau, office)
    assert office.taken == []
    assert await bureau.rows("select reason, attempts from notifier.letters") == [("smtp_550_5.1.1", 1)]
    assert [kind for kind, _ in await bureau.said()] == ["amends.notice-failed.v1"]


async def test_a_letter_whose_answer_was_lost_waits_before_it_is_sent_again(bureau: Bureau) -> None:
    """A server that takes letters and never says so would else fill somebody's mailbox."""
    office = PostOffice(Once("END", KEEP_AND_DROP, times=99))
    await bureau.hear(ANA.accepted(), ANA.apology())
    hours = timedelta(hours=1)
    policy = trying(hours, hours)
    async with opened(office), bureau.delivering(SmtpMail(f"smtp://127.0.0.1:{office.port}"), policy=policy):
        await wait_for(bureau, "no_answer")
    assert len(office.taken) == 1
    ((attempts, left),) = await bureau.rows(
        "select attempts, extract(epoch from next_at - clock.now()) / 3600 from notifier.letters"
    )
    assert attempts == 1
    assert 0.45 < left < 1.5


async def wait_for(bureau: Bureau, reason: str) -> None:
    async def so() -> bool:
        return await bureau.rows("select reason from notifier.letters") == [(reason,)]

    await until(so)


async def test_a_slow_server_gets_its_time(bureau: Bureau) -> None:
    office = PostOffice(delay=0.1)
    await bureau.hear(*(event for one in PEOPLE for event in (one.accepted(), one.apology())))
    await deliver(bureau, office)
    assert len(office.taken) == len(set(office.taken)) == len(PEOPLE)


async def test_a_server_that_says_nothing_is_left_in_time_and_that_is_no_letters_fault(bureau: Bureau) -> None:
    office = PostOffice(delay=60)
    await bureau.hear(ANA.accepted(), ANA.apology())
    async with opened(office):
        mail = SmtpMail(f"smtp://127.0.0.1:{office.port}", answer_seconds=0.1)
        await bureau.deliver(mail, policy=GIVES_UP)
    assert await bureau.rows("select state, reason from notifier.letters") == [("failed", "no_server")]


@pytest.mark.parametrize("seed", range(4))
async def test_through_many_troubles_nothing_is_lost_and_each_copy_has_its_lost_answer(
    bureau: Bureau, seed: int
) -> None:
    office = PostOffice(Mood(seed))
    await bureau.hear(*(event for one in PEOPLE for event in (one.accepted(), one.apology(), one.options())))
    await deliver(bureau, office)
    copies = Counter(map(id_of, office.taken))
    assert len(copies) == 2 * len(PEOPLE), "each letter has arrived"
    assert all(count - 1 <= office.lost[letter] for letter, count in copies.items())
    assert len(set(office.taken)) == len(copies), "a copy has the bytes of the first"
    assert sum(office.lost.values()) > 0, "nothing went wrong, so nothing was shown"
    said = await bureau.said()
    assert [kind for kind, _ in said] == ["amends.notice-sent.v1"] * 2 * len(PEOPLE)
    assert list(late(office, await keys(bureau))) == []


class Mood:
    """One answer in ten is a bad one, by a seed; and the first letter is taken without a word."""

    def __init__(self, seed: int) -> None:
        self.random, self.first = random.Random(seed), True

    def __call__(self, verb: str, _: bytes) -> str | None:
        if verb == "END" and self.first:
            self.first = False
            return KEEP_AND_DROP
        bad = [said for at, said in TROUBLES if at == verb]
        return self.random.choice(bad) if bad and self.random.random() < 1 / 10 else None


async def keys(bureau: Bureau) -> dict[str, tuple[str, int]]:
    """The case and the place of each letter, by its Message-ID."""
    rows = await bureau.rows('select message_id, "case", number from notifier.letters')
    return {message_id: (case, number) for message_id, case, number in rows}


def late(office: PostOffice, places: dict[str, tuple[str, int]]) -> Iterator[str]:
    """Letters of a case that arrived behind a later one."""
    last: dict[str, int] = {}
    for letter in office.taken:
        case, number = places[id_of(letter).decode()]
        if number < last.get(case, 0):
            yield f"{number} of {case}"
        last[case] = max(number, last.get(case, 0))
