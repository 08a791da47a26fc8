"""What every service says over HTTP: whether it lives, whether it can serve, its figures, and errors that help."""

import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException

from shared.errors import Misconfigured, Unavailable
from shared.host.bodies import BodyLimit
from shared.runtime.failures import Refused

Part = Callable[[], Awaitable[Mapping[str, Any]]]
"""One part of readiness: `{"ok": bool, "needed": bool, …}`; without a needed part nothing can be served."""


LETTERS_LINK = "/c/"
"""Whoever has such an address may answer for a customer."""
TELEMETRY = TelemetryConfig(logs=False, exclude=lambda scope: str(scope.get("path", "")).startswith(LETTERS_LINK))
"""FastAPI traces each request with its path, and keeps the words of errors, once a house has set a provider for either."""


class Problem(Exception):
    """An answer that is an error: an RFC 9457 problem document."""

    def __init__(self, status: int, title: str, detail: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail or title)
        self.status, self.title, self.detail, self.headers = status, title, detail, dict(headers or {})


def problem(status: int, title: str, detail: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """A problem document (RFC 9457): `{"type", "title", "status", "detail"}` as `application/problem+json`."""
    body = {"type": "about:blank", "title": title, "status": status} | ({"detail": detail} if detail else {})
    return JSONResponse(body, status, dict(headers or {}), media_type="application/problem+json")


def bearer(key: str) -> Callable[..., None]:
    """A dependency that lets in who carries `key` as a bearer token, and tells nobody else why not."""
    scheme = HTTPBearer(auto_error=False)

    def check(given: HTTPAuthorizationCredentials | None = Depends(scheme)) -> None:
        if given is None or not hmac.compare_digest(given.credentials.encode(), key.encode()):
            raise Problem(401, "a bearer key is needed", headers={"WWW-Authenticate": "Bearer"})

    return check


def build_app(
    name: str,
    alive: Callable[[], Mapping[str, Any]],
    parts: Mapping[str, Part],
    public: Sequence[APIRouter],
    admin: Sequence[APIRouter],
    admin_key: str,
    lifespan: Any = None,
) -> FastAPI:
    """The app of one service: its own routes, the admin routes behind the key, and the four that every service has."""
    app = FastAPI(title=f"Amends {name}", lifespan=lifespan, telemetry=TELEMETRY)
    app.add_middleware(BodyLimit)
    app.include_router(_health(alive, parts))
    for router in public:
        app.include_router(router)
    for router in admin:
        app.include_router(router, dependencies=[Depends(bearer(admin_key))])
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(Unavailable, _answer_unavailable)
    app.add_exception_handler(Refused, _answer_refused)
    app.add_exception_handler(Misconfigured, _answer_unnamed)
    app.add_exception_handler(Exception, _answer_bug)
    return app


def _health(alive: Callable[[], Mapping[str, Any]], parts: Mapping[str, Part]) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/livez", summary="Do the process and its loops turn?")
    def livez() -> Response:
        state = alive()
        return JSONResponse(state, 200 if state["ok"] else 503)

    @router.get("/readyz", summary="Can it serve? With each part named.")
    async def readyz() -> Response:
        found = {name: dict(await part()) for name, part in parts.items()}
        lacks = [part for part in found.values() if not part["ok"]]
        status = "ok" if not lacks else "unready" if any(part.pop("needed", False) for part in lacks) else "degraded"
        for part in found.values():
            part.pop("needed", None)
        return JSONResponse({"status": status, "parts": found}, 503 if status == "unready" else 200)

    @router.get("/metrics", summary="Prometheus figures")
    def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


async def _answer_problem(_: Request, raised: Exception) -> Response:
    assert isinstance(raised, Problem)
    return problem(raised.status, raised.title, raised.detail, raised.headers)


async def _answer_http(_: Request, raised: Exception) -> Response:
    assert isinstance(raised, HTTPException)
    return problem(raised.status_code, str(raised.detail), headers=raised.headers)


async def _answer_invalid(_: Request, raised: Exception) -> Response:
    assert isinstance(raised, RequestValidationError)
    wrong = "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in raised.errors())
    return problem(422, "the request does not fit", wrong)


async def _answer_unavailable(_: Request, raised: Exception) -> Response:
    return problem(503, "not available now", str(raised), {"Retry-After": "5"})


async def _answer_refused(_: Request, raised: Exception) -> Response:
    """No column holds a NUL or a number of thirty digits, so nothing that is stored can be meant."""
    return problem(400, "the request does not fit", str(raised))


async def _answer_unnamed(_: Request, raised: Exception) -> Response:
    """Settings and policy are read before the first request, so what is wrong here is what the caller named."""
    return problem(404, "not found", str(raised))


async def _answer_bug(_: Request, __: Exception) -> Response:
    """The traceback goes to the log, never to the caller."""
    return problem(500, "something went wrong here", "the service's log says what")
