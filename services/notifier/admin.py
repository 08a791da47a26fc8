"""What staff do about letters that go out: see whether anything stops them, stop all sending, and let it go on."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Body
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notifier.sending import resending, switches
from services.notifier.sending.switches import ALL
from shared.errors import AmendsError, Misconfigured
from shared.host.admin import BY, answer
from shared.host.http import Part, Problem

CHANNELS = (ALL, "email", "webhook")


def mail_routes(engine: AsyncEngine) -> APIRouter:
    """`/admin/mail`: the switches of all processes at once; what is written while one is off waits, and is not lost."""
    router = APIRouter(prefix="/admin/mail", tags=["mail"])

    @router.get("", summary="What is stopped, by whom and since when")
    async def list_() -> Response:
        return answer([switch._asdict() for switch in await switches.switches(engine)])

    @router.post("/pause", summary="Stop all sending, or one channel's; letters wait")
    async def pause(reason: str = Body("", embed=True), channel: str = Body(ALL, embed=True)) -> Response:
        found = await switches.pause(engine, BY, reason, known(channel))
        return answer([switch._asdict() for switch in found])

    @router.post("/resend", summary="Send a letter again that has failed: the very same one")
    async def resend(
        letter: str = Body(embed=True), by: str = Body(embed=True), reason: str = Body(embed=True)
    ) -> Response:
        try:
            return answer(await resending.resend(engine, letter, by, reason))
        except Misconfigured as refused:
            raise Problem(409, "not sent again", str(refused)) from None

    @router.post("/resume", summary="Let it go on")
    async def resume(channel: str = Body(ALL, embed=True)) -> Response:
        found = await switches.resume(engine, BY, known(channel))
        return answer([switch._asdict() for switch in found])

    return router


def known(channel: str) -> str:
    """The channel, or a problem that names those there are."""
    if channel not in CHANNELS:
        raise Problem(422, "no such channel", f"choose from {', '.join(CHANNELS)}")
    return channel


def mail_part(engine: AsyncEngine) -> Part:
    """Letters may go out. Not needed: pages stay up, and what is written waits."""

    async def look() -> Mapping[str, Any]:
        try:
            stopped = await switches.stopped(engine)
        except AmendsError as away:
            return {"ok": False, "reason": str(away)}
        if stopped:
            return {"ok": False, "state": "paused", "reason": "; ".join(map(switches.sentence, stopped))}
        return {"ok": True}

    return look
