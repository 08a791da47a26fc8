"""A browser for each test, and a folder for the pictures that it takes."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import chromium
from tests.houses import homes

__all__ = ["homes"]


@pytest.fixture
async def running() -> AsyncIterator[Any]:
    if lacks := chromium.missing():
        pytest.skip(lacks)
    async with chromium.browser() as browser:
        yield browser


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures go: the folder AMENDS_TEST_PICTURES, to be looked at, or one that is thrown away."""
    folder = Path(os.environ.get("AMENDS_TEST_PICTURES") or tmp_path / "pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
