"""The verdicts that were reached so far, for commands that take them again."""

from services.cli.connected import with_bus
from services.cli.tail import follow
from shared.bus import codec
from shared.errors import Malformed, TooLarge
from shared.events import VerdictReached
from shared.host.connections import Connections

VERDICTS = "amends.verdicts.v1"
QUIET = 1.0
"""Seconds of silence after which all there was has been read."""


def verdicts_on_the_topic() -> list[VerdictReached]:
    """Every verdict on the topic, in the order of their moments."""
    return with_bus(_read)


async def _read(connections: Connections) -> list[VerdictReached]:
    found: list[VerdictReached] = []
    async for record in follow(connections.bus, (VERDICTS,), from_start=True, until_idle=QUIET):
        try:
            event = codec.decode(record).event
        except (Malformed, TooLarge):
            continue
        if isinstance(event, VerdictReached):
            found.append(event)
    return sorted(found, key=lambda verdict: verdict.at)
