"""How a CRM knows that a notice is from us and as we wrote it: Standard Webhooks 1.0.0 (standardwebhooks.com), HMAC-SHA256."""

import base64
import binascii
import hmac
from collections.abc import Sequence

from shared.errors import Misconfigured

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
"""Bytes of a secret, by the specification."""


def keys_of(secrets: str) -> tuple[bytes, ...]:
    """The keys of `whsec_…`; while one is replaced there are several, parted by blanks, and each signs. Raises Misconfigured."""
    keys = tuple(_key(secret) for secret in secrets.replace(",", " ").split())
    if not keys:
        raise Misconfigured("AMENDS_WEBHOOK_SECRET must be set where AMENDS_WEBHOOK_URL is: " + HOW)
    return keys


def signatures(keys: Sequence[bytes], name: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one for each key."""
    signed = f"{name}.{timestamp}.".encode() + body
    return " ".join("v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys)


HOW = """make one with python3 -c "import base64, secrets; print('whsec_' + base64.b64encode(secrets.token_bytes(32)).decode())\""""


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True) if secret.startswith(PREFIX) else b""
    except binascii.Error:
        key = b""
    if not SHORTEST <= len(key) <= LONGEST:
        raise Misconfigured(
            f"AMENDS_WEBHOOK_SECRET must be {PREFIX} and {SHORTEST} to {LONGEST} bytes in base64: {HOW}"
        )
    return key
