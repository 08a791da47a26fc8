"""The offer service as a process of its own: `python -m services.offer`."""

from services.offer.console import payout_routes, promise_routes, ruling_routes
from services.offer.flows import flows
from services.offer.http import incidents, routes
from shared.host.run import main
from shared.host.service import Parts, Service


def service(parts: Parts) -> Service:
    """Cases: what is owed, what is offered, and how each one ends."""
    rulings = ruling_routes.routes(parts.engine, parts.policy, parts.wake)
    promises = promise_routes.routes(parts.engine, parts.policy, parts.wake)
    payouts = payout_routes.routes(parts.engine, parts.policy, parts.wake)
    return Service(
        flows(parts.policy, parts.settings.mode),
        admin=(rulings, promises, payouts, routes(parts.engine, parts.policy), incidents(parts.engine)),
    )


if __name__ == "__main__":
    main(offer=service)
