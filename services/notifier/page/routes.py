"""The customer's own page, where they see what happened and say what they think of it.

Mail scanners open links and submit forms: so looking changes nothing, nothing is chosen in advance, and an answer
counts only when it is confirmed on a page of its own. There is no cookie and no session: whoever has the link may
answer, and nobody who lacks it can make a browser do so, since the address itself is the secret (no other token is
needed against forged forms).
"""

from collections.abc import Awaitable, Callable

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.notifier.page import answering, answers, asking, checking, pages, questions, tokens, views
from services.notifier.page.answers import Doubtful, Given, Misfit, TooLong
from services.notifier.page.brakes import CALLS, LOOKS, MISSES, Brake, neighbourhood
from services.notifier.page.look import HEADERS
from services.notifier.page.pages import Page
from services.notifier.page.questions import Unclear
from services.notifier.writing.voice import Voices
from shared.errors import Unavailable
from shared.host.said import SAID_LIMIT, read_body
from shared.policy.policy import Policy
from shared.runtime.failures import Refused, named

ABOUT_WORDS = ("words-first", "wrong-amount")
"""What can be put right where the words are."""


log = structlog.get_logger()


class NoPage(Exception):
    """The link was not made here, or has done its work, or nothing was ever said about its case."""


class TooOften(Exception):
    """Somebody, or something, looks faster than a person does."""


def routes(engine: AsyncEngine, policy: Policy, wake: Callable[[], None]) -> APIRouter:
    """The routes of the page. `wake` tells the relay that an answer waits in the outbox."""
    desk = Desk(engine, Voices(policy), wake)
    router = APIRouter(include_in_schema=False)

    @router.api_route("/c/{token}", methods=["GET", "HEAD"])
    async def show(token: str, request: Request) -> Response:
        return await desk.safely(token, request, desk.show(token))

    @router.api_route("/c/{token}/{step}", methods=["GET", "HEAD"])
    async def back(token: str, step: str) -> Response:  # noqa: ARG001 - whichever step was opened again
        return _to_page(token)

    @router.post("/c/{token}/review")
    async def review(token: str, request: Request) -> Response:
        return await desk.safely(token, request, desk.review(token, request))

    @router.post("/c/{token}/answer")
    async def answer(token: str, request: Request) -> Response:
        return await desk.safely(token, request, desk.take(token, request))

    @router.post("/c/{token}/check")
    async def check(token: str, request: Request) -> Response:
        return await desk.safely(token, request, desk.check(token, request))

    @router.post("/c/{token}/tell")
    async def tell(token: str, request: Request) -> Response:
        return await desk.safely(token, request, desk.hear(token, request))

    return router


