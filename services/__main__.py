"""Every service in one process, each on its own port as when run alone: `python -m services`."""

from services.intake.__main__ import service as intake
from services.notifier.__main__ import service as notifier
from services.offer.__main__ import service as offer
from services.verifier.__main__ import service as verifier
from shared.host.run import main

ALL = {"intake": intake, "verifier": verifier, "offer": offer, "notifier": notifier}

if __name__ == "__main__":
    main(**ALL)
