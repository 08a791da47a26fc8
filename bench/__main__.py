"""`python -m bench`: one hop beside its peers, the whole road, and verdicts alone; prints what it found.

The hop and the road have servers of their own for this run; verdicts need none.
"""

import argparse
import os
import platform
import sys
from typing import Any

import msgspec

from bench import hops, policy, road
from bench.servers import servers

SAMPLES = 100
"""Complaints that are paced at least: of fewer no p99 can be told."""


def main() -> None:
    """Measure, saying on standard error how far it is, and print a table or JSON."""
    asked = _arguments()
    count, runs, letters, seconds = (10_000, 1, 3_000, 5.0) if asked.quick else (40_000, 3, 20_000, 20.0)
    found: dict[str, Any] = {
        "machine": f"{os.cpu_count()} cores, {platform.platform()}, Python {platform.python_version()}, "
        f"load average at the start {os.getloadavg()[0]:.1f}"
    }
    if asked.what != "policy":
        with servers() as running:
            if asked.what in ("all", "hop"):
                found["hop"] = hops.compare(running, count, runs, _say)
            if asked.what in ("all", "road"):
                found["idle"] = road.idle(
                    running, asked.rate, max(seconds, SAMPLES / asked.rate), _say
                )  # first, before there is anything to tidy up
                found["load"] = road.load(running, letters, _say)
    if asked.what in ("all", "policy"):
        found["policy"] = policy.measure(count // 2)
    print(msgspec.json.format(msgspec.json.encode(found)).decode() if asked.json else _table(found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "what", nargs="?", default="all", choices=("all", "hop", "road", "policy"), help="what to measure"
    )
    parser.add_argument("--quick", action="store_true", help="a minute instead of several; the figures are rough")
    parser.add_argument("--rate", type=float, default=20, help="complaints a second of the paced phase (20)")
    parser.add_argument("--json", action="store_true", help="every run, for programs")
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _table(found: dict[str, Any]) -> str:
    lines = [found["machine"], ""]
    if "policy" in found:
        lines += [
            "| verdicts, with the whole trace | a second, on one core | steps, facts read | |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| {one.parcel} | {one.rate:,.0f} (best {one.best:,.0f}) | {one.steps}, {one.reads} | {one.answer} |"
            for one in found["policy"].judged
        ]
        lines += ["", f"Reading, checking and making ready the file: {found['policy'].load:.0f} ms.", ""]
    if "hop" in found:
        lines += [
            "| one hop | events/s | Python, broker, PostgreSQL: µs an event | we are faster by |",
            "|---|---|---|---|",
        ]
        lines += [_hop(found["hop"], contender) for contender in hops.CONTENDERS]
    if "load" in found:
        load, idle = found["load"], found["idle"]
        spent = ", ".join(f"{name} {cost:.0f}" for name, cost in load.cpu.items())
        lines += ["", "| the whole road | |", "|---|---|"]
        lines += [f"| complaints/s, {load.complaints:,} at once | {load.rate:,.0f} |"]
        lines += [f"| µs of CPU a complaint | {spent}; {sum(load.cpu.values()):,.0f} in all |"]
        lines += [f"| from publish to letter at {idle.rate:.0f}/s | p50 {idle.p50:.0f} ms, p99 {idle.p99:.0f} ms |"]
        lines += [f"| of one core meanwhile, servers included | {idle.cpu:.0%} |"]
    return "\n".join(lines)


def _hop(runs: list[hops.Run], contender: str) -> str:
    middle = hops.middle(runs, contender)
    times = "" if contender == "amends" else " ".join(f"{ratio:.2f}" for ratio in hops.ratios(runs, contender))
    return f"| {contender} | {middle.rate:,.0f} | {middle.python:.0f}, {middle.broker:.0f}, {middle.postgres:.0f} | {times} |"


if __name__ == "__main__":
    main()
