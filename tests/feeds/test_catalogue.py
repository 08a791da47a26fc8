"""The file that operations edit: what it takes, and with which line and fix it refuses the rest."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from services.feeds.catalogue import Entry, load_feeds
from services.feeds.prometheus import PrometheusFeed
from shared.errors import Misconfigured
from shared.events import Subject
from shared.host.settings import CHECKOUT

SHIPPED = CHECKOUT / "deploy" / "feeds.yaml"
PAGE = """feeds:
  - name: nordlicht
    kind: statuspage
    url: https://status.nordlicht.example/api/v2/incidents.json
    services: {Checkout API: checkout}
"""
PROMISE = """feeds:
  - name: checkout-up
    kind: prometheus
    url: http://prometheus:9090
    query: min(up)
    below: 1
    subject: {kind: service, id: checkout}
"""
WATCH = """feeds:
  - name: watch
    kind: upptime
    url: https://raw.nordlicht.example/history/summary.json
"""


def load(tmp_path: Path, text: str) -> tuple[Entry, ...]:
    file = tmp_path / "feeds.yaml"
    file.write_text(text)
    return load_feeds(file)


def test_the_shipped_file_names_none_and_its_examples_are_right(tmp_path: Path) -> None:
    assert load_feeds(SHIPPED) == ()
    lines = SHIPPED.read_text().split("For example:\n")[1].removesuffix("feeds: []\n").splitlines()
    entries = load(tmp_path, "\n".join(["feeds:", *(line.removeprefix("#") for line in lines)]))
    assert [entry.kind for entry in entries] == ["statuspage", "prometheus", "upptime"]


def test_a_promise_is_read_with_its_numbers_exact_and_its_defaults(tmp_path: Path) -> None:
    (entry,) = load(tmp_path, PROMISE.replace("below: 1", "below: 0.999") + "    every: 5 min\n")
    assert entry.poll.every == timedelta(minutes=5)
    assert entry.feed == PrometheusFeed(
        name="checkout-up",
        url="http://prometheus:9090",
        query="min(up)",
        subject=Subject("service", "checkout"),
        below=Decimal("0.999"),
    )


def test_how_often_it_is_asked_does_not_change_what_an_answer_means_but_a_threshold_does(tmp_path: Path) -> None:
    (entry,) = load(tmp_path, PROMISE)
    (oftener,) = load(tmp_path, PROMISE + "    every: 10 s\n    report: 1 h\n    token_from: PROMETHEUS_TOKEN\n")
    (stricter,) = load(tmp_path, PROMISE.replace("below: 1", "below: 2"))
    assert oftener.meaning == entry.meaning
    assert stricter.meaning != entry.meaning


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "the file is empty"),
        ("[]", 1, "named entries belong here"),
        ("feed: []", 1, "unknown name `feed`: did you mean `feeds`?"),
        ("{}", 1, "`feeds` is missing"),
        ("feeds: {}", 1, "begin each feed with `- name"),
        ("feeds:\n  - nordlicht", 2, "named entries belong here"),
        ("feeds:\n  - name: x", 2, "`kind` is missing here: add it (one of statuspage, prometheus, upptime)"),
        (PAGE.replace("statuspage", "statuspages"), 3, "did you mean `statuspage`?"),
        (PAGE.replace("statuspage", "[]"), 3, "no such kind"),
        (PAGE.replace("url:", "uri:"), 4, "unknown name `uri`: did you mean `url`?"),
        (PAGE.replace("    url: https://status.nordlicht.example/api/v2/incidents.json\n", ""), 2, "`url` is missing"),
        (PAGE.replace("https://status", "status"), 4, "that is no address to ask"),
        (PAGE.replace("https://", "https://me:secret@"), 4, "a token into `token_from`"),
        (PAGE.replace("name: nordlicht", "name: Nord Licht"), 2, "`Nord Licht` is no name"),
        (PAGE + "    every: 60\n", 6, "`60` is no duration"),
        (PAGE + "    every: 2 days\n", 6, "from `1 s` to `1 day`"),
        (PAGE.replace("    services: {Checkout API: checkout}\n", ""), 2, "nothing would ever be reported"),
        (PAGE.replace(": checkout}", f": {'x' * 37}}}"), 5, "too long for a service: 36 characters"),
        (PAGE + PAGE.removeprefix("feeds:\n"), 6, "`nordlicht` is the name of two feeds"),
        (PROMISE.replace("    below: 1\n", ""), 2, "say when the promise is broken"),
        (PROMISE + "    above: 3\n", 6, "one of the two"),
        (PROMISE.replace("below: 1", "below: 99%"), 6, "`99%` is no number"),
        (PROMISE + "    step: 0.5 s\n", 8, "whole seconds"),
        (PROMISE + "    window: 30 s\n", 8, "from one step to 400 days"),
        (PROMISE.replace(":9090", ":9090?query=up"), 4, "without a query"),
        (PROMISE.replace(", id: checkout", ""), 7, "`id` is missing here"),
        (PROMISE.replace("id: checkout", f"id: {'x' * 121}"), 7, "120 characters"),
        (WATCH + "    services: {a: one, b: one}\n", 5, "two sites are one service here"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line_and_the_fix(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        load(tmp_path, text)
    assert str(refused.value).startswith(f"{tmp_path / 'feeds.yaml'}:{line}: ")
    assert words in str(refused.value)


def test_a_secret_that_was_written_into_an_address_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as refused:
        load(tmp_path, PAGE.replace("https://", "https://me:s3cret@"))
    assert "s3cret" not in str(refused.value)
