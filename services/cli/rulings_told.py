"""What people of the house are asked and decide, as a timeline tells it."""

from collections.abc import Callable
from typing import Any

from services.cli.phrases import listed, money, option, when, words
from shared import events as e


def _approval(asked: e.ApprovalRequested) -> str:
    """Who is asked for what, until when and why; the second time, why it is asked again."""
    why = listed([words(reason) for reason in (*asked.reasons, *asked.limits)])
    if asked.late:
        return f"{asked.level} has not answered by {when(asked.due)}, and nobody stands above: {option(asked.option)}"
    if asked.yes:
        return (
            f"{listed(asked.yes)} would give {option(asked.option)}; a second person must agree until {when(asked.due)}"
        )
    by = f" by {asked.asked_by}" if asked.asked_by else ""
    return f"{asked.level} is asked{by} for {option(asked.option)}, until {when(asked.due)}: {why}"


def _given(given: e.GoodwillGiven) -> str:
    passed = f", past {listed([words(limit) for limit in given.limits])}" if given.limits else ""
    return f"{given.role} gives {option(given.option)}, unasked{passed}"


def _overruled(ruling: e.CaseOverruled) -> str:
    what = " ".join(filter(None, (ruling.form, money(ruling.amount) if ruling.amount else None, ruling.to)))
    return f"{ruling.by} ({ruling.role}) decides: {words(ruling.action)} {words(what)}".rstrip() + f": {ruling.reason}"


RULINGS: dict[type[Any], tuple[str, Callable[[Any], str]]] = {
    e.ApprovalRequested: ("stops", _approval),
    e.RulingFollowed: ("looks", lambda x: f"done as {x.by} ({x.role}) decided: {words(x.action)}"),
    e.RulingRefused: ("stops", lambda x: f"not done as {x.by} ({x.role}) decided: {words(x.action)}, {words(x.why)}"),
    e.GoodwillGiven: ("says", _given),
    e.ApprovalGiven: ("replies", lambda x: f"{x.by} ({x.role}) says yes: {x.reason}"),
    e.ApprovalDenied: ("replies", lambda x: f"{x.by} ({x.role}) says no: {x.reason}"),
    e.ApprovalAmended: (
        "replies",
        lambda x: f"{x.by} ({x.role}) would give {money(x.amount) if x.amount else words(x.form or '')}: {x.reason}",
    ),
    e.CaseOverruled: ("replies", _overruled),
}
