"""`python -m bench.meeting`: a thousand letters published at the same moment as their telemetry, on other partitions and in
random order, twenty times over: the same verdicts as one after the other, and none of them by its timer.

On a database of this run alone, with the bus in it and two members of each of the verifier's flows.
"""

import argparse
import asyncio
import sys
import time
from random import Random
from typing import Any

from shared.host.migrate import migrate
from shared.host.postgres import EmbeddedPostgres
from tests.verifier.crossing import house, today, world


def main() -> None:
    """Meet so often, and print what came of each time. Exit code 1 where any verdict differs, lacks, or came by a timer."""
    parser = argparse.ArgumentParser(prog="python -m bench.meeting", description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="how often (20)")
    parser.add_argument("--complaints", type=int, default=1_000, help="how many letters each time (1000)")
    parser.add_argument("--seed", type=int, default=1, help="of the first order; the next ones count on (1)")
    asked = parser.parse_args()
    with EmbeddedPostgres.scratch() as postgres:
        wrong = asyncio.run(meet(postgres.url, asked.times, asked.complaints, asked.seed))
    if wrong:
        sys.exit(f"{wrong} verdicts differ, lack, or came by a timer")


async def meet(url: str, times: int, count: int, seed: int) -> int:
    """How many verdicts are not as they should be."""
    await migrate(url)
    now, wrong = today(), 0
    async with house(url) as judges:
        expected = await judges.one_after_the_other(world("one/", count, now))
        wrong += count - len(expected)
        print(f"one after the other: {len(expected):,} verdicts")
        for n in range(seed, seed + times):
            began = time.monotonic()
            told = world(f"all-{n}/", count, now)
            found = await judges.at_once(told, Random(n))
            seconds = time.monotonic() - began
            differ = differing(expected, found)
            wrong += len(differ)
            first = await judges.awaited(told)
            print(
                f"at once, order {n}: {len(found):,} verdicts in {seconds:.1f} s, {first:,} letters first, {len(differ)} differ"
            )
            for number in differ[:5]:
                print(f"  {number}: {expected.get(number)} one after the other, {found.get(number)} at once")
        fired = await judges.timers_fired()
        print(f"by a timer: {fired}")
    return wrong + fired


def differing(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """The complaints that were told something else at last, or nothing."""
    return sorted(number for number in expected.keys() | found.keys() if expected.get(number) != found.get(number))


if __name__ == "__main__":
    main()
