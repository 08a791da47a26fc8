"""The customer's own page, where they see what happened and say what they think of it.

Mail scanners open links and submit forms: so looking changes nothing, nothing is chosen in advance, and an answer
counts only when it is confirmed on a page of its own.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.notifier import answers, asking, pages, questions, views
from services.notifier.answers import Misfit, TooLong
from services.notifier.pages import Page
from services.notifier.questions import Unclear
from services.notifier.tokens import Links
from services.notifier.voice import Voices
from shared.errors import Unavailable
from shared.events import Answer
from shared.policy.policy import Policy
from shared.runtime import outbox
from shared.runtime.failures import named

SERVICE = "notifier"
BODY_LIMIT = 65_536


class NoPage(Exception):
    """The link was not made here, or nothing was ever said about its case."""


def routes(engine: AsyncEngine, policy: Policy, secret: str, wake: Callable[[], None]) -> APIRouter:
    """The routes of the page. `wake` tells the relay that an answer waits in the outbox."""
    desk = Desk(engine, Voices(policy), Links(secret), wake)
    router = APIRouter(include_in_schema=False)

    @router.api_route("/c/{token}", methods=["GET", "HEAD"])
    async def show(token: str) -> Response:
        return await desk.safely(desk.show(token))

    @router.api_route("/c/{token}/{step}", methods=["GET", "HEAD"])
    async def back(token: str, step: str) -> Response:  # noqa: ARG001 - whichever step was opened again
        return _to_page(token)

    @router.post("/c/{token}/review")
    async def review(token: str, request: Request) -> Response:
        return await desk.safely(desk.review(token, request))

    @router.post("/c/{token}/answer")
    async def answer(token: str, request: Request) -> Response:
        return await desk.safely(desk.take(token, request))

    @router.post("/c/{token}/check")
    async def check(token: str, request: Request) -> Response:
        return await desk.safely(desk.check(token, request))

    @router.post("/c/{token}/tell")
    async def tell(token: str, request: Request) -> Response:
        return await desk.safely(desk.hear(token, request))

    return router


class Desk:
    """Where customers look and answer."""

    def __init__(self, engine: AsyncEngine, voices: Voices, links: Links, wake: Callable[[], None]) -> None:
        self._engine, self._voices, self._links, self._wake = engine, voices, links, wake

    async def safely(self, work: Awaitable[Response]) -> Response:
        """Whatever comes of it, the customer sees a page."""
        try:
            return await work
        except NoPage:
            return self._message("none", 404)
        except TooLong:
            return self._message("long", 413)
        except Unavailable:
            return self._message("busy", 503, {"Retry-After": "5"})

    async def show(self, token: str) -> Response:
        """How things stand. Changes nothing."""
        with named():
            async with self._engine.connect() as connection:
                page = await self._page(connection, token)
        return _html(views.standing(self._voices, page, f"{token}/"))

    async def review(self, token: str, request: Request) -> Response:
        """The answer once more, to be confirmed. Changes nothing."""
        given = answers.read_form(await _body(request))
        with named():
            async with self._engine.connect() as connection:
                page = await self._page(connection, token)
        try:
            answers.check(page, given)
        except Misfit as misfit:
            return self._misfit(page, misfit)
        return _html(views.reviewed(self._voices, page, given, token))

    async def take(self, token: str, request: Request) -> Response:
        """The confirmed answer becomes one event, however often it is confirmed."""
        given = answers.read_form(await _body(request))
        with named():
            async with self._engine.begin() as tx:
                page = await self._page(tx, token, lock=True)
                event_id = answers.answer_id(page, given)
                if page.answer_event != event_id:
                    try:
                        answers.check(page, given)
                    except Misfit as misfit:
                        return self._misfit(page, misfit)
                    await _queue(tx, answers.answer(page, given), event_id)
                    await pages.answered(tx, page.case, given.kind, event_id)
        self._wake()
        return _to_page(token)

    async def check(self, token: str, request: Request) -> Response:
        """What they say to our questions once more, to be confirmed. Changes nothing."""
        given = questions.read_form(await _body(request))
        with named():
            async with self._engine.connect() as connection:
                page = await self._page(connection, token)
        if not questions.asked(page):
            return self._misfit(page, Misfit(asking.why_not(page)))
        try:
            facts = questions.check(page, given)
        except Unclear as unclear:
            return self._unclear(page, unclear, given)
        return _html(views.reviewed_information(self._voices, page, facts, token))

    async def hear(self, token: str, request: Request) -> Response:
        """What they confirmed becomes one event, once, however often it is confirmed."""
        given = questions.read_form(await _body(request))
        with named():
            async with self._engine.begin() as tx:
                page = await self._page(tx, token, lock=True)
                if page.told is not None and page.told == questions.answer_id(page, given):
                    return _to_page(token)
                if not questions.asked(page):
                    return self._misfit(page, Misfit(asking.why_not(page)))
                try:
                    facts = questions.check(page, given)
                except Unclear as unclear:
                    return self._unclear(page, unclear, given)
                event_id = questions.answer_id(page, facts)
                await _queue(tx, questions.answer(page, facts), event_id)
                await pages.information_given(tx, page.case, event_id)
        self._wake()
        return _to_page(token)

    async def _page(self, connection: AsyncConnection, token: str, *, lock: bool = False) -> Page:
        case = self._links.case(token)
        page = await pages.read(connection, case, lock=lock) if case else None
        if page is None:
            raise NoPage
        return page

    def _misfit(self, page: Page, misfit: Misfit) -> Response:
        return _html(views.standing(self._voices, page, "", notice=str(misfit)), 409)

    def _unclear(self, page: Page, unclear: Unclear, given: dict[str, str]) -> Response:
        return _html(views.standing(self._voices, page, "", unclear=unclear, given=given), 422)

    def _message(self, key: str, status: int, headers: dict[str, str] | None = None) -> Response:
        return _html(views.message(self._voices, key), status, headers)


async def _queue(tx: AsyncConnection, answer: Answer, event_id: UUID) -> None:
    """Raises Unavailable while too much waits to be passed on."""
    if await outbox.depth(tx, SERVICE) >= outbox.ROW_LIMIT:
        raise Unavailable("the outbox is full: the bus has been away for a while")
    await outbox.append(tx, SERVICE, (outbox.row_of(answer, event_id),))


def _to_page(token: str) -> Response:
    """Relative, so that the page may lie under any address."""
    return RedirectResponse(f"../{token}", 303, views.HEADERS)


def _html(page: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return HTMLResponse(page, status, views.HEADERS | (headers or {}))


async def _body(request: Request) -> bytes:
    """The whole body. Raises TooLong once it is over the limit, without reading on."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise TooLong
    return bytes(body)
