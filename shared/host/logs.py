"""Log lines: stable event names with fields, readable on a terminal, JSON lines elsewhere."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO

import structlog

CONSOLE = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
"""Without what the variables of a failure held: that may be somebody's words."""


def set_up_logs(form: Literal["auto", "console", "json"] = "auto", to: TextIO = sys.stderr) -> None:
    """Route structlog and the standard library's warnings to standard error, or elsewhere. Times are UTC."""
    readable = form == "console" or (form == "auto" and to.isatty())
    shape: tuple[Any, ...] = (_harmless, CONSOLE) if readable else (structlog.processors.JSONRenderer(),)
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*before, *shape],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(to),
        cache_logger_on_first_use=True,
    )
    line = structlog.stdlib.ProcessorFormatter(
        processors=[*before, structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shape]
    )
    handler = logging.StreamHandler(to)
    handler.setFormatter(line)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    # aiokafka reports every wait for a broker at ERROR; the runtime counts and names these itself.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def _harmless(_: Any, __: str, said: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """On a terminal, too, a line stays one line and moves no cursor, whatever somebody wrote; JSON does so by itself."""
    for name, value in said.items():
        if isinstance(value, str):
            lines = value.split("\n") if name == "exception" else [value]
            said[name] = "\n  | ".join(_printable(line) for line in lines)
    return said


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
