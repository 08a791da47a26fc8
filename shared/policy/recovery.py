"""How the house comes forward before anybody complains: what such a complaint is filed under, and whether it goes by itself."""

from msgspec import Struct


class Recovery(Struct, frozen=True, forbid_unknown_fields=True):
    """Complaints that the house writes itself for those whom a failure affected, one for each thing of theirs.

    `by_itself`: as soon as operations say that a failure is over, to the customers whom its `affects` names; else only by
    `amends recover`. `category`: what they are filed under, as the CRM would; `categories`: by kind of subject, where that is another.
    """

    by_itself: bool = False
    category: str = "outage"
    categories: dict[str, str] = {}

    def of(self, kind: str) -> str:
        """What a complaint about a subject of this kind is filed under."""
        return self.categories.get(kind, self.category)
