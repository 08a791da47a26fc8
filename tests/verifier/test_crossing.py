"""Hundreds of letters and their telemetry at the same moment: the same verdicts as one after the other, none by its timer."""

from random import Random

from tests.verifier.crossing import house, today, world

COUNT = 200
"""`python -m bench.meeting` does the same with a thousand, twenty times."""


async def test_the_same_verdicts_as_one_after_the_other_and_none_by_its_timer(database_url: str) -> None:
    now = today()
    async with house(database_url) as judges:
        expected = await judges.one_after_the_other(world("one/", COUNT, now))
        assert len(expected) == COUNT
        assert {outcome for outcome, *_ in expected.values()} == {"owed", "not_owed"}
        crossed = world("all/", COUNT, now)
        assert await judges.at_once(crossed, Random(7)) == expected
        assert await judges.awaited(crossed) > 0, "some letters were read before their telemetry"
        assert await judges.timers_fired() == 0
