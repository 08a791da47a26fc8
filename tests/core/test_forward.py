"""Where the policy says so, the house comes forward by itself: once operations say that a failure is over, to all it names."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from services.intake import in_memory as intake
from services.verifier import in_memory as verifier
from services.verifier.records import forward
from shared import events as e
from shared.policy.load import load_policy
from shared.policy.recovery import Recovery
from shared.runtime.flow import Answer, Heard
from shared.runtime.memory_road import Desk, MemoryRoad

SHIPPED = load_policy(Path(__file__).resolve().parents[2] / "deploy" / "policy")
WILLING = replace(SHIPPED, recovery=replace(SHIPPED.recovery, by_itself=True))
NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
BEGAN, OVER = NOW - timedelta(hours=30), NOW - timedelta(hours=2)
DESKS: dict[bool, list[Desk]] = {
    policy.recovery.by_itself: [intake.desk(policy), verifier.desk(policy)] for policy in (SHIPPED, WILLING)
}


class House:
    """Intake and verifier, told what operations say; `said` is all that came of it."""

    def __init__(self, *, by_itself: bool = True) -> None:
        self.said: list[Any] = []
        self.refusals: list[str] = []
        self.road = MemoryRoad([station for desk in DESKS[by_itself] for station in desk()], self, NOW)

    def told(self, _: str, answer: Answer) -> None:
        self.said += [said for _name, said in answer.answers]

    def refused(self, _: str, __: Heard, why: str) -> None:
        self.refusals.append(why)

    def reported(self, *names: str, over: datetime | None = OVER, **facts: Any) -> "House":
        affects = tuple(e.Affected("line", f"L-{name}", name) for name in names)
        known: dict[str, Any] = {
            "started_at": BEGAN,
            "resolved_at": over,
            "affects": affects,
            "updated_at": self.road.now,
        }
        report = e.IncidentReported(id="inc-7", service="fibre", source=e.TELEMETRY, **(known | facts))
        self.road.now += timedelta(minutes=1)
        self.road.publish(UUID(int=self.road.now.toordinal() + len(self.said) * 1000 + self.road.now.minute), report)
        self.road.run(self.road.now)
        return self

    @property
    def written_for(self) -> list[str]:
        return [event.customer for event in self.said if isinstance(event, e.ComplaintAccepted)]


def test_nobody_is_written_for_unless_the_policy_says_so() -> None:
    assert House(by_itself=False).reported("ana", "bo").written_for == []
    assert Recovery().by_itself is False


def test_once_it_is_over_all_whom_it_names_are_written_for_and_nobody_before() -> None:
    house = House().reported("ana", "bo", over=None)
    assert house.written_for == []
    house.reported("ana", "bo")
    assert house.written_for == ["ana", "bo"]
    complaints = [event for event in house.said if isinstance(event, e.ComplaintAccepted)]
    assert {(one.channel, one.category, one.occurred_at) for one in complaints} == {("recovery", "outage", BEGAN)}


def test_who_is_named_only_later_is_written_for_then_and_the_others_not_again() -> None:
    house = House().reported("ana").reported("ana", "bo").reported("ana", "bo", summary="A cable.")
    assert house.written_for == ["ana", "bo"]
    assert house.refusals == []


def test_an_entry_without_a_customer_and_an_incident_that_was_taken_back_are_nobodys() -> None:
    assert House().reported(affects=(e.Affected("line", "L-1"),)).written_for == []
    assert House().reported("ana", withdrawn=True).written_for == []


def test_a_large_failure_comes_in_parts_and_each_customer_once() -> None:
    names = [f"c-{n:04}" for n in range(forward.AT_ONCE * 2 + 7)]
    house = House().reported(*names)
    assert house.written_for == names
    continued = [event for event in house.said if isinstance(event, e.RecoveryContinued)]
    assert [event.customer for event in continued] == [names[forward.AT_ONCE], names[forward.AT_ONCE * 2]]
    first = next(n for n, event in enumerate(house.said) if isinstance(event, e.RecoveryContinued))
    assert first == forward.AT_ONCE, "no more at once than one transaction should tell"
