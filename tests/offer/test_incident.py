"""The cases of a failure are read from file and laid side by side, over HTTP and for staff at a terminal."""

from io import StringIO
from typing import Any

import httpx
import pytest
from rich.console import Console

from services.cli.fairness import show
from services.offer.console.fairness import Fairness
from services.offer.console.incident import read_fairness
from services.offer.http import incidents
from shared.host.http import build_app
from tests.core.offer_stories import Complaint, day, euro
from tests.offer.house import House

STREET = [Complaint(f"cust-{name}", f"C-{name}") for name in ("ana", "bo", "cem")]
SEVERE: dict[str, Any] = {"severity": 4, "incident": "inc/7"}


async def compared(house: House, incident: str = "inc/7") -> Fairness:
    async with house.engine.connect() as connection:
        return await read_fairness(connection, incident)


@pytest.fixture
async def street(house: House) -> House:
    """Two were let down alike; the third had paid less, and somebody of another incident is beside them."""
    ana, bo, cem = STREET
    await house.hear(ana.verdict(day(0), **SEVERE), bo.verdict(day(0), **SEVERE))
    await house.hear(cem.verdict(day(0), paid=euro("40"), **SEVERE), bo.chose("visit", 1, day(1)))
    await house.hear(Complaint("cust-dea", "C-dea").verdict(day(0), incident="inc/8"))
    return house


async def test_the_cases_of_an_incident_are_compared_as_they_are_on_file(street: House) -> None:
    found = await compared(street)
    assert [(case.complaint, case.state) for case in found.cases] == [
        ("C-ana", "options"),
        ("C-bo", "settled"),
        ("C-cem", "options"),
    ]
    assert found.cases[0].offers == ("refund EUR 64.95 · replacement · attention",)
    (difference,) = found.cases[2].differences
    assert (difference.what, [cause.what for cause in difference.causes]) == ("options 1", ["paid"])
    assert found.unexplained == 0


async def test_an_incident_that_nobody_complained_about_has_no_cases(street: House) -> None:
    assert (await compared(street, "inc/9")).cases == ()


async def test_staff_read_at_a_terminal_who_was_treated_alike_and_why_others_were_not(street: House) -> None:
    console = Console(record=True, width=200, file=StringIO())
    show(await compared(street), console)
    told = console.export_text()
    assert "incident inc/7: 3 cases" in told
    assert "and 1 more just so" in told
    assert "because of facts (paid): EUR 40, elsewhere EUR 129.90" in told
    assert "every difference has a cause" in told


async def test_fairness_is_for_programs_too_behind_the_admin_key(street: House) -> None:
    app = build_app("offer", lambda: {"ok": True}, {}, (), (incidents(street.engine),), "the-key")
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
        assert (await client.get("/admin/incidents/inc/7/fairness")).status_code == 401
        answer = await client.get("/admin/incidents/inc/7/fairness", headers={"Authorization": "Bearer the-key"})
    assert answer.status_code == 200
    assert [case["complaint"] for case in answer.json()["cases"]] == ["C-ana", "C-bo", "C-cem"]
