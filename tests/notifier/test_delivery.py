"""What is written goes out once, in order; and the house hears of each letter what became of it."""

import asyncio
import email
from collections.abc import Sequence
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path

from msgspec.structs import replace
from sqlalchemy import text

from services.notifier import letters
from services.notifier.page.tokens import Links
from services.notifier.sending.delivery import patience
from services.notifier.sending.mail import Away, Later, Refused, Took
from services.notifier.sending.mailbox import MailboxMail, list_letters, show_letter, text_of
from services.notifier.sending.message import Message
from shared.policy.calendars import TimeOfDay
from shared.policy.delivery import Quiet
from tests.core.notifier_stories import POLICY, START, Complaint
from tests.notifier.bureau import AT_ONCE, BASE, GIVES_UP, SECRET, Bureau, PostBox, until

ANA = Complaint()
END_SESSIONS = text("""
select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted
and database = (select oid from pg_database where datname = current_database())
""")


async def test_a_letter_goes_out_with_a_link_to_the_page_and_the_house_hears_of_it(bureau: Bureau) -> None:
    box = PostBox()
    await bureau.hear(ANA.accepted(), ANA.apology())
    await bureau.deliver(box)
    (letter,) = box.taken
    assert (letter.to, letter.notice) == ("ana@example.org", f"{ANA.case}/1/apology")
    assert f"\n{BASE}/c/{Links(SECRET).token(ANA.case, 1)}\n" in words(letter)
    assert [kind for kind, _ in await bureau.said()] == ["amends.notice-sent.v1"]
    assert await bureau.states() == {"1/apology": "sent"}
    (kept,) = await bureau.rows("select body, digest, message_id, message, recipient from notifier.letters")
    assert kept == (words(letter), letter.digest, letter.id, None, "ana@example.org")


def words(letter: Message) -> str:
    """The letter's plain text."""
    read = email.message_from_bytes(letter.data, policy=policy.default)
    assert isinstance(read, EmailMessage)
    return text_of(read)


async def test_letters_go_in_the_order_in_which_they_were_written(bureau: Bureau) -> None:
    box = PostBox()
    await bureau.hear(ANA.apology(), ANA.options(), ANA.settled("call", 2), ANA.accepted())
    await bureau.deliver(box)
    assert [letter.notice.split("/")[2] for letter in box.taken] == ["apology", "options", "settlement"]


async def test_a_letter_that_was_kept_before_is_not_kept_again(bureau: Bureau) -> None:
    box = PostBox()
    await bureau.hear(ANA.accepted(), ANA.apology())
    await bureau.deliver(box)
    async with bureau.engine.begin() as tx:  # as after a restore of the documents alone
        await tx.execute(text("update notifier.documents set state = null, version = null"))
    await bureau.hear(ANA.accepted(), ANA.apology())
    await bureau.deliver(box)
    assert len(box.taken) == 1


async def test_a_letter_that_cannot_be_taken_now_is_tried_again(bureau: Bureau) -> None:
    box = PostBox(Later("smtp_450"), Later("smtp_450"))
    await bureau.hear(ANA.accepted(), ANA.apology())
    await bureau.deliver(box, policy=AT_ONCE)
    assert (len(box.tried), len(box.taken)) == (3, 1)
    assert await bureau.rows("select attempts, reason from notifier.letters") == [(3, None)]
    assert [kind for kind, _ in await bureau.said()] == ["amends.notice-sent.v1"]


async def test_waits_grow_and_have_an_end() -> None:
    tries = POLICY.delivery.tries
    waits = [patience(tries, attempts) for attempts in (0, 1, 2, 10, 5_000)]
    for wait, meant in zip(waits, (60, 120, 240, 3_600, 3_600), strict=True):
        assert 0.5 * meant <= wait <= 1.5 * meant
    assert patience(tries, 0, after=1_800) == 1_800
    assert patience(tries, 0, after=10**9) == 3_600, "nobody may keep a letter from a customer for years"


async def test_a_letter_that_waits_for_its_next_try_holds_up_those_after_it_and_no_other_case(bureau: Bureau) -> None:
    box, ben = PostBox(Later("smtp_450")), Complaint("cust-77", "C-1002")
    await bureau.hear(ANA.accepted(), ANA.apology())
    async with bureau.delivering(box):
        await until(lambda: counted(box, 1))
        await bureau.hear(ANA.options(), ben.accepted(), ben.apology())
        await until(lambda: counted(box, 2))
        assert box.tried[1].notice == f"{ben.case}/1/apology"
        await bureau.now("update notifier.letters set next_at = clock.now() where state = 'waiting'")
        await until(bureau.nothing_waits)
    notices = [letter.notice for letter in box.taken if letter.notice.startswith(ANA.case)]
    assert notices == [f"{ANA.case}/1/apology", f"{ANA.case}/2/options"]


