"""The verifier as a process of its own: `python -m services.verifier`."""

from services.verifier.flows import flows
from services.verifier.records.pruning import Pruning, age_of
from shared.host.run import main
from shared.host.service import Parts, Service


def service(parts: Parts) -> Service:
    """Evidence, and the verdicts that rest on it."""
    return Service(flows(parts.policy), workers=(Pruning(parts.engine, age_of(parts.policy)),))


if __name__ == "__main__":
    main(verifier=service)
