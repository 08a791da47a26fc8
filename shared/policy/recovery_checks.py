"""Whether what the house writes itself is filed under something that it knows, so that a promise speaks of it."""

from shared.policy.policy import Policy
from shared.policy.shape import Path, Places
from shared.policy.tree import nearest
from shared.policy.words import plain


def check_recovery(policy: Policy, places: Places) -> None:
    """Raises Misconfigured for a category that no claim has."""
    known = {plain(category) for claim in policy.claims.values() for category in claim.categories}
    filed: dict[Path, str] = {("recovery", "category"): policy.recovery.category}
    filed |= {("recovery", "categories", kind): category for kind, category in policy.recovery.categories.items()}
    for path, category in filed.items():
        if plain(category) not in known and path in places:
            places[path].refuse(f"no claim of claims.yaml has the category `{category}`: {nearest(category, known)}")