async def test_every_try_of_a_letter_sends_the_same_bytes_even_if_the_house_words_it_otherwise_by_then(
    bureau: Bureau,
) -> None:
    box = PostBox(Later("smtp_450"))
    await bureau.hear(ANA.accepted(), ANA.apology())
    async with bureau.delivering(box):
        await until(lambda: counted(box, 1))
    await bureau.now("update notifier.letters set next_at = clock.now()")
    house = replace(POLICY.house, signed_by="Somebody else")
    await bureau.deliver(box, policy=replace(POLICY, house=house))
    assert len(box.tried) == 2
    assert box.tried[0].data == box.tried[1].data
    assert box.tried[0].id == box.tried[1].id


async def test_what_will_be_sent_is_written_down_before_anybody_is_called(bureau: Bureau) -> None:
    slow = SlowBox()
    await bureau.hear(ANA.accepted(), ANA.apology())
    async with bureau.delivering(slow):
        await asyncio.wait_for(slow.asked.wait(), 5)
        (kept,) = await bureau.rows("select message, message_id, digest, state from notifier.letters")
        slow.go_on.set()
        await until(bureau.nothing_waits)
    (sent,) = slow.taken
    assert kept == (sent.data, sent.id, sent.digest, "waiting")


async def test_while_a_server_is_spoken_to_no_transaction_is_open(bureau: Bureau) -> None:
    slow = SlowBox()
    await bureau.hear(ANA.accepted(), ANA.apology())
    async with bureau.delivering(slow):
        await asyncio.wait_for(slow.asked.wait(), 5)
        open_ = await bureau.rows(
            "select state from pg_stat_activity where datname = current_database() and xact_start is not null"
            " and pid <> pg_backend_pid()"
        )
        slow.go_on.set()
        await until(bureau.nothing_waits)
    assert open_ == []


async def test_an_acknowledgement_that_could_not_go_is_overtaken_by_the_letter_that_says_more(bureau: Bureau) -> None:
    box = PostBox(Later("smtp_450"))
    await bureau.hear(ANA.accepted(), ANA.opened(awaiting=START + timedelta(days=3)))
    async with bureau.delivering(box):
        await until(lambda: counted(box, 1))
        await bureau.hear(ANA.apology())
        await until(lambda: counted(box, 2))
        # Not the apology, which the delivery may hold still: that would go out twice.
        await bureau.now("update notifier.letters set next_at = clock.now() where kind = 'acknowledgement'")
        await until(bureau.nothing_waits)
    assert await bureau.states() == {"0/acknowledgement": "overtaken", "1/apology": "sent"}
    assert [letter.notice for letter in box.taken] == [f"{ANA.case}/1/apology"]
    told = await bureau.rows("select type, convert_from(value, 'utf8') from notifier.outbox order by id")
    assert [kind for kind, _ in told] == ["amends.notice-sent.v1", "amends.notice-failed.v1"]
    assert '"reason":"overtaken"' in told[1][1]


async def test_what_a_later_letter_has_overtaken_is_never_sent_after_it(bureau: Bureau) -> None:
    """As in tables that an older release has left: the apology waits, and the options have gone."""
    box = PostBox()
    await bureau.hear(ANA.accepted(), ANA.apology(), ANA.options())
    await bureau.now("update notifier.letters set state = 'sent' where kind = 'options'")
    await bureau.deliver(box)
    assert box.tried == []
    assert await bureau.states() == {"1/apology": "overtaken", "2/options": "sent"}


async def test_a_letter_names_those_that_have_reached_the_customer_before_it(bureau: Bureau) -> None:
    box = PostBox(Refused("smtp_550"))
    await bureau.hear(ANA.accepted(), ANA.apology(), ANA.options(), ANA.settled("call", 2))
    await bureau.deliver(box)
    options, settlement = (email.message_from_bytes(one.data, policy=policy.default) for one in box.taken)
    assert options["In-Reply-To"] is None
    assert settlement["In-Reply-To"] == options["Message-ID"]
    assert (options["Auto-Submitted"], settlement["Auto-Submitted"]) == ("auto-generated", "auto-replied")


async def counted(box: PostBox, tried: int) -> bool:
    return len(box.tried) == tried


async def test_after_a_stated_time_the_house_hears_that_it_has_failed(bureau: Bureau) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology())
    await bureau.deliver(PostBox(Later("smtp_450_4.2.2")), policy=GIVES_UP)
    ((kind, value),) = await bureau.rows("select type, convert_from(value, 'utf8') from notifier.outbox")
    assert kind == "amends.notice-failed.v1"
    assert '"reason":"smtp_450_4.2.2"' in value


