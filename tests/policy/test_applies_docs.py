"""The page about applies.yaml names every key and every name that a schedule may ask for."""

from pathlib import Path

import pytest

from shared.policy.policy import Application
from shared.policy.sources import NAMES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "applies.md").read_text()


@pytest.mark.parametrize("key", Application.__struct_fields__)
def test_every_key_of_a_row_is_explained(key: str) -> None:
    assert f"`{key}`" in PAGE or f"  {key}:" in PAGE or f"- {key}:" in PAGE


@pytest.mark.parametrize("name", [name for names in NAMES.values() for name in names])
def test_every_name_that_may_be_asked_for_is_listed(name: str) -> None:
    assert f"`{name}`" in PAGE
