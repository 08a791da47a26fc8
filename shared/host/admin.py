"""What staff and scripts do to any service over HTTP: its flows, its dead letters, the policy that it decides by."""

from collections.abc import Sequence
from typing import Any

import msgspec
from fastapi import APIRouter, Body
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.seam import Bus
from shared.host.http import Problem
from shared.policy.policy import Policy
from shared.runtime import dead_letters, flows
from shared.runtime.loop import Member
from shared.runtime.retries import requeue, retry

BY = "admin"
"""Who did it, as far as a shared key tells."""


def flow_routes(service: str, engine: AsyncEngine, members: Sequence[Member], bus: Bus) -> APIRouter:
    """`/admin/flows`: how each flow of this process stands and where; pause and resume act on all its members."""
    router = APIRouter(prefix="/admin/flows", tags=["flows"])

    @router.get("", summary="The flows, with positions and lag")
    async def list_() -> Response:
        return answer([await _describe(member) for member in members])

    @router.post("/{flow}/pause", summary="Stop a flow; its backlog waits")
    async def pause(flow: str, reason: str = Body("", embed=True)) -> Response:
        return answer(_found(flow, await flows.pause(engine, service, flow, BY, reason)))

    @router.post("/{flow}/resume", summary="Let a flow go on; its dead letters so far are forgiven")
    async def resume(flow: str, go_on: flows.GoOn | None = Body(None, embed=True)) -> Response:
        return answer(_found(flow, await flows.resume(engine, service, flow, BY, bus, go_on)))

    return router


def dead_letter_routes(service: str, engine: AsyncEngine, members: Sequence[Member]) -> APIRouter:
    """`/admin/dead-letters`: list, show, retry into the flow that failed, discard."""
    router = APIRouter(prefix="/admin/dead-letters", tags=["dead letters"])
    by_name = {member.flow.name: member.flow for member in members}

    @router.get("", summary="Those that wait, newest first; all=true: ended ones too")
    async def list_(all: bool = False) -> Response:  # noqa: A002 - the parameter's name in the URL
        return answer([describe(letter) for letter in await dead_letters.list_all(engine, service, ended=all)])

    @router.get("/{letter}", summary="One, with its bytes as text")
    async def show(letter: str) -> Response:
        flow, number = dead_letters.parse_id(letter)
        return answer(describe(_found(letter, await dead_letters.show(engine, service, flow, number)), whole=True))

    @router.post("/{letter}/retry", summary="Feed it to the flow that failed; twice has one effect")
    async def again(letter: str) -> Response:
        flow, number = dead_letters.parse_id(letter)
        if flow == dead_letters.relay_of(service):
            return answer(describe(_found(letter, await requeue(engine, service, number, BY))))
        if flow not in by_name:
            raise Problem(404, "no such dead letter", f"{service} has no flow {flow!r}")
        return answer(describe(_found(letter, await retry(engine, by_name[flow], number, BY))))

    @router.post("/{letter}/discard", summary="End it without doing anything")
    async def discard(letter: str) -> Response:
        flow, number = dead_letters.parse_id(letter)
        return answer(describe(_found(letter, await dead_letters.discard(engine, service, flow, number, BY))))

    return router


def policy_routes(policy: Policy) -> APIRouter:
    """`/admin/policy`: which policy this process decides by."""
    router = APIRouter(prefix="/admin/policy", tags=["policy"])

    @router.get("", summary="Version and digest")
    def show() -> Response:
        return answer({"version": policy.version, "digest": policy.digest})

    return router


def describe(letter: dead_letters.DeadLetter, *, whole: bool = False) -> dict[str, Any]:
    """A dead letter for people: where it came from, why it is here, and with `whole` its bytes as text."""
    part, record = letter.record.partition, letter.record
    told: dict[str, Any] = {
        "id": letter.id,
        "kind": letter.kind,
        "state": letter.state,
        "topic": part.topic,
        "partition": part.number,
        "offset": record.offset,
        "at": letter.at,
        "reason": letter.reason if whole else letter.reason.split("\n", 1)[0],
        "size": letter.size,
    }
    if whole:
        told |= {"digest": letter.digest, "by": letter.by, "ended_at": letter.ended_at}
        told["headers"] = {name: value.decode(errors="replace") for name, value in record.headers}
        told["key"] = record.key and record.key.decode(errors="replace")
        told["value"] = record.value and record.value.decode(errors="replace")
    return told


def answer(value: Any) -> Response:
    """A JSON answer; times are RFC 3339, sums are decimal strings."""
    return Response(msgspec.json.encode(value), media_type="application/json")


async def _describe(member: Member) -> dict[str, Any]:
    state = member.state()
    positions = {f"{part.topic}/{part.number}": at for part, at in sorted((await member.positions()).items())}
    return {
        "flow": member.flow.name,
        "state": state.name,
        "reason": state.reason,
        "lag": member.lag,
        "positions": positions,
    }


def _found(name: str, found: Any) -> Any:
    if found is None:
        raise Problem(404, "not found", f"there is no {name}")
    return found
