"""`python -m bench.year`: a year of complaints, replayed twice through the pure cores of verifier and offer, to identical events.

Customers are independent of each other, so each is played alone (`bench.lives`). What each core heard, and what was looked
up for it, is written down meanwhile; that is the history which is then replayed, and timed: decide and evolve on events that
have been decoded, with the names of all answers. Making the history, and comparing what was said, is not timed.
"""

import argparse
import gc
import hashlib
import os
import platform
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from bench.lives import Heard, Life
from services.offer import in_memory as offer
from services.verifier import in_memory as verifier
from shared.host.run import GARBAGE
from shared.policy.load import load_policy
from shared.policy.policy import Policy
from shared.runtime.decider import Decider, step

POLICY = Path(__file__).parents[1] / "deploy" / "policy"
ENCODE = msgspec.json.Encoder().encode


class Replay(Struct, frozen=True):
    """Seconds of one core by flow, and a digest of every event that was said, in order."""

    cpu: dict[str, float]
    digest: str


class Year(Struct, frozen=True):
    """`played` is the digest of what was said while the history was made; `replays` are to come to the same."""

    complaints: int
    customers: int
    heard: int
    said: int
    played: str
    kinds: Mapping[str, int]
    """How many events of each kind, by its name, were said while the history was made."""
    replays: tuple[Replay, ...]

    @property
    def same(self) -> bool:
        """Whether every replay said what was said at first."""
        return {replay.digest for replay in self.replays} == {self.played}


class Tape:
    """What was said, in order: its digest, and how much it was."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)
        self.kinds: Counter[str] = Counter()

    def write(self, answers: Iterable[tuple[UUID, Any]]) -> None:
        for name, said in answers:
            self.kinds[type(said).__name__] += 1
            self._hash.update(name.bytes)
            self._hash.update(ENCODE(said))

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()


def replay(policy: Policy, complaints: int, times: int = 2) -> Year:
    """So many complaints (a few more, as the last customer's year is played whole), customer by customer."""
    desks = (verifier.desk(policy), offer.desk(policy))
    deciders = {station.flow.name: station.flow.decider for desk in desks for station in desk()}
    played, tapes = Tape(), [Tape() for _ in range(times)]
    cpu: list[dict[str, float]] = [dict.fromkeys(deciders, 0.0) for _ in range(times)]
    written = heard = customers = 0
    while written < complaints:
        life = Life(customers, desks, played.write)
        life.play()
        for tape, spent in zip(tapes, cpu, strict=True):
            tape.write(again(deciders, life.history, spent))
        written, heard, customers = written + life.letters, heard + len(life.history), customers + 1
    replays = tuple(Replay(spent, tape.digest) for spent, tape in zip(cpu, tapes, strict=True))
    return Year(written, customers, heard, played.kinds.total(), played.digest, played.kinds, replays)


def again(
    deciders: Mapping[str, Decider[Any, Any]], history: Sequence[Heard], spent: dict[str, float]
) -> list[tuple[UUID, Any]]:
    """The history of one customer through the cores once more, and nothing else; `spent` grows by the time it takes."""
    said: dict[int, Sequence[tuple[UUID, Any]]] = {}
    for flow, decider in deciders.items():
        heard = [(n, *line) for n, line in enumerate(history) if line.flow == flow]
        state, began = decider.initial, time.process_time()
        for n, _, name, event, known in heard:
            stepped = step(decider, flow, state, name, event, known)
            state, said[n] = stepped.state, stepped.answers
        spent[flow] += time.process_time() - began  # once a customer: the clock itself takes microseconds
    return [answer for n in range(len(history)) for answer in said[n]]


def main() -> None:
    """Replay the year twice, and say what each took. Exit code 1 where the two differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--complaints", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="JSON instead of sentences")
    asked = parser.parse_args()
    policy = load_policy(POLICY)
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE)  # as the services do
    year = replay(policy, asked.complaints)
    if asked.json:
        print(msgspec.json.format(msgspec.json.encode(year)).decode())
    else:
        print(
            f"{year.complaints:,} complaints of {year.customers:,} customers: {year.heard:,} events in, {year.said:,} out"
        )
        for one in year.replays:
            parts = ", ".join(f"{flow} {seconds:.1f}" for flow, seconds in one.cpu.items())
            print(f"replayed in {sum(one.cpu.values()):.1f} s of one core ({parts}), to {one.digest}")
        print(f"identical: {'yes' if year.same else 'NO'} ({platform.platform()}, {os.cpu_count()} cores)")
    raise SystemExit(0 if year.same else 1)


if __name__ == "__main__":
    main()
