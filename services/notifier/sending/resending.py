"""A letter that could not be delivered goes out again when somebody of the house has seen to the reason: the same letter,
under the same Message-ID.
"""

from sqlalchemy.ext.asyncio import AsyncEngine

from services.notifier.sending.register import Entry, show_entry
from shared.errors import Misconfigured
from shared.runtime.failures import named
from shared.runtime.tables import Statement

SCHEMA = "notifier"
# It is tried for as long as a new one. What a later letter of the case has overtaken would only confuse.
AGAIN = Statement("""
update {schema}.letters as l set state = 'waiting', reason = null, attempts = 0, next_at = clock.now(), ended_at = null,
    first_at = case when l.message is not null then clock.now() end,
    resent = l.resent + 1, resent_by = cast(:by as text), resent_why = cast(:why as text), resent_at = clock.now()
where l.notice = cast(:notice as text) and l.state = 'failed' and l.recipient is not null and l.channel in ('email', 'webhook')
    and not exists (select from {schema}.letters n where n."case" = l."case" and n.number > l.number
        and n.state in ('sent', 'shadow', 'waiting'))
returning l.notice
""")


async def resend(engine: AsyncEngine, letter: str, by: str, why: str) -> Entry:
    """Send the letter of that id or notice again; who says so, and why, stays with it. Raises Misconfigured where there is
    none, where it has not failed, where it never had an address, and where a later one has taken its place."""
    if not by.strip() or not why.strip():
        raise Misconfigured("say who sends it again and why: `--by NAME --reason WORDS`")
    found = await show_entry(engine, letter)
    with named():
        async with engine.begin() as tx:
            again = await AGAIN.run(tx, SCHEMA, notice=found.notice, by=by.strip(), why=why.strip())
    if not again:
        raise Misconfigured(f"{found.id} cannot be sent again: {_why_not(found)}")
    return await show_entry(engine, found.notice)


def _why_not(entry: Entry) -> str:
    if entry.state != "failed":
        return f"it has not failed, it is {entry.state}"
    if entry.to is None or entry.channel not in ("email", "webhook"):
        return f"it has no way to the customer ({entry.reason}), so a person tells them"
    return "a later letter of the case has taken its place"
