"""What was said becomes one event, whoever says it first and however often: on the page, or by staff on the phone."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.page import answers, pages, questions
from services.notifier.page.answers import PERSON, RATE, Given, Misfit
from services.notifier.page.pages import Page
from shared.runtime import outbox
from shared.runtime.tables import Statement

SERVICE = "notifier"
IN_TIME = Statement("select clock.now() <= :expires")


async def give(tx: AsyncConnection, page: Page, given: Given, by: str = "customer") -> None:
    """Store this answer to `page`, which was read with a lock in this transaction; the same one again changes nothing.

    Of several for one round the first that is stored stands. Raises Misfit for what is no answer now, Doubtful where it
    should be asked back, Unavailable while too much waits; the transaction must then be rolled back.
    """
    event_id = answers.answer_id(page, given)
    if event_id in (page.answer_event, page.rated):
        return
    answers.check(page, given)
    answers.check_words(page, given)
    await outbox.queue(tx, SERVICE, answers.answer(page, given, by), event_id)
    if given.kind == RATE:
        await pages.rated(tx, page.case, event_id)
        return
    await pages.answered(tx, page.case, given.choice, event_id)
    await _in_time(tx, page, given)


async def inform(tx: AsyncConnection, page: Page, facts: dict[str, str]) -> None:
    """Store what they say to our questions. Raises Unavailable."""
    event_id = questions.answer_id(page, facts)
    await outbox.queue(tx, SERVICE, questions.answer(page, facts), event_id)
    await pages.information_given(tx, page.case, event_id)


async def _in_time(tx: AsyncConnection, page: Page, given: Given) -> None:
    """What counts is the moment that the event carries, and that is later than when the page was read: whoever is told
    that their answer is with us has given it in time."""
    if page.expires is None or given.kind == PERSON or not (page.open or page.state == "agreed"):
        return
    ((in_time,),) = await IN_TIME.run(tx, SERVICE, expires=page.expires)
    if not in_time:
        raise Misfit("changed")
