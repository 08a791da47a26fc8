"""Asks somebody else's server, and does not let it keep us waiting, send us elsewhere, or fill our memory."""

import asyncio
import contextlib
from email.utils import parsedate_to_datetime
from types import TracebackType

import httpx
import msgspec
from msgspec import Struct

from services.feeds.source import Ask, NoAnswer

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
WHOLE_SECONDS = 60.0
"""For an answer that comes drop by drop."""
LIMIT = 8 * 1_048_576
"""Bytes that an answer may have: fifty incidents have some hundred thousand, a page of samples half a million."""
LONGEST_PAUSE = 3_600.0
HEADERS = {"User-Agent": "amends-feeds", "Accept": "application/json", "Accept-Encoding": "identity"}
"""Uncompressed, since a small answer that unpacks to a huge one would be in memory before it could be refused."""
WORDS = 200


class Complaint(Struct):
    """How Prometheus and many others say what is wrong with a request."""

    error: str = ""


class Fetcher:
    """One client for all feeds; `read_seconds` is how long a server may be silent, `whole_seconds` how long it may take."""

    def __init__(self, read_seconds: float = READ_SECONDS, whole_seconds: float = WHOLE_SECONDS) -> None:
        self._whole = whole_seconds
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(read_seconds, connect=CONNECT_SECONDS), follow_redirects=False, headers=HEADERS
        )

    async def __aenter__(self) -> "Fetcher":
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def fetch(self, ask: Ask, token: str = "") -> bytes:
        """The body of the answer. Raises NoAnswer, whose one line names no address and no token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with (
                asyncio.timeout(self._whole),
                self._client.stream("GET", ask.url, params=ask.query or None, headers=headers) as response,
            ):
                body = await _body(response)
                _refuse(response, body)
                return body
        except httpx.TimeoutException as late:
            raise NoAnswer(f"the server is silent ({type(late).__name__})") from None
        except TimeoutError:
            raise NoAnswer(f"the answer was not complete after {self._whole:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as wrong:
            raise NoAnswer(f"the server cannot be asked: {_line(str(wrong)) or type(wrong).__name__}") from None


async def _body(response: httpx.Response) -> bytes:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise NoAnswer("the answer is compressed, though we asked for a plain one")
    chunks, size = [], 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > LIMIT:
            raise NoAnswer(f"the answer is larger than {LIMIT // 1_048_576} MiB: is this the right address?")
        chunks.append(chunk)
    return b"".join(chunks)


def _refuse(response: httpx.Response, body: bytes) -> None:
    """Raises NoAnswer for every status but 200."""
    status = response.status_code
    if response.has_redirect_location:
        where = _line(response.headers["Location"])
        raise NoAnswer(f"the server sends us on ({status}) to {where}: put the right address into the file")
    if status in (401, 403):
        raise NoAnswer(f"the server does not let us in ({status}): name a token with `token_from`", _pause(response))
    if status != httpx.codes.OK:
        raise NoAnswer(f"the server answers {status}{_reason(body)}", _pause(response))


def _reason(body: bytes) -> str:
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        if said := msgspec.json.decode(body, type=Complaint).error:
            return f": {_line(said)}"
    return ""


def _pause(response: httpx.Response) -> float:
    """Seconds that `Retry-After` asks for; a date counts from the server's own."""
    asked = response.headers.get("Retry-After", "")
    if asked.isdecimal():
        return min(float(asked[:9]), LONGEST_PAUSE)
    with contextlib.suppress(ValueError, TypeError):
        then = parsedate_to_datetime(asked) - parsedate_to_datetime(response.headers.get("Date", ""))
        return min(max(then.total_seconds(), 0.0), LONGEST_PAUSE)
    return 0.0


def _line(text: str) -> str:
    return " ".join(text.split())[:WORDS]
