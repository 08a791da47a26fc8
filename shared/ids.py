"""How every event gets its name: worked out from what it is about, so that whoever asks again gets the same one."""

from typing import Any
from uuid import UUID, SafeUUID

_UNKNOWN = SafeUUID.unknown  # looked up once: up to Python 3.11 that is slow
_NEW, _NUMBER, _SAFETY = object.__new__, vars(UUID)["int"].__set__, vars(UUID)["is_safe"].__set__
_KEPT, _MARKS = 0xFFFFFFFFFFFF_0FFF_3FFF_FFFFFFFFFFFF, 0x000000000000_5000_8000_000000000000


def uuid_of(sha1: Any) -> UUID:
    """The uuid5 (RFC 9562) of what was hashed: sixteen bytes, six bits of which say what they are.

    Put together by hand: there are two for every event, and the class's own way takes half as long again, over checks of
    arguments that this has no use for.
    """
    made = _NEW(UUID)
    _NUMBER(made, int.from_bytes(sha1.digest()[:16]) & _KEPT | _MARKS)
    _SAFETY(made, _UNKNOWN)
    return made
