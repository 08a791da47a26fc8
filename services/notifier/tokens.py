"""The link in a letter: whoever holds it may see and answer this one case, and nothing else."""

import hashlib
import hmac

from itsdangerous import BadData, Signer

LONGEST = 500


class Links:
    """Makes and reads the links of one house. `base_url` is where customers reach the page, without a slash at the end."""

    def __init__(self, secret: str, base_url: str = "") -> None:
        self._base_url = base_url.rstrip("/")
        key = hmac.digest(secret.encode(), b"amends page", "sha256")  # once, and not for every letter
        self._signer = Signer(key, key_derivation="none", digest_method=hashlib.sha256)

    def link(self, case: str) -> str:
        """The address of the case's page."""
        return f"{self._base_url}/c/{self.token(case)}"

    def token(self, case: str) -> str:
        """The signed part of the address: the id of the case, which needs no quoting, and the signature."""
        return self._signer.sign(case).decode()

    def case(self, token: str) -> str | None:
        """The case that this token was made for; none for one that was not made here."""
        try:
            return self._signer.unsign(token).decode() if len(token) <= LONGEST else None
        except BadData:
            return None
