"""A reader as a process of its own, to be killed or frozen: places what it is given at the begin, and tells what it does.

usage: python -m tests.contract.member KIND ADDRESS GROUP TOPIC SESSION
"""

import asyncio
import json
import sys

from tests.contract.buses import BUSES


async def read(kind: str, address: str, group: str, topic: str, session: str) -> None:
    bus = BUSES[kind].connect(address, float(session))
    subscription = bus.subscribe(group, [topic])
    await subscription.start()
    told = -1
    while True:
        generation, standing = await subscription.unplaced()
        subscription.place(generation, {part: ends.begin for part, ends in standing.items()})
        if standing and generation != told:
            print(json.dumps({"generation": generation, "share": sorted(part.number for part in standing)}), flush=True)
            told = generation
        for lane in (0, 1):
            if batch := await subscription.take(lane, 0.05):
                subscription.committed(batch)
                print(json.dumps({"generation": batch.generation, "records": batch.records}), flush=True)


asyncio.run(read(*sys.argv[1:]))
