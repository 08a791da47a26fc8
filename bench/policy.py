"""How many cases a second one core judges, each with the whole trace that its letter is written from."""

import gc
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from msgspec import Struct

from shared.host.run import GARBAGE
from shared.policy.language.form.evaluation import Given
from shared.policy.language.judging.compile import Compiled, compile_schedule
from shared.policy.language.judging.evaluate import evaluate
from shared.policy.language.reading.read import read_schedule

PARCEL = Path(__file__).parents[1] / "deploy/policy/schedules/parcel-promise.yaml"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DELIVERED = datetime(2026, 10, 19, 18, 0, tzinfo=UTC)
RUN = 100
"""Cases a run: some milliseconds, so that other work on the machine misses a few of them."""
PARCELS = ("on time", "late", "not there yet")

Facts = Mapping[str, Given]


class Judged(Struct, frozen=True):
    """`rate`: verdicts a second of CPU time, the median run, and `best` the best; `steps` and `reads` of one of them, `answer` what it came to."""

    parcel: str
    rate: float
    best: float
    steps: int
    reads: int
    answer: str


class Found(Struct, frozen=True):
    """`load`: milliseconds to read, check and make ready one file."""

    load: float
    judged: tuple[Judged, ...]


def measure(count: int) -> Found:
    """Many short runs over `count` parcels, no two of them alike: the best is what an idle machine does."""
    began = time.process_time()
    compiled = compile_schedule(read_schedule(PARCEL))
    load = (time.process_time() - began) * 1000
    told = {parcel: [_facts(parcel, n) for n in range(count)] for parcel in PARCELS}
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE)  # as the services do
    return Found(load, tuple(_judged(compiled, parcel, cases) for parcel, cases in told.items()))


def _judged(compiled: Compiled, parcel: str, cases: list[Facts]) -> Judged:
    rates = sorted(_rate(compiled, cases[n : n + RUN]) for n in range(0, len(cases), RUN))
    one = evaluate(compiled, cases[0], so_far=NOW)
    reads = sum(len(step.reads) for step in one.trace)
    return Judged(parcel, median(rates), rates[-1], len(one.trace), reads, f"{one.outcome} {one.reason}")


def _rate(compiled: Compiled, cases: list[Facts]) -> float:
    began = time.process_time()
    for facts in cases:
        evaluate(compiled, facts, so_far=NOW)
    return len(cases) / (time.process_time() - began)


def _facts(parcel: str, number: int) -> Facts:
    """What operations and the letter say of the number-th parcel, with a fact that nobody asks for."""
    delivered = DELIVERED + timedelta(seconds=number)
    promised = delivered.date() + timedelta(days={"on time": 1, "late": -9, "not there yet": 20}[parcel])
    told = {
        "promised_on": promised.isoformat(),
        "ordered_at": (delivered - timedelta(days=30)).isoformat(),
        "delivered_at": delivered.isoformat(),
        "status": "delivered",
        "freight": f"{number % 90 + 1}.{number % 100:02}",
        "currency": "BRL",
        "price": "112.40",
    }
    if parcel == "not there yet":
        del told["delivered_at"]
        told["status"] = "shipped"
    facts = {name: Given(value, f"m-{number}") for name, value in told.items()}
    return facts | {"written_at": Given((NOW - timedelta(seconds=number)).isoformat(), f"C-{number}")}
