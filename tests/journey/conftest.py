"""The houses that a journey may be made in."""

from tests.houses import given, homes, house, quick_house

__all__ = ["given", "homes", "house", "quick_house"]
