"""What staff read about cases over HTTP: which there are, which wait for a person, and one with all that happened in it."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.offer.console.cases import list_cases, show_case
from services.offer.console.incident import read_fairness
from shared.host.http import Problem
from shared.policy.policy import Policy
from shared.runtime.failures import named

Waiting = Annotated[bool, Query(description="Only those that wait for a person.")]


def routes(engine: AsyncEngine, policy: Policy) -> APIRouter:
    """`GET /admin/cases` and `GET /admin/cases/{id}`, to be mounted behind the admin key."""
    router = APIRouter(prefix="/admin/cases", tags=["cases"])

    @router.get("", summary="The newest cases")
    async def get_cases(waiting: Waiting = False) -> Response:
        with named():
            async with engine.connect() as connection:
                return _json(await list_cases(connection, waiting))

    @router.get("/{case:path}", summary="One case whole, by its id or the complaint's number")
    async def get_case(case: str) -> Response:
        with named():
            async with engine.connect() as connection:
                found = await show_case(connection, case, policy)
        if found is None:
            raise Problem(404, "no such case", f"there is no case and no complaint {case!r}")
        return _json(found)

    return router


def incidents(engine: AsyncEngine) -> APIRouter:
    """`GET /admin/incidents/{id}/fairness`, to be mounted behind the admin key."""
    router = APIRouter(prefix="/admin/incidents", tags=["cases"])

    @router.get("/{incident:path}/fairness", summary="The cases of an incident side by side, and why they differ")
    async def get_fairness(incident: str) -> Response:
        with named():
            async with engine.connect() as connection:
                return _json(await read_fairness(connection, incident))

    return router


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
