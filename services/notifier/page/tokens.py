"""The link in a letter: whoever holds it may see and answer this one case for as long as its round is in hand.

A token is made from the case and the round, so that a letter that is made again has the same link. What is stored is
its digest: who reads the database cannot open a page.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.runtime.tables import Statement

LONGEST = 200
"""What is longer was not made here, and is not even digested."""

# A letter of a later round closes those before it: their links lead nowhere from then on.
REVOKE = Statement("""
with closed as (select digest from notifier.tokens t
    join unnest(cast(:case as text[]), cast(:round as int[])) as n ("case", round) on t."case" = n."case"
    where t.round < n.round and t.revoked_at is null order by digest for update of t)
update notifier.tokens as t set revoked_at = (select clock.now()) from closed where t.digest = closed.digest
""")

ADD = Statement("""
insert into notifier.tokens (digest, "case", round, at)
select digest, "case", round, (select clock.now())
from unnest(cast(:digest as bytea[]), cast(:case as text[]), cast(:round as int[])) as n (digest, "case", round)
order by digest on conflict (digest) do nothing
""")

USED = Statement("update notifier.tokens set used_at = clock.now() where digest = :digest and used_at is null")


class Links:
    """Makes the links of one house. `secrets`: one, or two while it is being changed, parted by a comma: the first makes
    the links, and what either has made is known. `base_url` is where customers reach the page; no header of a request
    ever says that."""

    def __init__(self, secrets: str, base_url: str = "") -> None:
        self._base_url = base_url.rstrip("/")
        named = [secret.strip() for secret in secrets.split(",") if secret.strip()]
        self._keys = [hmac.digest(secret.encode(), b"amends page", "sha256") for secret in named]

    def link(self, case: str, round_: int) -> str:
        """The address of the case's page in a letter of this round."""
        return f"{self._base_url}/c/{self.token(case, round_)}"

    def token(self, case: str, round_: int) -> str:
        """256 bits, in 43 signs that need no quoting."""
        return _token(self._keys[0], case, round_)

    def digests(self, case: str, round_: int) -> list[bytes]:
        """What is stored of it, under each secret."""
        return [digest_of(_token(key, case, round_)) for key in self._keys]


class Written(NamedTuple):
    """A letter of this round links to the page of its case."""

    case: str
    round: int


def digest_of(token: str) -> bytes:
    """What is stored of a token. Whatever is no token has a digest too, which nobody has stored."""
    return hashlib.sha256(token[: LONGEST + 1].encode(errors="replace")).digest()


async def keep(connection: AsyncConnection, links: Links, letters: Iterable[Written]) -> None:
    """Make the links of these letters known, and close those of earlier rounds."""
    found = sorted(set(letters))
    if not found:
        return
    newest = dict(found)  # in order, so the last round of a case stands
    await REVOKE.run(connection, "notifier", case=list(newest), round=list(newest.values()))
    rows = sorted({(digest, *letter) for letter in found for digest in links.digests(*letter)})
    await ADD.run(connection, "notifier", **_columns(rows))


async def used(connection: AsyncConnection, token: str) -> None:
    """Somebody has answered by this link: it leads them on for a while when its round is closed by their answer."""
    await USED.run(connection, "notifier", digest=digest_of(token))


def _token(key: bytes, case: str, round_: int) -> str:
    return urlsafe_b64encode(hmac.digest(key, f"{case}\n{round_}".encode(), "sha256")).rstrip(b"=").decode()


def _columns(rows: Sequence[tuple[bytes, str, int]]) -> dict[str, list[object]]:
    digests, cases, rounds = map(list, zip(*rows, strict=True))
    return {"digest": digests, "case": cases, "round": rounds}
