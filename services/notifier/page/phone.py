"""What a customer says on the phone, entered by the member of staff who heard it: the same answers as on the page, to what lies
before the customer now, and the first one of a round stands, whichever way it came.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notifier.page import answering, answers, pages
from services.notifier.page.answers import OPTION, RATE, Given, Misfit, currency_of
from services.notifier.page.pages import Page
from shared.events import CUSTOMER
from shared.host.http import Problem
from shared.host.said import read_said
from shared.money import Money
from shared.policy.policy import Policy
from shared.runtime.failures import named

WHY = {
    "choose-first": "say which answer it is: `kind`, and for an option its id",
    "answered-already": "this round is answered already, and the first answer stands",
    "changed": "that is no answer to what lies before the customer now: look again",
    "wrong-amount": "amount: no sum that could be paid",
    "words-first": "text: write down what they said",
}
EXAMPLE = {
    "kind": "counter-offered",
    "round": 3,
    "amount": {"amount": "25.00", "currency": "EUR"},
    "text": "…",
    "by": "Ida",
}


class Heard(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What they said: `kind` as the event is called (`option-accepted`, `counter-offered`, …) to `round`, the `option` by its
    id, for a counter-offer the `amount` or `form` that they named, and their words. `by`: who heard it."""

    kind: str
    round: int
    by: str
    option: str | None = None
    score: int | None = None
    amount: Money | None = None
    form: str | None = None
    text: str | None = None


def routes(engine: AsyncEngine, policy: Policy, wake: Callable[[], None]) -> APIRouter:
    """`/admin/cases/{id}/answers`, to be mounted behind the admin key."""
    router = APIRouter(prefix="/admin/cases", tags=["phone"])
    forms = frozenset(option.form for option in policy.rounds.menu)

    @router.get("/{case}/answers", summary="What lies before the customer, and what they may say to it")
    async def show(case: str) -> Response:
        with named():
            async with engine.connect() as connection:
                return _told(_found(case, await pages.read(connection, case)))

    @router.post("/{case}/answers", status_code=202, summary="Enter what they said on the phone", openapi_extra=_body())
    async def take(case: str, request: Request) -> Response:
        heard = await _read(request)
        try:
            with named():
                async with engine.begin() as tx:
                    page = _found(case, await pages.read(tx, case, lock=True))
                    await answering.give(tx, page, _given(page, heard, forms), by=_name(heard))
        except Misfit as misfit:
            raise Problem(409, str(misfit).replace("-", " "), WHY.get(str(misfit), str(misfit))) from None
        wake()
        return JSONResponse({"case": case, "round": heard.round, "kind": heard.kind}, 202)

    return router


def _found(case: str, page: Page | None) -> Page:
    if page is None:
        raise Problem(404, "no such case", f"nothing was said to a customer about {case!r}")
    return page


async def _read(request: Request) -> Heard:
    """Raises Problem 413 and 422."""
    heard: Heard = await read_said(request, Heard, "the answer")
    if not heard.by.strip() or _name(heard).casefold() == CUSTOMER or len(heard.by) > 200:
        raise Problem(422, "the answer cannot be read", "by: give the name of the member of staff who heard it")
    if len(heard.text or "") > answers.LONGEST:
        raise Problem(422, "the answer cannot be read", f"text: at most {answers.LONGEST:,} characters")
    return heard


def _name(heard: Heard) -> str:
    return " ".join(heard.by.split())


def _given(page: Page, heard: Heard, forms: frozenset[str]) -> Given:
    """As the page would have taken it; whoever heard it knows what was meant. Raises Problem 422."""
    named = {OPTION: heard.option, RATE: heard.score}.get(heard.kind)
    choice = heard.kind if named is None else f"{heard.kind}/{named}"
    if heard.form is not None and heard.form not in forms:
        raise Problem(
            422, "the answer cannot be read", f"form: choose from {', '.join(sorted(forms))}, or leave it in words"
        )
    currency = currency_of(page)
    if heard.amount and heard.amount.currency != currency:
        known = f"a sum in {currency}" if currency else "nobody knows in which currency: leave it in words"
        raise Problem(422, "the answer cannot be read", f"amount: {known}")
    amount = str(heard.amount.amount) if heard.amount else ""
    text = answers.CONTROLS.sub("", heard.text or "").strip()
    return Given(str(heard.round), choice, text, amount, sure=True, form=heard.form or "")


def _told(page: Page) -> Response:
    says: dict[str, Any] = {
        "case": page.case,
        "complaint": page.complaint,
        "round": page.round,
        "state": page.state,
        "expires": page.expires,
        "person": page.person,
        "options": page.options,
        "answers": answers.choices(page),
        "said": page.said,
        "currency": currency_of(page),
    }
    return Response(msgspec.json.encode(says), media_type="application/json")


def _body() -> dict[str, Any]:
    schema = {"type": "object", "example": EXAMPLE}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