async def test_what_is_refused_for_good_has_failed_at_once(bureau: Bureau) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology())
    await bureau.deliver(PostBox(Refused("smtp_550_5.1.1")))
    assert await bureau.rows("select state, reason from notifier.letters") == [("failed", "smtp_550_5.1.1")]
    assert [kind for kind, _ in await bureau.said()] == ["amends.notice-failed.v1"]


async def test_a_letter_that_cannot_be_put_into_words_does_not_wait_for_ever(bureau: Bureau) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology())
    await bureau.now("update notifier.letters set says = '{}', at = at - interval '3 days'")
    await bureau.deliver(box := PostBox(), policy=AT_ONCE)
    assert box.tried == []
    assert await bureau.rows("select state, reason, attempts from notifier.letters") == [("failed", "not_written", 2)]
    assert [kind for kind, _ in await bureau.said()] == ["amends.notice-failed.v1"]


async def test_an_address_that_is_none_has_failed_at_once_and_nobody_was_asked(bureau: Bureau) -> None:
    box = PostBox()
    await bureau.hear(ANA.accepted(email="ana@example.org\r\nBcc: all@example.org"), ANA.apology())
    await bureau.deliver(box)
    assert box.tried == []
    assert await bureau.rows("select state, reason from notifier.letters") == [("failed", "bad_address")]


async def test_without_an_address_nothing_waits_and_the_house_knows(bureau: Bureau) -> None:
    await bureau.hear(ANA.accepted(email=None), ANA.apology())
    assert await bureau.states() == {"1/apology": "failed"}
    assert [kind for kind, _ in await bureau.said()] == ["amends.notice-failed.v1"]


async def test_while_no_server_is_there_letters_wait_without_a_try_being_counted(bureau: Bureau) -> None:
    box = PostBox(*[Away("nobody answers")] * 3)
    await bureau.hear(ANA.accepted(), ANA.apology())
    await bureau.deliver(box)
    assert (len(box.tried), len(box.taken)) == (4, 1)
    assert await bureau.rows("select attempts from notifier.letters") == [(1,)]


async def test_a_server_that_is_away_is_asked_now_and_then_with_a_few_letters(bureau: Bureau) -> None:
    box = PostBox(*[Away("nobody answers")] * 1_000)
    people = [Complaint(f"cust-{n}", f"C-{n}") for n in range(10)]
    await bureau.hear(*(event for one in people for event in (one.accepted(), one.apology())))
    async with bureau.delivering(box):
        await asyncio.sleep(1.0)  # a stretch of real time is what this is about
    assert box.batches[:3] == [10, 4, 4]
    assert len(box.batches) < 12


async def test_a_server_that_stays_away_for_too_long_is_a_failure_too(bureau: Bureau) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology())
    await bureau.deliver(PostBox(*[Away("nobody answers")] * 9), policy=GIVES_UP)
    assert await bureau.rows("select state, reason from notifier.letters") == [("failed", "no_server")]


async def test_in_shadow_mode_letters_are_written_down_and_nothing_goes_out(bureau: Bureau) -> None:
    box = PostBox()
    ben = Complaint("cust-78", "C-1002")
    await bureau.hear(ANA.accepted(), ANA.apology(), ben.accepted(email="nowhere"), ben.apology())
    await bureau.deliver(box, mode="shadow")
    assert box.tried == []
    assert await bureau.said() == []
    (ana, other) = await bureau.rows("select state, body from notifier.letters order by number")
    assert ana[0] == "shadow"
    assert "We are sorry." in ana[1]
    assert other == ("failed", None)


async def test_of_two_processes_one_delivers_and_the_other_takes_over(bureau: Bureau) -> None:
    first, second = PostBox(), PostBox()
    async with bureau.delivering(second):
        async with bureau.delivering(first):
            await bureau.hear(ANA.accepted(), ANA.apology())
            await until(bureau.nothing_waits)
        await bureau.hear(ANA.options())
        await until(bureau.nothing_waits)
    notices = sorted(letter.notice.split("/")[2] for box in (first, second) for letter in box.taken)
    assert notices == ["apology", "options"]


async def test_a_sender_that_loses_its_right_while_it_sends_marks_once(bureau: Bureau) -> None:
    """Its session is ended in the middle of a letter: the next one sends it again, under the same Message-ID, and the
    house hears of it once."""
    slow, quick = SlowBox(), PostBox()
    await bureau.hear(ANA.accepted(), ANA.apology())
    async with bureau.delivering(slow):
        await asyncio.wait_for(slow.asked.wait(), 5)
        async with bureau.delivering(quick):
            async with bureau.engine.begin() as tx:
                await tx.execute(END_SESSIONS)
            await until(bureau.nothing_waits)
            slow.go_on.set()
    (sent,) = {
        email.message_from_bytes(one.data, policy=policy.default)["Message-ID"] for one in slow.taken + quick.taken
    }
    assert sent
    assert len(await bureau.said()) == 1


