"""Intake as a process of its own: `python -m services.intake`."""

from services.intake.flows import flows
from services.intake.http import routes
from shared.host.run import main
from shared.host.service import Parts, Service


def service(parts: Parts) -> Service:
    """The door for letters, from the CRM's topic and over HTTP."""
    return Service(flows(parts.policy), public=(routes(parts.engine, parts.settings.intake_key, parts.wake),))


if __name__ == "__main__":
    main(intake=service)
