"""A log line is one line, whatever stands in it, and nobody can write one of their own."""

import json
import re
import subprocess
import sys

EVIL = 'late\n{"event": "forged"}\r\n\x1b[31mforged\x0b\x0c\x85\u2028forged\u2029\0'
SAYS = """
import logging, structlog
from shared.host.logs import set_up_logs
set_up_logs({form!r})
evil = {evil!r}
structlog.get_logger().warning("told", reason=evil)
logging.getLogger("library").warning("heard %s", evil)
try:
    raise ValueError(evil)
except ValueError:
    structlog.get_logger().exception("broke", reason=evil)
    logging.getLogger("library").exception(evil)
"""


def test_what_a_stranger_wrote_begins_no_line_of_its_own() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SAYS.format(evil=EVIL, form="json")], capture_output=True, check=True, timeout=60
    )
    lines = done.stderr.decode().splitlines()  # by every separator that Python knows
    told = [json.loads(line) for line in lines]
    assert len(told) == 4
    assert [line["event"] for line in told][0::2] == ["told", "broke"]
    assert told[0]["reason"] == EVIL
    assert b"\x1b" not in done.stderr


def test_on_a_terminal_nobody_writes_a_line_of_their_own_nor_moves_the_cursor_either() -> None:
    says = SAYS.format(evil=EVIL, form="console")
    done = subprocess.run([sys.executable, "-c", says], capture_output=True, check=True, timeout=60)
    told = re.sub(
        r"\x1b\[\d*m", "", done.stderr.decode().replace("\x1b[31mforged", "RED")
    )  # our colours go, and no others
    lines = told.splitlines()
    own = [line for line in lines if not line.startswith("  | ")]
    assert len([line for line in own if re.match(r"20\d\d-", line)]) == 4
    assert [line for line in own if line and not re.match(r"20\d\d-|Traceback", line)] == []
    assert "RED" not in told
    assert "\\x1b[31mforged" in told, "it is shown as what it is"
