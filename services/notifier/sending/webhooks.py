"""Notices to a CRM that sends itself: signed, to the one address that was checked, and to no other whatever it answers.

The name is looked up once for each call, every address that it has is checked, and the call goes to the very address that
was: a name that changes its mind leads nowhere else. Nothing of the answer is read but its status.
"""

import asyncio
import ssl
import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urlsplit

import httpx

from services.notifier.sending.addresses import Resolve, is_here, is_public, resolve
from services.notifier.sending.mail import Away, Closed, Later, Refused, Result, Sent, Took, along_lines
from services.notifier.sending.message import Message
from services.notifier.sending.signing import keys_of, signatures
from shared.errors import Misconfigured

CONNECTIONS = 4
STEP_SECONDS, CALL_SECONDS = 10.0, 15.0
"""How long each step of a call may take, and all of it."""
LARGEST = 1_048_576
"""Bytes of a notice; one that is larger is a mistake that no receiver should have to bear."""
GONE, TOO_LARGE = 410, 413


class Forbidden(Exception):
    """The name leads to an address that no customer's words may be sent to."""


class WebhookMail:
    """Posts to `url`, an https:// address, with a signature for each of `secrets`. Raises Misconfigured for another form.

    `loopback`: this machine itself may be called, and without TLS; for development alone.
    """

    def __init__(
        self,
        url: str,
        secrets: str,
        *,
        loopback: bool = False,
        resolve: Resolve = resolve,
        trusts: ssl.SSLContext | None = None,
        call_seconds: float = CALL_SECONDS,
    ) -> None:
        self._url, self._keys, self._loopback = endpoint(url, loopback=loopback), keys_of(secrets), loopback
        self._port = self._url.port or (443 if self._url.scheme == "https" else 80)
        self._resolve, self._seconds = resolve, call_seconds
        # A transport and no client: so there are no redirects, no cookies and no proxies from the environment.
        self._trusts = trusts or ssl.create_default_context()
        self._transport = self._opened()

    def _opened(self) -> httpx.AsyncHTTPTransport:
        limits = httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=STEP_SECONDS)
        return httpx.AsyncHTTPTransport(verify=self._trusts, trust_env=False, retries=0, limits=limits)

    async def send(self, messages: Sequence[Message], took: Took) -> None:
        await along_lines(messages, CONNECTIONS, self._one, took)

    async def stop(self) -> None:
        """Hang up; who sends again opens new connections."""
        transport, self._transport = self._transport, self._opened()
        await transport.aclose()

    async def _one(self, _: int, message: Message) -> Result:
        if len(message.data) > LARGEST:
            return Refused("webhook_too_large")
        try:
            async with asyncio.timeout(self._seconds):
                return await self._call(message)
        except Forbidden:
            return Later("webhook_address_forbidden")
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, OSError) as away:
            return Later("no_answer") if isinstance(away, TimeoutError) else Away(f"webhook: {type(away).__name__}")
        except httpx.HTTPError:
            return Later("no_answer")

    async def _call(self, message: Message) -> Result:
        request = self._request(message, await self.address())
        answer = await self._transport.handle_async_request(request)
        await answer.aclose()  # unread: however long it is, and however slowly it would come
        return said(answer.status_code, answer.headers.get("retry-after", ""))

    async def address(self) -> str:
        """The address to call. Raises Forbidden if any that the name has must not be, OSError if it has none."""
        found = await self._resolve(self._url.hostname or "", self._port)
        here = bool(found) and all(map(is_here, found))
        allowed = (self._loopback and here) or (self._url.scheme == "https" and all(map(is_public, found)))
        if not found or not allowed:
            raise Forbidden
        return found[0]

    def _request(self, message: Message, address: str) -> httpx.Request:
        """To the checked address, and for the name: in `Host`, and in what the certificate must say."""
        now, host = int(time.time()), self._url.hostname or ""
        port = f":{self._url.port}" if self._url.port else ""
        headers = {
            "Host": f"[{host}]{port}" if ":" in host else f"{host}{port}",
            "User-Agent": "Amends",
            "Content-Type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(now),
            "webhook-signature": signatures(self._keys, message.id, now, message.data),
        }
        at = f"[{address}]" if ":" in address else address
        query = f"?{self._url.query}" if self._url.query else ""
        url = f"{self._url.scheme}://{at}:{self._port}{self._url.path or '/'}{query}"
        extensions = {"sni_hostname": host, "timeout": httpx.Timeout(STEP_SECONDS).as_dict()}
        return httpx.Request("POST", url, headers=headers, content=message.data, extensions=extensions)


def endpoint(url: str, *, loopback: bool) -> SplitResult:
    """The parts of the address. Raises Misconfigured, without repeating what may be a secret."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - it is parsed when it is asked for
    except ValueError:
        raise _unusable() from None
    schemes = ("https", "http") if loopback else ("https",)
    odd = parts.username or parts.password or parts.fragment or not url.isascii() or not url.isprintable() or " " in url
    if parts.scheme not in schemes or not parts.hostname or odd:
        raise _unusable()
    return parts


def _unusable() -> Misconfigured:
    return Misconfigured(
        "AMENDS_WEBHOOK_URL must look like https://crm.example/hooks/amends, without a user "
        "(http:// on this machine alone, with AMENDS_WEBHOOK_LOOPBACK=yes)"
    )


def said(status: int, retry_after: str) -> Result:
    """What the receiver's status means. A redirect is no answer: it is tried again, at the address that we know."""
    if 200 <= status < 300:
        return Sent()
    if status == GONE:
        return Closed(f"webhook_{GONE}")
    if status == TOO_LARGE:
        return Refused(f"webhook_{TOO_LARGE}")
    return Later(f"webhook_{status}", _seconds(retry_after))


def _seconds(retry_after: str) -> float:
    """`Retry-After`, in seconds or as a date; nothing for what cannot be read."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0
