"""The life of a case as a person reads it: one sentence for each thing that happened."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from rich.text import Text

from shared import events as e
from shared.money import Money

MARKS = {
    "comes": ("●", "cyan"),
    "looks": ("◌", "blue"),
    "judges": ("◆", "magenta"),
    "says": ("✉", "yellow"),
    "pays": ("＋", "green"),
    "replies": ("◀", "cyan"),
    "ends": ("■", "bold green"),
    "stops": ("▲", "bold red"),
}
"""What kind of thing happened: its sign and its colour."""


def line(event: Any, at: datetime) -> Text:
    """One line of a timeline: the local time of day, a sign, the sentence."""
    kind, sentence = describe(event)
    sign, style = MARKS[kind]
    text = Text(f"{at.astimezone():%H:%M:%S.%f}"[:-4] + "  ", style="dim")
    return text.append(f"{sign} ", style=style).append(sentence, style="" if kind in ("looks", "comes") else style)


def describe(event: Any) -> tuple[str, str]:
    """What kind of thing happened (a key of MARKS), and the sentence."""
    kind, say = SENTENCES.get(type(event), ("looks", lambda event: type(event).__name__))
    return kind, say(event)


def money(amount: Money) -> str:
    """As it is printed for staff: the code, then the amount."""
    return f"{amount.currency} {amount.amount}"


def words(code: str) -> str:
    """A code as words."""
    return code.replace("_", " ").replace("-", " ")


def listed(parts: Sequence[str]) -> str:
    """a, b and c."""
    *most, last = parts or ("nothing",)
    return f"{', '.join(most)} and {last}" if most else last


def _short(text: str, limit: int = 72) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def _option(offered: e.Option) -> str:
    return words(offered.form) + (f" {money(offered.amount)}" if offered.amount else "")


def _offered(offer: e.OptionsOffered) -> str:
    both = "apology and " if offer.round == 1 else ""
    return f"round {offer.round}: {both}{len(offer.options)} options: {' · '.join(map(_option, offer.options))}"


def _verdict(verdict: e.VerdictReached) -> str:
    owed = f", {money(verdict.remedy.sum)} owed" if verdict.remedy else ""
    grade = "" if verdict.promise == "kept" else f", severity {verdict.severity}"
    why = f" ({listed([words(reason) for reason in verdict.reasons])})" if verdict.reasons else ""
    lacks = f"; nobody measured {listed([words(fact) for fact in verdict.missing])}" if verdict.missing else ""
    return f"verdict: {words(verdict.outcome)}, promise {verdict.promise}{owed}{grade}{why}{lacks}"


def _awaited(awaited: e.EvidenceAwaited) -> str:
    facts = listed([words(fact) for fact in awaited.facts])
    return f"operations have not said yet: {facts}; waiting until {awaited.until.astimezone():%d %b %H:%M:%S}"


def _opened(opened: e.CaseOpened) -> str:
    return "case opened" + (
        f", evidence awaited until {opened.awaiting.astimezone():%H:%M:%S}" if opened.awaiting else ""
    )


SENTENCES: dict[type[Any], tuple[str, Callable[[Any], str]]] = {
    e.ComplaintAccepted: ("comes", lambda x: f"complaint taken: “{_short(x.text or x.category or '')}”"),
    e.ComplaintMerged: ("comes", lambda x: f"{x.complaint}: wrote again; joined to {x.into}, and counted"),
    e.ComplaintRejected: ("stops", lambda x: f"cannot be taken: {x.detail}"),
    e.ComplaintWithdrawn: ("replies", lambda _: "the customer took the complaint back"),
    e.CompensationRecorded: ("comes", lambda x: f"already given elsewhere: {money(x.amount)} {x.form or ''}".rstrip()),
    e.EvidenceAwaited: ("looks", _awaited),
    e.EvidenceArrived: ("looks", lambda x: f"new evidence about {x.subject}: {x.record}"),
    e.VerdictReached: ("judges", _verdict),
    e.CaseOpened: ("looks", _opened),
    e.RemedyGranted: (
        "pays",
        lambda x: f"owed, and paid by itself: {money(x.remedy.sum)}" + (f" (part {x.part})" if x.part > 1 else ""),
    ),
    e.ApologyOffered: ("says", lambda x: f"round {x.round}: explanation and apology"),
    e.OptionsOffered: ("says", _offered),
    e.InputInvited: ("says", lambda x: f"round {x.round}: what would put it right?"),
    e.CounterAnswered: ("says", lambda x: f"{'granted as asked' if x.granted else 'not granted'}: {x.reason}"),
    e.HandedOver: ("stops", lambda x: f"handed to a person ({x.to}): {words(x.why)}"),
    e.FinalSayGiven: ("says", lambda x: f"round {x.round}: the final say, signed by {x.role}"),
    e.ClaimDeclined: ("ends", lambda x: f"declined on evidence: {words(x.reason)}"),
    e.CaseSettled: (
        "ends",
        lambda x: f"settled with {words(x.option)}" if x.option else "settled: content with the apology",
    ),
    e.CaseExpired: ("ends", lambda _: "no answer came in time; what is owed stays paid"),
    e.CaseWithdrawn: ("ends", lambda _: "closed at the customer's wish"),
    e.PayoutDue: ("pays", lambda x: f"to be paid ({x.ledger}): {money(x.amount)} as {x.form}"),
    e.PayoutCompleted: ("pays", lambda x: f"billing has paid {money(x.amount) if x.amount else x.key}"),
    e.PayoutFailed: ("stops", lambda x: f"billing could not pay {x.key}: {x.reason or 'no reason given'}"),
    e.NoticeSent: ("says", lambda x: f"letter out: {words(x.kind)} ({x.channel}, {x.language})"),
    e.NoticeFailed: ("stops", lambda x: f"letter not delivered: {words(x.kind)}, {words(x.reason)}"),
    e.ApologyAccepted: ("replies", lambda _: "the customer accepts the apology"),
    e.OptionAccepted: ("replies", lambda x: f"the customer chooses {words(x.option)}"),
    e.OptionsRejected: ("replies", lambda _: "the customer says: not enough"),
    e.CounterOffered: (
        "replies",
        lambda x: f"the customer proposes {money(x.amount) if x.amount else 'something else'}",
    ),
    e.QuestionAsked: ("replies", lambda _: "the customer asks a question"),
    e.PersonAskedFor: ("replies", lambda _: "the customer asks for a person"),
    e.TimerFired: ("looks", lambda x: f"the clock: {words(x.name)}"),
    e.DeadLetterAdded: (
        "stops",
        lambda x: f"set aside as dead letter {x.flow}-{x.number}: {_short(x.reason, 110)}",
    ),
}
"""Every event of the road, as staff read it."""
