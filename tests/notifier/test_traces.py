"""A house that traces its requests has no customer's link in its traces."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
from opentelemetry import trace

from services.notifier.page.routes import routes
from services.notifier.page.tokens import Links
from shared.host.http import TELEMETRY, build_app
from tests.core.notifier_stories import POLICY, Complaint
from tests.notifier.bureau import SECRET, Bureau

ANA = Complaint()


class Recorder(trace.TracerProvider, trace.Tracer):
    """Keeps what it is told of each span."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def get_tracer(self, *_: Any, **__: Any) -> trace.Tracer:
        return self

    def start_span(self, name: str, *_: Any, attributes: Any = None, **__: Any) -> trace.Span:
        self.told.append((name, dict(attributes or {})))
        return Kept(self.told)

    @contextmanager
    def start_as_current_span(self, name: str, *given: Any, **more: Any) -> Iterator[trace.Span]:  # type: ignore[override]
        yield self.start_span(name, *given, **more)


class Kept(trace.NonRecordingSpan):
    """A span whose attributes are kept."""

    def __init__(self, told: list[Any]) -> None:
        super().__init__(trace.INVALID_SPAN_CONTEXT)
        self.told = told

    def is_recording(self) -> bool:
        return True

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        self.told.append(dict(attributes))


async def test_the_link_to_a_page_is_in_no_trace(bureau: Bureau) -> None:
    recorder = Recorder()
    token = Links(SECRET).token(ANA.case, 1)
    page = routes(bureau.engine, POLICY, lambda: None)
    app = build_app("notifier", lambda: {"ok": True}, {}, (page,), (), "key")
    app._telemetry["tracer_provider"] = recorder  # as if the house had set one for the whole process
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://notifier") as browser:
        assert (await browser.get("/livez")).status_code == 200
        for path in (f"/c/{token}", f"/c/{token}/review", f"/c/{token}?x={token}"):
            await browser.get(path)
            await browser.post(path, data={"choice": token})
    assert "/livez" in str(recorder.told), "nothing was traced, so nothing was shown"
    assert token not in str(recorder.told)
    assert TELEMETRY["logs"] is False
