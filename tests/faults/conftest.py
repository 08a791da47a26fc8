"""The houses in which things go wrong."""

from tests.houses import given, homes, house, lasting

__all__ = ["given", "homes", "house", "lasting"]
