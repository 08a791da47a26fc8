"""The three secrets of a house on embedded defaults: made at the first start, kept beside the data, shared by all."""

import fcntl
import json
import secrets

from shared.errors import Misconfigured
from shared.host.settings import Settings

NAMES = ("admin_key", "intake_key", "secret")


def with_keys(settings: Settings) -> Settings:
    """The settings with every key filled: given ones stand, the others come from `AMENDS_HOME/keys.json`.

    With a database of one's own all three are given, since replicas must share them; `Settings` refuses otherwise.
    """
    lacking = [name for name in NAMES if not getattr(settings, name)]
    if not lacking:
        return settings
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = settings.home / "keys.json"
    with (settings.home / "keys.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several processes start at once, and must agree
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(json.dumps({name: secrets.token_urlsafe(24) for name in NAMES}))
        try:
            kept = json.loads(path.read_text())
            return settings.model_copy(update={name: kept[name] for name in lacking})
        except (ValueError, KeyError, TypeError):
            raise Misconfigured(f"{path} is damaged: delete it, and new keys are made (old page links die)") from None
