"""How every event gets its name: worked out from what it is about, so that whoever asks again gets the same one."""

from typing import Any
from uuid import UUID

from asyncpg.pgproto import pgproto

_KEPT, _MARKS = 0xFFFFFFFFFFFF_0FFF_3FFF_FFFFFFFFFFFF, 0x000000000000_5000_8000_000000000000


def uuid_of(sha1: Any) -> UUID:
    """The uuid5 (RFC 9562) of what was hashed: sixteen bytes, six bits of which say what they are.

    Of the database driver's own class, which is made, compared and written in C, and equal to the standard library's:
    there are two of them for every event.
    """
    number = int.from_bytes(sha1.digest()[:16]) & _KEPT | _MARKS
    made: UUID = pgproto.UUID(number.to_bytes(16))
    return made