class Desk:
    """Where customers look and answer."""

    def __init__(self, engine: AsyncEngine, voices: Voices, wake: Callable[[], None]) -> None:
        self._engine, self._voices, self._wake = engine, voices, wake
        # One statement needs no transaction around it.
        self._looking = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._calls, self._looks, self._misses = Brake(CALLS), Brake(LOOKS), Brake(MISSES)

    async def safely(self, token: str, request: Request, work: Awaitable[Response]) -> Response:
        """Whatever comes of it, the customer sees a page."""
        who = neighbourhood(request.client.host if request.client else "")
        try:
            return await self._braked(token, who, work)
        except NoPage:
            self._misses.spends(who)
            return self._message("none", 404)
        except TooOften:
            return self._message("often", 429, {"Retry-After": "60"})
        except TooLong:
            return self._message("long", 413)
        except Unavailable:
            return self._message("busy", 503, {"Retry-After": "5"})
        except Refused:
            log.error("answer_refused")  # noqa: TRY400 - the exception may quote what was said
            return self._message("busy", 500)

    async def show(self, token: str) -> Response:
        """How things stand. Changes nothing."""
        page = await self._look(token)
        return _html(views.standing(self._voices, page, f"{token}/"))

    async def review(self, token: str, request: Request) -> Response:
        """The answer once more, to be confirmed. Changes nothing."""
        given = answers.read_form(await _body(request))
        page = await self._look(token)
        try:
            answers.check(page, given)
            if given.text:
                answers.check_words(page, given)
        except (Misfit, Doubtful) as reason:
            return self._not_so(page, given, token, reason)
        return _html(checking.reviewed(self._voices, page, given, token))

    async def take(self, token: str, request: Request) -> Response:
        """The confirmed answer becomes one event, however often it is confirmed."""
        given = answers.read_form(await _body(request))
        page = None
        try:
            with named():
                async with self._engine.begin() as tx:
                    page = await self._page(tx, token, lock=True)
                    await answering.give(tx, page, given)
                    await tokens.used(tx, token)
        except (Misfit, Doubtful) as reason:
            assert page is not None
            return self._not_so(page, given, token, reason)
        self._wake()
        return _to_page(token)

    async def check(self, token: str, request: Request) -> Response:
        """What they say to our questions once more, to be confirmed. Changes nothing."""
        given = questions.read_form(await _body(request))
        page = await self._look(token)
        if not questions.asked(page):
            return self._stands(page, asking.why_not(page))
        try:
            facts = questions.check(page, given)
        except Unclear as unclear:
            return self._unclear(page, unclear, given)
        return _html(checking.reviewed_information(self._voices, page, facts, token))

    async def hear(self, token: str, request: Request) -> Response:
        """What they confirmed becomes one event, once, however often it is confirmed."""
        given = questions.read_form(await _body(request))
        with named():
            async with self._engine.begin() as tx:
                page = await self._page(tx, token, lock=True)
                if page.told is not None and page.told == questions.answer_id(page, given):
                    return _to_page(token)
                if not questions.asked(page):
                    return self._stands(page, asking.why_not(page))
                try:
                    facts = questions.check(page, given)
                except Unclear as unclear:
                    return self._unclear(page, unclear, given)
                await answering.inform(tx, page, facts)
                await tokens.used(tx, token)
        self._wake()
        return _to_page(token)

    async def _braked(self, token: str, who: str, work: Awaitable[Response]) -> Response:
        if not (self._calls.spends(who) and self._misses.allows(who) and self._looks.spends(token[:64])):
            getattr(work, "close", lambda: None)()
            raise TooOften
        return await work

    async def _look(self, token: str) -> Page:
        with named():
            async with self._looking.connect() as connection:
                return await self._page(connection, token)

    async def _page(self, connection: AsyncConnection, token: str, *, lock: bool = False) -> Page:
        """The same question for every token, so that one that leads nowhere takes as long as one that does no more."""
        page = await pages.open_by(connection, tokens.digest_of(token), lock=lock)
        if page is None:
            raise NoPage
        return page

    def _not_so(self, page: Page, given: Given, token: str, reason: Misfit | Doubtful) -> Response:
        """It is shown how things stand; or what has to be put right; or asked back."""
        if isinstance(reason, Doubtful):
            return _html(checking.asked_back(self._voices, page, given, token, str(reason)), 422)
        if str(reason) in ABOUT_WORDS:
            return _html(checking.reviewed(self._voices, page, given, token, reason), 422)
        return self._stands(page, str(reason))

    def _stands(self, page: Page, notice: str) -> Response:
        return _html(views.standing(self._voices, page, "", notice=notice), 409)

    def _unclear(self, page: Page, unclear: Unclear, given: dict[str, str]) -> Response:
        return _html(views.standing(self._voices, page, "", unclear=unclear, given=given), 422)

    def _message(self, key: str, status: int, headers: dict[str, str] | None = None) -> Response:
        return _html(views.message(self._voices, key), status, headers)


def _to_page(token: str) -> Response:
    """Relative, so that the page may lie under any address."""
    return RedirectResponse(f"../{token}", 303, HEADERS)


def _html(page: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return HTMLResponse(page, status, HEADERS | (headers or {}))


async def _body(request: Request) -> bytes:
    """Raises TooLong."""
    body = await read_body(request, SAID_LIMIT)
    if body is None:
        raise TooLong
    return body
