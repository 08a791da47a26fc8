"""What counts of a customer's past: what was given to them because we are sorry, and what is older is forgotten."""

from typing import Any

from msgspec.structs import replace

from services.offer.case import Customer, Gift
from shared.events import PayoutDue
from shared.policy.limits import LONGEST


def with_gift(customer: Customer, event: Any) -> Customer:
    """Given is what became due, whenever it is paid; what no limit looks back to is forgotten."""
    if not isinstance(event, PayoutDue) or event.ledger != "goodwill" or not event.amount:
        return customer
    kept = {key: gift for key, gift in customer.gifts.items() if gift.at > event.at - LONGEST}
    return replace(customer, gifts={**kept, event.key: Gift(event.at, event.form, event.amount)})
