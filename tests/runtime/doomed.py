"""The desk as a process of its own, so that it can be killed: `python -m tests.runtime.doomed DATABASE_URL`."""

import asyncio
import sys

from shared.bus.embedded import EmbeddedBus
from shared.host.database import make_engine
from shared.runtime.loop import Member
from shared.runtime.relay import Relay
from tests.runtime.desk import desk


async def main(url: str) -> None:
    """Run until killed."""
    engine = make_engine(url, "doomed")
    bus = EmbeddedBus(engine)
    await bus.start()
    relay = Relay("offer", bus, engine)
    await asyncio.gather(Member(desk(), bus, engine, wake=(relay.wake,)).run(), relay.run())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