class SlowBox(PostBox):
    """Takes the letter, and its time."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()

    async def send(self, messages: Sequence[Message], took: Took) -> None:
        self.asked.set()
        await self.go_on.wait()
        await super().send(messages, took)


async def test_in_quiet_hours_only_the_kinds_that_may_go_and_the_rest_in_the_morning(bureau: Bureau) -> None:
    """It is always quiet here, but for one minute that has just gone: no test waits for a night."""
    ((hour, minute),) = await bureau.rows(
        "select extract(hour from at)::int, extract(minute from at)::int from (select clock.now() at time zone 'UTC' as at) as now"
    )
    ended = TimeOfDay((hour * 60 + minute - 2) % 1440)
    quiet = Quiet("UTC", TimeOfDay((ended.minutes + 1) % 1440), ended, but=("acknowledgement",))
    box, ben = PostBox(), Complaint("cust-78", "C-1002")
    await bureau.hear(ANA.accepted(), ANA.apology(), ben.accepted(), ben.opened(awaiting=START + timedelta(days=3)))
    async with bureau.delivering(box, policy=replace(POLICY, delivery=replace(POLICY.delivery, quiet=quiet))):
        await until(lambda: counted(box, 1))
    assert [letter.notice for letter in box.taken] == [f"{ben.case}/0/acknowledgement"]
    ((state, reason, attempts, hours),) = await bureau.rows(
        "select state, reason, attempts, extract(epoch from next_at - clock.now()) / 3600 from notifier.letters"
        " where kind = 'apology'"
    )
    assert (state, reason, attempts) == ("waiting", "quiet_hours", 0)
    assert 23.9 < hours < 24


async def test_a_word_from_the_flow_wakes_the_delivery_and_its_word_wakes_the_relay(bureau: Bureau) -> None:
    woken = asyncio.Event()
    async with bureau.delivering(PostBox(), wake=woken.set) as delivery:
        await bureau.hear(ANA.accepted(), ANA.apology())
        delivery.wake()
        await asyncio.wait_for(woken.wait(), 5)
    assert len(await bureau.said()) == 1


async def test_letters_are_found_by_their_keys_even_by_a_plan_made_on_an_empty_table(bureau: Bureau) -> None:
    empty: dict[str, list[object]] = {name: [] for name in letters.Mark._fields}
    async with bureau.engine.connect() as connection:
        await connection.execute(text("set plan_cache_mode = force_generic_plan"))
        plans = [
            "\n".join(
                row[0]
                for row in await connection.execute(
                    text(f"explain (costs off) {statement.on('notifier').text}"), values
                )
            )
            for statement, values in (
                (letters.MARK, empty),
                (letters.WAITING, {"limit": 1, "channel": "email", "passing": []}),
            )
        ]
        await connection.invalidate()  # the setting must not come back to the pool
    assert "Index Scan using letters_pkey" in plans[0]
    assert "Index Scan using letters_due" in plans[1]
    beside = [line for line in plans[1].splitlines() if '"case" = l."case"' in line]
    assert len(beside) == 3
    assert all("Index Cond" in line for line in beside)  # looked up, and not picked from all that wait
    assert not any("Seq Scan" in plan for plan in plans)


async def test_many_letters_go_in_batches_and_each_is_marked(bureau: Bureau, tmp_path: Path) -> None:
    people = [Complaint(f"cust-{n}", f"C-{n}", ("en", "pt-BR", "de")[n % 3]) for n in range(450)]
    await bureau.hear(*(event for one in people for event in (one.accepted(), one.apology())))
    await bureau.deliver(MailboxMail(tmp_path))
    assert await bureau.rows("select state, count(*) from notifier.letters group by 1") == [("sent", 450)]
    assert len(await bureau.said()) == len({id_ for _, id_ in await bureau.said()}) == 450
    assert len(list_letters(tmp_path)) == 450
    assert "9 Tage zu spät" in show_letter(tmp_path, f"{people[2].case}.1.apology").text


async def test_a_house_whose_name_is_no_header_fails_each_letter_by_name(bureau: Bureau) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology())
    house = replace(POLICY.house, name="Nimbus\r\nBcc: all@example.org")
    await bureau.deliver(PostBox(), policy=replace(POLICY, house=house))
    assert await bureau.rows("select state, reason from notifier.letters") == [("failed", "unsafe_header")]
