"""The link in a letter: whoever holds it may see and answer this one case, and nothing else."""

import hashlib

from itsdangerous import BadData, URLSafeSerializer

LONGEST = 500


class Links:
    """Makes and reads the links of one house. `base_url` is where customers reach the page, without a slash at the end."""

    def __init__(self, secret: str, base_url: str = "") -> None:
        self._base_url = base_url.rstrip("/")
        self._serializer = URLSafeSerializer(
            secret, salt="amends page", signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
        )

    def link(self, case: str) -> str:
        """The address of the case's page."""
        return f"{self._base_url}/c/{self.token(case)}"

    def token(self, case: str) -> str:
        """The signed part of the address; it holds the id of the case and nothing else."""
        return str(self._serializer.dumps(case))

    def case(self, token: str) -> str | None:
        """The case that this token was made for; none for one that was not made here."""
        try:
            case = self._serializer.loads(token) if len(token) <= LONGEST else None
        except BadData:
            return None
        return case if isinstance(case, str) else None
