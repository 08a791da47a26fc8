"""A customer's events lie in the same partition on both buses."""

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.bus.partitioner import partition_of, positive_hash

# From the tests of Apache Kafka's own client (UtilsTest.testMurmur2).
KAFKAS = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize(("key", "hashed"), KAFKAS.items())
def test_keys_are_hashed_as_apache_kafka_does(key: bytes, hashed: int) -> None:
    assert positive_hash(key) == hashed & 0x7FFFFFFF


@given(key=some.binary(max_size=40), partitions=some.integers(1, 50))
def test_every_key_has_a_partition(key: bytes, partitions: int) -> None:
    assert 0 <= partition_of(key, partitions) < partitions


async def test_the_database_gives_every_key_the_same_partition(database_url: str) -> None:
    keys = [*KAFKAS, *(b"\xff\x80\xfe"[: n % 4] * n for n in range(9)), b"", b"cust-77"]
    keys += [b"%d" % (n * 7919) * (n % 5) for n in range(300)]
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        rows = await connection.execute(
            text(
                "select bus.partition_of(key, 7) from unnest(cast(:keys as bytea[])) with ordinality as u(key, n) order by n"
            ),
            {"keys": keys},
        )
        assert list(rows.scalars()) == [partition_of(key, 7) for key in keys]
    await engine.dispose()
