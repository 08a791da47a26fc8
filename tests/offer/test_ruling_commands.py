"""What a member of staff types is read, or refused in one line that says how to write it."""

from decimal import Decimal
from typing import Any

import pytest

from services.cli.staff import said
from services.offer.console import desk, waiting
from shared.errors import Misconfigured
from shared.money import Money
from tests.core.offer_stories import ANA, BEN, day
from tests.offer.house import House

WHO = ("Mara Lund", "head-of-care", "She is right.")


def test_a_sum_is_typed_with_its_currency() -> None:
    assert said("amend", *WHO, "25.00 EUR").amount == Money(Decimal("25.00"), "EUR")
    for wrong in ("25", "25.00", "EUR 25", "25,00 EUR", "25 EURO", "much EUR", ""):
        with pytest.raises(Misconfigured, match=r"write it like `25\.00 EUR`"):
            said("amend", *WHO, wrong)


@pytest.mark.parametrize(
    ("ruling", "lacks"),
    [
        (said("shout", *WHO), "none of approve, deny, amend"),
        (said("approve", " ", *WHO[1:]), "by: it is empty"),
        (said("approve", *WHO[:2], " "), "reason: it is empty"),
        (said("approve", *WHO[:2], "x" * 4001), "at most 4,000 characters"),
        (said("amend", *WHO, "0 EUR"), "a sum above nothing"),
    ],
)
def test_what_is_missing_is_said(ruling: Any, lacks: str) -> None:
    assert lacks in (desk.misfit(ruling, tuple(desk.ANSWERS)) or "")


def test_what_is_whole_is_taken() -> None:
    assert desk.misfit(said("amend", *WHO, "25.00 EUR", "credit"), tuple(desk.ANSWERS)) is None


async def test_a_request_goes_by_its_case_or_its_complaint_as_long_as_it_waits(house: House) -> None:
    await house.hear(ANA.verdict(), ANA.counters(1, day(1), "60.00"), BEN.verdict())
    async with house.engine.connect() as connection:
        for name in ("C-1001", ANA.case, f"{ANA.case}/approval/1"):
            assert await waiting.named(connection, name) == f"{ANA.case}/approval/1"
        assert await waiting.named(connection, "C-1002") == "C-1002"
    await house.hear(ANA.not_approved(day(2)))
    async with house.engine.connect() as connection:
        assert await waiting.named(connection, "C-1001") == "C-1001"
